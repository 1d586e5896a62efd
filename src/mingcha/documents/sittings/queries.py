"""Reads of sittings: other questionings at the same time, answers in the same words."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from mingcha.cases.models import Case
from mingcha.common.prepared import prepared
from mingcha.documents.models import Document
from mingcha.documents.sittings.models import Sitting

KIND = "inquiry-record"
_LONG_ANSWER = 20


def overlapping(typed: Mapping[str, Any], officers: Sequence[Mapping[str, Any]]) -> list[str]:
    """Other records of the organ in which one of the officers sat at the same time."""
    start, end = moment(typed.get("start")), moment(typed.get("end"))
    if start is None or end is None:
        return []
    found: dict[str, list[str]] = {}
    for row in officers:
        for fields, case_number in _sat(row["cert_no"], start, end) if row.get("cert_no") else ():
            other = f"{(fields.get('person') or {}).get('name', '他人')}（{case_number or '未编号案件'}）"
            found.setdefault(other, []).append(row["name"])
    return [f"{'、'.join(names)}同时在询问{other}" for other, names in sorted(found.items())]


@prepared
def _sat(cert_no: str, start: dt.datetime, end: dt.datetime) -> QuerySet[Sitting, Any]:
    rows = Sitting.objects.filter(cert_no=cert_no, end__gt=start, start__lt=end, document__void=None)
    return rows.values_list("document__fields", "document__case__number")


def repeated_answers(case: Case, typed: Mapping[str, Any]) -> list[str]:
    """Persons of the case whose records hold, word for word, a long answer of this one."""
    mine = _answers(typed)
    person = (typed.get("person") or {}).get("name")
    found = []
    for fields in _records(case.pk, KIND):
        name = (fields.get("person") or {}).get("name")
        if name != person and mine & _answers(fields):
            found.append(str(name))
    return sorted(set(found))


@prepared
def _records(case_id: uuid.UUID, kind: str) -> QuerySet[Document, Any]:
    return Document.objects.filter(case_id=case_id, kind=kind).values_list("fields", flat=True)


def _answers(fields: Mapping[str, Any]) -> set[str]:
    texts = (str(row.get("answer", "")).strip() for row in fields.get("questions") or ())
    return {text for text in texts if len(text) >= _LONG_ANSWER}


def moment(value: Any) -> dt.datetime | None:
    if isinstance(value, str) and "T" in value:
        value = dt.datetime.fromisoformat(value)
    return value if isinstance(value, dt.datetime) else None
