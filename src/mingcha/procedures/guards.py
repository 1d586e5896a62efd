"""Registry of guards: each room answers for itself under a permanent, versioned name (house.md)."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from types import MappingProxyType
from typing import Any

from mingcha.common.errors import Reason

_NAME = re.compile(r"^[a-z][a-z0-9-]*@[1-9]\d*$")


@dataclass(frozen=True)
class Answer:
    """A guard's answer: met when there are no reasons; `inputs` are what it looked at, kept in the journal."""

    reasons: tuple[Reason, ...] = ()
    inputs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def met(self) -> bool:
        return not self.reasons


@dataclass(frozen=True)
class Entry:
    """A guard as the law knows it: what must be true, the article, and who can answer it.

    `computed`: the rooms answer. `finding`: no machine can judge alone, an officer records a finding (认定) with
    grounds. `id` is its number in the procedures of the field, `applies` when it can be relevant at all.
    """

    name: str
    id: str
    label: str
    article: str
    mode: str
    also: tuple[str, ...] = ()
    applies: str = ""
    # A finding that stands in for a computed guard is admitted in these procedures only.
    procedures: tuple[str, ...] = ()
    # A guard over a period: `closed` when none runs, `run-out` when the one that runs has lapsed, `over` when either,
    # `in-time` while one runs and has not lapsed. Of several, divided by a slash, a case knows one.
    period: str = ""
    state: str = ""


@functools.cache
def catalogue() -> Mapping[str, Entry]:
    """Every guard that a definition may name, whether a room answers for it already or not."""
    text = resources.files("mingcha.procedures").joinpath("data", "guards.json").read_text("utf-8")
    rows = (
        Entry(**{**row, "also": tuple(row.get("also", ())), "procedures": tuple(row.get("procedures", ()))})
        for row in json.loads(text)
    )
    return MappingProxyType({row.name: row for row in rows})


GuardFunction = Callable[[Any, Any], Answer]


@dataclass(frozen=True)
class Guard:
    """A guard with what it demands in plain words and its article."""

    name: str
    label: str
    article: str
    ask: GuardFunction


# Case, person and move → answer; None where there is nothing to ask.
StandingFunction = Callable[[Any, Any, Any], Answer | None]


@dataclass(frozen=True)
class Standing:
    """A question that a published list puts to every procedure it names, besides the guards of the definition."""

    name: str
    label: str
    article: str
    ask: StandingFunction


_guards: dict[str, Guard] = {}
_standing: dict[str, Standing] = {}


def guard(name: str, label: str, article: str) -> Callable[[GuardFunction], GuardFunction]:
    """Register a guard: `f(case, actor) -> Answer`. A name is given once and never changes its meaning."""
    if not _NAME.match(name):
        raise ValueError(name)

    def register(function: GuardFunction) -> GuardFunction:
        if name in _guards and _guards[name].ask is not function:
            raise ValueError(f"guard {name} registered twice")
        _guards[name] = Guard(name, label, article, function)
        return function

    return register


def standing(name: str, label: str, article: str) -> Callable[[StandingFunction], StandingFunction]:
    """Register a question asked at every move: `f(case, actor, move) -> Answer | None`. Named like a guard, once."""
    if not _NAME.match(name):
        raise ValueError(name)

    def register(function: StandingFunction) -> StandingFunction:
        if name in _guards or name in catalogue() or (name in _standing and _standing[name].ask is not function):
            raise ValueError(f"guard {name} registered twice")
        _standing[name] = Standing(name, label, article, function)
        return function

    return register


def ask_standing(case: Any, actor: Any, move: Any) -> list[tuple[Standing, Answer]]:
    """What lists ask of this move besides its guards, with the answers."""
    rows = ((found, found.ask(case, actor, move)) for _, found in sorted(_standing.items()))
    return [(found, answer) for found, answer in rows if answer is not None]


def known(name: str) -> Guard | Entry | None:
    """The guard with its label and article, registered by a room or listed in the catalogue."""
    return _guards.get(name) or catalogue().get(name)


def standing_questions() -> list[Standing]:
    """All questions of lists; no definition names them, so they are no guards that an edition could add or drop."""
    return [found for _, found in sorted(_standing.items())]


def names() -> list[str]:
    return sorted(_guards)


def ask(name: str, case: Any, actor: Any) -> Answer:
    """The answer of a guard. Unknown or failing guards refuse: silence is never consent."""
    found = _guards.get(name)
    if found is None:
        listed = catalogue().get(name)
        said = listed.label if listed else name
        return Answer((Reason("guard-unknown", f"程序引用了没有登记的条件“{said}”，不能继续。"),))
    return found.ask(case, actor)
