"""The order of dates (日期先后, V6): which paper must not come before which, and within or after how long.

The edges are data with their articles (lattice.json); periods come from the rules of `deadlines`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from mingcha.common.errors import Reason
from mingcha.deadlines import periods
from mingcha.deadlines.calendar import Calendar
from mingcha.deadlines.rulebook import rule
from mingcha.documents.checking.paper import Mark, Past

_DATA = Path(__file__).resolve().parent / "lattice.json"


@dataclass(frozen=True)
class Edge:
    """`after` does not come before `before`: on the day of its making, or of its service; later by `gap`, by `within`."""

    id: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    article: str
    text: str
    ladder: str
    point: str = "on"
    gap: str = ""
    within: str = ""
    unless: tuple[str, ...] = ()


@cache
def edges() -> tuple[Edge, ...]:
    def several(value: Any) -> tuple[str, ...]:
        return (value,) if isinstance(value, str) else tuple(value)

    rows = json.loads(_DATA.read_text(encoding="utf-8"))["edges"]
    return tuple(
        Edge(
            **{
                **row,
                "before": several(row["before"]),
                "after": several(row["after"]),
                "unless": tuple(row.get("unless", ())),
            }
        )
        for row in rows
    )


def order(papers: Sequence[Past], calendar: Calendar) -> Iterator[tuple[Mark, Past]]:
    """Every edge that the papers of a case break, with the later paper at fault.

    Of the kinds that come first the last one counts, of those that follow the last one: an earlier round that was made
    anew is history.
    """
    for edge in edges():
        if any(paper.kind in edge.unless for paper in papers):
            continue
        before = max((paper for paper in papers if paper.kind in edge.before), key=lambda paper: paper.at, default=None)
        after = max((paper for paper in papers if paper.kind in edge.after), key=lambda paper: paper.at, default=None)
        if before is None or after is None or not _broken(edge, before, after, calendar):
            continue
        text = f"{edge.text}《{before.title}》{_shown(edge, before)}，《{after.title}》{after.on.isoformat()}。"
        yield Mark(Reason(edge.id, text, tuple(edge.article.split("、"))), "V6", True, edge.ladder), after


def _shown(edge: Edge, paper: Past) -> str:
    if edge.point == "served_on":
        return f"{paper.served_on.isoformat()}送达" if paper.served_on else "没有送达"
    return paper.on.isoformat()


def _broken(edge: Edge, before: Past, after: Past, calendar: Calendar) -> bool:
    if edge.point == "at":
        return after.at < before.at
    first = before.served_on if edge.point == "served_on" else before.on
    if first is None or after.on < first:
        return True
    if edge.gap:
        return after.on < _earliest(edge.gap, first, calendar)
    if edge.within:
        return after.on > periods.compute(rule(edge.within, first), first, calendar).value
    return False


def _earliest(rule_id: str, start: dt.date, calendar: Calendar) -> dt.date:
    """The first day on which the later paper may come: a waiting rule names it, after a term it is the day after."""
    wanted = rule(rule_id, start)
    last = periods.compute(wanted, start, calendar).value
    return last if wanted.kind == "wait" else last + dt.timedelta(days=1)
