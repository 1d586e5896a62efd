"""A recording finds its case; nothing is left unassigned silently; gaps; secret marks at every door; the hand-over of a year."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from mingcha.accounts.actions import create_token
from mingcha.accounts.actors import SYSTEM
from mingcha.accounts.models import Officer
from mingcha.accounts.queries import actor_named
from mingcha.cases.models import Case
from mingcha.cases.moves import options
from mingcha.common import clock
from mingcha.common.errors import Conflict, InvalidInput, NotFound, NotPermitted, Refused, code_of_database_error
from mingcha.files.actions import receive_bytes
from mingcha.interfaces.demo.journey import Journey
from mingcha.interfaces.demo.paper import recording as sound
from mingcha.ledger.models import JournalEntry
from mingcha.recordings import access, queries
from mingcha.recordings import actions as recordings
from mingcha.recordings.devices import actions as devices
from mingcha.recordings.devices.rules import checklist
from mingcha.recordings.handing import actions as handing
from mingcha.recordings.handing import queries as handed
from mingcha.recordings.intake.actions import take_in
from mingcha.recordings.matching import actions, rules
from mingcha.recordings.matching import queries as matching
from mingcha.recordings.matching.rules import Candidate, Seen, Span
from mingcha.recordings.models import Assignment, HandOverSignature, Intake, Recording, SecretLift
from mingcha.recordings.rules import Take, gaps
from mingcha.recordings.secrets import actions as secrets
from mingcha.review.queries import materials

Play = Callable[..., Journey]
Login = Callable[[str], Client]
NOON = dt.datetime(2026, 9, 16, 4, 0, tzinfo=dt.UTC)
_A, _B, _U = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()


def _seen(**more: Any) -> Seen:
    known: dict[str, Any] = {
        "start": NOON, "duration_ms": 60_000, "drift": 0, "weak": False, "officer": "甲", "device_no": "D1",
        "registered": True, "holder": "甲", "holder_ids": frozenset({_A}), "unit_ids": frozenset(), "officer_id": _A,
        "place": "", "room": "",
    }  # fmt: skip
    return Seen(**{**known, **more})


def _case(label: str = "案一", *, handlers: Any = None, matters: tuple[str, ...] = ("1",), **more: Any) -> Candidate:
    day = dt.timedelta(days=1)
    spans = (
        Span("lead", "线索", NOON - 3 * day, NOON - 2 * day, ()),
        Span("investigate", "调查", NOON - 2 * day, None, matters),
    )
    given: dict[str, Any] = {"spans": spans, "collected": (), "places": ("望江路66号",), **more}
    return Candidate(label, label, handlers or {_A: "甲"}, frozenset({_U}), **given)


_TABLE: list[tuple[str, Seen, list[Candidate], bool, str]] = [
    ("all facts agree", _seen(), [_case()], True, "只有一件案件全部相符"),
    ("the clock's error is applied and told", _seen(drift=120), [_case()], True, "快120秒"),
    ("two cases alike", _seen(), [_case(), _case("案二")], False, "有2件案件同样相符"),
    ("the officer wore another's device", _seen(holder="乙", holder_ids=frozenset({_B})), [_case()], False, "由乙领用"),
    ("a device shared by the unit", _seen(holder="队", holder_ids=frozenset(), unit_ids=frozenset({_U})), [_case()], True, "队领用"),
    ("a device nobody registered", _seen(registered=False), [_case()], False, "没有登记在台账"),
    ("an officer of no case", _seen(officer_id=_B), [_case()], False, "没有找到"),
    ("no time in the file", _seen(start=None), [_case()], False, "没有录制时间"),
    ("only the time of the file", _seen(weak=True), [_case()], False, "不可靠"),
    ("before the case began", _seen(start=NOON - dt.timedelta(days=9)), [_case()], False, "还没有登记"),
    ("too near to a change of stage for an unmeasured clock",
     _seen(drift=None, start=NOON - dt.timedelta(days=2) + dt.timedelta(minutes=5)), [_case()], False, "太近"),
    ("measured, the same instant is certain",
     _seen(drift=1, start=NOON - dt.timedelta(days=2) + dt.timedelta(minutes=5)), [_case()], True, "全部相符"),
    ("a place that is not the case's", _seen(place="江滨公园"), [_case()], False, "不符"),
    ("coordinates are not compared with words", _seen(place="+30.57,+104.06"), [_case()], True, "机器不能比较"),
    ("the inquiry room", _seen(room="一楼询问室", place="一楼询问室", holder="", holder_ids=frozenset()), [_case()], True, "固定安装"),
    ("several entries of the list", _seen(), [_case(matters=("1", "2"))], False, "请选择一项"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "cases", "certain", "words"), [row[1:] for row in _TABLE], ids=[row[0] for row in _TABLE]
)
def test_a_match_is_certain_only_where_every_fact_agrees(
    seen: Seen, cases: list[Candidate], certain: bool, words: str
) -> None:
    found = rules.match(seen, cases)
    assert found.facts["certain"] is certain
    assert words in "".join(found.steps)


def test_gaps_are_what_no_device_shows() -> None:
    def take(key: str, second: int, length: int | None) -> Take:
        return Take(key, key, NOON + dt.timedelta(seconds=second), None if length is None else length * 1000)

    def found(*takes: Take) -> tuple[list[tuple[Any, Any, int]], list[Any]]:
        rows, blind = gaps(takes)
        return [(row.after.key, row.before.key, row.seconds) for row in rows], [row.key for row in blind]

    assert found(take("a", 0, 600), take("b", 660, 60)) == ([], [])  # the tolerance itself is no gap
    assert found(take("b", 661, 60), take("a", 0, 600)) == ([("a", "b", 61)], [])
    # A second camera ran on: nothing is missing, and what comes next is reckoned from its end.
    assert found(take("a", 0, 600), take("c", 100, 2000), take("b", 900, 60), take("d", 2500, 1)) == (
        [("c", "d", 400)],
        [],
    )
    assert found(take("a", 0, None), take("b", 5000, 10), take("c", 6000, 10)) == ([("b", "c", 990)], ["a"])


class World:
    """A case under investigation, its handler's camera two minutes fast."""

    def __init__(self, play: Play) -> None:
        self.journey = play("inquiry-record")
        self.day = self.journey.day
        self.case: Case = self.journey.case
        keeper, handu = actor_named("luming"), actor_named("handu")
        with clock.frozen(clock.at(self.day - dt.timedelta(days=3), 8)):
            device = devices.register(actor=keeper, number="9000001", kind="camera")
            devices.allocate(device.id, actor=keeper, officer_id=handu.officer_id)
            points = {item["code"]: True for item in checklist()["items"]}
            devices.check_before_shift(device.id, actor=handu, results=points, drift=120)

    def take(
        self, name: str, mark: int, at: dt.datetime, *, length: int | None = 60, device: str = "9000001"
    ) -> Intake:
        handu = actor_named("handu")
        return take_in(
            receive_bytes(sound(mark=mark)), actor=handu, organisation=self.case.organisation, name=name,
            origin="folder", device_no=device, officer=Officer.objects.get(id=handu.officer_id),
            started_at=at + dt.timedelta(seconds=120), duration_ms=None if length is None else length * 1000,
        )  # fmt: skip

    def link(self, intake: Intake, **more: Any) -> Recording:
        given: dict[str, Any] = {"stage": "investigate", "matter": "1", **more}
        return actions.link(intake.id, actor=actor_named("handu"), case_id=self.case.id, **given)


def _saved(client: Client, query: str) -> list[dict[str, str]]:
    answer = client.get(f"/in/recordings/inbox/export.csv{query}")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.django_db
def test_from_the_inbox_to_the_case_and_back(play: Play, login: Login) -> None:
    world = World(play)
    handu = actor_named("handu")
    # Late enough that the room's journey is over for the day.
    with clock.frozen(clock.at(world.day, 18)):
        at = clock.at(world.day, 16)
        sure = world.take("9000001_001.wav", 11, at)
        unsure = world.take("7777777_001.wav", 12, at, device="7777777")
        page = login("handu").get("/in/recordings/inbox/").content.decode()
        assert page.count("全部相符") >= 1 and "快120秒" in page and "没有登记在台账里" in page
        saved = _saved(login("handu"), "?q=7777777")
        assert len(saved) == 1 and saved[0]["设备编号"] == "7777777" and saved[0]["归属"] == "等候确认"
        assert len(_saved(login("luming"), "")) == 2 and _saved(login("weiqing"), "") == []
        assert login("handu").get("/in/recordings/inbox/export.pdf").status_code == 404
        assert "确认2段音像的归属" in login("handu").get("/in/").content.decode()
        for stranger in ("weiqing", "luochuan"):
            assert "9000001_001" not in login(stranger).get("/in/recordings/inbox/").content.decode()
            assert _status(stranger, login, f"/in/recordings/received/{sure.id}/") in (403, 404)
        assert "9000001_001" in login("luming").get("/in/recordings/inbox/").content.decode()
        # What is in it may be looked at, on record.
        seen = login("handu")
        place = f"/in/recordings/received/{sure.id}/"
        assert seen.get(f"{place}media").status_code == 403
        assert seen.post(place).status_code == 302 and "<audio" in seen.get(place).content.decode()
        assert b"".join(seen.get(f"{place}media").streaming_content) == sound(mark=11)  # type: ignore[attr-defined]
        # Both ticked by a forged post: the unsure one stays where it is.
        login("handu").post("/in/recordings/inbox/", {"intake": [str(sure.id), str(unsure.id)]})
        linked = Recording.objects.get(intake=sure)
        assert (linked.started_at, linked.case_id, linked.matter) == (at, world.case.id, "1")
        assert linked.assignment is not None and linked.assignment.grounds["facts"]["certain"] is True
        assert list(matching.waiting(handu)) == [unsure]
        # Nobody says it twice, whatever the way.
        with pytest.raises(Conflict):
            world.link(sure)
        row = {
            "intake": sure,
            "outcome": "unrelated",
            "reason": "不是执法的内容",
            "officer_id": handu.officer_id,
            "by": "甲",
            "at": clock.now(),
        }
        assert _stored(lambda: Assignment.objects.create(**row)) == "assignment-stands"
        other = dict(row, intake=unsure, replaces=linked.assignment)
        assert _stored(lambda: Assignment.objects.create(**other)) == "assignment-of-another"
        assert _stored(lambda: Assignment.objects.filter(recording=linked).update(stage="serve")) == "record-immutable"
        loose = Recording(case=world.case, stage="investigate", matter="1", title="甲", file_id=sure.file_id,
                          recorded_by_id=handu.officer_id, started_at=at, created_at=clock.now())  # fmt: skip
        assert _stored(loose.save) == "recording-not-assigned"
        # A wrong word is corrected by a new one that names it; the case then counts the new row only.
        with pytest.raises(InvalidInput):
            world.link(sure, stage="serve", matter="2", replaces=linked.assignment_id)
        corrected = world.link(sure, stage="serve", matter="2", replaces=linked.assignment_id, reason="归入环节有误")
        assert [row.id for row in queries.rows(world.case)] == [corrected.id]
        with pytest.raises(Conflict):
            world.link(sure, replaces=linked.assignment_id, reason="再改一次")
        # Out of the case again, and the rest of the inbox with a reason that says something.
        with pytest.raises(InvalidInput):
            actions.set_aside(unsure.id, actor=handu, reason="无关")
        with pytest.raises(NotFound):
            actions.set_aside(unsure.id, actor=actor_named("weiqing"), reason="这是一段测试设备的录像")
        actions.set_aside(unsure.id, actor=handu, reason="这是一段测试设备的录像")
        actions.set_aside(sure.id, actor=handu, reason="核对以后发现不是本案的现场", replaces=corrected.assignment_id)
        assert queries.rows(world.case) == [] and not matching.waiting(handu).exists()
    told = JournalEntry.objects.filter(subject_id__in=[str(sure.id), str(unsure.id), str(linked.id), str(corrected.id)])
    assert sorted(told.values_list("kind", flat=True)) == sorted(
        ["recording-looked-at", *["recording-received"] * 2, *["recording-added"] * 2, *["recording-set-aside"] * 2]
    )
    before, after = (JournalEntry.objects.filter(case_id=world.case.id, kind=kind).count()
                     for kind in ("recording-added", "recording-set-aside"))  # fmt: skip
    assert (before, after) == (2, 1)


@pytest.mark.django_db
def test_an_interruption_is_explained_before_the_stage_is_left(play: Play, login: Login) -> None:
    world = World(play)
    first, second = actor_named("lince"), actor_named("handu")
    with clock.frozen(clock.at(world.day, 18)):
        # Worked, collected evidence, no recording: expected, red after two working days, and the guard says so.
        assert [row.kind for row in handed.missing(first)] == ["missing"]
        at = clock.at(world.day, 16)
        for number, seconds in enumerate((0, 90, 700)):
            world.link(world.take(f"r{number}.wav", 20 + number, at + dt.timedelta(seconds=seconds)))
        assert handed.missing(first) == []
        found = queries.unexplained(world.case, "1")
        assert [row.seconds for row in found] == [550]
        codes = _unmet(world.case, first, "conclude")
        assert "recording-interrupted" in codes and "recording-missing" not in codes
        page = login("lince").get(f"/in/cases/{world.case.id}/").content.decode()
        gap = f"/in/cases/{world.case.id}/recordings/gap/{found[0].after.key}/{found[0].before.key}/"
        assert "中断9分10秒" in page and gap in page
        assert login("lince").post(gap, {"reason": "没电"}).status_code == 422
        assert login("lince").post(gap, {"reason": "电池耗尽，更换电池后立即继续录制。"}).status_code == 302
        assert "recording-interrupted" not in _unmet(world.case, first, "conclude")
        with pytest.raises(Conflict):
            recordings.explain_gap(
                world.case.id,
                actor=second,
                after=found[0].after.key,
                before=found[0].before.key,
                reason="电池耗尽，更换电池后继续录制。",
            )
        with pytest.raises(NotFound):
            recordings.explain_gap(
                world.case.id, actor=second, after=uuid.uuid4(), before=uuid.uuid4(), reason="没有这处中断可以说明"
            )
    with clock.frozen(clock.at(world.day + dt.timedelta(days=7), 10)):
        late = world.take("late.wav", 40, clock.at(world.day, 17))
        rows = [(row.kind, row.colour) for row in handed.watch(second) if row.intake == late]
        assert rows in ([("waiting", "red")], [])  # red where the profile sets a term


@pytest.mark.django_db
def test_a_secret_recording_shows_at_no_door(play: Play, login: Login) -> None:
    world = World(play)
    head, handu, lince = (actor_named(name) for name in ("shenyi", "handu", "lince"))
    with clock.frozen(clock.at(world.day, 18)):
        row = world.link(world.take("机密现场.wav", 31, clock.at(world.day, 16)), title="机密现场")
        lone = world.take("机密另一段.wav", 32, clock.at(world.day, 17))
        api = Client(
            headers={
                "authorization": f"Bearer {create_token(Officer.objects.get(id=lince.officer_id), label='t', by=SYSTEM)}"
            }
        )
        doors: dict[str, Callable[[str], str]] = {
            "case page and timeline": lambda name: _text(login(name), f"/in/cases/{world.case.id}/"),
            "received": lambda name: _text(login(name), f"/in/recordings/received/{row.intake_id}/"),
            "inbox": lambda name: _text(login(name), "/in/recordings/inbox/"),
            "assigned": lambda name: _text(login(name), "/in/recordings/inbox/?state=done"),
            "watch": lambda name: _text(login(name), "/in/recordings/watch/"),
            "materials of the review": lambda name: json.dumps(materials(world.case), ensure_ascii=False),
            "supervision": lambda name: _text(login("fangzhi"), "/in/supervision/"),
        }
        assert any("机密" in door("lince") for door in doors.values())
        with pytest.raises(NotPermitted):
            secrets.mark_case(world.case.id, actor=lince, ground="密级鉴定〔2026〕1号", readers=[lince.officer_id])
        with pytest.raises(InvalidInput):  # nobody of another organ
            secrets.mark_case(world.case.id, actor=head, ground="密级", readers=[actor_named("luochuan").officer_id])
        mark = secrets.mark_case(world.case.id, actor=head, ground="密级鉴定〔2026〕1号", readers=[handu.officer_id])
        secrets.mark_intake(lone.id, actor=head, ground="密级鉴定〔2026〕2号", readers=[handu.officer_id])
        for outside in ("lince", "shenyi", "fangzhi", "luming"):
            for place, door in doors.items():
                assert "机密" not in door(outside), (outside, place)
            assert _status(outside, login, f"/in/files/{row.file_id}/") == 404
            assert list(access.visible(actor_named(outside))) == []
        assert api.get(f"/api/v1/cases/{world.case.id}/recordings").json() == []
        assert "另有1段涉密音像" in _text(login("lince"), f"/in/cases/{world.case.id}/")
        assert [item.outcome for item in matching.standing(lone)] == ["secret"]
        # The circle sees; the guard still counts what is there; a digest is no disclosure.
        assert "机密现场" in doors["case page and timeline"]("handu")
        assert _status("handu", login, f"/in/files/{row.file_id}/") in (
            200,
            302,
        )  # the player asks for the purpose first
        assert "recording-missing" not in _unmet(world.case, lince, "conclude")
        with pytest.raises(Refused):
            actions.set_aside(
                lone.id, actor=handu, reason="解密以前不能改为与案件无关", replaces=matching.standing(lone)[0].id
            )
        assert handed.withheld(world.case.organisation_id, world.day.year) == 1
        assert not handed.owed(world.case.organisation_id, world.day.year).exists()
        with pytest.raises(Refused, match="设置标记的人不能自己解除"):
            secrets.lift(mark.id, actor=head, reason="定密机关决定解密")
        alone = {"mark": mark, "reason": "解密", "by": head.name, "at": clock.now()}
        for officer in (head.officer_id, None):
            assert _stored(SecretLift(officer_id=officer, **alone).save) == "secret-own-lift"
        secrets.lift(mark.id, actor=actor_named("chengyuan"), reason="定密机关决定解密")
        assert "机密现场" in doors["case page and timeline"]("lince")


@pytest.mark.django_db
def test_a_year_is_handed_over_once_signed_by_another(play: Play, login: Login) -> None:
    world = World(play)
    unit, head, year = actor_named("luming"), actor_named("shenyi"), world.day.year
    with clock.frozen(clock.at(world.day, 18)):
        with pytest.raises(Refused):
            handing.prepare(actor=unit, year=year, receiver="市综合行政执法局")
        first = world.link(world.take("a.wav", 51, clock.at(world.day, 15)), title="=现场")
        client = login("luming")
        done = client.post("/in/recordings/handover/new/", {"year": year, "receiver": "市综合行政执法局"})
        assert done.status_code == 302
        batch = handed.handovers(unit).get()
        with zipfile.ZipFile(io.BytesIO(client.get(f"{done.headers['Location']}manifest.zip").content)) as package:
            told = json.loads(package.read("manifest.json"))
            table = list(csv.reader(io.StringIO(package.read("manifest.csv").decode("utf-8-sig"))))
            sums = package.read("manifest-sha256.txt").decode()
        assert [row["sha256"] for row in told["recordings"]] == [first.file_id] and first.file_id in sums
        assert table[1][4] == "'=现场"  # no formula in a spreadsheet
        with pytest.raises(NotPermitted):
            handing.sign(batch.id, actor=unit)
        with pytest.raises(Refused):
            handing.note_receipt(batch.id, actor=unit, number="1", received_by="某", received_on=world.day)
        own = {"handover": batch, "officer_id": unit.officer_id, "by": "某", "at": clock.now()}
        assert _stored(lambda: HandOverSignature.objects.create(**own)) == "handover-same-person"
        handing.sign(batch.id, actor=head)
        handing.note_receipt(batch.id, actor=unit, number="回执1号", received_by="某", received_on=world.day)
        second = world.link(world.take("b.wav", 52, clock.at(world.day, 17)))
        assert list(handed.owed(world.case.organisation_id, year)) == [second]
        assert handing.prepare(actor=unit, year=year, receiver="市综合行政执法局").seq == 2
    page = _text(login("fangzhi"), "/in/recordings/handover/")
    assert "回执1号" in page and f"{year}年第2批" in page
    assert _status("luochuan", login, f"/in/recordings/handover/{batch.id}/") in (403, 404)


def _unmet(case: Case, actor: Any, to: str) -> set[str]:
    return {reason.code for option in options(case, actor) if option.move.to == to for reason in option.reasons}


def _text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def _status(name: str, login: Login, path: str) -> int:
    response = login(name).get(path)
    if response.streaming:
        b"".join(response.streaming_content)  # type: ignore[attr-defined]
    return response.status_code


def _stored(call: Callable[[], object]) -> str | None:
    """The code with which the database refuses a row."""
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        call()
    return code_of_database_error(refused.value)
