"""Disagreement with its ruling, the superior, and counsel through their own door — real actions and pages."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from mingcha.accounts import actions as accounts
from mingcha.accounts.actors import SYSTEM
from mingcha.accounts.models import Officer
from mingcha.catalogues.tests.test_profiles import begin_with
from mingcha.common import clock
from mingcha.interfaces.demo.journey import Journey
from mingcha.interfaces.tests.test_officials_review import Login
from mingcha.review import access, actions, queries
from mingcha.review.models import Ruling
from mingcha.review.rules import may_answer, may_be_called, may_settle, may_study
from mingcha.review.tests.test_handling import OnDay, Play, Who, codes, opine

DAY = dt.date(2026, 9, 14)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (may_settle("甲", [], "head", 0, "penalty"), []),
        (may_settle("甲", ["decider"], "meeting", 1, "penalty"), []),
        (may_settle("甲", [], "meeting", 0, "penalty"), ["meeting-missing"]),
        (may_settle("甲", ["handler"], "head", 0, "penalty"), ["ruling-by-party"]),
        (may_settle("甲", ["reviewer"], "meeting", 0, "penalty"), ["ruling-by-party", "meeting-missing"]),
        (may_study("after_pass", False, "penalty"), ["superior-before-pass"]),
        (may_study("after_pass", True, "penalty"), []),
        (may_study("study", False, "penalty"), []),
        (may_study("open", False, "penalty"), []),
        (may_be_called("甲", [], False), []),
        (may_be_called("甲", ["hearing_host"], False), ["counsel-involved"]),
        (may_be_called("甲", [], True), ["counsel-involved"]),
        (may_answer(DAY, DAY, False, True), []),
        (may_answer(DAY, DAY + dt.timedelta(days=1), False, True), ["consultation-over"]),
        (may_answer(DAY, DAY, True, True), ["counsel-left"]),
        (may_answer(DAY, DAY, False, False), ["review-not-open"]),
    ],
)
def test_who_may_settle_study_and_be_called(found: list[object], expected: list[str]) -> None:
    assert [reason.code for reason in found] == expected  # type: ignore[attr-defined]


@pytest.fixture
def returned(play: Play, actor: Who, on_day: OnDay) -> Journey:
    """A case that came back with "disagree" on the facts, where the profile demands a meeting before the ruling."""
    begin_with("review.coordination", "meeting")
    journey = play(until="submit")
    with on_day(journey.day):
        opine(journey, actor("zhouheng"), "disagree", "facts")
    return journey


def test_a_disagreement_is_met_settled_and_reviewed_again(returned: Journey, actor: Who, on_day: OnDay) -> None:
    handler, reviewer, head = actor("lince"), actor("zhouheng"), actor("shenyi")
    case_id, answers = returned.id, [{"code": "facts", "text": "按协调决定办理"}]
    with on_day(returned.day):
        assert codes(lambda: actions.dispute(case_id, actor=handler, points=["law"], view="x")) == ["points"]
        actions.dispute(case_id, actor=handler, points=["facts"], view="现场录像足以证明。")
        assert codes(lambda: actions.dispute(case_id, actor=handler, points=["facts"], view="x")) == [
            "disputed-already"
        ]
        refused = codes(lambda: actions.submit(case_id, actor=handler, attested=True, answers=answers))
        assert refused == ["disagreement-open"]
        assert codes(lambda: actions.settle(case_id, actor=head, outcome="adopted", reasons="录像清楚")) == [
            "meeting-missing"
        ]
        told = {"held_on": returned.day, "place": "三楼会议室", "minutes": "双方观看录像。"}
        alone = codes(lambda: actions.hold_meeting(case_id, actor=handler, participants=["林策"], **told))
        assert alone == ["participants"]
        actions.hold_meeting(case_id, actor=handler, participants=["林策", reviewer.name], **told)
        ruling = actions.settle(case_id, actor=head, outcome="adopted", reasons="录像清楚，可以认定。")
        assert "录像清楚" in str(ruling.document.fields)
        assert codes(lambda: actions.settle(case_id, actor=head, outcome="upheld", reasons="x")) == [
            "disagreement-not-open"
        ]
        # The ruling is no review: the next round is reviewed like any other.
        assert queries.standing(returned.case) is None
        actions.submit(case_id, actor=handler, attested=True, answers=answers)
        opine(returned, reviewer)
        assert queries.standing(returned.case) is not None
    assert Ruling.objects.get().pk == ruling.pk


def test_raw_sql_gets_past_none_of_the_gates(returned: Journey, actor: Who, on_day: OnDay) -> None:
    handler, reviewer, head = actor("lince"), actor("zhouheng"), actor("shenyi")

    def key(value: uuid.UUID) -> object:
        return value.hex if connection.vendor == "sqlite" else value

    def attack(statement: str, values: list[object]) -> str:
        with pytest.raises(IntegrityError) as caught, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
        return str(caught.value)

    with on_day(returned.day):
        actions.dispute(returned.id, actor=handler, points=["facts"], view="现场录像足以证明。")
        first = queries.latest(returned.case)
        assert first is not None
        now, document = clock.now(), first.opinion.document_id
        ruling = (
            "INSERT INTO review_ruling (disagreement_id, outcome, reasons, document_id, by_id, at) "
            "VALUES (%s, 'adopted', 'x', %s, %s, %s)"
        )
        assert "meeting-missing" in attack(ruling, [key(first.pk), key(document), key(head.officer_id), now])
        again = (
            "INSERT INTO review_submission (id, case_id, round, content, digest, materials, answers, scope, "
            "submitted_by_id, submitted_at) VALUES (%s, %s, 2, '{}', 'd', '[]', '[]', '{}', %s, %s)"
        )
        refused = attack(again, [key(uuid.uuid4()), key(returned.id), key(handler.officer_id), now])
        assert "disagreement-open" in refused
        told = {"held_on": returned.day, "place": "会议室", "minutes": "讨论。"}
        actions.hold_meeting(returned.id, actor=handler, participants=["林策", reviewer.name], **told)
        assert "ruling-by-party" in attack(ruling, [key(first.pk), key(document), key(handler.officer_id), now])
        actions.settle(returned.id, actor=head, outcome="adopted", reasons="可以认定")
        actions.submit(returned.id, actor=handler, attested=True, answers=[{"code": "facts", "text": "按决定办理"}])
        second = queries.open_submission(returned.case)
        assert second is not None
        allocation = (
            "INSERT INTO review_allocation (id, submission_id, seq, reviewer_id, steps, reason, by_id, at) "
            "VALUES (%s, %s, 9, %s, '[]', '', NULL, %s)"
        )
        values: list[object] = [key(uuid.uuid4()), key(second.pk), key(handler.officer_id), now]
        assert "allocation-conflict" in attack(allocation, values)
        opinion = (
            "INSERT INTO review_opinion (submission_id, reviewer_id, conclusion, points, text, document_id, given_at) "
            "VALUES (%s, %s, 'agree', '[]', 'x', %s, %s)"
        )
        given = queries.allocated(second)
        assert given is not None
        actions.ask_supplement(returned.id, actor=reviewer, text="补充录像")
        refused = attack(opinion, [key(second.pk), key(reviewer.officer_id), key(returned.case.id), now])
        assert "supplement-open" in refused
        actions.answer_supplement(returned.id, actor=handler, text="录像已在案卷中")
        actions.withdraw(returned.id, actor=handler, reason="修改草稿")
        refused = attack(opinion, [key(second.pk), key(reviewer.officer_id), key(returned.case.id), now])
        assert "submission-withdrawn" in refused
        late = "INSERT INTO review_withdrawal (submission_id, reason, by_id, at) VALUES (%s, 'x', %s, %s)"
        assert "withdrawal-after-opinion" in attack(late, [key(first.pk), key(handler.officer_id), now])
        void = "INSERT INTO review_voiding (opinion_id, digest, changes, at) VALUES (%s, '', '[]', %s)"
        assert "voiding-without-approval" in attack(void, [key(first.pk), now])
        gone = attack("DELETE FROM review_withdrawal WHERE submission_id = %s", [key(second.pk)])
        assert "record-immutable" in gone


def test_counsel_sees_what_was_handed_over_and_nothing_else(
    play: Play, actor: Who, on_day: OnDay, login: Login
) -> None:
    journey = play(until="submit")
    reviewer = actor("zhouheng")
    adviser = Officer.objects.get(user__username="qiman")
    submission = queries.open_submission(journey.case)
    assert submission is not None
    paper = next(row["key"] for row in submission.materials if row["key"].startswith("document:"))
    other = next(row["key"] for row in submission.materials if row["key"].startswith("evidence:"))
    with on_day(journey.day):
        until = journey.day + dt.timedelta(days=5)
        member = actions.admit_counsel(adviser.id, actor=reviewer, kind="adviser", field="行政处罚")
        again = codes(lambda: actions.admit_counsel(adviser.id, actor=reviewer, kind="expert", field="x"))
        assert again == ["counsel-admitted"]
        involved = actions.admit_counsel(actor("lince").officer_id, actor=reviewer, kind="lawyer", field="诉讼")
        ask = {"actor": reviewer, "question": "定性是否准确？", "until": until}
        assert codes(lambda: actions.call_counsel(journey.id, involved.id, materials=["draft"], **ask)) == [
            "counsel-involved"
        ]
        assert codes(lambda: actions.call_counsel(journey.id, member.id, materials=["document:x"], **ask)) == [
            "materials"
        ]
        called = actions.call_counsel(journey.id, member.id, materials=["draft", paper], **ask)
        client = login("qiman")
        assert client.get(reverse("case", args=[journey.id])).status_code == 404
        assert client.get(reverse("review-case", args=[journey.id])).status_code == 404
        url = reverse("consultation", args=[called.id])
        assert "定性是否准确" in client.get(url).content.decode()
        assert "行政处罚决定书" in client.get(url, {"show": "draft"}).content.decode()
        assert 'id="material"' not in client.get(url, {"show": other}).content.decode()
        file = reverse("consultation-file", args=[called.id, other.partition(":")[2]])
        assert client.get(file).status_code == 404
        assert login("handu").get(url).status_code == 404
        assert client.post(url, {"kind": "opinion", "text": "定性准确，建议补引条款。"}).status_code == 302
        assert codes(lambda: actions.answer_consultation(called.id, actor=actor("qiman"), text="x")) == [
            "consultation-answered"
        ]
        page = login("zhouheng").get(reverse("review-case", args=[journey.id])).content.decode()
        assert "建议补引条款" in page
        actions.end_counsel(member.id, actor=reviewer, reason="聘期届满")
        found = queries.consultation_of(adviser.id, called.id)
        assert found is not None
        assert not access.readable(found)
        assert "不再提供" in client.get(url).content.decode()


def test_figures_and_staffing_are_counted_and_saved(returned: Journey, on_day: OnDay, login: Login) -> None:
    with on_day(returned.day):
        page = login("fangzhi").get(reverse("review-figures"), {"year": returned.day.year}).content.decode()
        assert "明水区综合行政执法局" in page
        assert "至少" in page
        assert "事实" in page
        saved = login("zhouheng").get(reverse("review-figures-export", args=["csv"]), {"year": returned.day.year})
        text = b"".join(saved.streaming_content).decode()  # type: ignore[attr-defined]
        assert "送审机构" in text
        assert "事实" in text
        assert login("qiman").get(reverse("review-figures")).status_code == 403
        # A reviewer without a qualification does not count.
        officer = Officer.objects.get(user__username="handu")
        accounts.grant_role(officer, "reviewer", since=returned.day, by=SYSTEM)
        organ = returned.case.organisation
        found = queries.staffing(organ, returned.day)
        assert len(found["people"]) == found["explained"].facts["reviewers"] + 1


def test_the_case_page_says_from_the_first_day_whether_review_comes(play: Play, on_day: OnDay, login: Login) -> None:
    journey = play(until="lead")
    with on_day(journey.day):
        page = login("lince").get(reverse("case", args=[journey.id])).content.decode()
    assert "法制审核" in page
    assert "应当审核" in page or "不在范围内" in page
    assert "版。" in page
