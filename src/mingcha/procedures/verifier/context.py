"""What the verifier holds a definition against: the words that exist and the definition that the law fixes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mingcha.procedures import shipped
from mingcha.procedures.definition import Definition, Move
from mingcha.procedures.guards import catalogue, known
from mingcha.procedures.verifier.report import Refuted
from mingcha.procedures.verifier.states import Space


@dataclass
class Context:
    """A definition under verification. `base` is the shipped one of its code, None for a procedure of one's own."""

    definition: Definition
    base: Definition | None
    periods: frozenset[str]
    own_end: frozenset[str]
    roles: frozenset[str]
    others: Callable[[str], Definition | None] = shipped.baseline
    guard_known: Callable[[str], object | None] = known
    space: Space = field(default_factory=Space)

    def role(self, slug: str) -> str:
        return shipped.roles().get(slug, {}).get("label", slug)

    def guard(self, name: str) -> str:
        entry = catalogue().get(name)
        return entry.label if entry else name


@dataclass(frozen=True)
class Ground:
    """The property that is being checked, and how its breach is reported."""

    no: str
    statement: str
    article: str

    def refuted(self, message: str, fix: str, path: tuple[str, ...] = (), article: str = "") -> Refuted:
        return Refuted(self.no, self.statement, article or self.article, message, fix, path)


def answers(identifier: str, names: tuple[str, ...], code: str) -> bool:
    """Whether these guards ask what the numbered guard demands, in this procedure."""
    computed, findings = _by_id()[0].get(identifier, ()), _by_id()[1].get(identifier, ())
    if computed and all(name in names for name in computed):
        return True
    entries = catalogue()
    return any(
        name in names and (code in entries[name].procedures or not (computed or entries[name].procedures))
        for name in findings
    )


def label_of(identifier: str) -> str:
    """A numbered guard in words."""
    computed, findings = _by_id()[0].get(identifier, ()), _by_id()[1].get(identifier, ())
    entries = catalogue()
    return "、".join(f"“{entries[name].label}”" for name in computed or findings) or f"“{identifier}”"


def period_name(item: str) -> str:
    found = shipped.periods().get(item)
    return f"“{found['name']}”（{item}）" if found else f"“{item}”"


@functools.cache
def _by_id() -> tuple[Mapping[str, tuple[str, ...]], Mapping[str, tuple[str, ...]]]:
    found: tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]] = ({}, {})
    for entry in catalogue().values():
        place = found[0 if entry.mode == "computed" else 1]
        for identifier in filter(None, (entry.id, *entry.also)):
            place[identifier] = (*place.get(identifier, ()), entry.name)
    return found


def into(definition: Definition, stage: str) -> list[Move]:
    """All moves of the procedure that enter a stage."""
    return [move for item in definition.stages.values() for move in item.own if move.to == stage]
