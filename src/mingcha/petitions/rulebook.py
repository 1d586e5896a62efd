"""Kinds of letters and their periods (来信的种类和期限), read from data."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from mingcha.common.explained import Explained
from mingcha.deadlines.calendar import Calendar
from mingcha.deadlines.periods import compute
from mingcha.deadlines.rulebook import Rule, parse

_PLACE = Path(__file__).parent / "data" / "kinds.json"
_LABELS = {"accept": "决定是否受理的最后一日", "answer": "答复的最后一日", "extend": "延长后答复的最后一日"}


@dataclass(frozen=True)
class Kind:
    """One kind of letter. `number`: it concerns something public that has a number."""

    id: str
    label: str
    help: str
    law: str
    anonymous: bool
    number: bool
    accept: Mapping[str, Any]
    answer: Mapping[str, Any]
    extend: Mapping[str, Any] | None
    outcomes: tuple[str, ...]
    effective_from: str

    def rule(self, term: str) -> Rule:
        """One of the terms `accept`, `answer`, `extend` as a rule of periods."""
        length = dict(getattr(self, term))
        return parse(
            {
                "id": f"PET-{self.id}-{term}",
                "label": _LABELS[term],
                "trigger": "收到来信" if term == "accept" else "受理",
                "kind": "within",
                **length,
                "roll": True,
                "counts_from": "次日",
                "consequence": "逾期列入监督。",
                "article": f"{self.law}；期限为本平台的办理承诺",
                "unit_article": "",
                "effective_from": self.effective_from,
                "effective_to": None,
                "source": "profile",
                "verified": False,
                "profile": True,
            }
        )


@cache
def kinds() -> dict[str, Kind]:
    """Kinds by id, in the order of the form."""
    content = json.loads(_PLACE.read_text("utf-8"))
    found = [
        Kind(**{**row, "outcomes": tuple(row["outcomes"])}, effective_from=content["effective_from"])
        for row in content["kinds"]
    ]
    return {kind.id: kind for kind in found}


def due(kind: str, term: str, start: dt.date, calendar: Calendar) -> Explained[dt.date]:
    """The last day of a term; an extension runs from acceptance over both lengths."""
    known = kinds()[kind]
    if term == "extend":
        more = known.extend["length"] if known.extend else 0
        return compute(known.rule("answer"), start, calendar, extra=more)
    return compute(known.rule(term), start, calendar)
