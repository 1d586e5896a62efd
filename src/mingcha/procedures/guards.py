"""Registry of guards: each room answers for itself under a permanent, versioned name (house.md)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mingcha.common.errors import Reason

_NAME = re.compile(r"^[a-z][a-z-]*@[1-9]\d*$")


@dataclass(frozen=True)
class Answer:
    """A guard's answer: met when there are no reasons; `inputs` are what it looked at, kept in the journal."""

    reasons: tuple[Reason, ...] = ()
    inputs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def met(self) -> bool:
        return not self.reasons


GuardFunction = Callable[[Any, Any], Answer]


@dataclass(frozen=True)
class Guard:
    """A guard with what it demands in plain words and its article."""

    name: str
    label: str
    article: str
    ask: GuardFunction


_guards: dict[str, Guard] = {}


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


def known(name: str) -> Guard | None:
    return _guards.get(name)


def names() -> list[str]:
    return sorted(_guards)


def ask(name: str, case: Any, actor: Any) -> Answer:
    """The answer of a guard. Unknown or failing guards refuse: silence is never consent."""
    found = _guards.get(name)
    if found is None:
        return Answer((Reason("guard-unknown", f"程序引用了没有登记的条件“{name}”，不能继续。"),))
    return found.ask(case, actor)
