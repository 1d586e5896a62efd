"""The acting person: who, in which organ, with which roles. Every action takes one."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import cache

from mingcha.accounts.choices import Role
from mingcha.common.errors import NotPermitted
from mingcha.ledger.actors import ActorSnapshot


@dataclass(frozen=True)
class Actor:
    """A signed-in officer with the roles held today in the organ `organ_id`."""

    officer_id: uuid.UUID
    name: str
    organ_id: uuid.UUID
    organ: str
    unit: str
    jurisdiction: str
    roles: frozenset[str]

    def has(self, *roles: str) -> bool:
        return any(role in self.roles for role in roles)

    def require(self, *roles: str) -> str:
        """The first of `roles` that the person holds. Raises NotPermitted otherwise."""
        for role in roles:
            if role in self.roles:
                return str(role)
        wanted = "、".join(Role(role).label for role in roles)
        raise NotPermitted(message=f"这项操作只能由{wanted}办理，您没有这个角色。", data={"roles": list(roles)})

    def snapshot(self, role: str) -> ActorSnapshot:
        """Name and role at this time, as the journal keeps them."""
        return ActorSnapshot(str(self.officer_id), self.name, _label(role), str(self.organ_id), self.organ)


@cache
def _label(role: str) -> str:
    return str(Role(role).label) if role in Role.values else role


SYSTEM = ActorSnapshot("", "系统", "系统", "", "")
