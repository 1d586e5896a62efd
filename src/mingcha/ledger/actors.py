"""Actor snapshot (操作人快照): who acted, under which name and role at that time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ActorSnapshot:
    """Name, role and organisation as they were when the act was done; later changes do not touch it."""

    officer_id: str
    name: str
    role: str
    organisation_id: str
    organisation: str

    def as_dict(self) -> dict[str, str]:
        return {
            "officer_id": self.officer_id,
            "name": self.name,
            "role": self.role,
            "organisation_id": self.organisation_id,
            "organisation": self.organisation,
        }


def system(task: str) -> ActorSnapshot:
    """The platform itself, for acts that no person starts; `task` names the job in Chinese."""
    return ActorSnapshot("", "系统", task, "", "")
