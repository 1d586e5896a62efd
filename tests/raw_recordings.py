"""Recordings under attack: assigned twice, loose on a case, devices with two holders, hand-overs signed by their author."""

from __future__ import annotations

import datetime as dt
import uuid

from mingcha.accounts.queries import actor_named
from mingcha.common import clock
from mingcha.files.models import StoredFile
from mingcha.interfaces.demo.journey import Journey
from mingcha.recordings.deriving import actions as deriving
from mingcha.recordings.devices import actions as devices
from mingcha.recordings.handing import actions as handing
from mingcha.recordings.matching import actions as matching
from mingcha.recordings.models import Allocation, Derivation, DerivationOutcome, Device, HandOver, Recording
from mingcha.recordings.watching import actions as watching
from mingcha.recordings.watching import door

Sql = list[tuple[str, list[object], str]]


def link_again(journey: Journey) -> None:
    row = Recording.objects.get(case_id=journey.id)
    assert row.intake_id is not None
    matching.link(row.intake_id, actor=actor_named("lince"), case_id=journey.id, stage="serve", matter="2")


def recording_sql(journey: Journey) -> Sql:
    """A second word about a recording, one without its mark, a loose recording, a gap of another case, a changed row."""
    row, officer = Recording.objects.get(case_id=journey.id), actor_named("lince").officer_id
    word = (
        "INSERT INTO recordings_assignment (id, intake_id, outcome, case_id, stage, matter, reason, grounds, replaces_id, "
        "officer_id, \"by\", at) VALUES (%s, %s, %s, NULL, '', '', '不是执法的内容', '{}', %s, %s, '某', %s)"
    )
    loose = (
        "INSERT INTO recordings_recording (id, case_id, stage, matter, title, file_id, intake_id, assignment_id, device, "
        "recorded_by_id, started_at, duration_ms, created_at) VALUES (%s, %s, 'investigate', '1', '某', %s, %s, NULL, '', "
        "%s, %s, NULL, %s)"
    )
    gap = (
        'INSERT INTO recordings_interruption (id, case_id, matter, after_id, before_id, seconds, reason, "by", at) '
        "VALUES (%s, %s, '1', %s, %s, 99, '设备没有电了，换了电池', '某', %s)"
    )
    now = clock.now()
    return [
        (word, [uuid.uuid4(), row.intake_id, "unrelated", None, officer, now], "assignment-stands"),
        (word, [uuid.uuid4(), row.intake_id, "secret", row.assignment_id, officer, now], "secret-without-mark"),
        (loose, [uuid.uuid4(), row.case_id, row.file_id, row.intake_id, officer, now, now], "recording-not-assigned"),
        (gap, [uuid.uuid4(), row.case_id, row.id, uuid.uuid4(), now], "interruption-elsewhere"),
        ("UPDATE recordings_assignment SET outcome = 'unrelated' WHERE id = %s", [row.assignment_id], "record-immutable"),
        ("DELETE FROM recordings_assignment WHERE id = %s", [row.assignment_id], "record-immutable"),
    ]  # fmt: skip


def _device(*, scrapped: bool) -> Device:
    keeper = actor_named("luming")
    row = devices.register(actor=keeper, number=f"R{uuid.uuid4().hex[:8]}", kind="camera")
    devices.allocate(row.id, actor=keeper, officer_id=actor_named("lince").officer_id)
    if scrapped:
        devices.note(row.id, actor=keeper, kind="scrapped", text="主板损坏")
    return row


def use_scrapped(journey: Journey) -> None:
    devices.allocate(_device(scrapped=True).id, actor=actor_named("luming"), officer_id=actor_named("handu").officer_id)


def device_sql(journey: Journey) -> Sql:
    """A second holder, a scrapped device given out, an allocation dated back, a device renamed."""
    held, gone, officer = _device(scrapped=False), _device(scrapped=True), actor_named("handu").officer_id
    give = (
        'INSERT INTO recordings_allocation (id, device_id, officer_id, unit_id, since, until, "by") '
        "VALUES (%s, %s, %s, NULL, %s, NULL, '某')"
    )
    later = clock.now() + dt.timedelta(hours=1)
    return [
        (give, [uuid.uuid4(), held.id, officer, later], "allocation-overlaps"),
        (give, [uuid.uuid4(), gone.id, officer, later], "device-scrapped"),
        ("UPDATE recordings_allocation SET since = %s WHERE device_id = %s", [later, held.id], "allocation-fixed"),
        ("DELETE FROM recordings_allocation WHERE id = %s", [Allocation.objects.get(device=held).id], "record-immutable"),
        ("UPDATE recordings_device SET number = 'X' WHERE id = %s", [held.id], "record-immutable"),
    ]  # fmt: skip


def _prepared(journey: Journey) -> HandOver:
    year = journey.day.year
    return handing.prepare(actor=actor_named("luming"), year=year, receiver="市综合行政执法局")


def receipt_unsigned(journey: Journey) -> None:
    handing.note_receipt(
        _prepared(journey).id, actor=actor_named("luming"), number="1", received_by="某", received_on=clock.today()
    )


def handover_sql(journey: Journey) -> Sql:
    """Signed by who drew it up, received before it was signed, a digest of the manifest exchanged."""
    batch, now = _prepared(journey), clock.now()
    sign = "INSERT INTO recordings_handoversignature (handover_id, officer_id, \"by\", at) VALUES (%s, %s, '某', %s)"
    receive = (
        'INSERT INTO recordings_handoverreceipt (handover_id, number, received_by, received_on, "by", at) '
        "VALUES (%s, '1', '某', %s, '某', %s)"
    )
    return [
        (sign, [batch.id, batch.officer_id, now], "handover-same-person"),
        (receive, [batch.id, clock.today(), now], "handover-unsigned"),
        ("UPDATE recordings_handover SET count = 0 WHERE id = %s", [batch.id], "record-immutable"),
        ("DELETE FROM recordings_handoveritem WHERE handover_id = %s", [batch.id], "record-immutable"),
    ]


def _ordered(journey: Journey, *, made: bool) -> Derivation:
    """A copy for outsiders that lince has ordered; made, or still waiting for the worker."""
    row, officer = Recording.objects.get(case_id=journey.id), actor_named("lince")
    found = Derivation.objects.create(
        recording=row, kind="public", purpose="publication", reason="公开", plan={}, by_id=officer.officer_id,
        by_name=officer.name, at=clock.now(),
    )  # fmt: skip
    if made:
        other = StoredFile.objects.exclude(sha256=row.file_id).first()
        DerivationOutcome.objects.create(derivation=found, file=other, sheet=other, proof={}, at=clock.now())
    return found


def sign_off(journey: Journey) -> None:
    """The maker releases the own work, which is not even made."""
    row, maker, session = _ordered(journey, made=False), actor_named("lince"), door.session_of("ring")
    watching.declare(row.recording_id, actor=maker, session=session, purpose="handling")
    deriving.sign_off(row.id, actor=maker, session=session, agreed=True, note="")


def derivation_sql(journey: Journey) -> Sql:
    """The original passed off as a copy, a release of nothing, a release by the maker, an outcome changed afterwards."""
    bare, made = _ordered(journey, made=False), _ordered(journey, made=True)
    outcome = (
        "INSERT INTO recordings_derivationoutcome (derivation_id, file_id, sheet_id, proof, words, at) "
        "VALUES (%s, %s, %s, '{}', '', %s)"
    )
    signed = (
        "INSERT INTO recordings_derivationsignoff (derivation_id, agreed, note, by_id, by_name, at) "
        "VALUES (%s, %s, '', %s, '某', %s)"
    )
    original, now = bare.recording.file_id, clock.now()
    maker, other = actor_named("lince").officer_id, actor_named("handu").officer_id
    return [
        (outcome, [bare.id, original, original, now], "derivative-is-original"),
        (signed, [bare.id, True, other, now], "signoff-not-made"),
        (signed, [made.id, True, maker, now], "signoff-own-work"),
        ("UPDATE recordings_derivationoutcome SET words = 'x' WHERE derivation_id = %s", [made.id], "record-immutable"),
    ]
