"""Sittings of questioning (询问场次): the same officer cannot question two persons at once — 行政处罚法 art. 55."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from mingcha.cases.models import Case
from mingcha.documents.models import Document

# Records written up later than this are compared by hand; the window keeps the query small.
_WINDOW = dt.timedelta(days=7)
_LONG_ANSWER = 20


def overlapping(case: Case, typed: Mapping[str, Any], officers: Sequence[Mapping[str, Any]]) -> list[str]:
    """Other records of the organ in which one of the officers sat at the same time."""
    start, end = _moment(typed.get("start")), _moment(typed.get("end"))
    if start is None or end is None:
        return []
    mine = {row["cert_no"] for row in officers if row.get("cert_no")}
    rows = Document.objects.filter(
        kind="inquiry-record",
        case__organisation=case.organisation,
        issued_at__gte=start,
        issued_at__lt=end + _WINDOW,
    ).order_by("issued_at", "id")
    found = []
    for fields, number in rows.values_list("fields", "case__number"):
        other = _moment(fields.get("start")), _moment(fields.get("end"))
        both = mine & {row.get("cert_no") for row in fields.get("officers") or ()}
        if both and other[0] and other[1] and other[0] < end and start < other[1]:
            names = "、".join(row["name"] for row in fields["officers"] if row.get("cert_no") in both)
            found.append(
                f"{names}同时在询问{(fields.get('person') or {}).get('name', '他人')}（{number or '未编号案件'}）"
            )
    return found


def repeated_answers(case: Case, typed: Mapping[str, Any]) -> list[str]:
    """Persons of the case whose records hold, word for word, a long answer of this one."""
    mine = _answers(typed)
    person = (typed.get("person") or {}).get("name")
    found = []
    for fields in Document.objects.filter(case=case, kind="inquiry-record").values_list("fields", flat=True):
        name = (fields.get("person") or {}).get("name")
        if name != person and mine & _answers(fields):
            found.append(str(name))
    return sorted(set(found))


def _answers(fields: Mapping[str, Any]) -> set[str]:
    texts = (str(row.get("answer", "")).strip() for row in fields.get("questions") or ())
    return {text for text in texts if len(text) >= _LONG_ANSWER}


def _moment(value: Any) -> dt.datetime | None:
    if isinstance(value, str) and "T" in value:
        value = dt.datetime.fromisoformat(value)
    return value if isinstance(value, dt.datetime) else None
