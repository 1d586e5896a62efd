"""Deciding anew (重作): a case of its own after a decision did not stand — 行政复议法 art. 64, 行政诉讼法 art. 70, 71."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import transaction

from mingcha.accounts import queries as accounts
from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.cases import queries as cases
from mingcha.cases.actions.duties import add_duty
from mingcha.cases.actions.leads import begin, record_party
from mingcha.cases.choices import DutyKind, Source
from mingcha.cases.locks import lock
from mingcha.cases.models import Case, Duty
from mingcha.catalogues import queries as catalogues
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import NotFound, Refused
from mingcha.common.prepared import insert
from mingcha.deadlines import actions as deadlines
from mingcha.deadlines import queries as running
from mingcha.decisions import queries
from mingcha.decisions.choices import Fault, OrderedBy
from mingcha.decisions.models import Decision, Redo
from mingcha.decisions.rules import REDO_TERM, may_redo
from mingcha.ledger.actions import append

_PARTY = ("kind", "name", "id_number", "uscc", "legal_representative", "address", "phone")


@transaction.atomic
def redo(
    decision_id: uuid.UUID,
    *,
    actor: Actor,
    ordered_by: str,
    fault: str,
    reason: str,
    handlers: Sequence[uuid.UUID],
    order_ref: str = "",
    until: dt.date | None = None,
    same_people: str = "",
) -> Case:
    """Take up anew what a decision that did not stand was about (重新办理); returns the new case, at its beginning.

    It has the same party, matter and procedure in its edition of today, its own filing and periods, and two other
    handlers; those of the old case only with a reason. `until`: the last day that the order names. The old case and its
    decision stay as they are. Raises NotPermitted, NotFound, InvalidInput, Refused.
    """
    actor.require(Role.HEAD)
    found = Decision.objects.filter(id=decision_id).select_related("case", "document", "revocation").first()
    if found is None:
        raise NotFound("没有找到这份决定。")
    access.case(actor, found.case_id)
    case = lock(found.case_id)
    check = Check()
    check.one_of("ordered_by", ordered_by, "重新办理的原因", OrderedBy.values)
    check.one_of("fault", fault, "原决定不能成立的原因", Fault.values)
    reason = check.text("reason", reason, "重新办理的理由", most=3000)
    order_ref = check.text("order_ref", order_ref, "依据的文书", most=200, required=ordered_by != OrderedBy.SELF)
    same_people = check.text("same_people", same_people, "由原承办人员办理的理由", most=500, required=False)
    people = list(dict.fromkeys(handlers))
    if len(people) != 2:
        check.add("handlers", "请指定两名不同的承办人员。")
    if until is not None and until < clock.today():
        check.add("until", "要求办结的日期不能早于今天。")
    check.done()
    names = {str(key): row.name for key, row in accounts.officers(people).items()}
    old = set(map(str, Duty.objects.filter(case=case, duty=DutyKind.HANDLER).values_list("officer_id", flat=True)))
    again = queries.redone(found) is not None
    if reasons := may_redo(stands=queries.stands(found), again=again, old=old, new=names, why=same_people):
        raise Refused(reasons)
    edition = catalogues.require(case.organisation_id, "procedure", clock.today(), cases.procedure(case).code)
    party = cases.party(case)
    begun = begin(
        actor,
        procedure=edition,
        item_code=case.item_code,
        cause=case.cause,
        facts=case.facts,
        source=Source.ASSIGNED,
        conduct_ended_on=case.conduct_ended_on,
        discovered_on=case.discovered_on,
        party_name=case.party_name,
    )
    row = insert(
        Redo(
            decision=found,
            other=begun,
            ordered_by=ordered_by,
            order_ref=order_ref,
            fault=fault,
            reason=reason,
            same_people=same_people,
            until=until,
            by_id=actor.officer_id,
            at=clock.now(),
        )
    )
    if until is not None:
        # The day of the order is a period of the new case: shown, reminded of, explained like every other.
        deadlines.start(
            REDO_TERM,
            case_id=begun.id,
            jurisdiction=begun.jurisdiction,
            start=clock.today(),
            length=(until - clock.today()).days,
            basis=order_ref,
        )
    record_party(begun, actor, {name: getattr(party, name) for name in _PARTY})
    for officer_id in people:
        add_duty(begun, officer_id, DutyKind.HANDLER, actor)
    payload = {
        "number": found.number,
        "other": str(begun.id),
        "ordered_by": OrderedBy(ordered_by).label,
        "order_ref": order_ref,
        "fault": Fault(fault).label,
        "reason": reason,
        "same_people": same_people,
        "until": until,
    }
    for told in (case, begun):
        append(
            "decision-redone",
            log=case.jurisdiction,
            subject=("redo", str(row.id)),
            case_id=told.id,
            actor=actor.snapshot(Role.HEAD),
            payload=payload,
        )
    return begun


def end_term(case: Case) -> None:
    """The order is obeyed: whatever was decided in the locked case that decides anew, its period ends."""
    term = running.open_period(case.pk, REDO_TERM)
    if term is not None:
        deadlines.end(term.id, on=max(clock.today(), term.starts_on))
