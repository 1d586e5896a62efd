"""Printed days that rest on a calendar not announced yet (暂定日期): said beside the paper, and again when they turn out wrong.

A paper is not held back until the State Council announces the days off of the next year: it is made with the plain week,
as the law counts where nothing else is known, and its screen and its twin say which of its days are presumed.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from mingcha.common.clock import legal_day
from mingcha.common.errors import InvalidInput
from mingcha.documents.filling import period
from mingcha.documents.models import Document
from mingcha.documents.rendering import template
from mingcha.documents.rendering.fields import look_up


@dataclass(frozen=True)
class Presumed:
    """A printed day: still resting on an unannounced calendar, or another one since that was announced."""

    field: str
    label: str
    printed: dt.date
    now: dt.date
    provisional: bool

    @property
    def says(self) -> str:
        if self.printed != self.now:
            return (
                f"“{self.label}”印的是{self.printed.isoformat()}，按现在公布的放假安排是{self.now.isoformat()}。"
                "还没有送达的请重新制作，已经送达的请补正；对当事人以较晚的一日为准。"
            )
        return f"“{self.label}”{self.printed.isoformat()}所涉年度的放假安排还没有公布，暂按周历计算；公布后会在这里提示变化。"


def presumed(row: Document) -> list[Presumed]:
    """Days of an issued paper that the calendar of today does not settle as printed."""
    found = []
    for field in template(row.kind, row.template_version).fields:
        if not field.calc or "rule" not in field.calc or not isinstance(value := row.fields.get(field.name), str):
            continue
        start = look_up(row.fields, field.calc["from"])
        try:
            reckoned = period(row.case, field.calc["rule"], start, field) if start else None
        except (InvalidInput, ValueError):
            continue
        if reckoned is None or isinstance(reckoned.value, dt.datetime):
            continue
        printed = legal_day(dt.datetime.fromisoformat(value)) if "T" in value else dt.date.fromisoformat(value)
        if reckoned.provisional or reckoned.value != printed:
            found.append(Presumed(field.name, field.label_zh, printed, reckoned.value, reckoned.provisional))
    return found
