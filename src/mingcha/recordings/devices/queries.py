"""Reads of devices: who may see which, who held one when, how far its clock was off."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from mingcha.accounts import queries as accounts
from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role, StaffKind
from mingcha.accounts.models import Officer
from mingcha.common import clock
from mingcha.common.errors import NotFound
from mingcha.common.explained import Explained
from mingcha.recordings.choices import DeviceKind, DeviceNoteKind, DeviceState
from mingcha.recordings.devices import rules
from mingcha.recordings.models_devices import Allocation, Device, DeviceCheck, DeviceNote, EquipmentStandard

_STATES = (DeviceNoteKind.FAULT, DeviceNoteKind.REPAIRED, DeviceNoteKind.SCRAPPED)


def visible(actor: Actor) -> QuerySet[Device]:
    """Devices of the own organ; the supervisor sees those of the jurisdiction."""
    if actor.has(Role.SUPERVISOR):
        return Device.objects.filter(jurisdiction=actor.jurisdiction)
    return Device.objects.filter(organisation_id=actor.organ_id)


def device(actor: Actor, device_id: uuid.UUID) -> Device:
    """A device this person may see. Raises NotFound."""
    found = detailed(visible(actor)).filter(id=device_id).select_related("organisation").first()
    if found is None:
        raise NotFound("没有找到这台设备，或者您无权查看。")
    return found


def detailed(rows: QuerySet[Device]) -> QuerySet[Device]:
    """Devices with `last_note` (the newest that decides the state), `firmware`, `holder`, `unit`, `drift`, `checked_at`."""
    notes = DeviceNote.objects.filter(device=OuterRef("pk")).order_by("-at", "-id")
    held = Allocation.objects.filter(device=OuterRef("pk"), until=None)
    checks = DeviceCheck.objects.filter(device=OuterRef("pk")).order_by("-at", "-id")
    return rows.annotate(
        last_note=Subquery(notes.filter(kind__in=_STATES).values("kind")[:1]),
        firmware=Coalesce(Subquery(notes.exclude(version="").values("version")[:1]), Value("")),
        holder=Subquery(held.values("officer__name")[:1]),
        holder_id=Subquery(held.values("officer_id")[:1]),
        unit=Subquery(held.values("unit__name")[:1]),
        drift=Subquery(checks.exclude(drift=None).values("drift")[:1]),
        checked_at=Subquery(checks.values("at")[:1]),
    )


def chosen(actor: Actor, *, words: str = "", kind: str = "", state: str = "") -> QuerySet[Device]:
    """The register: searched by number, make, model, place, holder; filtered by kind and state."""
    # Any: the checker of types does not know the columns that `detailed` adds.
    rows: Any = detailed(visible(actor).select_related("organisation"))
    if words:
        held = Q(allocations__until=None, allocations__officer__name__icontains=words)
        held |= Q(allocations__until=None, allocations__unit__name__icontains=words)
        named = Q()
        for field in ("number", "make", "model", "place"):
            named |= Q(**{f"{field}__icontains": words})
        rows = rows.filter(Q(pk__in=Device.objects.filter(held | named).values("pk")))
    if kind in DeviceKind.values:
        rows = rows.filter(kind=kind)
    if state == DeviceState.FAULTY:
        rows = rows.filter(last_note=DeviceNoteKind.FAULT)
    elif state == DeviceState.SCRAPPED:
        rows = rows.filter(last_note=DeviceNoteKind.SCRAPPED)
    elif state == DeviceState.USABLE:
        rows = rows.filter(Q(last_note=None) | Q(last_note=DeviceNoteKind.REPAIRED))
    found: QuerySet[Device] = rows
    return found


def state(row: Device) -> DeviceState:
    """State of a device that `detailed` has read, or of any other by one more read."""
    if hasattr(row, "last_note"):
        return rules.state_of(row.last_note)
    newest = row.notes.filter(kind__in=_STATES).order_by("-at", "-id").values_list("kind", flat=True).first()
    return rules.state_of(newest)


@dataclass(frozen=True)
class Event:
    """One line of a device's history."""

    at: dt.datetime
    what: str
    text: str
    by: str
    bad: bool = False


def history(row: Device) -> list[Event]:
    """Everything that befell a device, newest first."""
    found = [Event(row.created_at, "登记", " ".join(filter(None, (row.make, row.model))), row.registered_by)]
    for held in row.allocations.select_related("officer", "unit"):
        name = held.officer.name if held.officer else held.unit.name if held.unit else ""
        found.append(Event(held.since, "发放", f"发给{name}", held.by))
        if held.until is not None:
            found.append(Event(held.until, "收回", f"由{name}交回", ""))
    for check in row.checks.select_related("officer"):
        lacking = rules.failed(check.results)
        text = f"时钟{rules.drift_words(check.drift)}。" + (f"不合格：{'、'.join(lacking)}。" if lacking else "")
        found.append(Event(check.at, "勤前检查", text + check.remarks, check.officer.name, not check.passed))
    for note in row.notes.all():
        text = "".join((f"固件{note.version}。" if note.version else "", note.text))
        found.append(Event(note.at, note.get_kind_display(), text, note.by, note.kind in ("fault", "scrapped")))
    return sorted(found, key=lambda event: event.at, reverse=True)


def by_number(organ_id: uuid.UUID, numbers: Iterable[str]) -> dict[str, Device]:
    """Devices of an organ by number."""
    rows = Device.objects.filter(organisation_id=organ_id, number__in={number for number in numbers if number})
    return {row.number: row for row in rows}


def held_at(device_id: uuid.UUID, moment: dt.datetime) -> Allocation | None:
    """Who held a device at an instant."""
    rows = Allocation.objects.filter(device_id=device_id, since__lte=moment)
    return rows.filter(Q(until=None) | Q(until__gt=moment)).select_related("officer", "unit").first()


def drift_at(device_id: uuid.UUID, moment: dt.datetime) -> DeviceCheck | None:
    """The measurement of the clock nearest before an instant, else the first after, within the days that the data name."""
    days = dt.timedelta(days=rules.checklist()["drift_valid_days"])
    rows = DeviceCheck.objects.filter(
        device_id=device_id, drift__isnull=False, at__range=(moment - days, moment + days)
    )
    before = rows.filter(at__lte=moment).order_by("-at", "-id").first()
    return before or rows.order_by("at", "id").first()


def held_by(officer_ids: Sequence[uuid.UUID], on: dt.datetime) -> QuerySet[Allocation]:
    """Devices that these officers held at an instant."""
    rows = Allocation.objects.filter(officer_id__in=officer_ids, since__lte=on).filter(Q(until=None) | Q(until__gt=on))
    return rows.select_related("device", "officer")


def standard(organ_id: uuid.UUID, kind: str = DeviceKind.CAMERA) -> tuple[int, str, bool]:
    """Officers for each device: what the organ has set, else the shipped value; with source and whether checked."""
    own = EquipmentStandard.objects.filter(organisation_id=organ_id, kind=kind).order_by("-at", "-id").first()
    if own is not None:
        return own.people, own.source, True
    shipped = rules.equipment()
    row = next(row for row in shipped["standards"] if row["kind"] == kind)
    return row["people"], shipped["source"], shipped["verified"]


def equipment(actor: Actor) -> list[Explained[bool]]:
    """Standard and ratio of equipment of the own organ: cameras by officers, rooms by number (R065)."""
    staff = Officer.objects.filter(staff_kind=StaffKind.OFFICER, grants__role=Role.HANDLER)
    staff = staff.filter(grants__organisation_id=actor.organ_id, grants__since__lte=clock.today())
    people = staff.filter(Q(grants__until=None) | Q(grants__until__gt=clock.today())).distinct().count()
    rows: Any = detailed(Device.objects.filter(organisation_id=actor.organ_id))
    good = rows.filter(Q(last_note=None) | Q(last_note=DeviceNoteKind.REPAIRED))
    counts: dict[str, Any] = dict(good.order_by().values_list("kind").annotate(n=Count("pk")))
    each, source, verified = standard(actor.organ_id)
    return [rules.ratio(people, counts.get(DeviceKind.CAMERA, 0), each, source, verified), *rules.rooms(counts)]


def holders(actor: Actor) -> list[tuple[str, str]]:
    """Officers and units of the organ to whom a device can be given, as key and label."""
    people = [
        row
        for row in accounts.staff(actor.jurisdiction).prefetch_related(None)
        if (row.organisation.organ_id or row.organisation_id) == actor.organ_id
    ]
    found = [(f"officer:{row.id}", f"{row.name}　{row.organisation.name}") for row in people]
    units = dict.fromkeys((f"unit:{row.organisation_id}", f"{row.organisation.name}（共用）") for row in people)
    return [*found, *units]


def held_intakes(actor: Actor) -> QuerySet[Device]:
    """For a query of intakes: the registered device of each, where this person or the own unit held it at that time."""
    held = Allocation.objects.filter(device=OuterRef("pk"), since__lte=OuterRef(OuterRef("started_at")))
    held = held.filter(Q(until=None) | Q(until__gt=OuterRef(OuterRef("started_at"))))
    held = held.filter(Q(officer_id=actor.officer_id) | Q(unit__name=actor.unit, unit__jurisdiction=actor.jurisdiction))
    rows = Device.objects.filter(organisation_id=OuterRef("organisation_id"), number=OuterRef("device_no"))
    return rows.filter(Exists(held))
