"""Reads of sittings: other questionings at the same time, answers in the same words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from mingcha.cases.models import Case
from mingcha.documents.models import Document
from mingcha.documents.sittings.models import Sitting

KIND = "inquiry-record"
_LONG_ANSWER = 20


def overlapping(typed: Mapping[str, Any], officers: Sequence[Mapping[str, Any]]) -> list[str]:
    """Other records of the organ in which one of the officers sat at the same time."""
    start, end = moment(typed.get("start")), moment(typed.get("end"))
    if start is None or end is None:
        return []
    mine = [row["cert_no"] for row in officers if row.get("cert_no")]
    rows = Sitting.objects.filter(cert_no__in=mine, end__gt=start, start__lt=end, document__void=None)
    found: dict[str, list[str]] = {}
    for number, fields, case_number in rows.values_list("cert_no", "document__fields", "document__case__number"):
        other = f"{(fields.get('person') or {}).get('name', '他人')}（{case_number or '未编号案件'}）"
        found.setdefault(other, []).extend(row["name"] for row in officers if row.get("cert_no") == number)
    return [f"{'、'.join(names)}同时在询问{other}" for other, names in sorted(found.items())]


def repeated_answers(case: Case, typed: Mapping[str, Any]) -> list[str]:
    """Persons of the case whose records hold, word for word, a long answer of this one."""
    mine = _answers(typed)
    person = (typed.get("person") or {}).get("name")
    found = []
    for fields in Document.objects.filter(case=case, kind=KIND).values_list("fields", flat=True):
        name = (fields.get("person") or {}).get("name")
        if name != person and mine & _answers(fields):
            found.append(str(name))
    return sorted(set(found))


def _answers(fields: Mapping[str, Any]) -> set[str]:
    texts = (str(row.get("answer", "")).strip() for row in fields.get("questions") or ())
    return {text for text in texts if len(text) >= _LONG_ANSWER}


def moment(value: Any) -> dt.datetime | None:
    if isinstance(value, str) and "T" in value:
        value = dt.datetime.fromisoformat(value)
    return value if isinstance(value, dt.datetime) else None
