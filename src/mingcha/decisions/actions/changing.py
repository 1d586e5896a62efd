"""Later acts on a decision (变更、确认、撤销): a new act that points to the old one; both stay readable — art. 38, 75 ¶2."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.cases.locks import lock
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, NotFound, Refused
from mingcha.common.prepared import insert
from mingcha.deadlines import actions as deadlines
from mingcha.deadlines import queries as running
from mingcha.decisions import queries
from mingcha.decisions.choices import OrderedBy, Variant
from mingcha.decisions.models import Change, Decision, Revocation
from mingcha.decisions.rules import may_change
from mingcha.documents.actions import make
from mingcha.documents.composers.deciding import penalties_text
from mingcha.ledger.actions import append

# Periods that rest on the old decision and end with it: payment, surcharge, application to the court.
_RESTING = ("PEN-06", "PEN-07", "PEN-11", "COE-09", "COE-10")


def _end_periods(case: Case) -> list[str]:
    """End what ran on a decision that no longer stands; returns the rules, for the journal."""
    ended = []
    for rule in _RESTING:
        period = running.open_period(case.id, rule)
        if period is not None:
            deadlines.end(period.id, on=max(clock.today(), period.starts_on))
            ended.append(rule)
    return ended


def _found(decision_id: uuid.UUID, actor: Actor) -> tuple[Decision, Case]:
    """The decision with its locked case, for a head. Raises NotFound, NotPermitted, Conflict when revoked."""
    actor.require(Role.HEAD)
    found = Decision.objects.filter(id=decision_id).select_related("case", "document").first()
    if found is None:
        raise NotFound("没有找到这份决定。")
    access.case(actor, found.case_id)
    case = lock(found.case_id)
    if Revocation.objects.filter(decision=found).exists():
        raise Conflict("revoked-already", "这份决定已经撤销。")
    if any(row.variant == Variant.VOID for row in queries.changes(found)):
        raise Conflict("void-already", "这份决定已经确认无效，不能再变更或者撤销。")
    return found, case


@transaction.atomic
def change(
    decision_id: uuid.UUID,
    *,
    actor: Actor,
    variant: str,
    reason: str,
    content: str,
    effects: str,
    articles: Sequence[Mapping[str, str]],
    fine_fen: int | None = None,
    confiscated_fen: int | None = None,
    ordered_by: str = OrderedBy.SELF,
    order_ref: str = "",
    facts_changed: bool = False,
) -> Change:
    """Change a decision, or declare it illegal or void (变更、确认违法、确认无效). Never heavier on the same facts.

    Amounts in fen as they stand afterwards; None keeps them. A void decision owes nothing. Its public text comes down
    within the term of art. 48 ¶2 by the reaction.
    """
    found, case = _found(decision_id, actor)
    check = Check()
    check.one_of("variant", variant, "处理方式", Variant.values)
    check.one_of("ordered_by", ordered_by, "处理的原因", OrderedBy.values)
    reason = check.text("reason", reason, "理由", most=3000)
    content = check.text("content", content, "变更后的内容或者确认的结论", most=3000)
    effects = check.text("effects", effects, "善后处理", most=3000)
    order_ref = check.text("order_ref", order_ref, "依据的文书", most=200, required=ordered_by != OrderedBy.SELF)
    before = queries.amounts(found)
    fine = check.amount("fine_fen", before[0] if fine_fen is None else fine_fen, "变更后的罚款", positive=False)
    confiscated = check.amount(
        "confiscated_fen", before[1] if confiscated_fen is None else confiscated_fen, "变更后的没收", positive=False
    )
    if not articles:
        check.add("articles", "请写明依据。")
    check.done()
    after = (0, 0) if variant == Variant.VOID else (fine, confiscated)
    if reasons := may_change(before, after, facts_changed=facts_changed):
        raise Refused(reasons)
    by, today = actor.snapshot(Role.HEAD), clock.today()
    letter = make(
        case,
        "decision-change",
        {
            **_original(found),
            "variant": variant,
            "ordered_by": ordered_by,
            "order_ref": order_ref,
            "reason": reason,
            "articles": list(articles),
            "content": content,
            "heavier": False,
            "facts_changed": False,
            "effects": effects,
            "decision_date": today,
        },
        by=by,
    )
    row = insert(
        Change(
            decision=found,
            seq=len(queries.changes(found)) + 1,
            variant=variant,
            ordered_by=ordered_by,
            document=letter,
            reason=reason,
            fine_fen=after[0],
            confiscated_fen=after[1],
            decided_by_id=actor.officer_id,
            decided_on=today,
            decided_at=clock.now(),
        )
    )
    ended = _end_periods(case) if variant == Variant.VOID else []
    append(
        "decision-changed",
        log=case.jurisdiction,
        subject=("decision", str(found.id)),
        case_id=case.id,
        actor=by,
        payload={
            "number": found.number,
            "document": letter.number,
            "variant": Variant(variant).label,
            "reason": reason,
            "before": list(before),
            "after": list(after),
            "ended": ended,
        },
    )
    return row


def _original(found: Decision) -> dict[str, Any]:
    fields = found.document.fields
    day: dt.date = found.decided_on
    return {
        "parties": fields["parties"],
        "remedies": fields["remedies"],
        "cause": found.case.cause,
        "original_no": found.number,
        "original_date": day,
        "original_title": found.document.title,
        "original_gist": _gist(found),
    }


def _gist(found: Decision) -> str:
    """What was decided, and which later acts the reader has to look at beside it."""
    later = "、".join(f"《{row.document.title}》（{row.document.number}）" for row in queries.changes(found))
    return penalties_text(found.document.fields["penalties"]) + (f"对该决定已作出{later}。" if later else "")


@transaction.atomic
def revoke(decision_id: uuid.UUID, *, actor: Actor, reason: str) -> Revocation:
    """Revoke a decision (撤销) on one's own motion — art. 75 ¶2. Its publication comes down by the reaction."""
    found, case = _found(decision_id, actor)
    check = Check()
    reason = check.text("reason", reason, "撤销理由", most=500)
    check.done()
    by = actor.snapshot(Role.HEAD)
    document = make(
        case,
        "revocation-decision",
        {**_original(found), "decision_no": found.number, "decision_date": clock.today(), "reason": reason},
        by=by,
    )
    row = Revocation.objects.create(
        decision=found, document=document, reason=reason, decided_by_id=actor.officer_id, decided_at=clock.now()
    )
    append(
        "decision-revoked",
        log=case.jurisdiction,
        subject=("decision", str(found.id)),
        case_id=case.id,
        actor=by,
        payload={"number": found.number, "reason": reason, "document": document.number, "ended": _end_periods(case)},
    )
    return row
