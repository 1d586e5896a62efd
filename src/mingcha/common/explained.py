"""A computed value that explains itself: rule, article, facts used, steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from mingcha.common.canonical import plain

T = TypeVar("T")


@dataclass(frozen=True)
class Explained(Generic[T]):
    """The value with its rule id, article, facts and steps in Chinese; `provisional` when a year is unannounced."""

    value: T
    rule: str
    article: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    steps: tuple[str, ...] = ()
    provisional: bool = False

    def as_dict(self) -> dict[str, Any]:
        return plain(
            {
                "value": self.value,
                "rule": self.rule,
                "article": self.article,
                "facts": self.facts,
                "steps": self.steps,
                "provisional": self.provisional,
            }
        )
