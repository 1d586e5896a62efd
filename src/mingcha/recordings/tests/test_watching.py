"""The player's rooms on the real actions: purposes, shares, markers, transcripts, stills, copies released by a second person."""

from __future__ import annotations

import datetime as dt
import json
import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from mingcha.accounts.queries import actor_named
from mingcha.common import clock
from mingcha.common.errors import (
    InvalidInput,
    MingchaError,
    NotFound,
    code_of_database_error,
)
from mingcha.documents import queries as documents
from mingcha.files.actions import receive_bytes
from mingcha.files.queries import open_stored
from mingcha.interfaces.demo.journey import Journey
from mingcha.ledger.models import JournalEntry
from mingcha.recordings import actions as recordings
from mingcha.recordings.deriving import actions as deriving
from mingcha.recordings.deriving import queries as derived
from mingcha.recordings.deriving.tasks import make_waiting
from mingcha.recordings.models import (
    Derivation,
    DerivationProgress,
    DerivationSignOff,
    Marker,
    Recording,
    Share,
    Viewing,
)
from mingcha.recordings.tests import media
from mingcha.recordings.watching import actions, door, queries, rules, transcribing

pytestmark = pytest.mark.django_db
MINE, OTHER = door.session_of("mine"), door.session_of("other")
PLAN = {"areas": [[250, 250, 500, 500, 0, 1500]], "mutes": [[500, 1000]]}


@pytest.fixture
def journey(play: Callable[..., Journey]) -> Iterator[Journey]:
    found = play("inquiry-record")
    with clock.frozen(clock.at(found.day, 15)):
        yield found


@pytest.fixture
def recording(journey: Journey) -> Recording:
    return recordings.add(
        journey.case.id,
        actor=actor_named("lince"),
        stage="investigate",
        matter="1",
        title="现场检查全程音像",
        file=receive_bytes(media.mp4(2)),
        started_at=clock.now() - dt.timedelta(hours=2),
        device="A1027",
    )


def unlock(recording: Recording, name: str, session: str = MINE) -> Viewing:
    return actions.declare(recording.id, actor=actor_named(name), session=session, purpose="handling")


def code(call: Callable[[], object]) -> str:
    with pytest.raises(MingchaError) as refused:
        call()
    return refused.value.code


def refused_by_database(call: Callable[[], object]) -> str | None:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        call()
    return code_of_database_error(refused.value)


def kinds(recording: Recording) -> list[str]:
    rows = JournalEntry.objects.filter(case_id=recording.case_id).order_by("case_seq").values_list("kind", flat=True)
    return [kind for kind in rows if kind.startswith(("recording-", "derivative-"))][1:]


def test_nobody_opens_a_recording_without_saying_what_for(recording: Recording) -> None:
    lince = actor_named("lince")
    assert code(lambda: door.unlocked(lince, recording.id, MINE)) == "purpose-missing"
    for purpose, note in (("", ""), ("curiosity", ""), ("other", "")):
        with pytest.raises(InvalidInput):
            actions.declare(recording.id, actor=lince, session=MINE, purpose=purpose, note=note)
    first = unlock(recording, "lince")
    assert unlock(recording, "lince") == first, "asked once per session"
    assert door.unlocked(lince, recording.id, MINE).recording == recording
    assert code(lambda: door.unlocked(lince, recording.id, OTHER)) == "purpose-missing"
    actions.declare(recording.id, actor=lince, session=MINE, purpose="other", note="刻盘移送法院", act="download")
    # Another organ's officer and one without a duty see nothing; the supervisor of the jurisdiction does, with a purpose.
    for name in ("luochuan", "weiqing", "zhouheng"):
        with pytest.raises(NotFound):
            unlock(recording, name)
    actions.declare(recording.id, actor=actor_named("fangzhi"), session=OTHER, purpose="supervision")
    assert kinds(recording) == ["recording-viewed", "recording-downloaded", "recording-viewed"]
    seen = queries.log(actor_named("fangzhi"), text="林策", act="download")
    assert [(row.name, row.purpose, row.note) for row in seen] == [("林策", "other", "刻盘移送法院")]
    assert not queries.log(actor_named("luochuan")).exists()


def test_a_share_ends_with_its_time_and_opens_nothing_else(recording: Recording) -> None:
    lince, guest = actor_named("lince"), actor_named("luochuan")
    day = dt.timedelta(days=1)

    def share(name: str, lasts: dt.timedelta = day) -> Share:
        to = actor_named(name).officer_id
        return actions.share(recording.id, actor=lince, to_id=to, expires_at=clock.now() + lasts, purpose="training")

    assert code(lambda: share("qiman")) == "share-not-officer"
    assert code(lambda: share("lince")) == "share-oneself"
    assert code(lambda: share("luochuan", 31 * day)) == "share-too-long"
    assert code(lambda: share("luochuan", -day)) == "share-too-long"
    given = share("luochuan")
    assert queries.shared_with(guest) == [given]
    seen = unlock(recording, "luochuan")
    assert seen.share == given and door.unlocked(guest, recording.id, MINE).share == given
    # A guest looks: no saving, marking, stills, copies, sharing on.
    again = {"purpose": "training", "expires_at": clock.now() + day, "to_id": actor_named("heshan").officer_id}
    assert code(lambda: actions.share(recording.id, actor=guest, **again)) == "share-by-guest"
    for call in (
        lambda: actions.declare(recording.id, actor=guest, session=MINE, purpose="training", act="download"),
        lambda: actions.mark(recording.id, actor=guest, session=MINE, values={"at_ms": 0, "kind": "scene"}),
        lambda: deriving.grab(recording.id, actor=guest, session=MINE, at_ms=0),
        lambda: deriving.order(
            recording.id, actor=guest, session=MINE, kind="public", purpose="party", reason="查阅", plan=PLAN
        ),
    ):
        assert code(call) == "not-permitted"
    with clock.frozen(clock.now() + day):
        assert code(lambda: door.unlocked(guest, recording.id, MINE)) == "share-closed"
        assert queries.shared_with(guest) == []
        row: dict[str, Any] = {"recording": recording, "act": "view", "purpose": "x", "name": "x", "organ": "x"}
        raw = Viewing(**row, share=given, officer_id=guest.officer_id, session=MINE, at=clock.now())
        assert refused_by_database(lambda: raw.save(force_insert=True)) == "share-closed"
    second = share("heshan")
    actions.end_share(second.id, actor=lince, reason="已经看完")
    assert code(lambda: unlock(recording, "heshan")) == "share-closed"
    assert code(lambda: actions.end_share(second.id, actor=lince, reason="再收一次")) == "share-ended"
    raw = Share(
        recording=recording, to_id=actor_named("qiman").officer_id, to_name="x", purpose="x",
        by_id=lince.officer_id, by_name="x", at=clock.now(), expires_at=clock.now() + day,
    )  # fmt: skip
    assert refused_by_database(lambda: raw.save(force_insert=True)) == "share-not-officer"
    assert kinds(recording).count("recording-shared") == 2


def test_markers_lead_to_the_record_and_back(recording: Recording, play: Callable[..., Journey]) -> None:
    lince = actor_named("lince")
    unlock(recording, "lince")

    def mark(**values: Any) -> Marker:
        return actions.mark(recording.id, actor=lince, session=MINE, values=values)

    record = documents.latest(recording.case, "site-record")
    assert record
    first = mark(at_ms=1200, kind="certificate", text="出示证件", document_id=record.id, stage="investigate")
    better = mark(at_ms=900, kind="certificate", text="两人出示证件", document_id=record.id, corrects=first.id)
    assert list(queries.markers(recording)) == [better] and list(queries.superseded(recording)) == [first]
    assert queries.pointing(lince, recording.case) == {"documents": {record.id: [better]}, "evidence": {}}
    assert code(lambda: mark(at_ms=1, kind="scene", corrects=first.id)) == "marker-corrected"
    for values in (
        {"at_ms": -1, "kind": "scene"},
        {"at_ms": "1", "kind": "scene"},
        {"at_ms": 1, "kind": "film"},
        {"at_ms": 1, "kind": "note", "text": " "},
        {"at_ms": 1, "kind": "announcement"},
        {"at_ms": 1, "kind": "scene", "item": "time"},
        {"at_ms": 1, "kind": "scene", "evidence_id": uuid.uuid4()},
        {"at_ms": 1, "kind": "scene", "stage": "moon"},
    ):
        with pytest.raises(InvalidInput):
            mark(**values)
    assert refused_by_database(lambda: mark(at_ms=1, kind="scene", document_id=uuid.uuid4())) == "marker-elsewhere"
    # The announcement: what nobody has heard stays on the list of the reviewer.
    assert len(queries.unsaid(recording.case)[0][1]) == 6
    for at_ms, item in enumerate(("time", "place", "people", "cause", "recording")):
        heard = mark(at_ms=at_ms, kind="announcement", item=item)
    assert queries.unsaid(recording.case) == [(recording, ["出示执法证件"])]
    mark(at_ms=4, kind="announcement", item="recording", corrects=heard.id, withdrawn=True)
    assert queries.unsaid(recording.case) == [(recording, ["告知正在记录", "出示执法证件"])]
    assert [bool(row["marker"]) for row in queries.announcement(recording)] == [True, True, True, True, False, False]
    with pytest.raises(IntegrityError), transaction.atomic():
        Marker.objects.filter(id=better.id).update(text="别的")


def test_a_still_is_an_original_with_parent_and_time(recording: Recording) -> None:
    unlock(recording, "lince")
    lince = actor_named("lince")
    still = deriving.grab(recording.id, actor=lince, session=MINE, at_ms=500, note="证件")
    assert deriving.grab(recording.id, actor=lince, session=MINE, at_ms=500) == still
    with open_stored(still.file_id) as handle:
        assert handle.read(4) == b"\x89PNG"
    entry = JournalEntry.objects.get(kind="recording-still")
    told = json.loads(entry.content.payload)
    assert (told["parent"], told["at_ms"], told["sha256"]) == (recording.file_id, 500, still.file_id)
    assert code(lambda: deriving.grab(recording.id, actor=lince, session=MINE, at_ms=60_000)) == "still-beyond-end"


def test_a_copy_leaves_only_when_a_second_person_has_released_it(recording: Recording) -> None:
    lince, handu = actor_named("lince"), actor_named("handu")
    unlock(recording, "lince")

    def order(**more: Any) -> Derivation:
        values = {"kind": "public", "purpose": "publication", "reason": "公开执法过程", "plan": PLAN}
        return deriving.order(recording.id, actor=lince, session=MINE, **{**values, **more})

    row = order()
    assert code(order) == "derivative-exists"
    assert code(lambda: order(plan={"mutes": [[0, 100]]}, purpose="fun")) == "invalid-input"
    # A worker that died holds the order for a while only; two at once do not make it twice.
    assert deriving.claim(row.id) and not deriving.claim(row.id)
    with clock.frozen(clock.now() + 2 * deriving.LEASE):
        assert make_waiting(threading.Event(), {}) == 1
    row = derived.derivation(row.id)
    made = row.outcome
    assert not DerivationProgress.objects.exists() and derived.waiting() == []
    assert made.file and made.sheet and made.file_id != recording.file_id and made.proof["muted_loudest"] == 0
    with open_stored(made.sheet_id) as handle:
        sheet = json.load(handle)
    assert sheet["parent"]["sha256"] == recording.file_id and sheet["file"]["sha256"] == made.file_id
    assert (sheet["by"], sheet["reason"], sheet["plan"]) == ("林策", "公开执法过程", row.plan)
    assert any("遮挡区域" in line for line in sheet["done"])

    def save() -> Viewing:
        return actions.declare(
            recording.id, actor=lince, session=MINE, purpose="disclosure", act="download", derivation=row
        )

    assert code(save) == "derivative-not-released"
    raw = Viewing(
        recording=recording, derivation=row, act="download", purpose="x", name="x", organ="x",
        officer_id=lince.officer_id, session=MINE, at=clock.now(),
    )  # fmt: skip
    assert refused_by_database(lambda: raw.save(force_insert=True)) == "derivative-not-released"

    def sign(actor: Any, agreed: bool = True) -> DerivationSignOff:
        return deriving.sign_off(row.id, actor=actor, session=MINE, agreed=agreed, note="")

    assert code(lambda: sign(lince)) == "signoff-own-work"
    assert code(lambda: sign(handu)) == "purpose-missing", "nobody releases what nobody has opened"
    own = DerivationSignOff(derivation=row, agreed=True, note="", by_id=lince.officer_id, by_name="x", at=clock.now())
    assert refused_by_database(lambda: own.save(force_insert=True)) == "signoff-own-work"
    unlock(recording, "handu")
    sign(handu)
    row = derived.derivation(row.id)
    assert save().derivation == row
    row.refresh_from_db()
    assert code(lambda: sign(handu)) == "signoff-exists"
    assert kinds(recording)[1:] == [
        "derivative-ordered", "derivative-made", "recording-viewed", "derivative-signed-off", "recording-downloaded",
    ]  # fmt: skip


def test_what_cannot_be_made_says_so_and_the_original_stays(journey: Journey) -> None:
    """An AVI gets a viewing copy; one whose inside is broken gets an outcome in words."""
    lince = actor_named("lince")
    rows = []
    whole = media.avi()
    for title, data in (("AVI", whole), ("坏的", whole[:400] + bytes(20_000))):
        rows.append(
            recordings.add(
                journey.case.id, actor=lince, stage="investigate", matter="1", title=title,
                file=receive_bytes(data), started_at=clock.now() - dt.timedelta(hours=1),
            )
        )  # fmt: skip
    for row in rows:
        assert derived.playable(row)[0] is False
        unlock(row, "lince")
        deriving.order(row.id, actor=lince, session=MINE, kind="viewing")
    assert make_waiting(threading.Event(), {}) == 2
    good, bad = (derived.of_recording(row)[0] for row in rows)
    assert good.outcome.file.media_type == "video/mp4" and derived.viewing_copy(rows[0]) == good
    assert bad.outcome.file is None and "损坏" in bad.outcome.words and derived.viewing_copy(rows[1]) is None
    assert "derivative-failed" in kinds(rows[0])


TRANSCRIPTS = [
    (b"1\n00:00:01,500 --> 00:00:02,000\n<b>\xe6\x82\xa8\xe5\xa5\xbd</b>\n", [(1500, 2000, "您好")]),
    ("WEBVTT\n\nNOTE x\n\n00:01.000 --> 00:03.000 align:start\n- 我们是\n- 执法人员\n".encode(),
     [(1000, 3000, "- 我们是 - 执法人员")]),
    ("00:05 请出示证件\n好的\n[01:02:03.5] 告知完毕".encode(),
     [(5000, None, "请出示证件"), (5000, None, "好的"), (3723500, None, "告知完毕")]),
    ("只有文字".encode("gb18030"), [(0, None, "只有文字")]),
]  # fmt: skip


@pytest.mark.parametrize(("data", "cues"), TRANSCRIPTS)
def test_transcripts_are_read_from_three_forms(data: bytes, cues: list[rules.Cue]) -> None:
    assert rules.read_transcript(data) == cues


def test_transcripts_typed_and_by_a_plugin(recording: Recording) -> None:
    unlock(recording, "lince")
    lince = actor_named("lince")
    for bad in (b"", b"\x00\x01", b"\xff\xfe\x80\x80\xff", b"00:00:01,000 --> 00:00:02,000\n\n"):
        with pytest.raises(InvalidInput):
            rules.read_transcript(bad)
    data = TRANSCRIPTS[0][0]
    kept = actions.transcribe(
        recording.id,
        actor=lince,
        session=MINE,
        file=receive_bytes(data),
        cues=rules.read_transcript(data),
        origin="typed",
    )
    assert kept.cues == [[1500, 2000, "您好"]] and list(queries.transcripts(recording)) == [kept]
    with pytest.raises(InvalidInput):
        deriving.order(recording.id, actor=lince, session=MINE, kind="transcript")

    class Echo:
        name = "试验插件"
        broken = True

        def transcribe(self, path: Any) -> list[rules.Cue]:
            if self.broken:
                raise KeyError("model")
            return [(0, 1000, f"{path.stat().st_size}字节")]

    echo = Echo()
    transcribing.register(echo)
    try:
        failed = deriving.order(recording.id, actor=lince, session=MINE, kind="transcript")
        assert make_waiting(threading.Event(), {}) == 1
        assert "程序出错" in derived.derivation(failed.id).outcome.words, "a fault of a plug-in stops no worker"
        echo.broken = False
        deriving.order(recording.id, actor=lince, session=MINE, kind="transcript")
        assert make_waiting(threading.Event(), {}) == 1
    finally:
        transcribing._registered.clear()
    newest = queries.transcripts(recording)[0]
    assert (newest.origin, newest.tool) == ("machine", "试验插件")
    assert newest.cues == [[0, 1000, f"{recording.file.size}字节"]]


RANGES = [
    ("", None), ("bytes=0-", (0, 99)), ("bytes=10-19", (10, 19)), ("bytes=90-500", (90, 99)), ("bytes=-5", (95, 99)),
    ("bytes=-500", (0, 99)), ("bytes=100-", ValueError), ("bytes=-0", ValueError), ("bytes=5-1", None),
    ("bytes=0-1,5-6", None), ("bytes=99999999999999999999-", None), ("items=0-1", None), ("bytes=-", None),
    ("bytes=0x10-", None),
]  # fmt: skip


@pytest.mark.parametrize(("header", "expected"), RANGES)
def test_byte_ranges(header: str, expected: Any) -> None:
    if expected is ValueError:
        with pytest.raises(ValueError, match=r"beyond|empty"):
            rules.byte_range(header, 100)
    else:
        assert rules.byte_range(header, 100) == expected
