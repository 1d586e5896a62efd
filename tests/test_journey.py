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
from mingcha.cases import queries as case_queries
from mingcha.cases.models import IssuedNumber, Party, Statement
from mingcha.cases.moves import advance, options
from mingcha.common import clock
from mingcha.common.errors import Conflict, InvalidInput, MingchaError, NotPermitted, Refused
from mingcha.deadlines import queries as deadlines
from mingcha.decisions import actions as decisions
from mingcha.decisions import queries as decision_queries
from mingcha.disclosure import actions as disclosure
from mingcha.disclosure import queries as public
from mingcha.disclosure.models import Publication
from mingcha.documents import actions as documents
from mingcha.documents import queries as document_queries
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
from mingcha.review import actions as review
from mingcha.review import queries as review_queries

pytestmark = pytest.mark.django_db
Play = Callable[..., Journey]


def at(journey: Journey, hour: int = 15) -> object:
    return clock.frozen(clock.at(journey.day, hour))


def test_the_case_runs_from_lead_to_archive(play: Play) -> None:
    case = play("archive").case
    assert case.stage == "close" and case.closed_on is not None
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
    assert [row["label"] for row in changed] == ["裁量"]
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
    journey = play("hear", Scenario(fine=6_000_000, mark=21))
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


def test_no_hearing_below_the_threshold(play: Play) -> None:
    journey = play("hear")
    assert not deadlines.periods_of(journey.case.id).filter(rule="PEN-04").exists()


def test_a_requested_hearing_stops_the_case(play: Play) -> None:
    journey = play("hear", Scenario(fine=6_000_000, mark=22))
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
    journey = play("served")
    decision = decision_queries.of_case(journey.case)
    assert decision is not None
    due = deadlines.periods_of(journey.case.id).get(rule="PEN-06").due_on
    now = standing(decision, due + dt.timedelta(days=12))
    assert now.surcharge is not None and now.surcharge.value == 12 * 60_000 and now.left == 2_000_000 + 720_000
    capped = standing(decision, due + dt.timedelta(days=400))
    assert capped.surcharge is not None and capped.surcharge.value == 2_000_000
    assert any("上限" in step for step in capped.surcharge.steps)


def test_a_case_is_not_closed_before_payment_and_publication(play: Play) -> None:
    journey = play("served")
    officer = actor_named("lince")
    with at(journey), pytest.raises(Refused) as refused:
        advance(journey.id, "close", actor=officer)
    assert {reason.code for reason in refused.value.reasons} == {"not-performed", "publication-open"}
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


def test_a_wrong_check_digit_is_kept_and_flagged(play: Play) -> None:
    journey = play("lead", Scenario(uscc="91990100MA1QH00017", mark=31))
    party = Party.objects.get(case_id=journey.id)
    assert party.identifier_flagged and party.uscc == "91990100MA1QH00017"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"cause": ""}, "cause"),
        ({"cause": "长" * 121}, "cause"),
        ({"cause": "含\x07控制字符"}, "cause"),
        ({"cause": "方向\u202e字符"}, "cause"),
        ({"facts": 5}, "facts"),
        ({"source": "nobody"}, "source"),
        ({"item_code": "9.99"}, "item_code"),
        ({"party_kind": "person", "uscc": ""}, "id_number"),
        ({"uscc": ""}, "uscc"),
        ({"discovered_on": dt.date(2099, 1, 1)}, "discovered_on"),
        ({"conduct_ended_on": "昨天"}, "conduct_ended_on"),
        ({"address": ""}, "address"),
    ],
)
def test_bad_input_names_the_field_and_writes_nothing(district: None, change: dict[str, object], field: str) -> None:
    good: dict[str, object] = {
        "procedure": "P-PT",
        "source": "report",
        "cause": "涉嫌扬尘污染",
        "facts": "群众反映",
        "item_code": "3.14",
        "conduct_ended_on": dt.date(2026, 9, 1),
        "discovered_on": dt.date(2026, 9, 1),
        "party_kind": "organisation",
        "party_name": "清和建筑工程有限公司",
        "uscc": "91990100MA1QH00018",
        "address": "明水区望江路66号",
    }
    before = Party.objects.count()
    with clock.frozen(clock.at(dt.date(2026, 9, 14))), pytest.raises(InvalidInput) as refused:
        cases.register_lead(actor=actor_named("lince"), **{**good, **change})  # type: ignore[arg-type]
    assert field in refused.value.fields and refused.value.message
    assert Party.objects.count() == before


@pytest.mark.parametrize(
    ("data", "allowed", "words"),
    [
        (b"", ("video/",), "0 字节"),
        (b"MZ not a film", ("video/", "audio/"), "只接受视频、音频"),
        (b"%PDF-1.7 cut off", ("application/pdf",), "其他文件"),
        (b"plain text", ("application/pdf",), "文本"),
    ],
)
def test_files_are_told_by_their_bytes(data: bytes, allowed: tuple[str, ...], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        receive_bytes(data, allowed=allowed)


def test_markup_in_a_field_stays_text(play: Play) -> None:
    journey = play("to-head")
    hostile = '#panic("x") *粗* $1+1$ [链接] <script>alert(1)</script> {{ 7*7 }}'
    officer = actor_named("lince")
    with at(journey):
        advance(journey.id, "notify", actor=actor_named("luming"))
        typed = {**document_queries.typed(journey.case, "penalty-notice"), "nature": hostile}
        documents.save_draft(journey.id, "penalty-notice", typed, actor=officer)
        document = documents.issue(journey.id, "penalty-notice", actor=officer)
        assert document.fields["reason"] == hostile
    assert documents.ensure_rendered(document.id).file.media_type == "application/pdf"


def test_an_unprintable_character_costs_no_number(play: Play) -> None:
    journey = play("agree")
    officer = actor_named("lince")
    before = IssuedNumber.objects.count()
    with at(journey), pytest.raises(MingchaError) as refused:
        typed = {**document_queries.typed(journey.case, "penalty-notice"), "nature": "表情\U0001f600"}
        documents.save_draft(journey.id, "penalty-notice", typed, actor=officer)
        documents.issue(journey.id, "penalty-notice", actor=officer)
    assert refused.value.code == "document-unprintable"
    assert IssuedNumber.objects.count() == before


def test_two_writers_do_not_overwrite_each_other(play: Play) -> None:
    journey = play("draft")
    draft = document_queries.draft(journey.case, "penalty-decision")
    assert draft is not None
    with at(journey):
        documents.save_draft(
            journey.id, "penalty-decision", draft.fields, actor=actor_named("handu"), version=draft.version
        )
        with pytest.raises(Conflict, match="刚刚保存"):
            documents.save_draft(
                journey.id, "penalty-decision", draft.fields, actor=actor_named("lince"), version=draft.version
            )


def test_opinion_needs_a_mark_and_a_link_for_every_point(play: Play) -> None:
    journey = play("submit")
    with at(journey):
        with pytest.raises(InvalidInput) as refused:
            review.give_opinion(journey.id, actor=actor_named("zhouheng"), conclusion="agree", points=[], text="同意")
        assert len(refused.value.fields) == 9
        with pytest.raises(NotPermitted):
            review.give_opinion(journey.id, actor=actor_named("fangzhi"), conclusion="agree", points=[], text="同意")


def test_clock_at_midnight_on_new_years_eve(play: Play) -> None:
    """A case filed in the last minute of the year is numbered in that year, its ninety days reach into the next."""
    journey = play("request-filing", Scenario(mark=41), dt.date(2026, 12, 31))
    with clock.frozen(clock.at(dt.date(2026, 12, 31), 23, 59)):
        advance(journey.id, "investigate", actor=actor_named("luming"))
    case = journey.case
    assert case.filed_on == dt.date(2026, 12, 31) and "〔2026〕" in case.number
    period = deadlines.periods_of(case.id).get(rule="PEN-01")
    assert period.due_on == dt.date(2027, 3, 31)


def test_a_defence_alone_never_makes_the_second_notice_heavier(play: Play) -> None:
    journey = play("answer")
    officer = actor_named("lince")
    with at(journey):
        advance(journey.id, "notify", actor=officer, reason="拟加重处罚")
    with at(journey, 16):
        typed = {
            **document_queries.typed(journey.case, "penalty-notice"),
            "penalties": [{"kind": "fine", "amount": 3_000_000}],
        }
        documents.save_draft(journey.id, "penalty-notice", typed, actor=officer)
        notice = documents.issue(journey.id, "penalty-notice", actor=officer)
    with at(journey, 18):
        documents.serve(
            notice.id,
            actor=officer,
            mode="direct",
            receiver="许山河",
            relation="legal_rep",
            served_at=clock.now(),
            place="明水区望江路66号",
        )
        with pytest.raises(Refused) as refused:
            advance(journey.id, "hear-statement", actor=officer)
        assert [reason.code for reason in refused.value.reasons] == ["heavier-than-notified"]


def test_an_officer_under_avoidance_cannot_declare_himself_back(play: Play) -> None:
    journey = play("file")
    second = actor_named("handu")
    with at(journey):
        cases.request_avoidance(journey.id, second.officer_id, actor=second, applicant="许山河", ground="亲属")
        with pytest.raises(Conflict):
            cases.declare_avoidance(journey.id, actor=second, conflict=False)
        cases.decide_avoidance(journey.id, second.officer_id, actor=actor_named("shenyi"), granted=True, ground="属实")
        with pytest.raises(NotPermitted):
            cases.declare_avoidance(journey.id, actor=second, conflict=False)


def test_personal_numbers_cannot_be_kept_by_the_clerk(play: Play) -> None:
    journey = play("served", Scenario(mark=51))
    publication = Publication.objects.get(decision__case_id=journey.id)
    with at(journey), pytest.raises(InvalidInput, match="不得保留"):
        disclosure.publish(
            publication.id, actor=actor_named("sutang"), attested=True, rejected={0: "当事人同意公开法定代表人姓名"}
        )


def test_statements_are_answered_once(play: Play) -> None:
    journey = play("answer")
    row = case_queries.statements(journey.case).first()
    assert row is not None
    with at(journey), pytest.raises(Conflict):
        cases.answer_statement(row.id, actor=actor_named("lince"), adopted=True, reasons="改判")
