"""Deciding. Only the head decides; without an approved review of exactly this text the act is refused."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.cases.actions import take_duty
from mingcha.cases.choices import DutyKind
from mingcha.cases.locks import lock
from mingcha.cases.models import Case
from mingcha.cases.moves import advance, option
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, Reason, Refused
from mingcha.common.prepared import insert
from mingcha.decisions import queries
from mingcha.decisions.actions.redoing import end_term
from mingcha.decisions.models import Decision
from mingcha.decisions.rules import may_repeat
from mingcha.documents import queries as documents
from mingcha.documents.actions import make
from mingcha.documents.blocks import officers_block
from mingcha.documents.rules import money
from mingcha.ledger.actions import append
from mingcha.review import queries as review
from mingcha.review.actions import exempt


def _not_again(case: Case, fields: Mapping[str, Any]) -> None:
    """After an order to decide anew: not the same act on the same facts and grounds; its term ends. Raises Refused."""
    redo = queries.redo_of(case)
    if redo is None:
        return
    penalties, old = fields.get("penalties") or [], redo.decision
    gone = money(penalties, "confiscate_gains") + money(penalties, "confiscate_goods")
    before = {**old.document.fields, "amounts": (old.fine_fen, old.confiscated_fen)}
    if reasons := may_repeat(redo.fault, before, {**fields, "amounts": (money(penalties, "fine"), gone)}):
        raise Refused(reasons)
    end_term(case)


@transaction.atomic
def issue(case_id: uuid.UUID, *, actor: Actor, opinion: str) -> Decision:
    """Decide the penalty (作出处罚决定) — art. 57, 58, 60. Number, letter, journal and stage in one transaction.

    Raises NotPermitted, Refused with every unmet guard and its article, Conflict when decided already.
    """
    actor.require(Role.HEAD)
    access.case(actor, case_id)
    case = lock(case_id)
    check = Check()
    opinion = check.text("opinion", opinion, "负责人意见", most=2000)
    check.done()
    if queries.decided(case.pk):
        raise Conflict("decided-already", "本案已经作出决定，可能是其他负责人刚刚办理。请刷新页面。")
    take_duty(case, DutyKind.DECIDER, actor=actor)
    asked = option(case, actor, "decision-issue")
    if asked is None:
        raise Conflict("move-not-permitted", "案件现在的环节不能作出决定，请刷新页面查看最新状态。")
    if asked.reasons:
        raise Refused(asked.reasons)
    frozen = documents.frozen(case)
    draft = documents.draft(case, "penalty-decision")
    if frozen is None or draft is None:
        raise Refused([Reason("decision-draft-missing", "还没有拟写处罚决定书。", ("行政处罚法第五十九条",))])
    _not_again(case, draft.fields)
    submission = review.latest(case)
    exemption = exempt(case, actor=actor) if submission is None else None
    by = actor.snapshot(Role.HEAD)
    today = clock.today()
    make(
        case,
        "decision-approval",
        {
            "case_no": case.number,
            "cause": case.cause,
            "parties": case.party_name,
            "handler_opinion": "拟按所附决定书草稿作出处罚决定。",
            "handlers": officers_block(case),
            "handler_at": clock.legal_day(draft.saved_at),
            "head_choice": "agree",
            "head_opinion": opinion,
            "head": actor.name,
            "head_at": today,
            "draft_digest": frozen.digest,
            "facts": frozen.content["fields"].get("facts"),
            "penalties": frozen.content["fields"].get("penalties"),
            "review_ref": submission.opinion.document.number if submission else "不属于法制审核范围",
            "review_result": "同意" if submission else "不属于法制审核范围",
        },
        by=by,
    )
    document = make(case, "penalty-decision", {**draft.fields, "decision_date": today}, by=by)
    penalties = document.fields["penalties"]
    decision = insert(
        Decision(
            case=case,
            document=document,
            opinion=submission.opinion if submission else None,
            exemption=exemption,
            content_digest=frozen.digest,
            number=document.number,
            outcome="penalty",
            fine_fen=money(penalties, "fine"),
            confiscated_fen=money(penalties, "confiscate_gains") + money(penalties, "confiscate_goods"),
            decided_by_id=actor.officer_id,
            decided_on=today,
            decided_at=clock.now(),
        )
    )
    append(
        "decision-issued",
        log=case.jurisdiction,
        subject=("decision", str(decision.id)),
        case_id=case.id,
        actor=by,
        payload={
            "number": decision.number,
            "document": str(document.id),
            "document_digest": document.digest,
            "content_digest": decision.content_digest,
            "review_round": submission.round if submission else None,
            "opinion": opinion,
            "fine_fen": decision.fine_fen,
            "confiscated_fen": decision.confiscated_fen,
        },
    )
    more = {"decision": str(decision.id)}
    advance(case.id, asked.move.to, actor=actor, action="decision-issue", data=more, asked=asked)
    return decision
