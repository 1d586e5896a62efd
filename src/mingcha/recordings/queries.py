from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db.models import QuerySet

from mingcha.cases.memory import kept
from mingcha.cases.models import Case
from mingcha.catalogues import queries as catalogues
from mingcha.catalogues.models import Edition
from mingcha.common import clock
from mingcha.common.prepared import prepared
from mingcha.recordings.models import Excuse, Recording


def of_case(case: Case) -> QuerySet[Recording]:
    return Recording.objects.filter(case=case).select_related("file", "recorded_by").order_by("started_at", "id")


@kept("recordings_recording")
def rows(case: Case) -> list[Recording]:
    """The recordings of a locked case, in order, nothing joined."""
    return _rows(case.pk)


@prepared
def _rows(case_id: uuid.UUID) -> QuerySet[Recording]:
    return Recording.objects.filter(case_id=case_id).order_by("started_at", "id")


@prepared
def _excused(case_id: uuid.UUID) -> QuerySet[Excuse, str]:
    return Excuse.objects.filter(case_id=case_id).values_list("matter", flat=True)


def excused_matters(case: Case) -> list[str]:
    """Matters whose missing recording was explained."""
    return _excused(case.pk)


def excuses(case: Case) -> QuerySet[Excuse]:
    return Excuse.objects.filter(case=case).order_by("at", "id")


@kept("catalogues_edition", "cases_case")
def list_in_force(case: Case) -> Edition | None:
    """The recording list in force when the case was filed; editions published later do not reach back."""
    day = case.filed_on or clock.today()
    return catalogues.in_force(case.organisation_id, "recording-list", day)


def demanded(case: Case, stage: str) -> list[dict[str, Any]]:
    """Entries of the published list that demand a recording in this stage of an act of this type."""
    edition = list_in_force(case)
    entries = edition.content["entries"] if edition else []
    return [
        item
        for item in entries
        if item["stage"] == stage and item["mode"] == "full" and case.act_type in item.get("act_types", [case.act_type])
    ]


def excused(jurisdiction: str) -> QuerySet[Excuse]:
    """Recordings that are missing with a stated reason, newest first, case joined."""
    rows = Excuse.objects.filter(case__jurisdiction=jurisdiction).select_related("case__organisation")
    return rows.order_by("-at", "-id")


def since(jurisdiction: str, moment: dt.datetime) -> QuerySet[Recording]:
    """Recordings handed in since a moment, newest first, with case and profile."""
    rows = Recording.objects.filter(case__jurisdiction=jurisdiction, created_at__gte=moment)
    return rows.select_related("case__organisation", "case__profile").order_by("-created_at", "-id")
