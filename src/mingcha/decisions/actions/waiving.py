"""Outcomes besides a penalty (不予处罚、不成立、移送) — 行政处罚法 art. 30, 31, 33, 36, 57 ¶1 (2)–(4)."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.accounts.rules import may_preside
from mingcha.cases import access
from mingcha.cases import queries as cases
from mingcha.cases.actions import take_duty
from mingcha.cases.choices import DutyKind
from mingcha.cases.locks import lock
from mingcha.cases.models import Case
from mingcha.cases.moves import advance
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, Refused
from mingcha.common.prepared import insert
from mingcha.decisions import queries
from mingcha.decisions.actions.redoing import end_term
from mingcha.decisions.choices import Result, Waiver
from mingcha.decisions.models import Outcome
from mingcha.decisions.rules import may_waive
from mingcha.documents.actions import make
from mingcha.documents.models import Document
from mingcha.ledger.actions import append

# Grounds that a published list of the organ may name.
_LISTED = (Waiver.MINOR, Waiver.FIRST)
# Whose guardians are ordered to look after them — art. 30, 31.
_WARDED = (Waiver.CHILD, Waiver.INCAPABLE)


def _begin(case_id: uuid.UUID, actor: Actor, stage: str) -> Case:
    actor.require(Role.HEAD)
    access.case(actor, case_id)
    case = lock(case_id)
    if queries.decided(case.pk) or queries.outcome(case):
        raise Conflict("decided-already", "本案已经作出决定。请刷新页面。")
    if case.stage != stage:
        raise Conflict("move-not-permitted", f"“{cases.stage(case).name}”环节不能作出这一决定，请刷新页面。")
    take_duty(case, DutyKind.DECIDER, actor=actor)
    return case


def _store(case: Case, actor: Actor, **fields: Any) -> Outcome:
    row = insert(
        Outcome(
            case=case,
            decided_by_id=actor.officer_id,
            decided_on=clock.today(),
            decided_at=clock.now(),
            **fields,
        )
    )
    document: Document | None = row.document
    append(
        "outcome-decided",
        log=case.jurisdiction,
        subject=("case", str(case.id)),
        case_id=case.id,
        actor=actor.snapshot(Role.HEAD),
        payload={
            "result": Result(row.result).label,
            "ground": Waiver(row.ground).label if row.ground else "",
            "entry": row.entry,
            "reason": row.reason,
            "number": document.number if document else "",
            "document_digest": document.digest if document else "",
        },
    )
    return row


@transaction.atomic
def decide_none(
    case_id: uuid.UUID,
    *,
    actor: Actor,
    ground: str,
    facts: str,
    reason: str,
    correction: str = "",
    record_query: str = "",
    education: str = "",
    guardian: str = "",
    entry: str = "",
    off_list: str = "",
) -> Outcome:
    """Decide that no penalty is imposed (不予行政处罚决定), with its letter; the case goes on to service.

    `entry`: the item of the published list of minor and first violations; where a list is published and none fits,
    `off_list` says why leniency is given all the same. Raises Refused when the violation is not the first.
    """
    case = _begin(case_id, actor, "decide-none")
    check = Check()
    check.one_of("ground", ground, "不予处罚的情形", Waiver.values)
    facts = check.text("facts", facts, "查明的事实", most=5000)
    reason = check.text("reason", reason, "理由", most=5000)
    lenient = ground in _LISTED
    correction = check.text("correction", correction, "改正情况", most=2000, required=lenient)
    record_query = check.text(
        "record_query", record_query, "违法记录查询结果", most=500, required=ground == Waiver.FIRST
    )
    education = check.text("education", education, "教育情况", most=2000, required=ground != Waiver.NOT_ESTABLISHED)
    guardian = check.text("guardian", guardian, "监护人", most=100, required=ground in _WARDED)
    off_list = check.text("off_list", off_list, "不依清单的理由", most=1000, required=False)
    check.done()
    edition = queries.leniency_list(case) if lenient else None
    fitting = {row["code"] for row in queries.lenient_entries(case, ground)}
    earlier = queries.earlier_numbers(case) if ground == Waiver.FIRST else []
    if reasons := may_waive(ground, earlier, edition is None or entry in fitting or bool(off_list)):
        raise Refused(reasons)
    named = next((row for row in queries.lenient_entries(case, ground) if row["code"] == entry), None)
    grounds = reason + (f"本案符合《{edition.title}》第{entry}项：{named['conditions']}" if edition and named else "")
    grounds += off_list
    letter = make(
        case,
        "no-penalty-decision",
        {
            "facts": facts,
            "ground": ground,
            "reason": grounds,
            "correction": correction,
            "record_query": record_query,
            "education": education,
            "guardian": guardian,
            "crime": False,
        },
        by=actor.snapshot(Role.HEAD),
    )
    result = Result.NOT_ESTABLISHED if ground == Waiver.NOT_ESTABLISHED else Result.NONE
    row = _store(
        case,
        actor,
        result=result,
        ground=ground,
        edition=edition if named else None,
        entry=entry if named else "",
        document=letter,
        reason=grounds,
    )
    end_term(case)
    # Editions from before name no action for this move.
    move = cases.procedure(case).move(case.stage, "serve")
    advance(case.id, "serve", actor=actor, action=move.action if move else "")
    return row


@transaction.atomic
def decide_transfer(case_id: uuid.UUID, *, actor: Actor, reason: str) -> Outcome:
    """Decide that a suspected crime goes to the judicial organs (移送司法机关) — art. 27, 57 ¶1 (4).

    The transfer itself is a procedure of its own, into which the case is linked afterwards.
    """
    # First whether the case can be seen at all: the refusal itself would tell that it exists.
    access.case(actor, case_id)
    if unmet := may_preside(actor.name, actor.roles):
        raise Refused(unmet)
    case = _begin(case_id, actor, "transfer-crime")
    check = Check()
    reason = check.text("reason", reason, "移送的理由", most=5000)
    check.done()
    return _store(case, actor, result=Result.TRANSFER, reason=reason)
