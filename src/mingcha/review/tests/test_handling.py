"""Handling of a submission through the real actions: allocation, supplement, withdrawal, voiding, races."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from mingcha.accounts import actions as accounts
from mingcha.accounts.actors import SYSTEM, Actor
from mingcha.accounts.choices import Role
from mingcha.accounts.models import Officer, RoleGrant
from mingcha.cases import actions as cases
from mingcha.common import clock
from mingcha.common.errors import Conflict, InvalidInput, MingchaError, Refused
from mingcha.deadlines import queries as deadlines
from mingcha.decisions import actions as decisions
from mingcha.interfaces.demo.journey import Journey
from mingcha.ledger.models import JournalEntry
from mingcha.review import actions, queries
from mingcha.review.choices import Conclusion
from mingcha.review.models import Allocation, Opinion, Submission, Voiding
from mingcha.review.rules import Candidate, checklist, choose, course, effect, opinion_gaps

Play = Callable[..., Journey]
Who = Callable[[str], Actor]
OnDay = Callable[[dt.date], AbstractContextManager[None]]


def marks(submission: Submission, problem: str = "") -> list[dict[str, str]]:
    key = submission.materials[0]["key"]
    return [
        {"code": row["code"], "result": "problem", "note": "理由不足。", "link": ""}
        if row["code"] == problem
        else {"code": row["code"], "result": "met", "link": key, "note": ""}
        for row in checklist()
    ]


def opine(journey: Journey, who: Actor, conclusion: str = "agree", problem: str = "") -> Opinion:
    found = queries.latest(journey.case)
    assert found is not None
    return actions.give_opinion(
        journey.id, actor=who, conclusion=conclusion, points=marks(found, problem), text="经审核，意见如下。"
    )


def codes(call: Callable[[], object]) -> list[str]:
    try:
        call()
    except Refused as error:
        return [reason.code for reason in error.reasons]
    except InvalidInput as error:
        return sorted(error.data.get("fields", error.data))
    except MingchaError as error:
        return [error.code]
    return []


def more_evidence(journey: Journey, who: Actor) -> None:
    cases.record_evidence(
        journey.id, actor=who, kind="documentary", name="补充书证", proves="补充", origin="当事人提供",
        collected_at=clock.now(),
    )  # fmt: skip


def someone(name: str, **more: object) -> Candidate:
    base: dict[str, object] = {"conflicts": (), "load": 0, "alike": 0, "before": False, "same_unit": False}
    return Candidate(uuid.uuid5(uuid.NAMESPACE_OID, name), name, **{**base, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("people", "chosen", "said"),
    [
        ([someone("甲", load=3), someone("乙", load=1)], "乙", "待审的最少"),
        ([someone("甲", load=1), someone("乙", load=1, alike=4)], "乙", "审过同一事项的更多"),
        ([someone("甲", load=0), someone("乙", load=9, before=True)], "乙", "审核过上一轮"),
        ([someone("甲", conflicts=("在本案担任承办",)), someone("乙", load=9)], "乙", "只有一人"),
        ([someone("甲", same_unit=True), someone("乙", load=9)], "乙", "与承办机构分开"),
        ([someone("甲", conflicts=("已决定回避",))], None, "没有可以审核本案的人员"),
        ([], None, "没有可以审核本案的人员"),
    ],
)
def test_the_allocation_is_reckoned_in_words(people: list[Candidate], chosen: str | None, said: str) -> None:
    found, steps = choose(people)
    assert (found.name if found else None) == chosen
    assert said in steps[-1]


@pytest.mark.parametrize(
    ("conclusion", "problem", "refused"),
    [
        ("agree", "", []), ("agree", "law", ["conclusion"]), ("changes", "", ["conclusion"]), ("changes", "law", []),
        ("problems", "law", []), ("disagree", "facts", []), ("disagree", "", ["conclusion"]),
        ("beyond", "law", ["point-power"]), ("beyond", "power", []),
        ("transfer", "facts", ["point-crime"]), ("transfer", "crime", []),
    ],
)  # fmt: skip
def test_each_conclusion_demands_its_points(conclusion: str, problem: str, refused: list[str]) -> None:
    materials = [{"key": "document:1", "label": "x"}]
    points = [
        {"code": row["code"], "result": "problem" if row["code"] == problem else "met", "link": "document:1",
         "note": "理由"} for row in checklist()
    ]  # fmt: skip
    assert list(opinion_gaps(conclusion, points, materials)) == refused
    assert effect(conclusion)["effect"]


def test_a_submission_is_attested_allocated_paused_and_handed_over_anew(play: Play, actor: Who, on_day: OnDay) -> None:
    journey = play(until="submit")
    handler, reviewer, other = actor("lince"), actor("zhouheng"), actor("guyan")
    case = journey.case
    first = queries.open_submission(case)
    assert first is not None
    assert sorted(first.attestations.values_list("code", flat=True)) == ["accurate", "complete", "lawful", "true"]
    given = queries.allocated(first)
    assert given is not None
    assert given.by_id is None
    assert any("待审" in step for step in given.steps)
    with on_day(journey.day):
        second = other if given.reviewer_id == reviewer.officer_id else reviewer
        assert codes(lambda: actions.reallocate(case.id, second.officer_id, actor=reviewer, reason="")) == ["reason"]
        actions.reallocate(case.id, second.officer_id, actor=reviewer, reason="原审核人员外出培训")
        refused = codes(lambda: actions.reallocate(case.id, handler.officer_id, actor=reviewer, reason="试"))
        assert refused == ["not-found"]
        actions.ask_supplement(case.id, actor=reviewer, text="请补充现场检查的录像。")
        # Whoever acts has taken the case over, on record.
        taken = queries.allocated(first)
        assert taken is not None
        assert taken.reviewer_id == reviewer.officer_id
        assert codes(lambda: opine(journey, reviewer)) == ["supplement-open"]
        assert codes(lambda: actions.ask_supplement(case.id, actor=reviewer, text="再补充")) == ["supplement-asked"]
        period = deadlines.open_period(case.id, "PEN-16")
        assert period is not None
        assert period.paused
        due = period.due_on
    with on_day(journey.day + dt.timedelta(days=4)):
        more_evidence(journey, handler)
        assert codes(lambda: actions.answer_supplement(case.id, actor=handler, text="已补充")) == ["attested"]
        actions.answer_supplement(case.id, actor=handler, text="已补充书证一份。", attested=True)
        now = queries.open_submission(case)
        assert now is not None
        assert now.round == 2
        assert "证据目录" in {row["label"] for row in queries.changed_since_last(now)}
        period = deadlines.open_period(case.id, "PEN-16")
        assert period is not None
        assert not period.paused
        assert period.due_on > due
        again = queries.allocated(now)
        assert again is not None
        opine(journey, reviewer)
        assert journey.case.stage in ("decide", "collective")
    assert Submission.objects.get(case=case, round=1).withdrawal


def test_withdrawal_ends_the_clock_and_no_opinion_follows(play: Play, actor: Who, on_day: OnDay) -> None:
    journey = play(until="submit")
    handler, reviewer = actor("lince"), actor("zhouheng")
    with on_day(journey.day):
        assert codes(lambda: actions.withdraw(journey.id, actor=handler, reason=" ")) == ["reason"]
        actions.withdraw(journey.id, actor=handler, reason="发现决定书草稿有错字")
        assert deadlines.open_period(journey.id, "PEN-16") is None
        # It is not forgotten: the handlers are told until they hand it over again.
        assert "withdrawn" in queries.asks(handler.officer_id, handler.organ_id, heads=False)
        assert [row.submission.case_id for row in queries.withdrawn_for(handler.officer_id)] == [journey.id]
        assert codes(lambda: opine(journey, reviewer)) == ["submission-withdrawn"]
        assert codes(lambda: actions.add_note(journey.id, actor=reviewer, key="draft", page=1, text="x")) == [
            "submission-withdrawn"
        ]
        actions.submit(journey.id, actor=handler, attested=True, urgent="当事人申请先行处理")
        found = queries.open_submission(journey.case)
        assert found is not None
        assert (found.round, found.urgency.reason) == (2, "当事人申请先行处理")
        assert queries.withdrawn_for(handler.officer_id) == []
        assert deadlines.open_period(journey.id, "PEN-16") is not None
        note = actions.add_note(
            journey.id, actor=reviewer, key="draft", page=2, text="此处引用款项有误", place="第二款"
        )
        assert [row.text for row in queries.notes(found)] == ["此处引用款项有误"]
        actions.remove_note(journey.id, note.id, actor=reviewer)
        assert queries.notes(found) == []
        opine(journey, reviewer)
        assert codes(lambda: actions.withdraw(journey.id, actor=handler, reason="后悔")) == ["review-not-open"]
        # Who was overtaken by the other reviewer is told so, though the case is out of his sight again.
        assert codes(lambda: opine(journey, actor("guyan"))) == ["review-not-open"]
        assert codes(lambda: actions.submit(journey.id, actor=handler, attested=True)) != []


def test_a_change_after_approval_voids_it_for_good_and_tells_all(play: Play, actor: Who, on_day: OnDay) -> None:
    journey = play(until="approve")
    handler = actor("lince")
    with on_day(journey.day):
        assert queries.standing(journey.case) is not None
        more_evidence(journey, handler)
        row = Voiding.objects.get()
        assert "证据目录" in {item["label"] for item in row.changes}
        entry = JournalEntry.objects.get(kind="review-voided")
        assert entry.case_id == journey.id
        assert queries.standing(journey.case) is None
        assert queries.voided([journey.id])[journey.id].pk == row.pk
        # The change undone: what is void stays void.
        found = journey.case.evidence.latest("seq")
        cases.exclude_evidence(found.id, actor=handler, reason="与本案无关")
        assert queries.standing(journey.case) is None
        assert "text-changed-since-review" in codes(
            lambda: decisions.issue(journey.id, actor=actor("shenyi"), opinion="同意")
        )


def test_races_and_changed_people_are_refused_with_the_reason(play: Play, actor: Who, on_day: OnDay) -> None:
    journey = play(until="submit")
    handler, reviewer = actor("lince"), actor("zhouheng")
    with on_day(journey.day):
        # Evidence replaced while the reviewer reads: no agreement to what was not handed over.
        more_evidence(journey, handler)
        assert codes(lambda: opine(journey, reviewer)) == ["text-changed-since-review"]
        opine(journey, reviewer, "problems", "evidence")
        with pytest.raises(Conflict):
            opine(journey, reviewer, "problems", "evidence")
        assert codes(lambda: opine(journey, actor("guyan"))) == ["review-not-open"]
        answers = [{"code": "evidence", "text": "已补充"}]
        actions.submit(journey.id, actor=handler, attested=True, answers=answers)
        # The same reviewer, as far as possible.
        given = Allocation.objects.filter(submission__round=2).latest("seq")
        assert given.reviewer_id == reviewer.officer_id
        # The role of the reviewer ends between the rounds.
        grant = RoleGrant.objects.get(officer_id=reviewer.officer_id, role=Role.REVIEWER)
        accounts.end_role(grant, reason="调离", by=SYSTEM)
        assert codes(lambda: opine(journey, actor("zhouheng"))) == ["not-permitted"]
        # A handler becomes a reviewer, here or through another organ: what he did on the case stays with the case.
        own = Officer.objects.get(id=handler.officer_id)
        accounts.grant_role(own, Role.REVIEWER, since=clock.today(), by=SYSTEM)
        accounts.record_qualification(own, number="A20999901000077", obtained_on=dt.date(2020, 1, 1), by=SYSTEM)
        assert codes(lambda: opine(journey, actor("lince"))) == ["reviewer-handled"]
        refused = codes(lambda: actions.reallocate(journey.id, own.id, actor=actor("guyan"), reason="试"))
        assert refused == ["allocation-conflict"]


def test_the_published_course_is_what_runs() -> None:
    """Every conclusion, every act of the handler and the reviewer has its way in the chart (R092)."""
    found = course()
    ways = {(source, to) for source, to in found.edges()}
    said = " ".join(f"{move.label}{move.when}" for move in found.stage("examination").moves)
    assert all(conclusion.label in said for conclusion in Conclusion)
    acts = {
        actions.submit: ("submission", "examination"),
        actions.withdraw: ("examination", "submission"),
        actions.ask_supplement: ("examination", "supplement"),
        actions.answer_supplement: ("supplement", "examination"),
        actions.dispute: ("handling", "coordination"),
        actions.settle: ("coordination", "submission"),
        actions.void_if_changed: ("passed", "submission"),
    }
    assert set(acts.values()) <= ways and ("examination", "passed") in ways
    assert found.stage("examination").starts == found.stage("supplement").pauses == ("PEN-16",)
