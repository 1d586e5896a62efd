from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db.models import QuerySet

from mingcha.cases.memory import kept
from mingcha.cases.models import Case
from mingcha.catalogues import queries as catalogues
from mingcha.catalogues.conditions import listed_as
from mingcha.catalogues.models import Edition
from mingcha.common import clock
from mingcha.common.prepared import prepared
from mingcha.recordings import access
from mingcha.recordings.models import Excuse, Interruption, Recording
from mingcha.recordings.rules import Gap, Take, gaps


def of_case(case: Case) -> QuerySet[Recording]:
    """The recordings that count and that no secret mark keeps apart: what lists and documents may show to all on the case."""
    rows = Recording.objects.filter(case=case, assignment__replaced_by=None)
    return access.open_rows(rows).select_related("file", "recorded_by").order_by("started_at", "id")


@kept("recordings_recording", "recordings_assignment")
def rows(case: Case) -> list[Recording]:
    """The recordings of a locked case that count, secret ones too, in order, nothing joined: for guards and digests only."""
    return _rows(case.pk)


@kept("recordings_recording", "recordings_assignment", "recordings_secretmark", "recordings_secretlift")
def shown(case: Case) -> list[Recording]:
    """`rows` without those that a secret mark keeps apart: for indexes that name them."""
    return _shown(case.pk)


@prepared
def _shown(case_id: uuid.UUID) -> QuerySet[Recording]:
    rows = Recording.objects.filter(case_id=case_id, assignment__replaced_by=None)
    return access.open_rows(rows).order_by("started_at", "id")


@kept("recordings_recording", "recordings_assignment")
def broken(case: Case) -> dict[str, tuple[list[Gap], list[Take]]]:
    """Matter → gaps between its files and files of unknown length, where there are several files or one that is blind."""
    takes: dict[str, list[Take]] = {}
    for row in rows(case):
        takes.setdefault(row.matter, []).append(Take(row.id, row.title, row.started_at, row.duration_ms))
    return {matter: gaps(files) for matter, files in takes.items() if len(files) > 1}


@prepared
def _interruptions(case_id: uuid.UUID) -> QuerySet[Interruption]:
    return Interruption.objects.filter(case_id=case_id).order_by("at", "id")


def interruptions(case: Case) -> list[Interruption]:
    """Explained gaps of a case, oldest first."""
    return _interruptions(case.pk)


def unexplained(case: Case, matter: str) -> list[Gap]:
    """Gaps of a matter that nobody has explained."""
    found, _ = broken(case).get(matter, ([], []))
    if not found:
        return []
    told = {(row.after_id, row.before_id) for row in interruptions(case)}
    return [gap for gap in found if (gap.after.key, gap.before.key) not in told]


@prepared
def _rows(case_id: uuid.UUID) -> QuerySet[Recording]:
    return Recording.objects.filter(case_id=case_id, assignment__replaced_by=None).order_by("started_at", "id")


@prepared
def _excuses(case_id: uuid.UUID) -> QuerySet[Excuse]:
    return Excuse.objects.filter(case_id=case_id).order_by("at", "id")


@kept("recordings_excuse")
def excuses(case: Case) -> list[Excuse]:
    """What was said of recordings that are missing, oldest first."""
    return _excuses(case.pk)


@kept("catalogues_edition", "cases_case")
def list_in_force(case: Case) -> Edition | None:
    """The recording list in force when the case was filed; editions published later do not reach back."""
    day = case.filed_on or clock.today()
    return catalogues.in_force(case.organisation_id, "recording-list", day)


def matters(case: Case) -> list[str]:
    """Codes of all entries of the published list that the case goes by."""
    edition = list_in_force(case)
    return [item["code"] for item in edition.content["entries"]] if edition else []


def entries(case: Case) -> list[dict[str, Any]]:
    """Entries of the published list for an act of this type, in all stages."""
    return entries_of(list_in_force(case), case.act_type)


def entries_of(edition: Edition | None, act_type: str) -> list[dict[str, Any]]:
    """Entries of a list for one type of act."""
    rows, word = edition.content["entries"] if edition else [], listed_as(act_type)
    return [item for item in rows if word in item.get("act_types", [word])]


def listed(case: Case, stage: str) -> list[dict[str, Any]]:
    """Entries of the published list for this stage of an act of this type, whatever they demand."""
    return [item for item in entries(case) if item["stage"] == stage]


def demanded(case: Case, stage: str) -> list[dict[str, Any]]:
    """Entries of the published list that demand a recording in this stage of an act of this type."""
    return [item for item in listed(case, stage) if item["mode"] == "full"]


def excused(jurisdiction: str) -> QuerySet[Excuse]:
    """Recordings that are missing with a stated reason, newest first, case joined."""
    rows = Excuse.objects.filter(case__jurisdiction=jurisdiction).select_related("case__organisation")
    return rows.order_by("-at", "-id")


def since(jurisdiction: str, moment: dt.datetime) -> QuerySet[Recording]:
    """Recordings handed in since a moment, newest first, with case and profile."""
    rows = Recording.objects.filter(
        case__jurisdiction=jurisdiction, created_at__gte=moment, assignment__replaced_by=None
    )
    return access.open_rows(rows).select_related("case__organisation", "case__profile").order_by("-created_at", "-id")
