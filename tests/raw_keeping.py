"""Attacks on what the archive keeps: destruction past a hold or without a list, reading that nobody allowed."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from mingcha.accounts.queries import actor_named
from mingcha.archives.keeping import actions as keeping
from mingcha.archives.keeping import disposing
from mingcha.archives.lending import actions as lending
from mingcha.archives.lending import queries
from mingcha.archives.models import Disposal, Loan, Purge
from mingcha.archives.purging import actions as purging
from mingcha.common import clock
from mingcha.interfaces.demo.journey import Journey
from mingcha.recordings.models import Recording


def held(journey: Journey) -> None:
    """Put on the list what is on hold."""
    keeping.hold(journey.id, actor=actor_named("jiangmu"), ground="litigation", reason="当事人起诉")
    with clock.frozen(clock.at(dt.date(2060, 3, 1))):
        disposing.list_up([journey.id], actor=actor_named("jiangmu"), reason="期满")


def purge(journey: Journey) -> None:
    """Put on the list of recordings without a case one that belongs to a case."""
    intake = Recording.objects.filter(case=journey.case).values_list("intake_id", flat=True)[0]
    purging.list_up([intake], actor=actor_named("jiangmu"), reason="期满")


def purge_sql(journey: Journey) -> list[tuple[str, list[object], str]]:
    archivist = actor_named("jiangmu")
    recording = Recording.objects.filter(case=journey.case)[0]
    purge = Purge.objects.create(
        organisation_id=archivist.organ_id, year=2060, seq=1, reason="x", made_by_id=archivist.officer_id,
        made_at=clock.now(),
    )  # fmt: skip
    item = (
        "INSERT INTO archives_purgeitem (id, purge_id, intake_id, assignment_id, kept_until, reckoning) "
        "VALUES (%s, %s, %s, %s, '2026-01-01', '{}')"
    )
    run = (
        "INSERT INTO archives_purgerun (purge_id, opinion, by_id, day, at, files, shared) "
        "VALUES (%s, '', %s, '2060-01-01', %s, 0, 0)"
    )
    grave = "INSERT INTO files_tombstone (id, sha256, why, disposal_id, at) VALUES (%s, %s, 'x', %s, %s)"
    listed: list[object] = [uuid.uuid4(), purge.id, recording.intake_id, recording.assignment_id]
    now = clock.now()
    return [
        (item, listed, "*"),
        (run, [purge.id, archivist.officer_id, now], "purge-same-person"),
        (grave, [uuid.uuid4(), recording.file_id, purge.id, now], "tombstone-without-disposal"),
        ("UPDATE archives_purge SET reason = 'y' WHERE id = %s", [purge.id], "record-immutable"),
        ("DELETE FROM archives_purge WHERE id = %s", [purge.id], "record-immutable"),
    ]


def destroy_sql(journey: Journey) -> list[tuple[str, list[object], str]]:
    archivist, reviewer = actor_named("jiangmu"), actor_named("zhouheng")
    found = keeping.hold(journey.id, actor=archivist, ground="complaint", reason="信访")
    disposal = Disposal.objects.create(
        organisation_id=archivist.organ_id, year=2060, seq=1, reason="x", waits_days=30,
        made_by_id=archivist.officer_id, made_at=clock.now(),
    )  # fmt: skip
    item = (
        "INSERT INTO archives_disposalitem (id, disposal_id, case_id, kept_until, reckoning, digest, papers) "
        "VALUES (%s, %s, %s, '2026-01-01', '{}', 'd', 1)"
    )
    approval = (
        "INSERT INTO archives_disposalapproval (id, disposal_id, step, opinion, by_id, at, not_before) "
        "VALUES (%s, %s, %s, '', %s, %s, {})"
    )
    run = (
        "INSERT INTO archives_disposalrun (disposal_id, by_id, witness_id, day, at, files, shared, payloads) "
        "VALUES (%s, %s, %s, '2060-01-01', %s, 0, 0, 0)"
    )
    grave = "INSERT INTO files_tombstone (id, sha256, why, disposal_id, at) VALUES (%s, %s, 'x', %s, %s)"
    some = journey.case.recordings.values_list("file_id", flat=True)[0]
    now, first, second = clock.now(), approval.format("NULL"), approval.format("'2026-01-01'")
    made, other = archivist.officer_id, reviewer.officer_id
    return [
        (item, [uuid.uuid4(), disposal.id, journey.id], "disposal-held"),
        (first, [uuid.uuid4(), disposal.id, 1, made, now], "disposal-same-person"),
        (second, [uuid.uuid4(), disposal.id, 2, other, now], "disposal-step-missing"),
        (run, [disposal.id, made, other, now], "disposal-not-approved"),
        (grave, [uuid.uuid4(), some, disposal.id, now], "tombstone-without-disposal"),
        ("DELETE FROM archives_hold WHERE id = %s", [found.id], "record-immutable"),
        ("UPDATE archives_disposal SET waits_days = 1 WHERE id = %s", [disposal.id], "record-immutable"),
        ("DELETE FROM files_storedfile WHERE sha256 = %s", [some], "record-immutable"),
    ]


def asked(journey: Journey) -> Loan:
    given: dict[str, Any] = {
        "reader": "self", "purpose": "similar", "purpose_text": "参考", "volume": "main", "until": clock.today(),
    }  # fmt: skip
    return lending.ask(journey.id, actor=actor_named("weiqing"), **given)


def read_unasked(journey: Journey) -> None:
    """Look at a page before anybody has allowed it."""
    loan = asked(journey)
    lending.look(loan.id, queries.sheets(journey.case)[0].key, 1, actor=actor_named("weiqing"))


def read_sql(journey: Journey) -> list[tuple[str, list[object], str]]:
    loan, now, day = asked(journey), clock.now(), clock.today()
    look = (
        "INSERT INTO archives_pageview (id, loan_id, paper, title, page, by_id, at) VALUES (%s, %s, 'x', '', 1, %s, %s)"
    )
    decision = (
        "INSERT INTO archives_loandecision (loan_id, granted, reason, until, by_id, at) VALUES (%s, %s, '', %s, %s, %s)"
    )
    unpinned = (
        "INSERT INTO archives_loan (id, case_id, organisation_id, reader, reader_name, reader_unit, credential, purpose, "
        "purpose_text, volume, papers, until, rule, asked_by_id, asked_at) SELECT %s, case_id, organisation_id, reader, "
        "reader_name, reader_unit, credential, purpose, purpose_text, volume, papers, until, rule, asked_by_id, asked_at "
        "FROM archives_loan WHERE id = %s"
    )
    return [
        (unpinned, [uuid.uuid4(), loan.id], "loan-list-not-pinned"),
        (look, [uuid.uuid4(), loan.id, loan.asked_by_id, now], "loan-not-open"),
        (decision, [loan.id, True, day, loan.asked_by_id, now], "loan-own-decision"),
        (decision, [loan.id, True, day, None, now], "loan-without-approver"),
        ("UPDATE archives_loan SET volume = 'whole' WHERE id = %s", [loan.id], "record-immutable"),
    ]
