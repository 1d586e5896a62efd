"""To whom a submission goes (分案): reckoned and explained, or by hand with a reason."""

from __future__ import annotations

import uuid

from django.db import transaction

from mingcha.accounts.actors import SYSTEM, Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.cases import queries as cases
from mingcha.cases.actions.duties import add_duty
from mingcha.cases.choices import DutyKind
from mingcha.cases.locks import lock
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, NotFound, Refused
from mingcha.common.prepared import insert
from mingcha.ledger.actors import ActorSnapshot
from mingcha.review import queries
from mingcha.review.actions import writing
from mingcha.review.models import Allocation, Submission
from mingcha.review.rules import choose, may_allocate


def allocate(case: Case, submission: Submission) -> Allocation | None:
    """Give a new submission of a locked case to a reviewer; None where the organ has nobody without conflict."""
    chosen, steps = choose(queries.candidates(case))
    if chosen is None:
        return None
    return _given(case, submission, chosen.id, chosen.name, steps, "", None, SYSTEM)


def assigned(case: Case, reviewer_id: uuid.UUID, actor: Actor) -> None:
    """Put the reviewer of a submission on a locked case that no stage opens to reviewers."""
    if DutyKind.REVIEWER not in cases.duties_of(case, reviewer_id):
        add_duty(case, reviewer_id, DutyKind.REVIEWER, actor)


@transaction.atomic
def reallocate(case_id: uuid.UUID, officer_id: uuid.UUID, *, actor: Actor, reason: str) -> Allocation:
    """Give the open submission to another reviewer, with a reason. By reviewers and heads of the organ.

    Raises NotFound for who is no reviewer of the organ, Refused for a conflict, Conflict when nothing is open.
    """
    role = actor.require(Role.REVIEWER, Role.HEAD)
    access.case(actor, case_id)
    case = lock(case_id)
    submission = writing.opened(case)
    check = Check()
    reason = check.text("reason", reason, "改派的理由", most=300)
    check.done()
    wanted = next((row for row in queries.candidates(case) if row.id == officer_id), None)
    if wanted is None:
        raise NotFound("没有找到这名审核人员，或者不属于本机关。")
    reasons = may_allocate(wanted.name, wanted.conflicts, case.act_type)
    if reasons:
        raise Refused(reasons)
    now = queries.allocated(submission)
    if now is not None and now.reviewer_id == officer_id:
        raise Conflict("allocated-already", f"这次送审已经由{wanted.name}办理。")
    steps = [f"由{actor.name}改派给{wanted.name}：{reason}"]
    if case.step != "legal-review":
        assigned(case, wanted.id, actor)
    return _given(case, submission, wanted.id, wanted.name, steps, reason, actor.officer_id, actor.snapshot(role))


def take_over(case: Case, submission: Submission, actor: Actor) -> None:
    """Who gives the opinion has the submission: another reviewer than the allocated one takes it over on record."""
    now = queries.allocated(submission)
    if now is None or now.reviewer_id == actor.officer_id:
        return
    reason = f"{actor.name}接手办理并出具意见"
    steps = [f"原来分给{now.reviewer.name}；{reason}。"]
    by = actor.snapshot(Role.REVIEWER)
    _given(case, submission, actor.officer_id, actor.name, steps, reason, actor.officer_id, by)


def _given(
    case: Case,
    submission: Submission,
    officer_id: uuid.UUID,
    name: str,
    steps: list[str],
    reason: str,
    by_id: uuid.UUID | None,
    by: ActorSnapshot,
) -> Allocation:
    last = queries.allocated(submission)
    row = insert(
        Allocation(
            submission=submission,
            seq=(last.seq if last else 0) + 1,
            reviewer_id=officer_id,
            steps=steps,
            reason=reason,
            by_id=by_id,
            at=clock.now(),
        )
    )
    payload = {"reviewer": name, "reviewer_id": str(officer_id), "steps": steps, "reason": reason}
    writing.entered("review-allocated", case, submission, by, payload)
    return row
