"""Collective discussion, outcomes besides a penalty, and later acts on a decision — each in its three rings."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.db import IntegrityError, connection, transaction

from mingcha.accounts.queries import actor_named
from mingcha.cases import actions as cases
from mingcha.cases.models import Duty
from mingcha.cases.moves import advance
from mingcha.common import clock
from mingcha.common.errors import InvalidInput, MingchaError, Refused
from mingcha.deadlines.queries import open_period
from mingcha.decisions import actions, queries, rules
from mingcha.decisions.models import Change, Decision, Discussion, Outcome, Resolution, Revocation, Voice
from mingcha.disclosure.models import Publication, Withdrawal
from mingcha.documents import queries as documents
from mingcha.documents.rendering import render
from mingcha.interfaces.demo import discussion
from mingcha.interfaces.demo.journey import Journey, Scenario
from mingcha.performance.queries import standing

pytestmark = pytest.mark.django_db
Play = Callable[..., Journey]
ARTICLES = [{"citation": "《中华人民共和国行政处罚法》第七十五条第二款"}]


def refused(call: Callable[[], object]) -> set[str]:
    with pytest.raises(MingchaError) as caught:
        call()
    error = caught.value
    if isinstance(error, Refused):
        return {reason.code for reason in error.reasons}
    return set(error.fields) if isinstance(error, InvalidInput) else {error.code}


def at(journey: Journey, hour: int = 15, minute: int = 0) -> AbstractContextManager[None]:
    return clock.frozen(clock.at(journey.day, hour, minute))


def forbidden(code: str, make: Callable[[], object]) -> None:
    with pytest.raises(IntegrityError, match=code), transaction.atomic():
        make()


def grave(play: Play, mark: int = 1) -> Journey:
    """A grave case before the heads, review passed."""
    journey = play("submit", Scenario(mark=mark))
    with at(journey, 10):
        cases.state_facts(journey.id, actor=actor_named("lince"), said={"grave": True})
        journey.opine(actor_named("zhouheng"), None)
    assert journey.case.stage == "collective"
    return journey


def test_the_heads_discuss_and_the_decision_is_what_they_concluded(play: Play) -> None:
    journey = grave(play)
    head, officer = actor_named("shenyi"), actor_named("lince")
    with at(journey, 13):
        for who in ("lince", "zhouheng"):
            assert {"discussion-by-handler"} <= refused(
                lambda who=who: actions.convene(
                    journey.id, actor=actor_named(who), ground="major", agenda="议题", place="会议室", clerk="苏棠"
                )
            )
        assert "finding-contradicted" in refused(lambda: advance(journey.id, "decide", actor=head))
        discussion.convene(journey)
        assert refused(lambda: discussion.convene(journey)) == {"discussion-open"}
    with at(journey, 13, 30):
        assert "discussion-by-handler" in refused(
            lambda: actions.voice(journey.id, actor=officer, view="agree", reason="汇报")
        )
        discussion.speak(journey, ("agree",))
        assert refused(lambda: discussion.speak(journey, ("agree",))) == {"discussion-voiced"}
        assert refused(lambda: discussion.conclude(journey)) == {"discussion-without-quorum"}
        actions.voice(journey.id, actor=actor_named("chengyuan"), view="lighter", reason="可以再从轻。")
        assert refused(lambda: discussion.conclude(journey)) == {"discussion-against-votes"}
        row = queries.open_discussion(journey.case)
        assert row is not None
        minutes = documents.latest(journey.case, "investigation-report")
        assert minutes is not None
        forbidden(
            "discussion-(against-votes|minutes-mismatch)",
            lambda: Resolution.objects.create(
                discussion=row, outcome="agree", text="x", minutes=minutes, at=clock.now()
            ),
        )
        forbidden(
            "discussion-by-handler",
            lambda: Voice.objects.create(
                discussion=row, officer_id=officer.officer_id, view="agree", reason="x", at=clock.now()
            ),
        )
        duty = {"case_id": journey.id, "officer_id": head.officer_id, "duty": "hearing_host", "since": clock.now()}
        forbidden("discussion-by-handler", lambda: Duty.objects.create(**duty))


def test_agreement_leads_to_exactly_that_decision(play: Play) -> None:
    journey = grave(play)
    head = actor_named("shenyi")
    discussion.play(journey)
    assert journey.case.stage == "decide"
    end = queries.resolution(journey.case)
    assert end is not None and end.minutes.fields["conclusion"].startswith("经讨论")
    assert {row["view"] for row in end.minutes.fields["members"]} == {"agree"}
    with at(journey, 16):
        with transaction.atomic():
            cases.record_evidence(
                journey.id,
                actor=actor_named("lince"),
                kind="documentary",
                name="补充",
                proves="新",
                origin="现场",
                collected_at=clock.now(),
            )
            assert "finding-contradicted" in refused(lambda: actions.issue(journey.id, actor=head, opinion="同意"))
            transaction.set_rollback(True)
        made = actions.issue(journey.id, actor=head, opinion="同意")
        forbidden(
            "discussion-closed",
            lambda: Discussion.objects.create(
                case_id=journey.id,
                seq=2,
                ground="major",
                agenda="x",
                place="x",
                chair_id=head.officer_id,
                clerk="x",
                quorum=2,
                vote="majority",
                started_at=clock.now(),
            ),
        )
    assert made.content_digest == end.content_digest


@pytest.mark.parametrize(
    ("outcome", "stage"), [("lighter", "notify"), ("more", "investigate"), ("none", "decide-none")]
)
def test_another_conclusion_takes_the_case_elsewhere(play: Play, outcome: str, stage: str) -> None:
    journey = grave(play)
    with at(journey, 13):
        discussion.convene(journey)
    with at(journey, 14):
        discussion.speak(journey, (outcome, outcome))
        discussion.conclude(journey, outcome)
        if stage == "decide-none":
            # What the heads concluded is known; the judgments of art. 30–33 are still theirs to make.
            rows = [{"guard": "finding-gp-19@1", "met": True, "grounds": "逐项判断，符合从宽情形。"}]
            if journey.case.stage == "collective":
                advance(journey.id, stage, actor=actor_named("shenyi"), reason="集体讨论决定", found=rows)
    assert journey.case.stage == stage
    assert refused(lambda: actions.issue(journey.id, actor=actor_named("shenyi"), opinion="同意"))


def test_heads_who_do_not_agree_discuss_again(play: Play) -> None:
    """Two heads of two minds: nothing carries, the minutes say so, the case waits for another discussion."""
    journey = grave(play)
    with at(journey, 13):
        discussion.convene(journey)
    with at(journey, 14):
        discussion.speak(journey, ("agree", "none"))
        assert refused(lambda: discussion.conclude(journey, "agree")) == {"discussion-against-votes"}
        stage = journey.case.stage
        end = discussion.conclude(journey, "split")
        assert (end.outcome, journey.case.stage) == ("split", stage)
        assert refused(lambda: actions.issue(journey.id, actor=actor_named("shenyi"), opinion="同意"))
        assert refused(lambda: discussion.speak(journey, ("agree",))) == {"discussion-none"}
    with at(journey, 15):
        again = discussion.convene(journey)
        assert again.seq == 2
    with at(journey, 16):
        discussion.speak(journey, ("agree", "agree"))
        forbidden(
            "discussion-against-votes",
            lambda: Resolution.objects.create(
                discussion=again, outcome="split", text="x", minutes=end.minutes, at=clock.now()
            ),
        )
        assert refused(lambda: discussion.conclude(journey, "split")) == {"discussion-against-votes"}
        discussion.conclude(journey, "agree")
        assert journey.case.stage == "decide"


def none_stage(play: Play, mark: int = 1) -> Journey:
    journey = play("to-head", Scenario(mark=mark))
    with at(journey, 10):
        journey_found = {"g_11": "违法行为轻微，不予处罚。", "gp_19": "逐项判断，符合从宽情形。"}
        rows = [
            {"guard": f"finding-{name.replace('_', '-')}@1", "met": True, "grounds": text}
            for name, text in journey_found.items()
        ]
        advance(journey.id, "decide-none", actor=actor_named("shenyi"), reason="轻微并已改正", found=rows)
    return journey


def said(**more: str) -> dict[str, str]:
    return {
        "ground": "minor",
        "facts": "工地裸土未全部覆盖，面积约十平方米。",
        "reason": "面积很小，当日改正，没有造成危害后果。",
        "correction": "当日覆盖完毕，有照片。",
        "education": "已说明防尘要求。",
        **more,
    }


def test_no_penalty_has_its_own_letter_and_outcome(play: Play) -> None:
    journey = none_stage(play)
    head = actor_named("shenyi")
    with at(journey, 11):
        assert refused(lambda: actions.decide_none(journey.id, actor=head, **said(correction=""))) == {"correction"}
        first = refused(lambda: actions.decide_none(journey.id, actor=head, **said(ground="first")))
        assert first == {"record_query"}
        row = actions.decide_none(journey.id, actor=head, **said())
        assert row.document is not None and row.document.number and journey.case.stage == "serve"
        assert "不予行政处罚" in row.document.title
        assert refused(lambda: actions.decide_none(journey.id, actor=head, **said())) == {"decided-already"}
        assert "outcome-not-served" in refused(lambda: advance(journey.id, "served", actor=actor_named("lince")))
        journey.serve("no-penalty-decision", actor_named("handu"))
        for sql in ("UPDATE decisions_outcome SET reason = 'x'", "DELETE FROM decisions_outcome"):
            with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(sql)
    with at(journey, 17):
        if journey.case.stage == "serve":
            rows = [{"guard": "finding-gp-20@1", "met": True, "grounds": "没有采用电子送达。"}]
            advance(journey.id, "served", actor=actor_named("lince"), found=rows)
    assert journey.case.stage == "served"


@pytest.mark.parametrize(
    ("ground", "orders"),
    [
        ("child", "责令监护人何立（父亲）加以管教"),
        ("incapable", "责令监护人何立（父亲）严加看管和治疗"),
    ],
)
def test_who_is_too_young_or_ill_is_given_into_care(play: Play, ground: str, orders: str) -> None:
    """行政处罚法 art. 30, 31, 36: each ground has its own words in the letter."""
    journey = none_stage(play)
    head = actor_named("shenyi")
    told = said(ground=ground, correction="")
    with at(journey, 11):
        assert refused(lambda: actions.decide_none(journey.id, actor=head, **told)) == {"guardian"}
        told["guardian"] = "何立（父亲）"
        row = actions.decide_none(journey.id, actor=head, **told)
        assert row.document is not None
        text = render(row.document.kind, row.document.fields).text
        assert orders in text and text.count("本机关决定：") == 1
        late = render(row.document.kind, {**row.document.fields, "ground": "lapsed"}).text
        assert "本机关决定：对当事人不再给予行政处罚。" in late


def test_the_rules_of_leniency_and_votes() -> None:
    def codes(reasons: list[object]) -> set[str]:
        return {reason.code for reason in reasons}  # type: ignore[attr-defined]

    assert codes(rules.may_waive("first", ["明综执罚〔2026〕1号"], True)) == {"violation-not-first"}
    assert codes(rules.may_waive("minor", ["x"], True)) == set()
    assert codes(rules.may_waive("minor", [], False)) == {"outcome-without-list"}
    table = [
        ("majority", ["agree", "agree", "none"], 2, set()),
        ("two_thirds", ["agree", "agree", "none"], 2, set()),
        ("two_thirds", ["agree", "agree", "none", "more"], 2, {"discussion-against-votes"}),
        ("majority", ["agree", "none"], 2, {"discussion-against-votes"}),
        ("majority", ["agree"], 2, {"discussion-without-quorum"}),
    ]
    assert codes(rules.may_conclude("split", ["agree", "none"], 2, "majority")) == set()
    assert codes(rules.may_conclude("split", ["agree", "agree", "none"], 2, "majority")) == {"discussion-against-votes"}
    assert codes(rules.may_conclude("split", ["agree", "agree", "none"], 2, "two_thirds")) == {
        "discussion-against-votes"
    }
    assert codes(rules.may_conclude("split", ["agree", "none"], 3, "majority")) == {"discussion-without-quorum"}
    for vote, views, quorum, expected in table:
        assert codes(rules.may_conclude("agree", views, quorum, vote)) == expected, (vote, views)
    assert codes(rules.may_change((100, 0), (101, 0), facts_changed=False)) == {"change-heavier"}
    assert codes(rules.may_change((100, 0), (50, 0), facts_changed=True)) == {"change-new-facts"}


def test_a_decision_is_changed_and_revoked_only_by_a_new_act(play: Play) -> None:
    journey = play("publish")
    head = actor_named("shenyi")
    found = Decision.objects.get(case_id=journey.id)
    told = {
        "variant": "change", "reason": "罚款数额计算有误。", "content": "罚款改为15,000元。", "effects": "没有多缴。",
        "articles": ARTICLES,
    }  # fmt: skip
    with at(journey):
        assert refused(lambda: actions.change(found.id, actor=head, **told, fine_fen=found.fine_fen + 1)) == {
            "change-heavier"
        }
        row = actions.change(found.id, actor=head, **told, fine_fen=1_500_000)
        assert row.document.number and queries.amounts(found) == (1_500_000, 0)
        assert standing(found, journey.day).owed == 1_500_000
        publication = Publication.objects.get(decision=found)
        assert "变更" in Withdrawal.objects.get(publication=publication).reason
        values = {
            "decision": found, "variant": "change", "ordered_by": "self", "reason": "x", "confiscated_fen": 0,
            "decided_by_id": head.officer_id, "decided_on": journey.day, "decided_at": clock.now(),
        }  # fmt: skip
        other = documents.latest(journey.case, "penalty-notice")
        assert other is not None
        forbidden("change-unsound", lambda: Change.objects.create(**values, seq=2, document=other, fine_fen=1))
        revocation = actions.revoke(found.id, actor=head, reason="适用依据有误")
        assert refused(lambda: actions.revoke(found.id, actor=head, reason="再次")) == {"revoked-already"}
        assert refused(lambda: actions.change(found.id, actor=head, **told, fine_fen=1)) == {"revoked-already"}
        forbidden(
            "change-after-revocation",
            lambda: Change.objects.create(**values, seq=2, document=row.document, fine_fen=1),
        )

    assert open_period(journey.id, "PEN-06") is None
    kept = documents.document(found.document_id)
    assert kept.fields["penalties"] and revocation.document.fields["original_no"] == found.number
    assert Revocation.objects.count() == 1 and Outcome.objects.count() == 0
