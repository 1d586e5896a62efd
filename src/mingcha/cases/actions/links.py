"""The way into another procedure (转入其他程序): a case of its own that begins from this one."""

from __future__ import annotations

import uuid

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.cases import branches, queries
from mingcha.cases.access import sees
from mingcha.cases.actions.duties import add_duty
from mingcha.cases.actions.leads import begin, record_party
from mingcha.cases.choices import DutyKind, Source
from mingcha.cases.errors import MoveUnknown
from mingcha.cases.locks import lock
from mingcha.cases.models import Case, Link
from mingcha.cases.moves import may_take
from mingcha.catalogues import queries as catalogues
from mingcha.common import clock
from mingcha.common.errors import NotFound, Reason, Refused
from mingcha.common.prepared import insert
from mingcha.ledger.actions import append
from mingcha.procedures.queries import definition

_PARTY = ("kind", "name", "id_number", "uscc", "legal_representative", "address", "phone")


@transaction.atomic
def link(
    case_id: uuid.UUID, procedure: str, to: str, *, actor: Actor, reason: str = "", branch: uuid.UUID | None = None
) -> Case:
    """Begin the case that a move into another procedure opens: same party, same handlers, pinned to today's editions.

    This case stays where it is. Raises MoveUnknown, NotPermitted, Refused (guards; the other procedure is not
    published; its stage is none at which a case begins), InvalidInput.
    """
    case = lock(case_id)
    if not sees(actor, case):
        raise NotFound("没有找到这个案件，或者您无权查看。")
    line = branches.branch(case, branch) if branch else None
    here = queries.procedure(case).stage(line.stage if line else case.stage)
    move = next((row for row in here.links if (row.procedure, row.to) == (procedure, to)), None)
    if move is None:
        raise MoveUnknown(message=f"“{here.name}”环节不能转入这个程序，请刷新页面查看最新状态。")
    role, checks, reason = may_take(case, move, actor, reason)
    today = clock.today()
    pinned = catalogues.require(case.organisation_id, "procedure", today, procedure)
    flow = definition(pinned.id)
    if to not in flow.doors:
        raise Refused(
            [
                Reason(
                    "case-continues-elsewhere",
                    f"“{flow.name}”不能从“{flow.stage(to).name}”开始，应在原案件中继续办理。",
                    (here.article,),
                    "请打开关联的原案件继续办理。",
                )
            ]
        )
    party = queries.party(case)
    begun = begin(
        actor,
        procedure=pinned,
        stage=to,
        item_code=case.item_code,
        cause=case.cause,
        facts=case.facts,
        source=Source.TRANSFER,
        conduct_ended_on=case.conduct_ended_on,
        discovered_on=case.discovered_on,
        party_name=case.party_name,
    )
    record_party(begun, actor, {name: getattr(party, name) for name in _PARTY})
    for officer in queries.active_handlers(case):
        add_duty(begun, officer.id, DutyKind.HANDLER, actor)
    entry = append(
        "case-linked",
        log=case.jurisdiction,
        subject=("case", str(case.id)),
        case_id=case.id,
        actor=actor.snapshot(role),
        payload={
            "from": here.id,
            "label": move.label,
            "procedure": procedure,
            "to": to,
            "other": str(begun.id),
            "reason": reason,
            "guards": [{"name": found.name, "inputs": found.inputs} for found in checks],
        },
    )
    insert(Link(case=case, other=begun, stage=here.id, entry_id=entry.pk, at=clock.now()))
    return begun
