"""Retention explained, holds, destruction by list with two approvals and a wait, and erasure of a person's data."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from mingcha.accounts.models import Organisation
from mingcha.accounts.queries import actor_named
from mingcha.archives.keeping import actions, disposing, queries, rules
from mingcha.archives.keeping.rules import Facts, may_dispose, term
from mingcha.archives.models_keeping import Disposal, DisposalFile, DisposalRun
from mingcha.common import clock
from mingcha.common.errors import InvalidInput, MingchaError, NotPermitted, Refused, code_of_database_error
from mingcha.documents import queries as documents
from mingcha.documents.actions import ensure_rendered
from mingcha.files import tombstones
from mingcha.files.store import store
from mingcha.interfaces.demo.journey import Journey
from mingcha.ledger import checks
from mingcha.ledger.sequencer import sequence

DAY = dt.date(2026, 11, 2)
BASE: dict[str, Any] = {
    "act_type": "penalty", "procedure": "P-PT", "closed_on": DAY, "decided": True, "revoked": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "rule", "until"),
    [
        ({}, "KEEP-07", dt.date(2056, 12, 31)),
        ({"procedure": "P-JY"}, "KEEP-04", dt.date(2036, 12, 31)),
        ({"penalties": ["fine", "revoke_permit"]}, "KEEP-01", None),
        ({"revoked": True}, "KEEP-02", None),
        ({"decided": False}, "KEEP-06", dt.date(2036, 12, 31)),
        ({"procedure": "P-JY", "appraisals": [(30, "有争议")]}, "KEEP-04", dt.date(2056, 12, 31)),
        ({"appraisals": [(10, "误")]}, "KEEP-07", dt.date(2056, 12, 31)),
        ({"appraisals": [(None, "典型案例")]}, "KEEP-07", None),
        # The least time of a recording outlasts the dossier.
        ({"procedure": "P-JY", "recordings": [(dt.date(2036, 8, 31), "")]}, "KEEP-04", dt.date(2037, 2, 28)),
    ],
)
def test_the_longest_term_wins_and_says_why(facts: dict[str, Any], rule: str, until: dt.date | None) -> None:
    found = term(Facts(**{**BASE, **facts}), DAY)
    assert (found.rule, found.value.until) == (rule, until)
    assert rule in found.steps[0] and "没有逐地核对" in "".join(found.steps)


@pytest.mark.parametrize(
    ("facts", "today", "codes"),
    [
        ({}, dt.date(2056, 12, 31), ["disposal-still-kept"]),
        ({}, dt.date(2057, 1, 1), []),
        ({"closed_on": None}, dt.date(2057, 1, 1), ["disposal-case-open"]),
        ({"holds": ["行政诉讼。"]}, dt.date(2057, 1, 1), ["disposal-held"]),
        ({"remedies": [("起诉", dt.date(2057, 1, 1))]}, dt.date(2057, 1, 1), ["disposal-remedy-open"]),
        ({"linked_open": ["明综执〔2026〕2号"]}, dt.date(2057, 1, 1), ["disposal-linked-open"]),
        ({"appraisals": [(None, "典型")]}, dt.date(2157, 1, 1), ["disposal-permanent"]),
    ],
)
def test_what_may_not_be_destroyed(facts: dict[str, Any], today: dt.date, codes: list[str]) -> None:
    found = may_dispose(term(Facts(**{**BASE, **facts}), today), today)
    assert [reason.code for reason in found] == codes
    assert all(reason.fix and reason.articles for reason in found)


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


@pytest.fixture
def journey(play: Callable[..., Journey], settings: Any, tmp_path: Path) -> Journey:
    settings.LOG_ROOT, settings.KEYS_ROOT = tmp_path / "log", tmp_path / "keys"
    return play("archive")


@pytest.mark.django_db
def test_a_dossier_is_destroyed_by_list_and_the_ledger_still_verifies(journey: Journey) -> None:
    case, late = journey.case, clock.at(dt.date(2060, 3, 1))
    archivist, reviewer, head = actor_named("jiangmu"), actor_named("zhouheng"), actor_named("shenyi")
    organ = Organisation.objects.get(id=case.organisation_id)
    recording = case.recordings.get()
    for kind in ("penalty-decision", "penalty-notice"):
        letter = documents.latest(case, kind)
        assert letter is not None
        ensure_rendered(letter.id)
    with clock.frozen(clock.at(journey.day)):
        assert queries.term_words(case) == "三十年"
        assert refused(lambda: disposing.list_up([case.id], actor=archivist, reason="期满")) >= {"disposal-still-kept"}
        held = actions.hold(case.id, actor=archivist, ground="litigation", reason="当事人起诉", reference="（编造）1号")
        mark = actions.keep_for_good(recording.id, actor=archivist, ground="obstruction")
        with pytest.raises(InvalidInput):
            actions.appraise(case.id, actor=archivist, years=10, reason="缩短")
    assert mark.pk in queries.lasting(case)
    with clock.frozen(late):
        # On hold: by rule, by action, by the database.
        assert refused(lambda: disposing.list_up([case.id], actor=archivist, reason="期满")) == {"disposal-held"}
        empty = Disposal.objects.create(
            organisation=organ, year=2060, seq=1, reason="x", waits_days=30, made_by_id=archivist.officer_id,
            made_at=clock.now(),
        )  # fmt: skip
        item = (
            "INSERT INTO archives_disposalitem (id, disposal_id, case_id, kept_until, reckoning, digest, papers) "
            "VALUES (%s, %s, %s, '2056-12-31', '{}', 'd', 1)"
        )
        assert database(item, uuid.uuid4(), empty.id, case.id) == "disposal-held"
        assert database("DELETE FROM archives_hold WHERE id = %s", held.id) == "record-immutable"
        with pytest.raises(NotPermitted):
            actions.lift(held.id, actor=archivist, reason="终审")
        actions.lift(held.id, actor=reviewer, reason="终审维持")
        disposal = disposing.list_up([case.id], actor=archivist, reason="保管期限届满")
        assert refused(lambda: disposing.list_up([case.id], actor=archivist, reason="再列")) == {"disposal-listed"}
        named = set(DisposalFile.objects.filter(item__disposal=disposal).values_list("file_id", flat=True))
        assert len(named) >= 3 and recording.file_id not in named
        # Two persons, neither of them the maker, in order.
        assert refused(lambda: disposing.approve(disposal.id, actor=head, opinion="同意")) == {"not-permitted"}
        disposing.approve(disposal.id, actor=reviewer, opinion="属实")
        twice = (
            "INSERT INTO archives_disposalapproval (id, disposal_id, step, opinion, by_id, at, not_before) "
            "VALUES (%s, %s, 2, '', %s, %s, '2060-01-01')"
        )
        for person in (reviewer, archivist):
            code = database(twice, uuid.uuid4(), disposal.id, person.officer_id, clock.now())
            assert code == "disposal-same-person"
        run = (
            "INSERT INTO archives_disposalrun (disposal_id, by_id, witness_id, day, at, files, shared, payloads) "
            "VALUES (%s, %s, %s, %s, %s, 0, 0, 0)"
        )
        people = (archivist.officer_id, reviewer.officer_id)
        assert database(run, disposal.id, *people, clock.today(), clock.now()) == "disposal-not-approved"
        witness = reviewer.officer_id
        carry = lambda: disposing.carry_out(disposal.id, actor=archivist, witness_id=witness)  # noqa: E731
        assert refused(carry) == {"disposal-not-approved"}
        disposing.approve(disposal.id, actor=head, opinion="同意销毁")
        assert refused(carry) == {"disposal-too-early"}
        assert database(run, disposal.id, *people, clock.today(), clock.now()) == "disposal-too-early"
        # Bytes without a list, and with a list that was not carried out.
        grave = "INSERT INTO files_tombstone (id, sha256, why, disposal_id, at) VALUES (%s, %s, 'x', %s, %s)"
        some = next(iter(named))
        assert database(grave, uuid.uuid4(), some, disposal.id, clock.now()) == "tombstone-without-disposal"
        assert refused(lambda: tombstones.remove_bytes(some)) == {"bytes-without-tombstone"}
    with clock.frozen(late + dt.timedelta(days=31)):
        # A complaint that comes after the approvals stops everything, the erasure of contents too.
        held = actions.hold(case.id, actor=actor_named("fangzhi"), ground="complaint", reason="信访")
        assert refused(carry) == {"disposal-held"}
        assert database(run, disposal.id, *people, clock.today(), clock.now()) == "disposal-held"
        entry = case_entry(case.id)
        wipe = "UPDATE ledger_journalpayload SET payload = NULL, salt = NULL WHERE entry_id = %s"
        assert database(wipe, entry) in ("disposal-held", "payload-immutable")
        actions.lift(held.id, actor=reviewer, reason="已答复")
        with pytest.raises(InvalidInput):
            disposing.carry_out(disposal.id, actor=archivist, witness_id=archivist.officer_id)
        row = carry()
        assert (row.files, row.shared) == (len(named), 0) and row.payloads > 30
        assert all(store().has(sha256) for sha256 in named)
        assert disposing.finish_all() == len(named)
        assert disposing.finish(disposal.id) == 0
    assert not any(store().has(sha256) for sha256 in named) and store().has(recording.file_id)
    assert set(tombstones.buried([*named, recording.file_id])) == named
    found = queries.destroyed(case)
    assert found is not None and found.disposal.run == DisposalRun.objects.get()
    sequence(case.jurisdiction)
    report = checks.check(first_only=False)
    assert [finding.code for finding in report.findings if not finding.code.startswith("trigger")] == []


def case_entry(case_id: uuid.UUID) -> int:
    from mingcha.ledger.queries import entries_of_case

    first = entries_of_case(case_id).first()
    assert first is not None
    return int(first.pk)


@pytest.mark.django_db
def test_bytes_of_two_dossiers_stay_until_the_last_one_goes(journey: Journey, play: Callable[..., Journey]) -> None:
    """Both journeys show the same photographs; the second dossier still needs them."""
    other = play("archive", start=dt.date(2027, 3, 1))
    archivist = actor_named("jiangmu")
    shared = set(queries.files_of(journey.case)) & set(queries.files_of(other.case))
    assert shared
    with clock.frozen(clock.at(dt.date(2057, 6, 1))):
        assert queries.retention(other.case).value.until == dt.date(2057, 12, 31)
        first = disposing.list_up([journey.case.id], actor=archivist, reason="期满")
        _approved(first)
    with clock.frozen(clock.at(dt.date(2057, 7, 15))):
        run = disposing.carry_out(first.id, actor=archivist, witness_id=actor_named("zhouheng").officer_id)
        disposing.finish(first.id)
    assert run.shared == len(shared) and all(store().has(sha256) for sha256 in shared)
    with clock.frozen(clock.at(dt.date(2058, 1, 4))):
        second = disposing.list_up([other.case.id], actor=archivist, reason="期满")
        _approved(second)
    with clock.frozen(clock.at(dt.date(2058, 2, 15))):
        disposing.carry_out(second.id, actor=archivist, witness_id=actor_named("zhouheng").officer_id)
        disposing.finish(second.id)
    assert not any(store().has(sha256) for sha256 in shared - queries.lasting_files(other.case))


def _approved(disposal: Disposal) -> None:
    disposing.approve(disposal.id, actor=actor_named("zhouheng"), opinion="属实")
    disposing.approve(disposal.id, actor=actor_named("shenyi"), opinion="同意")


def test_the_list_carries_source_and_is_marked_unverified() -> None:
    law = rules.law()
    for part in (law, law["recordings"], law["disposal"]):
        assert part["source"] and part["article"] and part["verified"] is False
