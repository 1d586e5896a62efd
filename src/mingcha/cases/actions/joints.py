"""Joining and parting of cases (并案、分案), and a further party of the same matter: nothing is lost, both journals tell."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access, queries
from mingcha.cases.actions.evidence import adopt
from mingcha.cases.actions.leads import register_lead
from mingcha.cases.choices import Source
from mingcha.cases.locks import lock
from mingcha.cases.models import Case, Evidence, Joining, Parting
from mingcha.cases.rules import may_join, may_part
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, NotFound, Refused
from mingcha.common.prepared import insert
from mingcha.ledger.actions import append


def _both(case_id: uuid.UUID, other_id: uuid.UUID, actor: Actor) -> tuple[Case, Case]:
    """Both cases of a handler, locked in the order of their keys, so that two people never wait for each other."""
    rows = {key: lock(key) for key in sorted((case_id, other_id))}
    for key in rows:
        access.own_locked(actor, key)
    return rows[case_id], rows[other_id]


def _new(rows: list[Evidence], have: list[Evidence]) -> list[Evidence]:
    """Evidence that the other side does not have yet: another thing, time or file."""
    known = {(row.kind, row.name, row.collected_at, row.file_id) for row in have}
    return [row for row in rows if (row.kind, row.name, row.collected_at, row.file_id) not in known]


def _tell(kind: str, case: Case, other: Case, actor: Actor, payload: dict[str, Any]) -> None:
    for one, two in ((case, other), (other, case)):
        append(
            kind,
            log=one.jurisdiction,
            subject=("case", str(one.id)),
            case_id=one.id,
            actor=actor.snapshot(Role.HANDLER),
            payload={"other": str(two.id), "number": two.number, "party": two.party_name, **payload},
        )


@transaction.atomic
def join(case_id: uuid.UUID, other_id: uuid.UUID, *, actor: Actor, reason: str) -> Joining:
    """Join two cases of the organ (并案). Each receives the evidence of the other, marked with where it comes from.

    Raises Refused for a decided case or another organ, Conflict when joined already.
    """
    case, other = _both(case_id, other_id, actor)
    check = Check()
    reason = check.text("reason", reason, "并案的理由", most=500)
    check.done()
    if reasons := may_join(case, other):
        raise Refused(reasons)
    if any({row.case_id, row.other_id} == {case.id, other.id} for row in queries.joinings(case)):
        raise Conflict("joint-twice", "这两个案件已经并案办理。")
    ours, theirs = queries.counted_evidence(case), queries.counted_evidence(other)
    received = [
        [adopt(case, row, other, actor).seq for row in _new(theirs, ours)],
        [adopt(other, row, case, actor).seq for row in _new(ours, theirs)],
    ]
    row = insert(Joining(case=case, other=other, reason=reason, received=received, at=clock.now()))
    _tell("cases-joined", case, other, actor, {"reason": reason})
    return row


@transaction.atomic
def part(joining_id: uuid.UUID, *, actor: Actor, reason: str) -> Parting:
    """Part two joined cases (分案). Both keep all they have; a decided case is not parted."""
    found = Joining.objects.filter(id=joining_id, parting=None).first()
    if found is None:
        raise NotFound("没有找到这次并案，或者已经分案。")
    case, other = _both(found.case_id, found.other_id, actor)
    check = Check()
    reason = check.text("reason", reason, "分案的理由", most=500)
    check.done()
    if reasons := may_part(case, other):
        raise Refused(reasons)
    row = insert(Parting(joining=found, reason=reason, at=clock.now()))
    _tell("cases-parted", case, other, actor, {"reason": reason})
    return row


@transaction.atomic
def add_party(case_id: uuid.UUID, *, actor: Actor, reason: str, **party: str) -> Case:
    """A further party of the same matter (共同违法的其他当事人): a case of its own, joined to this one.

    So each party has its own notice, penalty, service and remedies. `party` as in `register_lead`.
    """
    case = access.own_locked(actor, case_id)
    second = next((row.id for row in queries.active_handlers(case) if row.id != actor.officer_id), None)
    day: dt.date = case.conduct_ended_on
    other = register_lead(
        actor=actor,
        procedure=queries.procedure(case).code,
        source=Source.OTHER,
        cause=case.cause,
        facts=case.facts,
        item_code=case.item_code,
        conduct_ended_on=day,
        discovered_on=case.discovered_on,
        second_officer_id=second,
        **party,
    )
    join(case.id, other.id, actor=actor, reason=reason)
    return other
