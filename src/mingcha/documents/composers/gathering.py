"""Papers that gather evidence and secure goods (调查取证、强制措施): what they take over from earlier papers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from mingcha.cases import queries as cases
from mingcha.cases.models import Case
from mingcha.deadlines.errors import LengthMissing
from mingcha.documents import filling
from mingcha.documents.blocks import Fields, latest
from mingcha.documents.composing import composer
from mingcha.documents.rendering import template
from mingcha.recordings import queries as recordings

# The paper to which a list of goods is attached (清单所附文书).
PARENTS = {
    "preserve": "preserve-notice",
    "seizure": "seizure-decision",
    "release": "seizure-release",
    "penalty": "penalty-decision",
}


@composer("correction-order")
def _correction(case: Case, typed: Mapping[str, Any]) -> Fields:
    found = filling.remedies(case, template("correction-order"))
    return {"remedies": {**found, "paper": "本通知书", "act": "本通知"}}


@composer("seizure-decision")
def _seizure(case: Case, typed: Mapping[str, Any]) -> Fields:
    """What was approved is what is seized; in urgent cases the goods are listed on the spot."""
    approval = latest(case, "coercive-approval")
    return {"items": typed.get("items") or (approval.fields.get("items") if approval else None) or []}


@composer("item-list")
def _items(case: Case, typed: Mapping[str, Any]) -> Fields:
    """The list repeats the goods of its parent, whatever was typed."""
    kind = PARENTS.get(str(typed.get("parent")))
    parent = latest(case, kind) if kind else None
    goods = [{name: value for name, value in row.items() if name in _NAMES} for row in _goods(parent)]
    goods = goods or [dict(row) for row in typed.get("items") or ()]
    quantities = [row.get("quantity") for row in goods]
    total = sum(n for n in quantities if isinstance(n, int))
    return {"items": goods, "total": total, "parent_ref": (parent.number if parent else "") or typed.get("parent_ref")}


def _goods(parent: Any) -> list[Mapping[str, Any]]:
    return list(parent.fields.get("items") or ()) if parent else []


_NAMES = {part.name for field in template("item-list").fields if field.name == "items" for part in field.of}


@composer("not-filing-notice")
def _not_filing(case: Case, typed: Mapping[str, Any]) -> Fields:
    """Remedies are printed only for a person whose own rights are touched."""
    if not typed.get("own_rights"):
        return {}
    found = filling.remedies(case, template("not-filing-notice"))
    return {"remedies": {**found, "paper": "本告知书", "act": "本告知"}}


@composer("case-withdrawal-approval")
def _withdrawal(case: Case, typed: Mapping[str, Any]) -> Fields:
    """Whether every measure was ended: none may outlive the case — 行政强制法 art. 28."""
    return {"cleared": all(_ended(case, taken, ended) for taken, ended in _MEASURES)}


_MEASURES = (
    ("preserve-notice", "preserve-disposal"),
    ("seizure-decision", "seizure-release"),
    ("freeze-notice", "freeze-release"),
)


def _ended(case: Case, taken: str, ended: str) -> bool:
    began, stopped = latest(case, taken), latest(case, ended)
    return began is None or (stopped is not None and stopped.issued_at >= began.issued_at)


# As many characters as the field of the closing sheet takes.
_MOST_GOODS = 500


@composer("closure-approval")
def _closing(case: Case, typed: Mapping[str, Any]) -> Fields:
    """Whether every measure was ended and what became of its goods, from the papers of the case and of those it led to."""
    held = [case, *(link.other for link in cases.links(case) if link.case_id == case.pk)]
    taken = [(row, pair) for row in held for pair in _MEASURES if latest(row, pair[0])]
    if not taken:
        return {}
    open_ = [pair for row, pair in taken if not _ended(row, *pair)]
    lines = [line for row, pair in taken for line in _fate(row, *pair)]
    return {"measures": "open" if open_ else "ended", "goods": typed.get("goods") or "；".join(lines)[:_MOST_GOODS]}


def _fate(case: Case, taken: str, ended: str) -> list[str]:
    """The goods of a measure with the paper that took them and the one that ended it."""
    began, stopped = latest(case, taken), latest(case, ended)
    if began is None:
        return []
    names = "、".join(f"{row.get('name', '')}{row.get('quantity', '')}{row.get('unit', '')}" for row in _goods(began))
    over = f"由{stopped}处理" if stopped and _ended(case, taken, ended) else "尚未处理"
    return [f"{began}{f'（{names}）' if names else ''}{over}"]


@composer("appraisal-period-notice")
def _testing(case: Case, typed: Mapping[str, Any]) -> Fields:
    """The days of testing do not count: the measure ends later by as many days — 行政强制法 art. 25 ¶3."""
    days = [typed.get(name) for name in ("original_until", "from_on", "to_on")]
    if not all(days):
        return {}
    until, first, last = (day if isinstance(day, dt.date) else dt.date.fromisoformat(str(day)) for day in days)
    return {"new_expiry": until + (last - first) + dt.timedelta(days=1)}


@composer("recording-note")
def _recordings(case: Case, typed: Mapping[str, Any]) -> Fields:
    rows = [
        {
            "name": row.title,
            "device_no": row.device or "未登记",
            "officer": row.recorded_by.name,
            "start": row.started_at,
            "digest": row.file_id,
        }
        for row in recordings.of_case(case)
    ]
    return {"clips": rows}


@composer("case-source-register")
def _source(case: Case, typed: Mapping[str, Any]) -> Fields:
    """The law sets no period for a clue; where the organ set none either, none is printed."""
    field = template("case-source-register").field("clue_due")
    try:
        return {"clue_due": filling.last_day(case, "PEN-13", typed["received_on"], field)} if field else {}
    except LengthMissing:
        return {}
