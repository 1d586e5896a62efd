"""Reads of matching: what is known of a received recording, the cases it may belong to, the inbox."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q, QuerySet

from mingcha.accounts.actors import Actor
from mingcha.cases import access as case_access
from mingcha.cases.choices import DutyKind
from mingcha.cases.models import Case, Duty, Evidence, Party, StageChange
from mingcha.cases.queries import procedure
from mingcha.common.explained import Explained
from mingcha.common.prepared import prepared
from mingcha.recordings import access, queries
from mingcha.recordings.choices import ROOMS
from mingcha.recordings.devices import queries as devices
from mingcha.recordings.matching.rules import Candidate, Fit, Seen, Span, match
from mingcha.recordings.models import Assignment, Device, Intake

# More cases than a person can have in hand on one day are not compared.
_MOST_CASES = 60


def standing(intake: Intake) -> list[Assignment]:
    """What counts of what was said about a recording: usually one row, several where it shows several cases."""
    return _standing(intake.pk)


@prepared
def _standing(intake_id: uuid.UUID) -> QuerySet[Assignment]:
    rows = Assignment.objects.filter(intake_id=intake_id, replaced_by=None).select_related("case")
    return rows.order_by("at", "id")


def history(intake: Intake) -> list[Assignment]:
    """All that was said about a recording, corrected rows too, oldest first."""
    rows = Assignment.objects.filter(intake=intake).select_related("case", "replaces", "replaced_by")
    return list(rows.order_by("at", "id"))


def waiting(actor: Actor) -> QuerySet[Intake]:
    """The inbox (收件箱): received recordings that nobody has assigned."""
    return access.intakes(actor).filter(assignments=None)


def device_of(intake: Intake) -> Device | None:
    return devices.by_number(intake.organisation_id, [intake.device_no]).get(intake.device_no)


def corrected_start(intake: Intake) -> dt.datetime | None:
    """The true start: the device's own clock less its measured error."""
    if intake.started_at is None:
        return None
    device = device_of(intake)
    measured = devices.drift_at(device.id, intake.started_at) if device else None
    return intake.started_at - dt.timedelta(seconds=measured.drift or 0) if measured else intake.started_at


def weak(intake: Intake) -> bool:
    """Whether the time of a recording is only that of its file."""
    return "started_at" in intake.details.get("weak", ())


def seen(intake: Intake) -> Seen:
    """What is known of a recording, with the device's holder and clock at that time."""
    device = device_of(intake)
    held = devices.held_at(device.id, intake.started_at) if device and intake.started_at else None
    measured = devices.drift_at(device.id, intake.started_at) if device and intake.started_at else None
    start = corrected_start(intake)
    holder = held.officer.name if held and held.officer else held.unit.name if held and held.unit else ""
    return Seen(
        start=start,
        duration_ms=intake.duration_ms,
        drift=measured.drift if measured else None,
        weak=weak(intake),
        officer=intake.officer.name if intake.officer else "",
        device_no=intake.device_no,
        registered=device is not None,
        holder=holder,
        holder_ids=frozenset({held.officer_id} if held and held.officer_id else ()),
        unit_ids=frozenset({held.unit_id} if held and held.unit_id else ()),
        officer_id=intake.officer_id,
        place=intake.place or (device.place if device else ""),
        room=device.place if device and device.kind in ROOMS else "",
    )


def proposed(actor: Actor, intakes: Sequence[Intake]) -> dict[uuid.UUID, Explained[tuple[Fit, ...]]]:
    """For each recording the cases it may belong to, among those this person may see."""
    looked = {intake.id: seen(intake) for intake in intakes}
    found: dict[uuid.UUID, Explained[tuple[Fit, ...]]] = {}
    known: dict[frozenset[uuid.UUID], list[Candidate]] = {}
    for intake in intakes:
        row = looked[intake.id]
        people = frozenset({row.officer_id} if row.officer_id else row.holder_ids)
        if not people and row.room:
            people = frozenset({actor.officer_id})
        if people not in known:
            known[people] = candidates(actor, intake.organisation_id, people)
        found[intake.id] = match(row, known[people])
    return found


def candidates(actor: Actor, organisation_id: uuid.UUID, people: Iterable[uuid.UUID]) -> list[Candidate]:
    """Cases in hand of these officers (of the acting person where nobody is known), newest first."""
    handlers = list(people) or [actor.officer_id]
    rows = case_access.visible(actor).filter(organisation_id=organisation_id, closed_on=None)
    own = Duty.objects.filter(officer_id__in=handlers, duty=DutyKind.HANDLER)
    cases = list(
        rows.filter(id__in=own.values("case_id")).select_related("organisation").order_by("-created_at")[:_MOST_CASES]
    )
    return _candidates(cases)


def _candidates(cases: Sequence[Case]) -> list[Candidate]:
    keys = [case.id for case in cases]
    changes: dict[Any, list[StageChange]] = {}
    for change in StageChange.objects.filter(case_id__in=keys).order_by("seq"):
        changes.setdefault(change.case_id, []).append(change)
    duties: dict[Any, list[Duty]] = {}
    for duty in Duty.objects.filter(case_id__in=keys, duty=DutyKind.HANDLER).select_related("officer"):
        duties.setdefault(duty.case_id, []).append(duty)
    collected: dict[Any, list[dt.datetime]] = {}
    for key, at in Evidence.objects.filter(case_id__in=keys).values_list("case_id", "collected_at"):
        collected.setdefault(key, []).append(at)
    places: dict[Any, str] = {}
    for key, address in (
        Party.objects.filter(~Q(address=""), case_id__in=keys).order_by("version").values_list("case_id", "address")
    ):
        places[key] = address
    return [
        Candidate(
            case.id,
            str(case),
            {duty.officer_id: duty.officer.name for duty in duties.get(case.id, [])},
            frozenset(duty.officer.organisation_id for duty in duties.get(case.id, [])),
            spans(case, changes.get(case.id, [])),
            tuple(collected.get(case.id, [])),
            (places[case.id],) if case.id in places else (),
        )
        for case in cases
    ]


def spans(case: Case, changes: Sequence[StageChange]) -> tuple[Span, ...]:
    """When a case stood where, and which entries of the recording list belong there."""
    stages = procedure(case).stages
    first = changes[0].source if changes else case.stage
    points = [(first, case.created_at), *((change.target, change.at) for change in changes)]
    found = []
    for number, (stage, since) in enumerate(points):
        until = points[number + 1][1] if number + 1 < len(points) else None
        matters = tuple(item["code"] for item in queries.listed(case, stage))
        found.append(Span(stage, stages[stage].name if stage in stages else stage, since, until, matters))
    return tuple(found)
