"""The ordinary penalty procedure as published, to each of its ends; and cases still pinned to the pilot's first edition."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from mingcha.accounts.choices import Role
from mingcha.accounts.queries import actor_named
from mingcha.archives import actions as archives
from mingcha.cases import actions as cases
from mingcha.cases import facts, queries
from mingcha.cases.actions.duties import add_duty
from mingcha.cases.actions.leads import begin, record_party
from mingcha.cases.errors import MoveUnknown
from mingcha.cases.findings import record_finding
from mingcha.cases.models import Branch, Case, Return, StageChange
from mingcha.cases.moves import advance
from mingcha.catalogues.models import Edition
from mingcha.common import clock
from mingcha.common.canonical import digest
from mingcha.common.errors import Conflict, InvalidInput, NotFound, NotPermitted, Refused
from mingcha.deadlines.queries import open_period
from mingcha.decisions import actions as decisions
from mingcha.decisions import queries as decision_queries
from mingcha.disclosure import access as publications
from mingcha.disclosure import approving, controls
from mingcha.disclosure.queries import waiting
from mingcha.documents import actions as documents
from mingcha.documents.approving import actions as approvals
from mingcha.files.actions import receive_bytes
from mingcha.hearings import queries as hearings
from mingcha.interfaces.demo import discussion
from mingcha.interfaces.demo import hearing as demo_hearing
from mingcha.interfaces.demo.journey import Journey, Scenario
from mingcha.ledger import queries as ledger
from mingcha.ledger.actions import append
from mingcha.ledger.models import JournalEntry
from mingcha.performance import actions as performance
from mingcha.procedures.models import Edge
from mingcha.review import actions as review

pytestmark = pytest.mark.django_db
Play = Callable[..., Journey]
PAPER = b"%PDF-1.4\n%%EOF"
SHORT = Path(__file__).parent / "data" / "P-PT.edition-1.json"


def at(journey: Journey, hour: int = 15) -> Any:
    return clock.frozen(clock.at(journey.day, hour))


def yes(*names: str) -> list[dict[str, Any]]:
    return [{"guard": f"finding-{name}@1", "met": True, "grounds": "已核对，有证据。"} for name in names]


def codes(refused: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {reason.code for reason in refused.value.reasons}


def course(case: Case) -> list[str]:
    return [row.target for row in queries.changes(case)]


def test_the_whole_procedure_runs_and_each_passed_stage_is_on_record(play: Play) -> None:
    case = play("archive").case
    assert course(case) == [
        "verify-lead", "file", "investigate", "conclude", "head-examine", "notify", "hear-statement", "recheck",
        "review-scope", "legal-review", "review-return", "legal-review", "decide", "decision-doc", "serve", "served",
        "perform-wait", "close", "archive",
    ]  # fmt: skip
    branch = Branch.objects.get(case=case)
    assert (branch.door, branch.stage, branch.closed_at is not None) == ("publish-check", "close", True)
    entries = JournalEntry.objects.filter(case_id=case.id, kind__in=("case-moved", "branch-opened", "branch-moved"))
    told = [(ledger.payload(row) or {}, row.actor["name"]) for row in entries.order_by("case_seq")]
    passed = [(data["from"], data["to"], who) for data, who in told if data.get("passed")]
    assert passed == [
        ("file", "investigate", "陆鸣"),
        ("notify", "hear-statement", "韩渡"),
        ("decision-doc", "serve", "韩渡"),
        ("serve", "served", "韩渡"),
        ("served", "publish-check", "韩渡"),
        ("served", "perform-wait", "韩渡"),
        ("publish-check", "published", "苏棠"),
        ("published", "close", "苏棠"),
    ]
    # Nothing that the case knows was asked: what people found are four judgments in two acts.
    assert {row.guard for row in case.findings.all()} == {
        f"finding-{name}@1" for name in ("gp-02", "gp-10", "g-13", "gp-19")
    }


def test_a_decision_not_to_punish_goes_to_its_end(play: Play) -> None:
    journey = play("to-head")
    head, officer = actor_named("shenyi"), actor_named("lince")
    told = {"facts": "裸土十平方米。", "reason": "当日改正。", "correction": "当日覆盖。", "education": "已说明。"}
    with at(journey):
        with pytest.raises(Refused) as refused:
            advance(journey.id, "decide-none", actor=head, reason="轻微并及时改正")
        assert codes(refused) == {"finding-missing"}
        advance(journey.id, "decide-none", actor=head, reason="轻微并及时改正", found=yes("g-11"))
        # Nobody goes on without the decision, nor makes its letter by another way.
        with pytest.raises(MoveUnknown):
            advance(journey.id, "serve", actor=head)
        for way in (documents.issue, approvals.ask):
            with pytest.raises(Refused) as refused:
                way(journey.id, "no-penalty-decision", actor=officer, fields=told)
            assert codes(refused) == {"decision-by-head-only"}
        changes = journey.case.moves
        with pytest.raises(IntegrityError, match="outcome-missing"), transaction.atomic():
            moved = {"source": "decide-none", "target": "serve"}
            entry = append(
                "case-moved", log=journey.case.jurisdiction, subject=("case", str(journey.id)), case_id=journey.id,
                actor=head.snapshot(Role.HEAD), payload={"from": "decide-none", "to": "serve"},
            )  # fmt: skip
            StageChange.objects.create(case_id=journey.id, seq=changes + 1, entry_id=entry.pk, at=clock.now(), **moved)
        decisions.decide_none(journey.id, actor=head, ground="minor", **told)
        journey.serve("no-penalty-decision", officer)
        served = advance(journey.id, "served", actor=officer, found=yes("gp-20"))
        assert served.stage == "served" and not queries.open_branches(served)
        with pytest.raises(Refused):
            advance(journey.id, "perform-wait", actor=officer)
        assert advance(journey.id, "close", actor=officer).stage == "close"
        case = advance(journey.id, "archive", actor=actor_named("luming"))
    assert case.closed_on == journey.day and decision_queries.of_case(case) is None


def test_what_is_not_published_with_a_reason_leaves_the_queue(play: Play) -> None:
    journey = play("serve-decision")
    clerk = actor_named("sutang")
    branch = queries.open_branches(journey.case)[0]
    assert waiting(publications.visible(clerk)).count() == 1
    with at(journey):
        with pytest.raises(InvalidInput):
            advance(journey.id, "close", actor=clerk, branch=branch.id)
        # Another approves the ground; then the branch ends by itself.
        with pytest.raises(Refused, match="另一人审核"):
            advance(journey.id, "close", actor=clerk, branch=branch.id, reason="社会影响小，依法不公示。")
        row = waiting(publications.visible(clerk)).get()
        asked = controls.withhold(row.id, actor=clerk, ground="privacy", reason="隐去以后仍能识别举报人。")
        with pytest.raises(Refused, match="另一人审核"):
            approving.answer(asked.id, actor=clerk, approved=True)
        approving.answer(asked.id, actor=actor_named("shenyi"), approved=True)
    assert waiting(publications.visible(clerk)).count() == 0
    assert not [row for row in queries.periods(journey.case) if row.rule == "PUB-01" and row.ended_on is None]


def test_a_decision_revoked_before_its_publication_ends_the_branch(play: Play) -> None:
    journey = play("serve-decision")
    found = decision_queries.of_case(journey.case)
    assert found is not None
    with at(journey):
        decisions.revoke(found.id, actor=actor_named("shenyi"), reason="主体有误")
        assert not queries.open_branches(journey.case)
        assert advance(journey.id, "close", actor=actor_named("lince")).stage == "close"


def test_grave_cases_are_discussed_together(play: Play) -> None:
    """行政处罚法 art. 57 ¶2: what is stated as grave does not reach the head alone, and cannot be decided around."""
    journey = play("submit")
    officer, head = actor_named("lince"), actor_named("shenyi")
    with at(journey):
        cases.state_facts(journey.id, actor=officer, said={facts.GRAVE: True})
        journey.opine(actor_named("zhouheng"), None)
        assert journey.case.stage == "collective"
        with pytest.raises(Conflict):
            decisions.issue(journey.id, actor=head, opinion="同意")
        with pytest.raises(Refused):
            advance(journey.id, "decide", actor=head)
    discussion.play(journey)
    with at(journey, 17):
        decisions.issue(journey.id, actor=head, opinion="同意")
    late = play("approve", Scenario(mark=2))
    with at(late):
        cases.state_facts(late.id, actor=officer, said={facts.COMPLEX: True})
        with pytest.raises(Refused) as refused:
            decisions.issue(late.id, actor=head, opinion="同意")
        assert "finding-contradicted" in codes(refused)
        record_finding(late.id, "finding-g-10@1", actor=head, met=True, grounds="口头商量过。")
        with pytest.raises(Refused):
            decisions.issue(late.id, actor=head, opinion="同意")


def test_facts_are_kept_with_who_and_when(play: Play) -> None:
    journey = play("facts")
    officer = actor_named("lince")
    with at(journey):
        assert facts.missing(journey.case) == []
        before = len(facts.of_case(journey.case))
        cases.state_facts(journey.id, actor=officer, said={"public_interest": False})
        assert len(facts.of_case(journey.case)) == before, "what says nothing new is not stored"
        now = cases.state_facts(journey.id, actor=officer, said={"public_interest": True, "amount": 12_000})
        assert now["public_interest"] is True and now["amount"] == 12_000
        for wrong in ({"nothing": True}, {"grave": "yes"}, {"amount": -1}):
            with pytest.raises(InvalidInput):
                cases.state_facts(journey.id, actor=officer, said=wrong)
        with pytest.raises(NotPermitted):
            cases.state_facts(journey.id, actor=actor_named("luming"), said={"grave": False})
    for sql in ("UPDATE cases_statedfact SET value = 'true'", "DELETE FROM cases_statedfact"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


def requested(journey: Journey, kind: str = "hearing_requested", file: bytes | None = None) -> None:
    cases.record_statement(
        journey.id, actor=actor_named("lince"), kind=kind, speaker="许山河", text="听证", received_at=clock.now(),
        file=receive_bytes(file) if file else None,
    )  # fmt: skip


@pytest.mark.parametrize("way", ["held", "withdrawn"])
def test_a_requested_hearing_lets_the_case_go_on_once_it_is_over(play: Play, way: str) -> None:
    journey = play("serve-notice", Scenario(fine=6_000_000))
    officer = actor_named("lince")
    with at(journey):
        requested(journey)
    journey.later(20)
    with at(journey):
        with pytest.raises(Refused) as refused:
            advance(journey.id, "review-scope", actor=officer)
        assert "hearing-requested" in codes(refused)
        if way == "withdrawn":
            with pytest.raises(InvalidInput):
                requested(journey, "hearing_withdrawn")
            requested(journey, "hearing_withdrawn", PAPER)
        else:
            grounds = "听证笔录、听证报告2026年第1号，主持人顾言。"
            record_finding(journey.id, "finding-g-08@1", actor=officer, met=True, grounds=grounds)
        assert advance(journey.id, "review-scope", actor=officer).stage == "review-scope"
        assert facts.hearing_held(journey.case) is (way == "held")


def test_the_procedure_with_a_hearing_runs_to_its_end(play: Play) -> None:
    journey = play("serve-notice", Scenario(fine=6_000_000, procedure="P-TZ"))
    officer, head, host = actor_named("lince"), actor_named("shenyi"), actor_named("guyan")
    assert journey.case.stage == "hearing-window"
    with at(journey):
        with pytest.raises(Refused) as refused:
            advance(journey.id, "hearing-appoint", actor=officer)
        assert codes(refused) == {"hearing-not-asked"}
        requested(journey)
        advance(journey.id, "hearing-appoint", actor=officer)
        with pytest.raises(Refused) as refused:
            advance(journey.id, "hearing-notice", actor=head)
        assert codes(refused) == {"hearing-host-missing"}
        with pytest.raises(Refused):
            cases.name_host(journey.id, officer.officer_id, actor=head)
        cases.name_host(journey.id, host.officer_id, actor=head)
        advance(journey.id, "hearing-notice", actor=head)
        demo_hearing.fix(journey)
        demo_hearing.attend(journey)
        with pytest.raises(NotFound):
            advance(journey.id, "hearing-held", actor=actor_named("zhouheng"))
        with pytest.raises(Refused) as refused:
            advance(journey.id, "hearing-held", actor=host)
        assert codes(refused) == {"period-not-settled"}
    hearing = hearings.current(journey.case)
    session = hearings.session(hearing) if hearing else None
    assert session is not None
    journey.day = session.held_on
    with at(journey):
        demo_hearing.hold(journey)
        demo_hearing.report(journey)
        advance(journey.id, "review-scope", actor=officer)
        journey.draft(officer)
        review.submit(journey.id, actor=officer, attested=True)
        with pytest.raises(Refused):
            journey.opine(host, None)
        journey.opine(actor_named("zhouheng"), None)
        decisions.issue(journey.id, actor=head, opinion="同意")
    _to_the_archive(journey)
    assert {"hearing-appoint", "hearing-held", "hearing-record", "archive"} <= set(course(journey.case))


def _to_the_archive(journey: Journey) -> None:
    """Service, publication, payment, close: the same for every penalty."""
    officer = actor_named("lince")
    with at(journey):
        journey.serve("penalty-decision", actor_named("handu"))
    assert journey.case.stage == "perform-wait"
    journey.later(2)
    with at(journey):
        journey.publish(actor_named("sutang"))
        performance.record_payment(
            journey.id, actor=officer, amount_fen=journey.scenario.fine, paid_on=journey.day, voucher="P1"
        )
        advance(journey.id, "close", actor=officer)
        advance(journey.id, "archive", actor=actor_named("luming"))
    with at(journey, 16):
        archives.accept(journey.id, actor=actor_named("jiangmu"))


def _suspected(journey: Journey) -> Case:
    """The case of a suspected crime that the chief does not hand over."""
    officer, chief = actor_named("lince"), actor_named("shenyi")
    origin = journey.case
    who = officer if origin.stage == "investigate" else chief
    if who is chief:
        with pytest.raises(Refused, match="还没有作出移送"):
            cases.link(journey.id, "P-YS", "detect", actor=who)
        decisions.decide_transfer(journey.id, actor=chief, reason="涉嫌犯罪，达到追诉标准。")
    other = cases.link(journey.id, "P-YS", "detect", actor=who)
    for name in ("lince", "handu"):
        cases.declare_avoidance(other.id, actor=actor_named(name), conflict=False)
    advance(other.id, "team", actor=officer, found=yes("gm-04", "gm-01"))
    return advance(other.id, "chief-decide", actor=chief, found=yes("gm-02"))


def test_a_case_not_handed_over_is_taken_up_where_its_procedure_says(play: Play) -> None:
    journey = play("to-head")
    chief = actor_named("shenyi")
    with at(journey):
        advance(journey.id, "transfer-crime", actor=chief, found=yes("gm-04"))
        other = _suspected(journey)
        stood = journey.case.stage
        with pytest.raises(Refused):
            cases.link(other.id, "P-PT", "head-examine", actor=chief, reason="不构成犯罪")
        assert journey.case.stage == stood == "transfer-crime"
        for row in yes("gm-05", "gx-02"):
            record_finding(other.id, row["guard"], actor=chief, met=True, grounds=row["grounds"])
        back = cases.link(other.id, "P-PT", "head-examine", actor=chief, reason="不构成犯罪")
        assert back.id == journey.id and journey.case.stage == "head-examine"
        assert Return.objects.get(case=journey.case).other_id == other.id
        kinds = [row.kind for row in ledger.entries_of_case(other.id)]
        assert "case-returned" in kinds
        # It goes on as if it had never been away.
        assert advance(journey.id, "notify", actor=chief).stage == "notify"
        assert open_period(journey.case.id, "PEN-01") is not None


def test_a_case_that_still_investigates_stays_where_it_is(play: Play) -> None:
    journey = play("file")
    chief = actor_named("shenyi")
    with at(journey):
        other = _suspected(journey)
        record_finding(other.id, "finding-gm-05@1", actor=chief, met=True, grounds="证据不足。")
        back = cases.link(other.id, "P-PT", "investigate", actor=chief)
    assert back.id == journey.id and journey.case.stage == "investigate" and not Return.objects.exists()


def test_the_database_lets_nobody_return_where_no_edition_leads(play: Play) -> None:
    journey = play("to-head")
    with at(journey):
        advance(journey.id, "transfer-crime", actor=actor_named("shenyi"), found=yes("gm-04"))
        other = _suspected(journey)
        moves = journey.case.moves
        for case_id, target in ((journey.id, "decide"), (other.id, "send")):
            with pytest.raises(IntegrityError, match="stage-not-permitted"), transaction.atomic():
                Return.objects.create(
                    case_id=case_id, other=other, other_stage="chief-decide", seq=moves + 1, source="transfer-crime",
                    target=target, at=clock.now(),
                )  # fmt: skip


def _old_edition() -> Edition:
    """The edition of a site that was set up with the pilot's short form of the procedure."""
    content = json.loads(SHORT.read_text("utf-8"))
    today = Edition.objects.get(kind="procedure", key="P-PT", number=1, organisation_id=actor_named("lince").organ_id)
    # Under a key of its own, so that both stand in one database; a case asks for its edition by id.
    row = Edition.objects.create(
        organisation_id=today.organisation_id,
        kind="procedure",
        key="P-PT-0",
        number=1,
        title=content["name"],
        content=content,
        digest=digest(content),
        basis=today.basis,
        approved_by=today.approved_by,
        effective_from=today.effective_from,
        published_at=today.published_at,
        founding_id=today.founding_id,
    )
    pairs = [("", content["entry"])]
    pairs += [(stage["id"], move["to"]) for stage in content["stages"] for move in stage["moves"]]
    Edge.objects.bulk_create([Edge(edition=row, source=source, target=target) for source, target in pairs])
    return row


def test_a_case_of_the_first_edition_runs_on_to_its_end(play: Play) -> None:
    """Cases pinned before the whole procedure took over keep their edition: every step, nothing passed by itself."""
    journey = Journey(dt.date(2026, 9, 14), Scenario())
    officer, second, head = actor_named("lince"), actor_named("handu"), actor_named("shenyi")
    journey.day = journey.start
    with at(journey, 9):
        case = begin(
            officer, procedure=_old_edition(), item_code="3.14", cause=journey.scenario.cause, facts="群众反映。",
            source="report", conduct_ended_on=journey.day, discovered_on=journey.day,
            party_name=journey.scenario.party,
        )  # fmt: skip
        party = {"kind": "organisation", "name": journey.scenario.party, "uscc": journey.scenario.uscc}
        record_party(case, officer, {**party, "id_number": "", "legal_representative": "许山河",
                                     "address": "明水区望江路66号", "phone": ""})  # fmt: skip
        for person in (officer, second):
            add_duty(case, person.officer_id, "handler", officer)
            cases.declare_avoidance(case.id, actor=person, conflict=False)
        journey.case_id = case.id
        journey.go("verify-lead", officer)
        assert journey.go("investigate", actor_named("luming")).number
        journey.evidence(officer)
        journey.site_record(officer)
        journey.inquiry_record(second)
        journey.recording(second)
        journey.go("conclude", officer)
        journey.report(officer)
        journey.go("head-examine", officer)
        journey.go("notify", actor_named("luming"))
        journey.notice(officer)
        journey.serve("penalty-notice", second)
        assert journey.case.stage == "notify", "the edition says nothing of passing by itself"
    with at(journey, 12):
        journey.go("hear-statement", officer)
    journey.wait_over("PEN-14")
    with at(journey):
        journey.go("review-scope", officer)
        journey.draft(officer)
        review.submit(journey.id, actor=officer, attested=True)
        journey.opine(actor_named("zhouheng"), None)
        decisions.issue(journey.id, actor=head, opinion="同意")
        journey.serve("penalty-decision", second)
    with at(journey, 18):
        journey.go("perform-wait", officer)
        journey.publish(actor_named("sutang"))
        performance.record_payment(journey.id, actor=officer, amount_fen=2_000_000, paid_on=journey.day, voucher="P1")
        journey.go("close", officer)
        archives.accept(journey.id, actor=actor_named("jiangmu"))
    assert journey.case.closed_on == journey.day and len(course(journey.case)) == 12
