"""The journey of one case, and what must be true after it; what goes wrong on the way is refused with a reason."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

from mingcha.accounts.queries import actor_named
from mingcha.archives import actions as archives
from mingcha.archives.queries import dossier
from mingcha.cases import actions as cases
from mingcha.cases.models import IssuedNumber, Statement
from mingcha.cases.moves import advance, options
from mingcha.common import clock
from mingcha.common.errors import Conflict, InvalidInput, NotPermitted, Refused
from mingcha.deadlines import queries as deadlines
from mingcha.decisions import actions as decisions
from mingcha.decisions import queries as decision_queries
from mingcha.disclosure import queries as public
from mingcha.disclosure.models import Publication
from mingcha.documents.rules import hearing_due
from mingcha.files.actions import receive_bytes
from mingcha.interfaces.demo.journey import Journey, Scenario
from mingcha.interfaces.demo.paper import recording
from mingcha.ledger import queries as ledger
from mingcha.ledger.core import bundle as proof
from mingcha.ledger.core import note
from mingcha.ledger.sequencer import sequence
from mingcha.performance import actions as performance
from mingcha.performance.queries import standing
from mingcha.recordings import actions as recordings
from mingcha.review import queries as review_queries

pytestmark = pytest.mark.django_db
Play = Callable[..., Journey]


def at(journey: Journey, hour: int = 15) -> object:
    return clock.frozen(clock.at(journey.day, hour))


def test_the_case_runs_from_lead_to_archive(play: Play) -> None:
    case = play("archive").case
    assert case.stage == "archive" and case.closed_on is not None
    assert case.number == f"明综执立〔2026〕{IssuedNumber.objects.filter(code='立').count()}号"
    decision = decision_queries.of_case(case)
    assert decision is not None and decision.number.startswith("明综执罚决〔2026〕")
    assert decision.fine_fen == 2_000_000 and decision.opinion is not None
    whole = dossier(case)
    assert [paper.title for paper in whole.main][:4] == [
        "行政处罚立案审批表",
        "行政处罚决定书",
        "送达回证",
        "行政处罚事先告知书",
    ]
    assert whole.entries == ledger.entries_of_case(case.id).count() > 40
    rules = {row.rule for row in deadlines.periods_of(case.id)}
    assert {"PEN-01", "PEN-14", "PEN-16", "PEN-03", "PEN-06", "REV-01", "LIT-01", "PUB-01"} <= rules


def test_numbers_have_no_gaps_over_several_cases(play: Play) -> None:
    for mark in (11, 12, 13):
        play("notice", Scenario(mark=mark))
    for code in ("立", "罚告"):
        numbers = list(IssuedNumber.objects.filter(code=code).order_by("n").values_list("n", flat=True))
        assert numbers == list(range(1, len(numbers) + 1))


def test_publication_is_due_on_the_seventh_working_day(play: Play) -> None:
    journey = play("decide")
    decision = decision_queries.of_case(journey.case)
    publication = Publication.objects.get(decision=decision)
    # 决定于2026-10-13（星期二），七个工作日后为2026-10-22
    assert decision is not None and decision.decided_on == dt.date(2026, 10, 13)
    assert publication.due_on == dt.date(2026, 10, 22)


@pytest.mark.usefixtures("own_log")
def test_what_is_published_verifies_offline_and_every_change_is_found(play: Play) -> None:
    journey = play("publish")
    publication = Publication.objects.get(decision__case_id=journey.id)
    assert public.proof(public.entry(publication.id)) is None
    log = journey.case.jurisdiction
    sequence(log)
    raw = public.bundle(publication.id)
    assert raw is not None
    keys = [note.VerifierKey.parse(ledger.verifier_key(log))]
    assert proof.verify(raw, keys).outcome == 0
    content = json.loads(raw)
    for path, value in (
        (("content", "fine_fen"), 1),
        (("content", "party"), "另一公司"),
        (("index",), 0),
        (("payload", "number"), "x"),
        (("header", "recorded_at"), "2020-01-01T00:00:00.000Z"),
    ):
        forged = json.loads(json.dumps(content))
        target = forged
        for name in path[:-1]:
            target = target[name]
        target[path[-1]] = value
        assert proof.verify(json.dumps(forged, ensure_ascii=False).encode(), keys).outcome == 1, path
    assert proof.verify(raw[:-20], keys).outcome == 2
    assert "许山河" not in raw.decode() and "林策" not in raw.decode()


def test_revocation_takes_the_publication_down_and_leaves_a_tombstone(play: Play) -> None:
    journey = play("publish")
    publication = Publication.objects.get(decision__case_id=journey.id)
    page, count = public.search("清和建筑")
    assert count == 1 and page.rows[0].id == publication.id
    with at(journey):
        decisions.revoke(publication.decision_id, actor=actor_named("shenyi"), reason="违法事实认定有误")
    entry = public.entry(publication.id)
    assert entry.state == "withdrawn" and "违法事实认定有误" in entry.withdrawn_reason and entry.content == {}
    assert public.search("清和建筑")[1] == 0
    assert public.bundle(publication.id) is None
    with at(journey), pytest.raises(Conflict):
        decisions.revoke(publication.decision_id, actor=actor_named("shenyi"), reason="再次")


def test_reviewer_sees_what_changed(play: Play) -> None:
    journey = play("resubmit")
    submission = review_queries.latest(journey.case)
    assert submission is not None and submission.round == 2
    changed = review_queries.changed_since_last(submission)
    assert [row["label"] for row in changed] == ["裁量：裁量因素"]
    assert "1000平方米" in changed[0]["after"] and "1000平方米" not in changed[0]["before"]


def test_a_case_page_names_what_is_missing_with_article(play: Play) -> None:
    journey = play("file")
    with at(journey):
        option = next(row for row in options(journey.case, actor_named("lince")) if row.move.to == "conclude")
    codes = {reason.code for reason in option.reasons}
    assert {"evidence-missing", "record-missing", "recording-missing"} <= codes
    assert all(reason.articles for reason in option.reasons)


def test_recording_is_demanded_or_excused_with_a_reason(play: Play) -> None:
    journey = play("inquiry-record")
    officer = actor_named("handu")
    with at(journey):
        with pytest.raises(Refused) as refused:
            advance(journey.id, "conclude", actor=officer)
        assert [reason.code for reason in refused.value.reasons] == ["recording-missing"]
        with pytest.raises(InvalidInput):
            recordings.excuse(journey.id, actor=officer, matter="1", reason="没带")
        recordings.excuse(journey.id, actor=officer, matter="1", reason="执法记录仪当日故障送修，有维修单为证")
        advance(journey.id, "conclude", actor=officer)
    assert journey.case.stage == "conclude"


def test_statement_period_and_hearing_window_hold_the_case(play: Play) -> None:
    """罚款达到听证标准时须等满五个工作日，除非书面放弃。"""
    journey = play("serve-notice", Scenario(fine=6_000_000, mark=21))
    rules = {row.rule: row.due_on for row in deadlines.periods_of(journey.case.id)}
    assert rules["PEN-04"] == dt.date(2026, 9, 30)  # 2026-09-22 送达，中秋放假
    officer = actor_named("lince")
    with at(journey), pytest.raises(Refused) as refused:
        advance(journey.id, "review-scope", actor=officer)
    assert {reason.code for reason in refused.value.reasons} == {"statement-period-running", "hearing-window-running"}
    with at(journey):
        with pytest.raises(InvalidInput):
            cases.record_statement(
                journey.id,
                actor=officer,
                kind="hearing_waived",
                speaker="许山河",
                text="放弃听证",
                received_at=clock.now(),
            )
        for kind in ("waived", "hearing_waived"):
            cases.record_statement(
                journey.id,
                actor=officer,
                kind=kind,
                speaker="许山河",
                text="书面放弃",
                received_at=clock.now(),
                file=receive_bytes(b"%PDF-1.4\n%%EOF"),
            )
        advance(journey.id, "review-scope", actor=officer)
    assert journey.case.stage == "review-scope"


def test_a_hearing_is_offered_in_words_for_a_grave_kind_of_penalty() -> None:
    limits = {"fine": 5_000_000, "confiscate_gains": 5_000_000}
    thresholds = {"person": limits, "organisation": limits, "kinds": ["stop_production"]}
    found = hearing_due([{"kind": "stop_production"}], "organisation", thresholds)
    assert found.value and "责令停产停业" in found.steps[0] and "stop_production" not in found.steps[0]


def test_no_hearing_below_the_threshold(play: Play) -> None:
    journey = play("serve-notice")
    assert not deadlines.periods_of(journey.case.id).filter(rule="PEN-04").exists()


def test_a_requested_hearing_stops_the_case(play: Play) -> None:
    journey = play("serve-notice", Scenario(fine=6_000_000, mark=22))
    officer = actor_named("lince")
    with at(journey):
        cases.record_statement(
            journey.id,
            actor=officer,
            kind="hearing_requested",
            speaker="许山河",
            text="要求听证",
            received_at=clock.now(),
        )
    journey.later(20)
    with at(journey), pytest.raises(Refused) as refused:
        advance(journey.id, "review-scope", actor=officer)
    assert "hearing-requested" in {reason.code for reason in refused.value.reasons}


def test_a_changed_proposal_needs_a_new_notice(play: Play) -> None:
    journey = play("answer")
    officer = actor_named("lince")
    with at(journey):
        advance(journey.id, "notify", actor=officer, reason="拟处罚数额有变")
        with pytest.raises(Refused) as refused:
            advance(journey.id, "hear-statement", actor=officer)
        assert [reason.code for reason in refused.value.reasons] == ["notice-outdated"]


def test_the_ninety_days_are_a_gate(play: Play) -> None:
    journey = play("approve")
    journey.day = dt.date(2027, 1, 4)
    with at(journey), pytest.raises(Refused) as refused:
        decisions.issue(journey.id, actor=actor_named("shenyi"), opinion="同意")
    assert "decision-late" in {reason.code for reason in refused.value.reasons}


def test_avoidance_granted_removes_the_officer(play: Play) -> None:
    journey = play("file")
    second = actor_named("handu")
    with at(journey):
        cases.request_avoidance(
            journey.id, second.officer_id, actor=actor_named("lince"), applicant="许山河", ground="与当事人有亲属关系"
        )
        with pytest.raises(NotPermitted):
            cases.decide_avoidance(journey.id, second.officer_id, actor=second, granted=False, ground="不属实")
        cases.decide_avoidance(
            journey.id, second.officer_id, actor=actor_named("shenyi"), granted=True, ground="情况属实"
        )
        option = next(row for row in options(journey.case, actor_named("lince")) if row.move.to == "conclude")
        assert "second-officer-missing" in {reason.code for reason in option.reasons}
        cases.assign_handler(journey.id, actor_named("weiqing").officer_id, actor=actor_named("lince"))
        with pytest.raises(NotPermitted):
            advance(journey.id, "conclude", actor=second)


def test_surcharge_explains_itself(play: Play) -> None:
    journey = play("serve-decision")
    decision = decision_queries.of_case(journey.case)
    assert decision is not None
    due = deadlines.periods_of(journey.case.id).get(rule="PEN-06").due_on
    now = standing(decision, due + dt.timedelta(days=12))
    assert now.surcharge is not None and now.surcharge.value == 12 * 60_000 and now.left == 2_000_000 + 720_000
    capped = standing(decision, due + dt.timedelta(days=400))
    assert capped.surcharge is not None and capped.surcharge.value == 2_000_000
    assert any("上限" in step for step in capped.surcharge.steps)


def test_a_case_is_not_closed_before_payment_and_publication(play: Play) -> None:
    journey = play("serve-decision")
    officer = actor_named("lince")
    with at(journey), pytest.raises(Refused) as refused:
        advance(journey.id, "close", actor=officer)
    assert {reason.code for reason in refused.value.reasons} == {"not-performed", "publication-open", "branch-open"}
    with at(journey), pytest.raises(InvalidInput):
        performance.record_payment(journey.id, actor=officer, amount_fen=3_000_000, paid_on=journey.day, voucher="超额")


def test_nothing_is_added_to_an_accepted_dossier(play: Play) -> None:
    journey = play("archive")
    held = Statement.objects.filter(case_id=journey.id).get()
    held.pk = uuid.uuid4()
    with pytest.raises(IntegrityError, match="dossier-sealed"), transaction.atomic():
        held.save(force_insert=True)
    with at(journey), pytest.raises(Refused, match="case-closed"):
        recordings.add(
            journey.id,
            actor=actor_named("lince"),
            stage="investigate",
            matter="1",
            title="补",
            file=receive_bytes(recording(mark=77)),
            started_at=clock.now(),
        )
    with at(journey), pytest.raises(Conflict):
        archives.accept(journey.id, actor=actor_named("jiangmu"))
