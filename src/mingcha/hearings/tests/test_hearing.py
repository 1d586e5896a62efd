"""A hearing through the real actions: its day, its host, its agents, its record, and what the decision may rest on."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.db import IntegrityError, connection, transaction

from mingcha.accounts.queries import actor_named
from mingcha.cases import actions as cases
from mingcha.cases import queries as case_queries
from mingcha.cases.moves import advance
from mingcha.common import clock
from mingcha.common.errors import InvalidInput, MingchaError, NotFound, NotPermitted, Refused, code_of_database_error
from mingcha.deadlines.actions import announce_year
from mingcha.deadlines.calendar import CalendarDay
from mingcha.decisions import actions as decisions
from mingcha.documents import queries as documents
from mingcha.hearings import actions, queries
from mingcha.hearings.models import Closing, Session
from mingcha.interfaces.demo import hearing as play_hearing
from mingcha.interfaces.demo.journey import Journey, Scenario
from mingcha.ledger.models import JournalEntry
from mingcha.ledger.queries import payload
from mingcha.review import actions as review

pytestmark = pytest.mark.django_db
Play = Callable[..., Journey]
BIG = 6_000_000


def refused(call: Callable[[], object]) -> set[str]:
    """The codes with which an act is refused."""
    with pytest.raises(MingchaError) as caught:
        call()
    error = caught.value
    if isinstance(error, Refused):
        return {reason.code for reason in error.reasons}
    return set(error.fields) if isinstance(error, InvalidInput) else {error.code}


def at(journey: Journey, hour: int = 14) -> AbstractContextManager[None]:
    return clock.frozen(clock.at(journey.day, hour))


def fixed(play: Play, procedure: str = "P-TZ", mark: int = 1) -> Journey:
    """A case whose hearing has its host, not yet a date."""
    journey = play("serve-notice", Scenario(fine=BIG, procedure=procedure, mark=mark))
    with at(journey):
        play_hearing.demand(journey)
        play_hearing.appoint(journey)
    return journey


def test_the_whole_hearing_carries_the_case_to_its_decision(play: Play) -> None:
    journey = fixed(play)
    host, officer = actor_named("guyan"), actor_named("lince")
    assert journey.case.stage == "hearing-notice"
    journey.later(1)
    with at(journey, 9):
        play_hearing.fix(journey)
        play_hearing.attend(journey)
        assert refused(lambda: play_hearing.attend(journey)) == {"name"}
        third = {"role": "agent", "name": "第三人", "authority": "委托书"}
        actions.register_attendee(journey.id, actor=host, **{**third, "name": "第二人"})
        assert refused(lambda: actions.register_attendee(journey.id, actor=host, **third)) == {
            "hearing-agents-too-many"
        }
        assert "hearing-before-its-day" in refused(lambda: play_hearing.hold(journey))
    hearing = queries.current(journey.case)
    assert hearing is not None
    session = queries.session(hearing)
    assert session is not None and session.host_id == host.officer_id
    journey.day = session.held_on
    with at(journey, 15):
        assert refused(lambda: play_hearing.report(journey)) == {"hearing-not-held"}
        play_hearing.hold(journey)
        assert journey.case.stage == "hearing-record"
        assert refused(lambda: play_hearing.hold(journey)) == {"hearing-ended"}
        assert refused(lambda: actions.fix(journey.id, actor=host, **play_hearing.fixture(journey))) == {
            "hearing-ended"
        }
        play_hearing.report(journey)
        assert journey.case.stage == "recheck"
        advance(journey.id, "review-scope", actor=officer)
        journey.draft(officer)
        handed = review.submit(journey.id, actor=officer, attested=True).content["fields"]
        assert handed["hearing"] == "held" and "举行听证" in handed["hearing_note"]
        journey.opine(actor_named("zhouheng"), None)
    draft = documents.draft(journey.case, "penalty-decision")
    assert draft is not None and queries.against_record(journey.case) == []
    with at(journey, 16):
        decisions.issue(journey.id, actor=actor_named("shenyi"), opinion="同意")


def test_days_that_the_law_does_not_allow(play: Play) -> None:
    """The seven working days, weekends, announced holidays; a holiday announced after the notice is told."""
    journey = fixed(play)
    host = actor_named("guyan")
    with at(journey, 9):
        first = queries.earliest(journey.case).value

        def on(day: dt.date) -> set[str]:
            return refused(
                lambda: actions.fix(journey.id, actor=host, **play_hearing.fixture(journey, held_at=clock.at(day, 9)))
            )

        assert on(first - dt.timedelta(days=1)) >= {"hearing-too-early"}
        holiday = dt.date(2026, 10, 5)
        with pytest.raises(Refused) as caught:
            actions.fix(journey.id, actor=host, **play_hearing.fixture(journey, held_at=clock.at(holiday, 9)))
        reason = next(row for row in caught.value.reasons if row.code == "hearing-on-day-off")
        assert reason.data["proposed"] >= "2026-10-08" and "国庆" in reason.message
        saturday = first + dt.timedelta(days=(5 - first.weekday()) % 7 + 14)
        assert "hearing-on-day-off" in on(saturday)
        play_hearing.fix(journey)
    hearing = queries.current(journey.case)
    assert hearing is not None
    session = queries.session(hearing)
    assert session is not None and queries.warnings(journey.case, session) == []
    known = queries.calendar(journey.case)
    days = [row for row in known.days.values() if row.date.year == session.held_on.year]
    admin = actor_named("admin")
    announce_year(
        session.held_on.year, [*days, CalendarDay(session.held_on, True, "临时")], source="国办发明电（编造）",
        actor=admin.snapshot("admin"), log=admin.jurisdiction,
    )  # fmt: skip
    told = queries.warnings(journey.case, session)
    assert len(told) == 1 and "临时" in told[0].text and "改期" in told[0].fix
    with at(journey, 10):
        assert "reason" in refused(lambda: actions.fix(journey.id, actor=host, **play_hearing.fixture(journey)))
        play_hearing.fix(journey, reason="放假安排有变。")
        assert [row.seq for row in queries.sessions(hearing)] == [1, 2]
        period = queries.waiting_until(journey.case)
        assert period is not None and period.starts_on == journey.day
        # A year without a calendar: refused, unless the host answers for the day; then it is on record.
        unknown = clock.at(dt.date(2027, 1, 4), 9)
        told_later = play_hearing.fixture(journey, held_at=unknown, reason="主持人出差。") | {"unannounced": False}
        assert refused(lambda: actions.fix(journey.id, actor=host, **told_later)) == {"hearing-year-unannounced"}
        found = actions.fix(journey.id, actor=host, **{**told_later, "unannounced": True})
        assert found.unannounced and JournalEntry.objects.filter(kind="hearing-moved").count() == 2
        journey.serve("hearing-notice", actor_named("handu"))
        assert "2027年的放假安排还没有公布" in queries.warnings(journey.case, found)[0].text
        with pytest.raises(IntegrityError) as raw, transaction.atomic():
            Session.objects.create(
                **{field.attname: getattr(found, field.attname) for field in Session._meta.local_fields}
                | {
                    "id": uuid.uuid4(),
                    "seq": 9,
                    "unannounced": False,
                }
            )
        assert code_of_database_error(raw.value) == "hearing-year-unannounced"
    # The arrangement comes out and the day is a holiday: on the record of the case, and nobody is heard on it.
    with clock.frozen(clock.at(dt.date(2026, 11, 10), 9)):
        announce_year(
            2027, [CalendarDay(dt.date(2027, 1, 4), True, "元旦")], source="国办发明电（编造）",
            actor=admin.snapshot("admin"), log=admin.jurisdiction,
        )  # fmt: skip
        lost = JournalEntry.objects.get(case_id=journey.id, kind="hearing-day-lost")
        assert "元旦" in str(payload(lost))
    with clock.frozen(clock.at(dt.date(2027, 1, 4), 15)):
        assert refused(lambda: play_hearing.hold(journey)) == {"hearing-on-day-off"}
        end = Closing(
            hearing=hearing, session=found, ending="absent", reason="x", held_on=clock.today(), at=clock.now()
        )
        with pytest.raises(IntegrityError) as raw, transaction.atomic():
            end.save(force_insert=True)
        assert code_of_database_error(raw.value) == "hearing-on-day-off"


def test_who_may_not_host(play: Play) -> None:
    journey = play("serve-notice", Scenario(fine=BIG, procedure="P-TZ"))
    head, host = actor_named("shenyi"), actor_named("guyan")
    with at(journey):
        assert refused(lambda: actions.fix(journey.id, actor=head, **play_hearing.fixture(journey))) == {"hearing-none"}
        play_hearing.demand(journey)
        for name in journey.scenario.handlers:
            assert refused(lambda name=name: cases.name_host(journey.id, actor_named(name).officer_id, actor=head))
        play_hearing.appoint(journey)
        for who in ("lince", "zhouheng", "shenyi"):
            with pytest.raises((NotPermitted, NotFound, Refused)):
                actions.fix(journey.id, actor=actor_named(who), **play_hearing.fixture(journey))
        partial = play_hearing.fixture(journey, disinterested=False)
        assert refused(lambda: actions.fix(journey.id, actor=host, **partial)) == {"hearing-host-interested"}
        own = play_hearing.fixture(journey, clerk_id=host.officer_id)
        assert refused(lambda: actions.fix(journey.id, actor=host, **own)) == {"clerk_id"}
        closed = play_hearing.fixture(journey, public=False)
        assert refused(lambda: actions.fix(journey.id, actor=host, **closed)) == {"secret", "secret_why"}
        cases.request_avoidance(
            journey.id, host.officer_id, actor=actor_named("lince"), applicant="许山河", ground="与举报人相识"
        )
        cases.decide_avoidance(journey.id, host.officer_id, actor=head, granted=True, ground="属实")
        assert "officer-avoiding" in refused(
            lambda: actions.fix(journey.id, actor=host, **play_hearing.fixture(journey))
        )
        play_hearing.appoint(journey, "zhouheng")
        play_hearing.fix(journey, "zhouheng")
    notice = documents.latest(journey.case, "hearing-notice")
    assert notice is not None and notice.fields["host"] == actor_named("zhouheng").name


def test_a_party_that_stays_away_gives_the_hearing_up(play: Play) -> None:
    journey = fixed(play)
    host = actor_named("guyan")
    with at(journey, 9):
        play_hearing.fix(journey, public=False, secret="business", secret_why="涉及工艺参数")
        assert documents.latest(journey.case, "hearing-announcement") is None
    hearing = queries.current(journey.case)
    assert hearing is not None
    journey.day = queries.sessions(hearing)[0].held_on
    with at(journey, 15):
        assert "attendees" in refused(lambda: play_hearing.hold(journey))
        actions.terminate(
            journey.id, actor=host, ending="absent", reason="已送达通知，当事人及其代理人未到场，也没有说明理由。"
        )
        assert journey.case.stage == "hear-statement"
        assert refused(lambda: play_hearing.report(journey)) == {"hearing-not-held"}


def test_nothing_is_decided_beyond_the_record(play: Play) -> None:
    """The ordinary procedure too: evidence that came after the hearing and facts that nobody heard do not carry a decision."""
    journey = fixed(play, "P-PT")
    officer = actor_named("lince")
    with at(journey, 9):
        play_hearing.fix(journey)
        play_hearing.attend(journey)
    hearing = queries.current(journey.case)
    assert hearing is not None
    journey.day = queries.sessions(hearing)[0].held_on
    with at(journey, 15):
        assert "hearing-requested" in refused(lambda: advance(journey.id, "review-scope", actor=officer))
        play_hearing.hold(journey)
        play_hearing.report(journey)
        advance(journey.id, "review-scope", actor=officer)
        journey.draft(officer)
        late = cases.record_evidence(
            journey.id, actor=officer, kind="documentary", name="补充照片", proves="听证后新增", origin="现场",
            collected_at=clock.now(),
        )  # fmt: skip
        assert any("补充照片" in row for row in queries.against_record(journey.case))
        review.submit(journey.id, actor=officer, attested=True)
        journey.opine(actor_named("zhouheng"), None)
        codes = refused(lambda: decisions.issue(journey.id, actor=actor_named("shenyi"), opinion="同意"))
        assert "hearing-requested" in codes
        cases.exclude_evidence(late.id, actor=officer, reason="没有质证")
        assert queries.against_record(journey.case) == []


def test_the_database_keeps_the_hearing_whatever_the_program_does(play: Play) -> None:
    journey = fixed(play)
    officer, host = actor_named("lince"), actor_named("guyan")
    with at(journey, 9):
        play_hearing.fix(journey)
    hearing = queries.current(journey.case)
    assert hearing is not None
    row = queries.sessions(hearing)[0]
    values = {
        field.attname: getattr(row, field.attname) for field in Session._meta.concrete_fields if field.attname != "id"
    }
    again = documents.latest(journey.case, "site-record")
    assert again is not None
    attacks = [
        ({"host_id": officer.officer_id}, "hearing-host-unfit"),
        ({"clerk_id": officer.officer_id}, "hearing-host-unfit"),
        ({"clerk_id": host.officer_id}, "hearing-host-unfit"),
        ({"held_on": dt.date(2026, 10, 5)}, "hearing-on-day-off"),
        ({"notice_id": again.id}, "hearing-notice-mismatch"),
        ({"disinterested": False}, None),
        ({"public": False}, None),
        ({"held_on": row.earliest_on - dt.timedelta(days=1)}, None),
        ({"reason": ""}, None),
        ({"seq": 1}, "hearing-ended"),
    ]
    for change, code in attacks:
        fields = {**values, "seq": 2, "reason": "改期", "announcement_id": None, "notice_id": None, **change}
        if fields["notice_id"] is None:
            fields["notice_id"] = values["notice_id"]
        with pytest.raises(IntegrityError) as caught, transaction.atomic():
            Session.objects.create(**fields)
        assert code_of_database_error(caught.value) == code, change
    with pytest.raises(IntegrityError, match="hearing-before-its-day"), transaction.atomic():
        Closing.objects.create(
            hearing=hearing, session=row, ending="absent", reason="x", held_on=journey.day, at=clock.now()
        )
    for table in ("hearing", "session"):
        for sql in (f"DELETE FROM hearings_{table}", f"UPDATE hearings_{table} SET id = id"):
            with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(sql)
    assert case_queries.officers_on(journey.case, "hearing_host")
