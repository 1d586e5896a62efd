"""What every act of a hearing shares: its host, its open hearing, its entry in the journal."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from mingcha.accounts.actors import Actor
from mingcha.cases import access
from mingcha.cases import queries as cases
from mingcha.cases.locks import lock
from mingcha.cases.models import Case
from mingcha.cases.moves import advance, options
from mingcha.common.errors import NotPermitted, Refused
from mingcha.hearings import queries
from mingcha.hearings.errors import HearingState
from mingcha.hearings.models import Hearing
from mingcha.hearings.rules import may_host
from mingcha.ledger.actions import append
from mingcha.ledger.actors import ActorSnapshot

_HOST = "听证主持人"


def entered(kind: str, hearing: Hearing, by: ActorSnapshot, payload: Mapping[str, Any]) -> None:
    append(
        kind,
        log=hearing.case.jurisdiction,
        subject=("hearing", str(hearing.id)),
        case_id=hearing.case_id,
        actor=by,
        payload=payload,
    )


def hosted(case_id: uuid.UUID, actor: Actor, disinterested: bool = True) -> tuple[Case, Hearing]:
    """The locked case and its open hearing, for its host. Raises NotFound, NotPermitted, Refused, HearingState."""
    access.case(actor, case_id)
    case = lock(case_id)
    hearing = open_of(case)
    held = cases.duties_of(case, actor.officer_id)
    if not held:
        raise NotPermitted(message=f"只有本案的{_HOST}可以办理这项操作。")
    away = actor.officer_id in cases.avoiding(case)
    reasons = may_host(actor.name, held, avoiding=away, disinterested=disinterested)
    if reasons:
        raise Refused(reasons)
    return case, hearing


def open_of(case: Case) -> Hearing:
    hearing = queries.current(case)
    if hearing is None:
        raise HearingState("hearing-none", "本案没有正在组织的听证。当事人要求听证的，请先由机关负责人指定主持人。")
    return hearing


def go(case: Case, actor: Actor, to: str) -> None:
    """Take the move where the published procedure has it here and nothing stands against it."""
    for option in options(case, actor):
        if option.branch is None and option.move.to == to and option.permitted and option.open:
            advance(case.id, to, actor=actor)
            return
