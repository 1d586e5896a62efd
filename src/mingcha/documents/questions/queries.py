"""Reads of question sets: the one in force for an item, filled for a case."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db.models import QuerySet

from mingcha.cases.models import Case
from mingcha.documents.filling import known
from mingcha.documents.questions.models import QuestionSet
from mingcha.documents.questions.rules import FACTS, filled, shipped
from mingcha.documents.rendering.wording import day


def versions(organ_id: uuid.UUID, item_code: str) -> QuerySet[QuestionSet]:
    """All versions of an organ's own set for an item, newest first."""
    rows = QuestionSet.objects.filter(organisation_id=organ_id, item_code=item_code)
    return rows.select_related("saved_by").order_by("-number")


def newest(organ_id: uuid.UUID) -> dict[str, QuestionSet]:
    """The organ's own sets in force, by code of the item."""
    rows = QuestionSet.objects.filter(organisation_id=organ_id).select_related("saved_by").order_by("number")
    return {row.item_code: row for row in rows}


def in_force(organ_id: uuid.UUID, item_code: str) -> Sequence[str]:
    """The questions for an item: the organ's own, else the shipped ones; else those for all items, own before shipped."""
    own = newest(organ_id)
    for code in (item_code, ""):
        if code in own and own[code].questions:
            return list(own[code].questions)
        if code in shipped():
            return shipped()[code]
    return []


def for_case(case: Case) -> list[str]:
    """The questions for the item of a case, with the facts that it knows."""
    facts = {}
    for name, (_, path) in FACTS.items():
        value = known(case, path)
        facts[name] = day(value) if isinstance(value, dt.date) else str(value or "")
    return filled(in_force(case.organisation_id, case.item_code), facts)
