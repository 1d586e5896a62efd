"""What all acts of a review share: the entry of the case, the open submission of a locked case, its period."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from mingcha.accounts import queries as accounts
from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access, closings
from mingcha.cases import queries as cases
from mingcha.cases.locks import lock
from mingcha.cases.models import Case
from mingcha.common.errors import Conflict, NotFound, Refused
from mingcha.deadlines import queries as running
from mingcha.deadlines.models import RunningPeriod
from mingcha.ledger.actions import append
from mingcha.ledger.actors import ActorSnapshot
from mingcha.review import queries
from mingcha.review.models import Submission
from mingcha.review.rules import may_review

PERIOD = "PEN-16"


def entered(kind: str, case: Case, submission: Submission, by: ActorSnapshot, payload: Mapping[str, Any]) -> int:
    """Append to the journal of the case; returns the key of the entry."""
    entry = append(
        kind,
        log=case.jurisdiction,
        subject=("submission", str(submission.pk)),
        case_id=case.id,
        actor=by,
        payload={"round": submission.round, **payload},
    )
    return int(entry.pk)


def opened(case: Case) -> Submission:
    """The open submission of a locked case. Raises Conflict when there is none, or it was withdrawn."""
    found = queries.latest(case)
    if found is not None and hasattr(found, "withdrawal"):
        raise Conflict("submission-withdrawn", "承办人员已经撤回这次送审，不能再办理。请等待再次送审。")
    if found is None or not queries.waits(found):
        raise Conflict("review-not-open", "没有等待审核的送审材料，可能其他审核人员已经出具意见。请刷新页面。")
    return found


def _left(case: Case, actor: Actor) -> None:
    """Of two reviewers at once the slower one loses sight of the case with the other's opinion: he is told why."""
    own = case.organisation_id == actor.organ_id and not closings.shut(actor, case)
    if own and (found := queries.latest(case)) is not None and not queries.waits(found):
        opened(case)
    raise NotFound("没有找到这个案件，或者您无权查看。")


def reviewing(case_id: uuid.UUID, actor: Actor) -> tuple[Case, Submission]:
    """The locked case and its open submission, for a reviewer who may review it. Raises NotPermitted, Refused, Conflict."""
    actor.require(Role.REVIEWER)
    case = lock(case_id)
    if not access.sees(actor, case):
        _left(case, actor)
    submission = opened(case)
    officer = accounts.officers([actor.officer_id])[actor.officer_id]
    reasons = may_review(officer, cases.duties_of(case, actor.officer_id), case.act_type)
    if reasons:
        raise Refused(reasons)
    return case, submission


def period(case: Case) -> RunningPeriod | None:
    """The running time limit of the review, if the profile has one."""
    return running.open_period(case.id, PERIOD)
