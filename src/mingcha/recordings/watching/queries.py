"""Reads of watching: markers, who saw what, shares, transcripts, what was not said."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db.models import Q, QuerySet

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import StaffKind
from mingcha.accounts.models import Officer
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.recordings import access
from mingcha.recordings.models import Marker, Recording, Share, Transcript, Viewing
from mingcha.recordings.watching import rules, terms


def markers(recording: Recording) -> QuerySet[Marker]:
    """Markers that stand, in the order of the recording."""
    rows = Marker.objects.filter(recording=recording, corrected_by=None, withdrawn=False)
    return rows.select_related("evidence").order_by("at_ms", "id")


def superseded(recording: Recording) -> QuerySet[Marker]:
    """Markers that were corrected or withdrawn, newest first."""
    rows = Marker.objects.filter(recording=recording).filter(Q(corrected_by__isnull=False) | Q(withdrawn=True))
    return rows.order_by("-at", "-id")


def pointing(actor: Actor, case: Case) -> dict[str, dict[uuid.UUID, list[Marker]]]:
    """Markers that stand, by the document and by the evidence they point at; only of recordings this person may see."""
    found: dict[str, dict[uuid.UUID, list[Marker]]] = {"documents": {}, "evidence": {}}
    rows = Marker.objects.filter(recording__in=access.of_case(actor, case), corrected_by=None, withdrawn=False)
    rows = rows.filter(Q(document_id__isnull=False) | Q(evidence__isnull=False)).select_related("recording")
    for row in rows.order_by("recording__started_at", "at_ms"):
        for name, key in (("documents", row.document_id), ("evidence", row.evidence_id)):
            if key is not None:
                found[name].setdefault(key, []).append(row)
    return found


def announcement(recording: Recording) -> list[dict[str, Any]]:
    """Each item of the spoken announcement with the marker at which it is heard, or None."""
    heard = {row.item: row for row in reversed(list(markers(recording))) if row.kind == "announcement"}
    return [{"item": item, "marker": heard.get(item.code)} for item in terms.announcement().values()]


def unsaid(case: Case) -> list[tuple[Recording, list[str]]]:
    """Recordings of a case in which nobody has heard the whole announcement, with the missing items in words."""
    recordings = list(access.open_rows(Recording.objects.filter(case=case, assignment__replaced_by=None)))
    rows = Marker.objects.filter(
        recording__in=[row.pk for row in recordings], kind="announcement", corrected_by=None, withdrawn=False
    )
    heard: dict[uuid.UUID, set[str]] = {}
    for recording_id, item in rows.values_list("recording_id", "item"):
        heard.setdefault(recording_id, set()).add(item)
    found = []
    for row in recordings:
        missing = rules.unsaid(terms.announcement().values(), heard.get(row.id, ()))
        if missing:
            found.append((row, [item.plain for item in missing]))
    return found


def viewings(recording: Recording) -> QuerySet[Viewing]:
    """Who opened or saved a recording, newest first."""
    return Viewing.objects.filter(recording=recording).order_by("-at", "-id")


def log(
    actor: Actor, *, text: str = "", act: str = "", since: dt.date | None = None, until: dt.date | None = None
) -> QuerySet[Viewing]:
    """Who opened or saved what, over all recordings that this person may see. The days are days of the law."""
    rows = Viewing.objects.filter(recording__in=access.visible(actor))
    if text:
        match = Q(name__icontains=text) | Q(organ__icontains=text) | Q(note__icontains=text)
        rows = rows.filter(match | Q(recording__title__icontains=text) | Q(recording__case__number__icontains=text))
    if act:
        rows = rows.filter(act=act)
    if since:
        rows = rows.filter(at__gte=clock.at(since, 0))
    if until:
        rows = rows.filter(at__lt=clock.at(until + dt.timedelta(days=1), 0))
    return rows.select_related("recording__case", "share", "derivation")


def shares(recording: Recording) -> QuerySet[Share]:
    return Share.objects.filter(recording=recording).select_related("end").order_by("-at", "-id")


def shared_with(actor: Actor) -> list[Share]:
    """Shares that stand for this person now."""
    standing = access.open_rows(Recording.objects.filter(assignment__replaced_by=None), actor)
    rows = Share.objects.filter(to_id=actor.officer_id, expires_at__gt=clock.now(), end=None, recording__in=standing)
    return list(rows.select_related("recording").order_by("expires_at"))


def officers_to_share_with(actor: Actor) -> QuerySet[Officer]:
    """Officers of the jurisdiction besides this person; auxiliary staff are not among them."""
    rows = Officer.objects.filter(
        organisation__jurisdiction=actor.jurisdiction, staff_kind=StaffKind.OFFICER, user__isnull=False
    )
    return rows.exclude(id=actor.officer_id).select_related("organisation").order_by("organisation__name", "name")


def transcripts(recording: Recording) -> QuerySet[Transcript]:
    """Newest first."""
    return Transcript.objects.filter(recording=recording).order_by("-at", "-id")
