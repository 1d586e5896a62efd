"""Reads of handing in: what came late, what is expected and missing, what a year still owes to the organ above."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access as case_access
from mingcha.cases.choices import DutyKind
from mingcha.cases.models import Case, Duty, Evidence, StageChange
from mingcha.catalogues import profiles
from mingcha.catalogues.queries import in_force, pinned
from mingcha.common import clock
from mingcha.common.explained import Explained
from mingcha.deadlines import queries as deadlines
from mingcha.recordings import access, queries
from mingcha.recordings.devices.queries import held_by
from mingcha.recordings.models import Excuse, HandOver, HandOverItem, Intake, Recording

# How far back late recordings are listed, in natural days, and how many cases and recordings are looked at.
BACK = 90
MOST = 200


@dataclass(frozen=True)
class Watched:
    """A recording that came late (late), waits to be assigned past its term (waiting), or is expected and missing."""

    kind: str
    colour: str
    what: str
    officers: tuple[str, ...]
    devices: tuple[str, ...]
    day: dt.date
    due: Explained[dt.date | None]
    case: Case | None = None
    intake: Intake | None = None
    excuse: str = ""


def due_of(intake: Intake) -> Explained[dt.date | None] | None:
    """The last day on which a recording is handed in, by the profile in force when it was made; None without time or profile."""
    if intake.started_at is None:
        return None
    day = clock.legal_day(intake.started_at)
    profile = in_force(intake.organisation_id, "policy-profile", day)
    if profile is None:
        return None
    return profiles.upload_due(profile.content, day, deadlines.calendar(intake.jurisdiction).nth_workday)


def watch(actor: Actor) -> list[Watched]:
    """What of handing in is late or expected and missing, most pressing first, for those whom this person answers for."""
    found = [*_intakes(actor), *missing(actor)]
    order = {"red": 0, "amber": 1}
    return sorted(found, key=lambda row: (order[row.colour], row.due.value or dt.date.max, row.what))


def _intakes(actor: Actor) -> list[Watched]:
    since = clock.now() - dt.timedelta(days=BACK)
    rows = access.intakes(actor).filter(received_at__gte=since, started_at__isnull=False).select_related("officer")
    open_ = set(rows.filter(assignments=None).values_list("id", flat=True)[: 2 * MOST])
    found, today = [], clock.today()
    for row in rows.order_by("-received_at", "-id")[:MOST]:
        due = due_of(row)
        if due is None or due.value is None or row.started_at is None:
            continue
        day = clock.legal_day(row.received_at)
        waits = row.id in open_ and today > due.value
        if day > due.value or waits:
            kind, colour = ("late", "amber") if day > due.value and not waits else ("waiting", "red")
            people = (row.officer.name,) if row.officer else ()
            found.append(Watched(kind, colour, row.name, people, (row.device_no,), day, due, intake=row))
    return found


def missing(actor: Actor) -> list[Watched]:
    """Recordings that the list demands in a stage where evidence was collected, and that nobody has handed in.

    Where nothing was collected yet, nothing is expected: the machine does not know of work that left no trace.
    """
    rows = case_access.visible(actor).filter(Exists(Evidence.objects.filter(case_id=OuterRef("pk"))), closed_on=None)
    if not actor.has(Role.UNIT_HEAD, Role.HEAD, Role.SUPERVISOR):
        rows = rows.filter(duties__officer_id=actor.officer_id, duties__duty=DutyKind.HANDLER)
    cases = list(rows.select_related("organisation").order_by("-created_at", "-id")[:MOST])
    if not cases:
        return []
    keys = [case.id for case in cases]
    held: dict[Any, set[str]] = {}
    for key, matter in Recording.objects.filter(case_id__in=keys, assignment__replaced_by=None).values_list(
        "case_id", "matter"
    ):
        held.setdefault(key, set()).add(matter)
    excuses = {
        (key, matter): reason
        for key, matter, reason in Excuse.objects.filter(case_id__in=keys).values_list("case_id", "matter", "reason")
    }
    changes: dict[Any, list[StageChange]] = {}
    for change in StageChange.objects.filter(case_id__in=keys).order_by("seq"):
        changes.setdefault(change.case_id, []).append(change)
    # What was put on record during a stage is work of that stage, though it may have been collected before.
    collected: dict[Any, list[tuple[dt.datetime, dt.datetime]]] = {}
    times = Evidence.objects.filter(case_id__in=keys).order_by("collected_at")
    for key, recorded, at in times.values_list("case_id", "created_at", "collected_at"):
        collected.setdefault(key, []).append((recorded, at))
    found = []
    lists: dict[Any, Any] = {}
    for case in cases:
        of = (case.organisation_id, case.filed_on)
        if of not in lists:
            lists[of] = queries.list_in_force(case)
        for stage, began, ended in _stays(case, changes.get(case.id, [])):
            lacking = [
                item
                for item in queries.entries_of(lists[of], case.act_type)
                if item["stage"] == stage and item["mode"] == "full" and item["code"] not in held.get(case.id, ())
            ]
            acted = next((at for recorded, at in collected.get(case.id, []) if began <= recorded < ended), None)
            if acted is None:
                continue
            for item in lacking:
                found.append((case, item, acted, excuses.get((case.id, item["code"]), "")))
    return _told(found)


def _stays(case: Case, changes: Sequence[StageChange]) -> list[tuple[str, dt.datetime, dt.datetime]]:
    """Stage, from when, until when (now for the present one)."""
    points = [(changes[0].source if changes else case.stage, case.created_at)]
    points += [(change.target, change.at) for change in changes]
    ends = [at for _, at in points[1:]] + [clock.now()]
    return [(stage, began, ended) for (stage, began), ended in zip(points, ends, strict=True)]


def _told(rows: Sequence[tuple[Case, dict[str, Any], dt.datetime, str]]) -> list[Watched]:
    people: dict[Any, list[Duty]] = {}
    duties = Duty.objects.filter(case_id__in={case.id for case, *_ in rows}, duty=DutyKind.HANDLER)
    for duty in duties.select_related("officer").order_by("since", "id"):
        people.setdefault(duty.case_id, []).append(duty)
    found, today = [], clock.today()
    for case, item, acted, excuse in rows:
        day = clock.legal_day(acted)
        calendar = deadlines.calendar(case.jurisdiction)
        due = profiles.upload_due(pinned(case.profile_id).content, day, calendar.nth_workday)
        handlers = people.get(case.id, [])
        held = held_by([duty.officer_id for duty in handlers], acted)
        found.append(
            Watched(
                "missing",
                "red" if due.value is not None and today > due.value and not excuse else "amber",
                f"清单第{item['code']}项：{item['plain']}",
                tuple(duty.officer.name for duty in handlers),
                tuple(row.device.number for row in held),
                day,
                due,
                case=case,
                excuse=excuse,
            )
        )
    return found


def handovers(actor: Actor) -> QuerySet[HandOver]:
    """Hand-overs of the own organ; of the jurisdiction for the supervisor."""
    own = {"jurisdiction": actor.jurisdiction} if actor.has(Role.SUPERVISOR) else {"organisation_id": actor.organ_id}
    rows = HandOver.objects.filter(**own).select_related("organisation", "signature", "receipt", "manifest")
    return rows.order_by("-year", "-seq")


def owed(organ_id: uuid.UUID, year: int) -> QuerySet[Recording]:
    """Recordings made in a year that were not handed over; secret ones go another way and are not among them."""
    first, last = (clock.at(dt.date(number, 1, 1), 0) for number in (year, year + 1))
    rows = Recording.objects.filter(
        case__organisation_id=organ_id, started_at__gte=first, started_at__lt=last, assignment__replaced_by=None
    ).exclude(pk__in=HandOverItem.objects.filter(handover__organisation_id=organ_id).values("recording_id"))
    return access.open_rows(rows).select_related("case", "file", "recorded_by").order_by("started_at", "id")


def withheld(organ_id: uuid.UUID, year: int) -> int:
    """How many recordings of a year a secret mark keeps apart."""
    first, last = (clock.at(dt.date(number, 1, 1), 0) for number in (year, year + 1))
    rows = Recording.objects.filter(
        case__organisation_id=organ_id, started_at__gte=first, started_at__lt=last, assignment__replaced_by=None
    )
    return rows.count() - access.open_rows(rows).count()


def handover_due(organ_id: uuid.UUID, year: int) -> Explained[dt.date | None]:
    """The last day to hand over the recordings of a year, by the profile; None where it demands no hand-over (R068)."""
    profile = in_force(organ_id, "policy-profile", min(clock.today(), dt.date(year, 12, 31)))
    found = profiles.value(profile.content, "av.upload_deadline") if profile else {"mode": "none"}
    due = dt.date(year, 12, 31) if found["mode"] == "year_end" else None
    said = f"{year}年的音像应于{due.isoformat()}前集中上报。" if due else "政策参数没有要求年底集中上报，可以自行移交。"
    return Explained(due, "av.upload_deadline", "国办发〔2018〕118号", {"year": year}, (said,))
