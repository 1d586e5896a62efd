"""Checks that rooms add to `ledger check` (完整性核验): each names what diverges, so that the ledger need not know them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Finding:
    """One divergence: a stable code, what it is, and where."""

    code: str
    message: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass
class Tally:
    """What a check has looked at, by name; `tell` is called now and then with words for a person who waits."""

    counts: dict[str, int] = field(default_factory=dict)
    tell: Callable[[str], None] = lambda words: None

    def add(self, name: str, count: int = 1) -> int:
        self.counts[name] = self.counts.get(name, 0) + count
        return self.counts[name]


Check = Callable[[Tally], Iterator[Finding]]
_checks: dict[str, tuple[str, Check]] = {}


def sound(name: str, label: str) -> Callable[[Check], Check]:
    """Register a check under a permanent name, with what it looks at in Chinese."""

    def register(check: Check) -> Check:
        if _checks.setdefault(name, (label, check)) != (label, check):
            raise ValueError(f"check {name!r} is registered twice")
        return check

    return register


def registered() -> dict[str, tuple[str, Check]]:
    """Name → (label, check), in the order of the names."""
    return dict(sorted(_checks.items()))
