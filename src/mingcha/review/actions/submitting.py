"""Submission for legal review (送审), again after an opinion, and taking it back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access, periods
from mingcha.cases import queries as cases
from mingcha.cases.models import Case
from mingcha.cases.moves import advance
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, Reason, Refused
from mingcha.common.prepared import insert
from mingcha.deadlines import actions as deadlines
from mingcha.documents import queries as documents
from mingcha.documents.rendering import template
from mingcha.procedures import guards
from mingcha.review import queries
from mingcha.review.actions import writing
from mingcha.review.actions.allocating import allocate, assigned
from mingcha.review.actions.voiding import void_if_changed
from mingcha.review.choices import PointResult
from mingcha.review.models import Attestation, Submission, Urgency, Withdrawal
from mingcha.review.rules import attestations, checklist, source

STAGE = "legal-review"


@transaction.atomic
def submit(
    case_id: uuid.UUID,
    *,
    actor: Actor,
    attested: bool,
    answers: Sequence[Mapping[str, str]] = (),
    urgent: str = "",
) -> Submission:
    """Submit (or resubmit with answers) the decision draft for legal review. `urgent`: why it goes before others.

    Raises Refused with what is missing, InvalidInput, Conflict while a submission is open.
    """
    case = access.own_locked(actor, case_id)
    check = Check()
    if not attested:
        check.add("attested", "请确认对送审材料的真实性、准确性、完整性负责。")
    urgent = check.text("urgent", urgent, "加急的理由", most=300, required=False)
    last = queries.latest(case)
    given = [{"code": str(row.get("code", "")), "text": str(row.get("text", "")).strip()} for row in answers]
    if last is not None and queries.waits(last):
        raise Conflict("review-open", "本案已经送审，正在等待审核意见。")
    for code in _unanswered(case, given):
        label = next(item["label"] for item in checklist() if item["code"] == code)
        check.add(f"answer-{code}", f"请答复审核意见指出的“{label}”问题。")
    check.done()
    found = queries.disagreement(case) if last is not None else None
    if found is not None and not hasattr(found, "ruling"):
        raise Refused(
            [
                Reason(
                    "disagreement-open",
                    "本案对审核意见有异议，机关负责人还没有作出协调决定，不能再次送审。",
                    (source(case.act_type),),
                    "请等待协调决定。",
                )
            ]
        )
    staged = STAGE in cases.procedure(case).stages
    again = last is not None and hasattr(last, "withdrawal") and case.stage == STAGE
    if not staged:
        _ask_beside(case)
    if again:
        _ask_again(case, actor)
    row = handed_over(case, actor, (last.round if last else 0) + 1, given)
    if urgent:
        insert(Urgency(submission=row, reason=urgent, by_id=actor.officer_id, at=row.submitted_at))
    _attest(row, actor)
    writing.entered(
        "review-submitted",
        case,
        row,
        actor.snapshot(Role.HANDLER),
        {
            "digest": row.digest,
            "materials": [[item["key"], item["digest"]] for item in row.materials],
            "answers": given,
            "attested": True,
            "urgent": urgent,
        },
    )
    if last is not None:
        void_if_changed(case)
    if again:
        periods.enter(case, cases.stage(case))
    elif staged:
        advance(case.id, STAGE, actor=actor, action="review-submit", data={"round": row.round})
    chosen = allocate(case, row)
    if chosen is not None and not staged:
        # No stage of the case opens it to reviewers: who has the submission has the duty from now on.
        assigned(case, chosen.reviewer_id, actor)
    return row


def _ask_beside(case: Case) -> None:
    """What is asked where the procedure has no stage of review: a paper to decide by, and a list that demands it."""
    kinds = documents.decisive(cases.procedure(case).code)
    if not kinds:
        text = f"“{cases.procedure(case).name}”没有需要法制审核的决定文书。"
        raise Refused([Reason("review-not-for-act", text, (source(case.act_type),))])
    demanded = queries.in_scope(case)
    if not demanded.value:
        text = "本案不在公布的法制审核范围内，可以直接办理。"
        raise Refused([Reason("review-not-in-scope", text, (source(case.act_type),))])
    unmet = gaps(case)
    if unmet:
        raise Refused(unmet)


def gaps(case: Case) -> list[Reason]:
    """What the paper that decides the case still lacks (送审材料不齐): its draft and each required field."""
    kind = documents.deciding(case)
    title = template(kind).title
    if documents.draft(case, kind) is None:
        return [
            Reason(
                "decision-draft-missing",
                f"还没有拟写《{title}》。",
                (source(case.act_type),),
                f"请拟写《{title}》草稿。",
            )
        ]
    return [
        Reason(
            "draft-incomplete",
            f"《{title}》草稿缺少：{label}。",
            (source(case.act_type),),
            "请补充后送审。",
            {"field": name},
        )
        for name, label in documents.gaps(case, kind)
    ]


def _unanswered(case: Case, given: Sequence[Mapping[str, str]]) -> list[str]:
    """Points of the last opinion that were problems and have no answer."""
    opinion = queries.last_opinion(case)
    answered = {row["code"] for row in given if row["text"]}
    points = opinion.points if opinion else []
    return [row["code"] for row in points if row["result"] == PointResult.PROBLEM and row["code"] not in answered]


def handed_over(case: Case, actor: Actor, round: int, answers: Sequence[Mapping[str, str]]) -> Submission:
    """The draft and the materials of a locked case, frozen as a new round. Raises Refused without a draft."""
    frozen = documents.frozen(case)
    if frozen is None:
        raise Refused(gaps(case))
    return insert(
        Submission(
            case=case,
            round=round,
            content=frozen.content,
            digest=frozen.digest,
            materials=queries.materials(case),
            answers=list(answers),
            scope=queries.in_scope(case).as_dict(),
            submitted_by_id=actor.officer_id,
            submitted_at=clock.now(),
        )
    )


def _attest(row: Submission, actor: Actor) -> None:
    for item in attestations():
        insert(
            Attestation(
                submission=row,
                officer_id=actor.officer_id,
                code=item["code"],
                text=item["text"],
                at=row.submitted_at,
            )
        )


def _ask_again(case: Case, actor: Actor) -> None:
    """What the procedure demands on entering the review, for a case that waits there after a withdrawal."""
    flow = cases.procedure(case)
    doors = [move for stage in flow.stages.values() for move in stage.moves if move.to == STAGE]
    names = dict.fromkeys(name for move in doors for name in move.guards)
    unmet = [reason for name in names for reason in guards.ask(name, case, actor).reasons]
    if unmet:
        raise Refused(unmet)


@transaction.atomic
def withdraw(case_id: uuid.UUID, *, actor: Actor, reason: str) -> Withdrawal:
    """Take a submission back before the opinion (撤回送审); the case waits for the next round, the time limit ends.

    Raises Conflict when an opinion was given already.
    """
    case = access.own_locked(actor, case_id)
    check = Check()
    reason = check.text("reason", reason, "撤回的理由", most=500)
    check.done()
    submission = writing.opened(case)
    row = insert(Withdrawal(submission=submission, reason=reason, by_id=actor.officer_id, at=clock.now()))
    entry = writing.entered("review-withdrawn", case, submission, actor.snapshot(Role.HANDLER), {"reason": reason})
    running = writing.period(case)
    if running is not None:
        deadlines.end(running.id, on=max(clock.today(), running.starts_on), entry=entry)
    return row
