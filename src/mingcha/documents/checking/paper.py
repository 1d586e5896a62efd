"""The document under examination with all that a check may ask about its case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mingcha.common.errors import Reason
from mingcha.deadlines.calendar import Calendar
from mingcha.documents.rendering.about import LADDER


@dataclass(frozen=True)
class Past:
    """A document of the same case that was made before: `on` is its own date, `at` the instant of making."""

    kind: str
    title: str
    on: dt.date
    at: dt.datetime
    number: str = ""
    served_on: dt.date | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Mark:
    """What a check found: the reason in words, whether it refuses the document, and where the defect leads."""

    reason: Reason
    check: str
    refuses: bool
    ladder: str = "flaw"

    @property
    def consequence(self) -> str:
        return LADDER[self.ladder][0]


@dataclass(frozen=True)
class Paper:
    """One document: its fields as `check_fields` reads them, the moment of making, what was made before.

    `past` gives the newest earlier document of a kind or None. `certificates` maps the number of an enforcement
    certificate to its first and last valid day; `recused` are the names of those who must keep away. `facts` are dates
    and settings of the case: conduct_ended_on, filed_on, party, settings of the profile. `known_articles` tells for a
    citation and a day whether it stands in the law in force then; None where the law is not imported.
    """

    kind: str
    fields: Mapping[str, Any]
    at: dt.datetime
    calendar: Calendar
    past: Callable[[str], Past | None] = lambda kind: None
    certificates: Mapping[str, tuple[dt.date, dt.date]] = field(default_factory=dict)
    recused: frozenset[str] = frozenset()
    facts: Mapping[str, Any] = field(default_factory=dict)
    known_articles: Callable[[str, dt.date], bool | None] = lambda text, day: None
