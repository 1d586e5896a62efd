"""Moving a case along its pinned procedure: the only place that changes a stage."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import periods
from mingcha.cases.access import sees
from mingcha.cases.choices import DutyKind
from mingcha.cases.errors import MoveUnknown
from mingcha.cases.locks import lock
from mingcha.cases.models import Case, StageChange
from mingcha.cases.numbers import allocate
from mingcha.cases.queries import avoiding, duties_of, procedure
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import NotFound, NotPermitted, Reason, Refused
from mingcha.common.prepared import insert, update
from mingcha.ledger.actions import append
from mingcha.procedures import guards
from mingcha.procedures.definition import Move


@dataclass(frozen=True)
class Checked:
    """One guard of a move with its answer, for the screen and the journal."""

    name: str
    label: str
    article: str
    reasons: tuple[Reason, ...]
    inputs: Mapping[str, Any]

    @property
    def met(self) -> bool:
        return not self.reasons


@dataclass(frozen=True)
class Option:
    """A move that could come next, whether this person may take it, and what stands in the way."""

    move: Move
    permitted: bool
    checks: tuple[Checked, ...]

    @property
    def open(self) -> bool:
        return all(check.met for check in self.checks)

    @property
    def reasons(self) -> list[Reason]:
        return [reason for check in self.checks for reason in check.reasons]


def options(case: Case, actor: Actor) -> list[Option]:
    """The moves from the present stage, each with the answers of its guards."""
    return [
        Option(move, _role(case, move, actor) is not None, _ask(move, case, actor))
        for move in procedure(case).stage(case.stage).moves
    ]


def option(case: Case, actor: Actor, action: str) -> Option | None:
    """The move from the present stage that a named action of a room above takes, with the answers of its guards."""
    for move in procedure(case).stage(case.stage).moves:
        if move.action == action:
            return Option(move, _role(case, move, actor) is not None, _ask(move, case, actor))
    return None


def _ask(move: Move, case: Case, actor: Actor) -> tuple[Checked, ...]:
    checks = []
    for name in move.guards:
        answer = guards.ask(name, case, actor)
        known = guards.known(name)
        checks.append(
            Checked(
                name,
                known.label if known else name,
                known.article if known else "",
                answer.reasons,
                answer.inputs,
            )
        )
    return tuple(checks)


def _role(case: Case, move: Move, actor: Actor) -> str | None:
    """The role in which this person may take the move, or None."""
    for role in move.roles:
        if not actor.has(role) or actor.organ_id != case.organisation_id:
            continue
        if role == Role.HANDLER:
            if DutyKind.HANDLER not in duties_of(case, actor.officer_id) or actor.officer_id in avoiding(case):
                continue
        elif role == Role.REVIEWER and DutyKind.REVIEWER not in duties_of(case, actor.officer_id):
            continue
        return role
    return None


@transaction.atomic
def advance(
    case_id: uuid.UUID,
    to: str,
    *,
    actor: Actor,
    reason: str = "",
    action: str = "",
    data: Mapping[str, Any] | None = None,
    asked: Option | None = None,
) -> Case:
    """Move a case to `to`. `action` names the action of a room above that owns the move.

    `asked` is what `option()` answered for this move in the same transaction, so that guards are asked once.

    Raises MoveUnknown (no such move now, e.g. somebody was faster), NotPermitted, Refused with all unmet guards,
    InvalidInput when a reason is demanded and missing.
    """
    case = lock(case_id)
    if not sees(actor, case):
        raise NotFound("没有找到这个案件，或者您无权查看。")
    definition = procedure(case)
    move = definition.move(case.stage, to)
    here = definition.stage(case.stage)
    if move is None or move.action != action:
        name = definition.stage(to).name if to in definition.stages else to
        raise MoveUnknown(
            message=f"案件现处于“{here.name}”环节，不能直接转入“{name}”。可能他人刚刚办理过，请刷新页面查看最新状态。"
        )
    role = _role(case, move, actor)
    if role is None:
        wanted = "、".join(Role(item).label for item in move.roles)
        raise NotPermitted(message=f"“{move.label}”应由本案的{wanted}办理。", data={"roles": list(move.roles)})
    check = Check()
    reason = check.text("reason", reason, "理由", most=1000, required=move.needs_reason)
    check.done()
    checks = asked.checks if asked is not None and asked.move == move else _ask(move, case, actor)
    unmet = [item for found in checks for item in found.reasons]
    if unmet:
        raise Refused(unmet)
    target = definition.stage(to)
    entry = append(
        "case-moved",
        log=case.jurisdiction,
        subject=("case", str(case.id)),
        case_id=case.id,
        actor=actor.snapshot(role),
        payload={
            "from": here.id,
            "from_name": here.name,
            "to": to,
            "to_name": target.name,
            "label": move.label,
            "reason": reason,
            "guards": [{"name": found.name, "inputs": found.inputs} for found in checks],
            **(data or {}),
        },
    )
    change = StageChange(
        case=case, seq=case.moves + 1, source=here.id, target=to, entry_id=entry.pk, at=entry.recorded_at
    )
    insert(change)
    fields = ["stage", "step", "moves"]
    case.stage, case.step, case.moves = to, target.step, case.moves + 1
    filed = "PEN-01" in target.starts and not case.number
    if filed:
        # The number is given and the ninety days begin with the filing — 行政处罚法 art. 54, 60.
        case.number, case.filed_on = allocate(case.organisation, "立"), clock.today()
        fields += ["number", "filed_on"]
    if not target.moves:
        case.closed_on = clock.today()
        fields.append("closed_on")
    update(case, *fields)
    periods.leave(case, here)
    periods.enter(case, target)
    if filed:
        append(
            "case-filed",
            log=case.jurisdiction,
            subject=("case", str(case.id)),
            case_id=case.id,
            actor=actor.snapshot(role),
            payload={"number": case.number, "filed_on": case.filed_on, "reason": reason},
        )
    return case
