from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from mingcha.accounts import queries as accounts
from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, NotFound, NotPermitted, Reason, Refused
from mingcha.ledger.actions import append
from mingcha.recordings.choices import ROOMS, DeviceKind, DeviceNoteKind, DeviceState
from mingcha.recordings.devices import queries, rules
from mingcha.recordings.models_devices import Allocation, Device, DeviceCheck, DeviceNote, EquipmentStandard

KEEPERS = (Role.UNIT_HEAD, Role.HEAD, Role.ADMIN)
_FARTHEST = 10 * 365 * 86_400


@transaction.atomic
def register(
    *,
    actor: Actor,
    number: str,
    kind: str,
    make: str = "",
    model: str = "",
    firmware: str = "",
    place: str = "",
    purchased_on: dt.date | None = None,
) -> Device:
    """Enter a device in the register of the own organ (设备台账). Raises NotPermitted, InvalidInput, Conflict."""
    role = actor.require(*KEEPERS)
    check = Check()
    number = check.text("number", number, "设备编号", most=60)
    kind = check.one_of("kind", kind, "设备种类", DeviceKind.values)
    texts = {
        name: check.text(name, value, label, most=most, required=False)
        for name, value, label, most in (
            ("make", make, "厂商", 60),
            ("model", model, "型号", 60),
            ("firmware", firmware, "固件版本", 60),
            ("place", place, "安装地点", 120),
        )
    }
    if kind in ROOMS and not texts["place"]:
        check.add("place", "询问室、听证室的设备请写明安装地点。")
    if purchased_on is not None:
        check.date("purchased_on", purchased_on, "购置日期", latest=clock.today())
    check.done()
    if Device.objects.filter(organisation_id=actor.organ_id, number=number).exists():
        raise Conflict("device-exists", f"编号为{number}的设备已经登记。")
    now = clock.now()
    row = Device.objects.create(
        jurisdiction=actor.jurisdiction,
        organisation_id=actor.organ_id,
        number=number,
        kind=kind,
        make=texts["make"],
        model=texts["model"],
        place=texts["place"],
        purchased_on=purchased_on,
        registered_by=actor.name,
        created_at=now,
    )
    if texts["firmware"]:
        DeviceNote.objects.create(
            device=row, kind=DeviceNoteKind.FIRMWARE, version=texts["firmware"], by=actor.name, at=now
        )
    _record("device-registered", row, actor, role, {"number": number, "kind": kind, **texts})
    return row


@transaction.atomic
def allocate(
    device_id: uuid.UUID,
    *,
    actor: Actor,
    officer_id: uuid.UUID | None = None,
    unit_id: uuid.UUID | None = None,
) -> Allocation:
    """Give a device to an officer or, shared, to a unit; whoever held it gives it back. Raises Refused, InvalidInput."""
    role = actor.require(*KEEPERS)
    device = _locked(actor, device_id)
    if reasons := rules.usable(queries.state(device)):
        raise Refused(reasons)
    check = Check()
    if (officer_id is None) == (unit_id is None):
        check.add("holder", "请选择一名人员或者一个机构。")
    elif officer_id is not None:
        officer = accounts.officers([officer_id]).get(officer_id)
        if officer is None or (officer.organisation.organ_id or officer.organisation_id) != actor.organ_id:
            check.add("holder", "请选择本机关的人员。")
    elif unit_id is not None:
        unit = next((row for row in accounts.organisations(actor.jurisdiction) if row.id == unit_id), None)
        if unit is None or (unit.organ_id or unit.id) != actor.organ_id:
            check.add("holder", "请选择本机关的机构。")
    check.done()
    now = clock.now()
    Allocation.objects.filter(device=device, until=None).update(until=now)
    row = Allocation.objects.create(device=device, officer_id=officer_id, unit_id=unit_id, since=now, by=actor.name)
    _record("device-allocated", device, actor, role, {"officer": officer_id, "unit": unit_id})
    return row


@transaction.atomic
def take_back(device_id: uuid.UUID, *, actor: Actor) -> Device:
    """Take a device back from whoever holds it. Raises Conflict when nobody does."""
    role = actor.require(*KEEPERS)
    device = _locked(actor, device_id)
    if not Allocation.objects.filter(device=device, until=None).update(until=clock.now()):
        raise Conflict("device-not-held", "这台设备没有发放。")
    _record("device-returned", device, actor, role, {})
    return device


@transaction.atomic
def check_before_shift(
    device_id: uuid.UUID,
    *,
    actor: Actor,
    results: Mapping[str, bool],
    drift: int | None = None,
    remarks: str = "",
) -> DeviceCheck:
    """Record the check before a shift (勤前检查). `drift`: seconds by which the device's clock is fast, None if unmeasured.

    Raises NotPermitted for somebody who neither holds nor keeps the device, Refused for a scrapped one, InvalidInput.
    """
    device = _locked(actor, device_id)
    role = _holds(actor, device)
    if queries.state(device) == DeviceState.SCRAPPED:
        raise Refused(rules.usable(DeviceState.SCRAPPED))
    check = Check()
    remarks = check.text("remarks", remarks, "说明", most=300, required=False)
    points = {item["code"]: bool(results.get(item["code"])) for item in rules.checklist()["items"]}
    if drift is not None and (not isinstance(drift, int) or isinstance(drift, bool) or abs(drift) > _FARTHEST):
        check.add("drift", "时钟误差请填写整秒数，快为正数，慢为负数。")
    lacking = rules.failed(points)
    if lacking and not remarks:
        check.add("remarks", f"有不合格的项目（{'、'.join(lacking)}），请说明怎样处理。")
    check.done()
    row = DeviceCheck.objects.create(
        device=device,
        results=points,
        passed=not lacking,
        drift=drift,
        remarks=remarks,
        officer_id=actor.officer_id,
        at=clock.now(),
    )
    payload = {"results": points, "drift": drift, "remarks": remarks}
    _record("device-checked", device, actor, role, payload)
    return row


@transaction.atomic
def note(device_id: uuid.UUID, *, actor: Actor, kind: str, version: str = "", text: str = "") -> DeviceNote:
    """Record firmware, fault, repair or scrapping. A fault may be reported by whoever holds the device, the rest by keepers.

    Raises NotPermitted, Refused where the state does not allow it, InvalidInput.
    """
    device = _locked(actor, device_id)
    check = Check()
    kind = check.one_of("kind", kind, "事项", DeviceNoteKind.values)
    version = check.text("version", version, "固件版本", most=60, required=kind == DeviceNoteKind.FIRMWARE)
    text = check.text("text", text, "说明", most=300, required=kind != DeviceNoteKind.FIRMWARE)
    check.done()
    role = _holds(actor, device) if kind == DeviceNoteKind.FAULT else actor.require(*KEEPERS)
    state = queries.state(device)
    if state == DeviceState.SCRAPPED:
        raise Refused(rules.usable(state))
    if kind == DeviceNoteKind.REPAIRED and state != DeviceState.FAULTY:
        raise Refused([Reason("device-not-faulty", "这台设备没有登记故障。", (), "没有需要修复的。")])
    now = clock.now()
    if kind == DeviceNoteKind.SCRAPPED:
        Allocation.objects.filter(device=device, until=None).update(until=now)
    row = DeviceNote.objects.create(device=device, kind=kind, version=version, text=text, by=actor.name, at=now)
    _record(f"device-{kind}", device, actor, role, {"version": version, "text": text})
    return row


@transaction.atomic
def set_standard(*, actor: Actor, people: int, source: str, kind: str = DeviceKind.CAMERA) -> EquipmentStandard:
    """Set how many officers share one device at most, with the paper that says so. Raises NotPermitted, InvalidInput."""
    role = actor.require(Role.HEAD, Role.ADMIN)
    check = Check()
    kind = check.one_of("kind", kind, "设备种类", DeviceKind.values)
    source = check.text("source", source, "依据", most=300)
    if not isinstance(people, int) or isinstance(people, bool) or not 1 <= people <= 100:
        check.add("people", "每台设备的人数应为1至100。")
    check.done()
    row = EquipmentStandard.objects.create(
        organisation_id=actor.organ_id, kind=kind, people=people, source=source, by=actor.name, at=clock.now()
    )
    append(
        "equipment-standard-set",
        log=actor.jurisdiction,
        subject=("organisation", str(actor.organ_id)),
        actor=actor.snapshot(role),
        payload={"kind": kind, "people": people, "source": source},
    )
    return row


def _locked(actor: Actor, device_id: uuid.UUID) -> Device:
    found = Device.objects.select_for_update().filter(id=device_id, organisation_id=actor.organ_id).first()
    if found is None:
        raise NotFound("没有找到这台设备，或者您无权办理。")
    return found


def _holds(actor: Actor, device: Device) -> str:
    """The role in which a person handles a device: keeper, its holder, or of the unit that shares it."""
    for role in KEEPERS:
        if actor.has(role):
            return str(role)
    held = Allocation.objects.filter(device=device, until=None).select_related("unit").first()
    if held is not None and (held.officer_id == actor.officer_id or (held.unit and held.unit.name == actor.unit)):
        return str(Role.HANDLER) if actor.has(Role.HANDLER) else "设备领用人"
    raise NotPermitted(message="这台设备没有发给您，只能由领用人或者保管人办理。")


def _record(kind: str, device: Device, actor: Actor, role: str, payload: dict[str, Any]) -> None:
    append(
        kind,
        log=device.jurisdiction,
        subject=("device", str(device.id)),
        actor=actor.snapshot(role),
        payload={"number": device.number, **payload},
    )
