"""Recordings that concern no case: kept for their term, listed by one, let go by another, never one of a case."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client

from mingcha.accounts.models import Officer
from mingcha.accounts.queries import actor_named
from mingcha.archives.models import Purge
from mingcha.archives.purging import actions, queries, rules
from mingcha.archives.purging.rules import Facts, may_purge, until
from mingcha.common import clock
from mingcha.common.errors import Conflict, MingchaError, NotFound, NotPermitted, Refused, code_of_database_error
from mingcha.files import tombstones
from mingcha.files.actions import receive_bytes
from mingcha.files.models import StoredFile
from mingcha.files.store import store
from mingcha.interfaces.demo.journey import Journey
from mingcha.interfaces.demo.paper import recording as sound
from mingcha.interfaces.tests.test_tus import Tus
from mingcha.interfaces.workbench import tasks
from mingcha.ledger import checks
from mingcha.ledger.models import JournalEntry
from mingcha.ledger.sequencer import sequence
from mingcha.recordings.intake.actions import take_in
from mingcha.recordings.intake.importing import Importer
from mingcha.recordings.intake.queries import Destroyed
from mingcha.recordings.matching import actions as matching
from mingcha.recordings.models import Intake, SecretMark

DAY = dt.date(2026, 9, 16)


@pytest.mark.parametrize(
    ("facts", "today", "codes"),
    [
        ({}, dt.date(2027, 3, 18), ["purge-still-kept"]),
        ({}, dt.date(2027, 3, 19), []),
        ({"recorded_on": None}, dt.date(2027, 3, 19), []),
        # A word given late lengthens the term: nobody clears at once what he has just set aside.
        ({"said_on": dt.date(2027, 8, 31)}, dt.date(2028, 2, 29), ["purge-still-kept"]),
        ({"said_on": dt.date(2027, 8, 31)}, dt.date(2028, 3, 1), []),
        ({"said_on": None}, dt.date(2030, 1, 1), ["purge-not-set-aside"]),
        ({"in_a_case": True}, dt.date(2030, 1, 1), ["purge-in-a-case"]),
        ({"secret": True}, dt.date(2030, 1, 1), ["purge-secret"]),
        ({"listed": "清册"}, dt.date(2030, 1, 1), ["purge-listed"]),
    ],
)
def test_what_may_be_cleared(facts: dict[str, Any], today: dt.date, codes: list[str]) -> None:
    known = Facts(**{"received_on": DAY, "recorded_on": DAY, "said_on": dt.date(2026, 9, 18), **facts})
    found = may_purge(known, today)
    assert [reason.code for reason in found] == codes
    assert all(reason.fix and reason.articles for reason in found)
    assert "没有逐地核对" in "".join(until(known).steps)


def refused(call: Callable[[], object]) -> set[str]:
    try:
        call()
    except Refused as error:
        return {reason.code for reason in error.reasons}
    except MingchaError as error:
        return {error.code}
    return set()


def database(statement: str, *values: Any) -> str | None:
    """The code with which the database refuses raw SQL, None when it lets it through."""
    plain = [value.hex if isinstance(value, uuid.UUID) and connection.vendor == "sqlite" else value for value in values]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, plain)
    except IntegrityError as error:
        return code_of_database_error(error) or "constraint"
    return None


def _take(mark: int, organisation: Any) -> Intake:
    handu = actor_named("handu")
    return take_in(
        receive_bytes(sound(mark=mark)), actor=handu, organisation=organisation, name=f"c{mark}.wav", origin="folder",
        device_no="9000001", officer=Officer.objects.get(id=handu.officer_id), started_at=clock.now(),
        duration_ms=60_000,
    )  # fmt: skip


@pytest.mark.django_db
def test_a_recording_without_a_case_goes_by_two_persons_after_its_term(
    play: Callable[..., Journey], login: Callable[[str], Client], settings: Any, tmp_path: Path
) -> None:
    settings.LOG_ROOT, settings.KEYS_ROOT = tmp_path / "log", tmp_path / "keys"
    journey = play("inquiry-record")
    handu, archivist, unit, head = (actor_named(name) for name in ("handu", "jiangmu", "luming", "shenyi"))
    organ = journey.case.organisation
    with clock.frozen(clock.at(journey.day, 18)):
        gone, moved, proof, waits, secret, former = (_take(mark, organ) for mark in range(61, 67))
        given: dict[str, Any] = {"case_id": journey.case.id, "stage": "investigate", "matter": "1"}
        linked = matching.link(former.id, actor=handu, **given)
        for row in (gone, moved, proof, secret):
            matching.set_aside(row.id, actor=handu, reason="这是一段测试设备的录像")
        matching.set_aside(former.id, actor=handu, reason="核对以后发现不是本案的现场", replaces=linked.assignment_id)
        assert refused(lambda: actions.list_up([gone.id], actor=archivist, reason="期满")) == {"purge-still-kept"}
        with pytest.raises(NotPermitted):
            actions.list_up([gone.id], actor=head, reason="期满")
    late = clock.at(journey.day + dt.timedelta(days=200), 10)
    with clock.frozen(late):
        assert set(queries.candidates(organ.id)) == {gone, moved, proof, secret}
        every = [row.id for row in (gone, waits, former)]
        blocked = refused(lambda: actions.list_up(every, actor=archivist, reason="期满"))
        assert blocked == {"purge-not-set-aside", "purge-in-a-case"}
        with pytest.raises(NotFound):
            actions.list_up([uuid.uuid4()], actor=archivist, reason="期满")
        # On screen as each of them: the archivist makes the list, who set aside and who made it cannot let it go.
        shown = login("jiangmu").get("/in/purging/?q=c61").content.decode()
        assert "c61.wav" in shown and "c62.wav" not in shown and "可以列入清册" in shown
        assert login("handu").get("/in/purging/").status_code == 403
        saved = b"".join(login("jiangmu").get("/in/purging/export.csv").streaming_content).decode()  # type: ignore[attr-defined]
        assert gone.file_id in saved and former.file_id not in saved
        made = login("jiangmu").post("/in/purging/", {"intakes": [str(gone.id), str(moved.id)], "reason": "期满"})
        first = queries.purges(organ.id).get()
        assert made.status_code == 302 and str(first.id) in made["Location"]
        assert refused(lambda: actions.list_up([gone.id], actor=archivist, reason="再列")) == {"purge-listed"}
        # One comes to a case meanwhile: the whole list is refused, by the action and by the database.
        before = moved.assignments.get()
        matching.link(moved.id, actor=handu, replaces=before.id, reason="后来认出是本案现场", **given)
        run = (
            "INSERT INTO archives_purgerun (purge_id, opinion, by_id, day, at, files, shared) "
            "VALUES (%s, '同意', %s, %s, %s, 0, 0)"
        )
        assert refused(lambda: actions.carry_out(first.id, actor=head, opinion="同意")) >= {"purge-in-a-case"}
        assert database(run, first.id, head.officer_id, late.date(), late) in (
            "purge-in-a-case", "purge-not-set-aside",
        )  # fmt: skip
        actions.close(first.id, actor=head, reason="有一段已归入案件")
        with pytest.raises(Conflict):
            actions.close(first.id, actor=head, reason="再次")
        empty = Purge.objects.create(
            organisation=organ, year=2000, seq=1, reason="x", made_by_id=archivist.officer_id, made_at=late
        )
        actions.close(empty.id, actor=archivist, reason="空的")
        assert database(run, empty.id, head.officer_id, late.date(), late) == "purge-ended"
        second = actions.list_up([gone.id, proof.id], actor=archivist, reason="期满")
        # Three rings of "not by one person", "not before its term", "never one of a case", "nothing secret".
        assert rules.may_carry_out(own=True, set_aside=False)[0].code == "purge-same-person"
        assert rules.may_carry_out(own=False, set_aside=True)[0].code == "purge-same-person"
        assert refused(lambda: actions.carry_out(second.id, actor=archivist, opinion="同意")) == {"not-permitted"}
        for person in (archivist, handu):
            assert database(run, second.id, person.officer_id, late.date(), late) == "purge-same-person"
        early = gone.received_at.date()
        assert database(run, second.id, head.officer_id, early, late) == "purge-still-kept"
        item = (
            "INSERT INTO archives_purgeitem (id, purge_id, intake_id, assignment_id, kept_until, reckoning) "
            "VALUES (%s, %s, %s, %s, '2026-01-01', '{}')"
        )
        for row, code in ((former, "purge-in-a-case"), (waits, "purge-not-set-aside")):
            word = row.assignments.filter(outcome="unrelated").first() or gone.assignments.get()
            assert database(item, uuid.uuid4(), second.id, row.id, word.id) == code
        grave = "INSERT INTO files_tombstone (id, sha256, why, disposal_id, at) VALUES (%s, %s, 'x', %s, %s)"
        assert database(grave, uuid.uuid4(), gone.file_id, second.id, late) == "tombstone-without-disposal"
        SecretMark.objects.create(
            jurisdiction=organ.jurisdiction, organisation=organ, intake=secret, ground="涉密", officer_id=head.officer_id,
            by="申毅", at=late,
        )  # fmt: skip
        word = secret.assignments.get()
        assert database(item, uuid.uuid4(), second.id, secret.id, word.id) == "purge-secret"
        assert set(queries.candidates(organ.id)) == {gone, proof}
        # It waits in the list of whoever may let it go, not of who made it or set a recording aside.
        waits_for = {
            name: [task.what for task in tasks.waiting_for(actor_named(name)) if task.group == "keeping"]
            for name in ("luming", "shenyi", "jiangmu", "handu", "zhouheng")
        }
        assert waits_for == {
            "luming": ["批准清除音像"], "shenyi": ["批准清除音像"], "jiangmu": [], "handu": [], "zhouheng": [],
        }  # fmt: skip
        assert f"/in/purging/lists/{second.id}/" in login("luming").get("/in/").content.decode()
        # The head of the unit approves; the bytes go, the row, the digests and the ledger stay.
        answer = login("luming").post(f"/in/purging/lists/{second.id}/run/", {"opinion": "同意清除"})
        assert answer.status_code == 302
        assert not store().has(gone.file_id) and StoredFile.objects.filter(sha256=gone.file_id).exists()
        assert set(tombstones.of_disposal(second.id)) == {gone.file_id, proof.file_id}
        assert second.run.by_id == unit.officer_id and second.run.files == 2
        assert actions.finish_all() == 0
        page = login("jiangmu").get(f"/in/purging/lists/{second.id}/").content.decode()
        assert "同意清除" in page and "已清除" in page
        told_holder = login("handu").get(f"/in/recordings/received/{gone.id}/").content.decode()
        assert "不能再查看或者归入案件" in told_holder and "更正归属" not in told_holder
        word = gone.assignments.get()
        back: dict[str, Any] = {"replaces": word.id, "reason": "再改一次", **given}
        assert refused(lambda: matching.link(gone.id, actor=handu, **back)) == {"recording-purged"}
        assign = (
            "INSERT INTO recordings_assignment (id, intake_id, outcome, stage, matter, reason, grounds, replaces_id, "
            "officer_id, \"by\", at) VALUES (%s, %s, 'unrelated', '', '', '再说一次', '{}', %s, %s, '韩', %s)"
        )
        assert database(assign, uuid.uuid4(), gone.id, word.id, handu.officer_id, late) == "recording-purged"
        assert not queries.candidates(organ.id).exists()
        # Handed in again, by whatever door, the same bytes are refused and go once more.
        assert [task for task in tasks.waiting_for(unit) if task.group == "keeping"] == []
        with pytest.raises(Destroyed, match="音像清除清册"):
            _take(61, organ)
        (tmp_path / "card").mkdir()
        (tmp_path / "card" / "again.wav").write_bytes(sound(mark=61))
        (again,) = Importer(tmp_path / "card", actor=handu, organisation=organ, origin="folder").run()
        assert again.outcome == "refused" and "销毁" in again.reason
        sent = login("handu").post(
            "/in/recordings/upload/", {"files": [SimpleUploadedFile("again.wav", sound(mark=61), "audio/wav")]}
        )
        assert sent.status_code == 422 and "不再入库" in sent.content.decode()
        # An upload goes by the machine's own clock, which stands months before the day of this test.
        settings.UPLOAD_HOURS = 100_000
        pieces, data = Tus("/in/uploads/"), sound(mark=61)
        pieces.client = login("handu")
        at = pieces.begin(len(data))
        told_sender = pieces.ask("PATCH", at, data, Upload_Offset="0")
        assert told_sender.status_code == 422 and "不再入库" in told_sender.content.decode()
        assert pieces.ask("HEAD", at).status_code == 404
        assert Intake.objects.filter(file_id=gone.file_id).count() == 1
        assert store().has(gone.file_id) and actions.finish_all() == 1 and not store().has(gone.file_id)
        told = JournalEntry.objects.filter(kind__startswith="purge-").order_by("id").values_list("kind", flat=True)
        assert list(told) == [
            "purge-listed", "purge-closed", "purge-closed", "purge-listed", "purge-carried-out",
        ]  # fmt: skip
        assert set(first.items.values_list("intake_id", flat=True)) == {gone.id, moved.id}
        sequence(organ.jurisdiction)
        report = checks.check(first_only=False)
        assert [finding.code for finding in report.findings if not finding.code.startswith("trigger")] == []
