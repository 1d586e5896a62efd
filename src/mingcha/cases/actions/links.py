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
from mingcha.cases.moves import Checked, may_take, resume
from mingcha.catalogues import queries as catalogues
from mingcha.common import clock
from mingcha.common.errors import NotFound, Reason, Refused
from mingcha.common.prepared import insert
from mingcha.ledger.actions import append
from mingcha.ledger.actors import ActorSnapshot
from mingcha.ledger.kinds import kind
from mingcha.ledger.models import JournalEntry
from mingcha.procedures.definition import Move, Stage
from mingcha.procedures.queries import definition

kind("case-returned", "回到原程序")

_PARTY = ("kind", "name", "id_number", "uscc", "legal_representative", "address", "phone")


@transaction.atomic
def link(
    case_id: uuid.UUID, procedure: str, to: str, *, actor: Actor, reason: str = "", branch: uuid.UUID | None = None
) -> Case:
    """Begin the case that a move into another procedure opens: same party, same handlers, pinned to today's editions.

    Where the move leads into the middle of the procedure that this case came from, that case is taken up again there,
    along its own pinned edition. This case stays where it is. Raises MoveUnknown, NotPermitted, Refused (guards; the
    other procedure is not published; there is no case to take up again), InvalidInput.
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
        return _go_back(case, here, move, checks, reason, actor.snapshot(role), actor)
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
    entry = _told("case-linked", case, begun, here, move, checks, reason, actor.snapshot(role))
    insert(Link(case=case, other=begun, stage=here.id, entry_id=entry.pk, at=clock.now()))
    return begun


def _told(
    name: str,
    case: Case,
    other: Case,
    here: Stage,
    move: Move,
    checks: tuple[Checked, ...],
    reason: str,
    by: ActorSnapshot,
) -> JournalEntry:
    return append(
        name,
        log=case.jurisdiction,
        subject=("case", str(case.id)),
        case_id=case.id,
        actor=by,
        payload={
            "from": here.id,
            "label": move.label,
            "procedure": move.procedure,
            "to": move.to,
            "other": str(other.id),
            "reason": reason,
            "guards": [{"name": found.name, "inputs": found.inputs} for found in checks],
        },
    )


def _go_back(
    case: Case, here: Stage, move: Move, checks: tuple[Checked, ...], reason: str, by: ActorSnapshot, actor: Actor
) -> Case:
    """Take the interrupted case up again at the stage that this procedure leads back to. Returns that case.

    Raises Refused where this case began from none, the other one is closed, or its stage must not be entered yet.
    """
    began = next((row for row in queries.links(case) if row.other_id == case.id), None)
    origin = lock(began.case_id) if began else None
    flow = queries.procedure(origin) if origin else None
    if origin is None or flow is None or flow.code != move.procedure or origin.closed_on is not None:
        raise Refused(
            [
                Reason(
                    "case-to-continue-missing",
                    f"“{move.label}”应当回到原案件继续办理，但本案不是从那个程序转来的，或者原案件已经结案。",
                    (here.article,),
                    "请核对关联案件。",
                )
            ]
        )
    _told("case-returned", case, origin, here, move, checks, reason, by)
    if origin.stage != move.to:
        resume(origin, case, here.id, move, actor, reason, by)
    return origin
