"""Register of devices: who may do what, the state that follows, holder and clock at an instant, standard of equipment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from mingcha.accounts.queries import actor_named
from mingcha.common import clock
from mingcha.common.errors import InvalidInput, MingchaError, NotFound, NotPermitted, code_of_database_error
from mingcha.ledger.models import JournalEntry
from mingcha.recordings.devices import actions, queries
from mingcha.recordings.devices.rules import checklist
from mingcha.recordings.models import Allocation, Device, DeviceNote

pytestmark = pytest.mark.django_db
GOOD = {item["code"]: True for item in checklist()["items"]}
DAY = dt.date(2026, 9, 14)


def _device(number: str = "D-001", **more: Any) -> Device:
    return actions.register(actor=actor_named("luming"), number=number, kind=more.pop("kind", "camera"), **more)


def test_the_life_of_a_device_stands_in_its_history_and_in_the_journal() -> None:
    keeper, lince = actor_named("luming"), actor_named("lince")
    with clock.frozen(clock.at(DAY, 8)):
        device = _device(make="甲厂", model="X1", firmware="1.0", purchased_on=dt.date(2025, 3, 1))
        actions.allocate(device.id, actor=keeper, officer_id=lince.officer_id)
    with clock.frozen(clock.at(DAY, 9)):
        actions.check_before_shift(device.id, actor=lince, results=GOOD, drift=42)
    with clock.frozen(clock.at(DAY, 12)):
        actions.note(device.id, actor=lince, kind="fault", text="不能开机")
        # Who has reported a fault gets nothing new from the register until it is repaired.
        assert _code(lambda: actions.allocate(device.id, actor=keeper, officer_id=lince.officer_id)) == "device-faulty"
        actions.note(device.id, actor=keeper, kind="repaired", text="更换电池")
        actions.note(device.id, actor=keeper, kind="firmware", version="1.1")
    with clock.frozen(clock.at(DAY, 18)):
        actions.take_back(device.id, actor=keeper)
        actions.allocate(device.id, actor=keeper, officer_id=actor_named("handu").officer_id)
        row: Any = queries.device(keeper, device.id)
        assert (row.firmware, row.holder, row.drift, queries.state(row)) == ("1.1", "韩渡", 42, "usable")
        actions.note(device.id, actor=keeper, kind="scrapped", text="主板损坏")
    seen = [event.what for event in queries.history(queries.device(keeper, device.id))]
    assert sorted(seen) == sorted(
        ["登记", "更换固件", "发放", "勤前检查", "报告故障", "修复", "更换固件", "收回", "发放", "收回", "报废"]
    )
    kinds = JournalEntry.objects.filter(subject_type="device", subject_id=str(device.id)).values_list("kind", flat=True)
    assert sorted(kinds) == sorted(
        f"device-{name}"
        for name in ("registered", "allocated", "checked", "fault", "repaired", "firmware", "returned", "allocated", "scrapped")
    )  # fmt: skip
    holder = [queries.held_at(device.id, clock.at(DAY, hour)) for hour in (7, 9, 17, 19)]
    assert [row and row.officer and row.officer.name for row in holder] == [None, "林策", "林策", None]
    near = queries.drift_at(device.id, clock.at(DAY, 15))
    assert near is not None and near.drift == 42
    assert queries.drift_at(device.id, clock.at(DAY + dt.timedelta(days=90))) is None


def test_what_is_refused() -> None:
    keeper, lince, handu = (actor_named(name) for name in ("luming", "lince", "handu"))
    device = _device()
    assert _code(_device) == "device-exists"
    with pytest.raises(NotPermitted):
        actions.register(actor=lince, number="D-2", kind="camera")
    with pytest.raises(InvalidInput) as missing:
        _device("R-1", kind="inquiry-room")
    assert list(missing.value.fields) == ["place"]
    with pytest.raises(NotPermitted):  # it was given to nobody
        actions.check_before_shift(device.id, actor=handu, results=GOOD)
    actions.allocate(device.id, actor=keeper, officer_id=lince.officer_id)
    with pytest.raises(NotPermitted):
        actions.note(device.id, actor=handu, kind="fault", text="坏了")
    with pytest.raises(InvalidInput):  # a point that is not met needs words
        actions.check_before_shift(device.id, actor=lince, results={**GOOD, "battery": False})
    with pytest.raises(InvalidInput):
        actions.check_before_shift(device.id, actor=lince, results=GOOD, drift=1.5)  # type: ignore[arg-type]
    foreign = actor_named("luochuan")
    for call in (
        lambda: queries.device(foreign, device.id),
        lambda: actions.check_before_shift(device.id, actor=foreign, results=GOOD),
    ):
        with pytest.raises(NotFound):
            call()
    with pytest.raises(InvalidInput):  # a person of another organ
        actions.allocate(device.id, actor=keeper, officer_id=foreign.officer_id)
    actions.note(device.id, actor=keeper, kind="scrapped", text="丢失")
    late = clock.now() + dt.timedelta(minutes=1)
    rows = (
        lambda: DeviceNote.objects.create(device=device, kind="repaired", by="甲", at=late),
        lambda: Allocation.objects.create(device=device, officer_id=lince.officer_id, since=late, by="甲"),
        lambda: Device.objects.filter(id=device.id).update(number="D-9"),
        lambda: Allocation.objects.filter(device=device).update(until=late),
        lambda: Allocation.objects.filter(device=device).delete(),
    )
    told = [_stored(row) for row in rows]
    assert told == ["device-scrapped", "device-scrapped", "record-immutable", "allocation-fixed", "record-immutable"]
    other = _device("D-3")
    actions.allocate(other.id, actor=keeper, unit_id=lince_unit())
    since = clock.now() - dt.timedelta(minutes=1)
    assert _stored(
        lambda: Allocation.objects.create(
            device=other, officer_id=lince.officer_id, since=since, until=clock.now(), by="甲"
        )
    ) == "allocation-overlaps"  # fmt: skip


def test_the_standard_of_equipment_is_told_with_its_source(login: Callable[[str], Client]) -> None:
    cameras, rooms = queries.equipment(actor_named("shenyi"))
    assert not cameras.value and "（未核实）" in cameras.steps[-1] and not rooms.value
    for number in range(cameras.facts["least"]):
        _device(f"D-{number}")
    _device("R-1", kind="inquiry-room", place="一楼询问室")
    assert [row.value for row in queries.equipment(actor_named("shenyi"))] == [True, True]
    actions.set_standard(actor=actor_named("shenyi"), people=1, source="本局〔2026〕3号")
    own = queries.equipment(actor_named("shenyi"))[0]
    assert not own.value and "未核实" not in own.steps[-1]
    page = login("luming").get("/in/devices/?words=R-1").content.decode()
    assert "一楼询问室" in page and "D-0" not in page and "本局〔2026〕3号" in page
    text = b"".join(login("fangzhi").get("/in/devices/export.csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert text.count("\n") == cameras.facts["least"] + 2 and "R-1" in text
    assert "R-1" not in login("luochuan").get("/in/devices/").content.decode()


def test_the_screens_carry_it_through(login: Callable[[str], Client]) -> None:
    client = login("luming")
    assert client.post("/in/devices/new/", {"number": "D-7", "kind": "camera"}).status_code == 302
    device = Device.objects.get(number="D-7")
    place = f"/in/devices/{device.id}/"
    holder = f"officer:{actor_named('lince').officer_id}"
    assert client.post(f"{place}allocate/", {"holder": holder}).status_code == 302
    points = {f"point-{code}": "on" for code in GOOD}
    assert login("lince").post(f"{place}check/", {**points, "drift": "-75"}).status_code == 302
    assert login("handu").post(f"{place}check/", {**points, "drift": "0"}).status_code == 403
    page = client.get(place).content.decode()
    assert "慢75秒" in page and "林策" in page
    assert client.post(f"{place}allocate/", {"back": "1"}).status_code == 302
    assert queries.held_at(device.id, clock.now()) is None


def lince_unit() -> Any:
    from mingcha.accounts.models import Officer

    return Officer.objects.get(id=actor_named("lince").officer_id).organisation_id


def _code(call: Callable[[], object]) -> str:
    with pytest.raises(MingchaError) as refused:
        call()
    return refused.value.code


def _stored(call: Callable[[], object]) -> str | None:
    """The code with which the database refuses a row."""
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        call()
    return code_of_database_error(refused.value)
