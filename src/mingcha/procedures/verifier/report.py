"""What the verifier found, in words that an administrator can act on (核验结论)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from mingcha.procedures.definition import Definition


@dataclass(frozen=True)
class Refuted:
    """A property that does not hold: what the law demands, the path that breaks it, and what to change."""

    property: str
    statement: str
    article: str
    message: str
    fix: str = ""
    # Stage ids from an entry to the place of the breach; for a missing part the place alone.
    path: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, object]:
        return {
            "property": self.property,
            "statement": self.statement,
            "article": self.article,
            "message": self.message,
            "fix": self.fix,
            "path": list(self.path),
        }


@dataclass(frozen=True)
class Report:
    """All of a verification: what was proved, what was refuted, how many states were looked at."""

    code: str
    proved: tuple[str, ...]
    refuted: tuple[Refuted, ...]
    states: int

    @property
    def holds(self) -> bool:
        return not self.refuted


def name(definition: Definition, stage: str) -> str:
    return f"“{definition.stages[stage].name}”" if stage in definition.stages else f"“{stage}”"


def names(definition: Definition, stages: Sequence[str]) -> str:
    here = [stage for stage in stages if stage in definition.stages]
    return "或者".join(name(definition, stage) for stage in here or stages)


def words(definition: Definition, path: Sequence[str]) -> str:
    """A path in words: stages with the labels of the moves between them."""
    said = name(definition, path[0]) if path else ""
    for source, to in pairwise(path):
        move = next((item for item in definition.stages[source].moves if item.to == to), None)
        said += f" —{move.label}→ {name(definition, to)}" if move else f" → {name(definition, to)}"
    return said
