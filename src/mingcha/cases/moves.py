"""Moving a case along its pinned procedure: the only place that changes a stage."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from mingcha.accounts.actors import SYSTEM, Actor
from mingcha.accounts.choices import Role
from mingcha.cases import branches, findings, periods
from mingcha.cases.access import sees
from mingcha.cases.choices import DutyKind
from mingcha.cases.errors import MoveUnknown
from mingcha.cases.locks import lock
from mingcha.cases.models import Branch, Case, Return, StageChange
from mingcha.cases.numbers import allocate, filing_code
from mingcha.cases.queries import avoiding, changes, duties_of, open_branches, procedure
from mingcha.cases.rules import ground, grounded, may_approve
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import NotFound, NotPermitted, Reason, Refused
from mingcha.common.prepared import insert, update
from mingcha.deadlines.queries import open_period
from mingcha.ledger.actions import append
from mingcha.ledger.actors import ActorSnapshot
from mingcha.procedures import guards
from mingcha.procedures.definition import Move, Stage
from mingcha.procedures.shipped import account_role, role_label

# Who takes a move in a duty of the case must hold it; others of the same role stay out.
_DUTIES = {
    "hearing_host": DutyKind.HEARING_HOST,
    "recorder": DutyKind.HEARING_HOST,
    Role.HANDLER: DutyKind.HANDLER,
    Role.REVIEWER: DutyKind.REVIEWER,
}


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
    # The branch beside the main line that would move; None for the case itself.
    branch: uuid.UUID | None = None

    @property
    def open(self) -> bool:
        return all(check.met for check in self.checks)

    @property
    def reasons(self) -> list[Reason]:
        return [reason for check in self.checks for reason in check.reasons]


def options(case: Case, actor: Actor) -> list[Option]:
    """The moves from the present stage and from the open branches, each with the answers of its guards."""
    flow = procedure(case)
    beside = open_branches(case)
    lines = [(None, case.stage), *((row.id, row.stage) for row in beside)]
    running = {row.door for row in beside}
    return [
        Option(move, _role(case, move, actor) is not None, _ask(move, case, actor), line)
        for line, place in lines
        for move in flow.stage(place).moves
        if not (move.parallel and move.to in running)
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
                ground(known.article, case.act_type) if known else "",
                tuple(grounded(answer.reasons, case.act_type)),
                answer.inputs,
            )
        )
    for found, answer in guards.ask_standing(case, actor, move):
        checks.append(Checked(found.name, found.label, found.article, answer.reasons, answer.inputs))
    return tuple(checks)


def _role(case: Case, move: Move, actor: Actor) -> str | None:
    """The role in which this person may take the move, or None."""
    for wanted in move.roles:
        role = account_role(wanted)
        if not role or not actor.has(role) or actor.organ_id != case.organisation_id:
            continue
        duty = _DUTIES.get(wanted) or _DUTIES.get(role)
        if duty and duty not in duties_of(case, actor.officer_id):
            continue
        if duty == DutyKind.HANDLER and actor.officer_id in avoiding(case):
            continue
        if may_approve(actor.name, role, duties_of(case, actor.officer_id)):
            continue
        return role
    return None


def _required_role(case: Case, move: Move, actor: Actor) -> str:
    role = _role(case, move, actor)
    if role is None:
        held = duties_of(case, actor.officer_id)
        own = [reason for item in sorted(actor.roles) for reason in may_approve(actor.name, item, held)]
        if own and any(actor.has(account_role(item)) for item in move.roles):
            raise Refused(grounded(own, case.act_type))
        wanted = "、".join(role_label(item) for item in move.roles)
        raise NotPermitted(message=f"“{move.label}”应由本案的{wanted}办理。", data={"roles": list(move.roles)})
    return role


def may_take(
    case: Case, move: Move, actor: Actor, reason: str = "", asked: Option | None = None, closing: bool = False
) -> tuple[str, tuple[Checked, ...], str]:
    """Role, answers of the guards and checked reason for a move of a locked case.

    `asked` is what `option()` answered in the same transaction; `closing`: the main line would enter the close.
    Raises NotPermitted, InvalidInput when a reason is demanded and missing, Refused with all that is unmet.
    """
    role = _required_role(case, move, actor)
    check = Check()
    reason = check.text("reason", reason, "理由", most=1000, required=move.needs_reason)
    check.done()
    checks = asked.checks if asked is not None and asked.move == move else _ask(move, case, actor)
    unmet = [item for found in checks for item in found.reasons]
    unmet += _still_open(case) if closing else []
    if unmet:
        raise Refused(unmet)
    return role, checks, reason


def _still_open(case: Case) -> list[Reason]:
    flow = procedure(case)
    return [
        Reason(
            "branch-open",
            f"并行的“{flow.stage(row.stage).name}”还没有办结，不能结案。",
            (flow.stage(row.stage).article,),
            "请先办结并行环节。",
        )
        for row in open_branches(case)
    ]


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
    branch: uuid.UUID | None = None,
    found: Iterable[Mapping[str, Any]] = (),
) -> Case:
    """Move a case, or one of its branches, to `to`. `action` names the action of a room above that owns the move.

    `asked` is what `option()` answered for this move in the same transaction, so that guards are asked once.
    `found`: findings made together with the move (guard, met, grounds). What leaves nothing to decide follows at once.

    Raises MoveUnknown (no such move now, e.g. somebody was faster), NotPermitted, Refused with all unmet guards,
    InvalidInput when a reason is demanded and missing.
    """
    case = lock(case_id)
    if not sees(actor, case):
        raise NotFound("没有找到这个案件，或者您无权查看。")
    definition = procedure(case)
    line = branches.branch(case, branch) if branch else None
    here = definition.stage(line.stage if line else case.stage)
    move = definition.move(here.id, to)
    if move is None or move.action != action:
        name = definition.stage(to).name if to in definition.stages else to
        raise MoveUnknown(
            message=f"案件现处于“{here.name}”环节，不能直接转入“{name}”。可能他人刚刚办理过，请刷新页面查看最新状态。"
        )
    findings.record_findings(case_id, found, actor=actor)
    closing = to == branches.CLOSE and line is None
    role, checks, reason = may_take(case, move, actor, reason, asked, closing)
    _carry_out(case, line, move, checks, actor.snapshot(role), reason, data or {})
    return pass_on(case, actor, beside=branch is not None)


def _carry_out(
    case: Case,
    line: Branch | None,
    move: Move,
    checks: tuple[Checked, ...],
    by: ActorSnapshot,
    reason: str,
    data: Mapping[str, Any],
) -> Case:
    """Journal, change of stage and periods of a move of a locked case whose guards have answered."""
    definition = procedure(case)
    here, target = definition.stage(move.source), definition.stage(move.to)
    payload = {
        "from": here.id,
        "from_name": here.name,
        "to": target.id,
        "to_name": target.name,
        "label": move.label,
        "reason": reason,
        "guards": [{"name": found.name, "inputs": found.inputs} for found in checks],
        **data,
    }
    if move.parallel:
        branches.open_branch(case, move, target, payload, by)
        return case
    if line is not None:
        branches.move_branch(case, line, move, definition, payload, by)
        return case
    entry = append(
        "case-moved",
        log=case.jurisdiction,
        subject=("case", str(case.id)),
        case_id=case.id,
        actor=by,
        payload=payload,
    )
    change = StageChange(
        case=case, seq=case.moves + 1, source=here.id, target=target.id, entry_id=entry.pk, at=entry.recorded_at
    )
    insert(change)
    fields = ["stage", "step", "moves"]
    case.stage, case.step, case.moves = target.id, target.step, case.moves + 1
    filed = "PEN-01" in target.starts and not case.number
    if filed:
        # The number is given and the ninety days begin with the filing — 行政处罚法 art. 54, 60.
        case.number, case.filed_on = allocate(case.organisation, filing_code()), clock.today()
        fields += ["number", "filed_on"]
    if target.terminal or not target.moves:
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
            actor=by,
            payload={
                "number": case.number,
                "filed_on": case.filed_on,
                "reason": reason or findings.grounds(case, _names(checks)),
            },
        )
    return case


def _names(checks: tuple[Checked, ...]) -> list[str]:
    return [check.name for check in checks]


@transaction.atomic
def expire(case_id: uuid.UUID, rule: str) -> bool:
    """Take the move that follows by law when a period has run out (期限届满). False where nothing follows now.

    Only moves that the published procedure gives to the system, and only with all guards met; otherwise the period
    stays red until somebody acts.
    """
    case = lock(case_id)
    period = open_period(case.id, rule)
    if period is None or period.paused or clock.today() <= period.due_on:
        return False
    for move in procedure(case).stage(case.stage).own:
        if rule in move.expiries and "system" in move.roles and not move.action and not move.parallel:
            checks = _ask(move, case, _NOBODY)
            if all(check.met for check in checks) and not (move.to == branches.CLOSE and open_branches(case)):
                reason = f"“{period.label}”于{period.due_on.isoformat()}届满。"
                _carry_out(case, None, move, checks, SYSTEM, reason, {"expired": rule})
                pass_on(case, None)
                return True
    return False


def pass_on(case: Case, actor: Actor | None, *, beside: bool = True) -> Case:
    """Take the moves of a locked case that leave nothing to decide (自动经过), as long as their guards hold.

    In the name of `actor` where the move is his, by the system where the procedure names the system. Branches too,
    unless `beside` is false and none was opened on the way. What is not met waits for a person.
    """
    flow = procedure(case)
    while True:
        lines: list[tuple[Branch | None, Stage]] = [(None, flow.stage(case.stage))]
        lines += [(row, flow.stage(row.stage)) for row in open_branches(case)] if beside else []
        taken = next((move for line, stage in lines for move in stage.own if _passed(case, line, move, actor)), None)
        if taken is None:
            return case
        beside = beside or taken.parallel


def _passed(case: Case, line: Branch | None, move: Move, actor: Actor | None) -> bool:
    """Whether a move left nothing to decide and was taken."""
    if not move.passes or move.action or move.needs_reason:
        return False
    role = _role(case, move, actor) if actor else None
    if role is None and "system" not in move.roles:
        return False
    if move.parallel and _opened_here(case, move):
        return False
    if move.to == branches.CLOSE and line is None and open_branches(case):
        return False
    checks = _ask(move, case, actor or _NOBODY)
    if not all(check.met for check in checks):
        return False
    by = actor.snapshot(role) if actor and role else SYSTEM
    _carry_out(case, line, move, checks, by, "", {"passed": True})
    return True


def resume(case: Case, other: Case, other_stage: str, move: Move, actor: Actor, reason: str, by: ActorSnapshot) -> None:
    """Take a locked case up again at the stage to which `move` of the other case leads back.

    No edge of its own edition: the return is kept in a row of its own, which the database compares with the edges of
    the other case's edition. Raises Refused with what the stage demands on entering.
    """
    flow = procedure(case)
    onward = Move(case.stage, move.to, move.label, move.roles, flow.stage(move.to).guards)
    checks = _ask(onward, case, actor)
    unmet = [item for found in checks for item in found.reasons]
    if unmet:
        raise Refused(unmet)
    insert(
        Return(
            case=case,
            other=other,
            other_stage=other_stage,
            seq=case.moves + 1,
            source=case.stage,
            target=move.to,
            at=clock.now(),
        )
    )
    _carry_out(case, None, onward, checks, by, reason, {"returned_from": str(other.id)})


def _opened_here(case: Case, move: Move) -> bool:
    """Whether the branch of this move was opened since the case came to its stage: once is enough."""
    last = next((row.entry_id for row in reversed(changes(case))), 0)
    return Branch.objects.filter(case=case, door=move.to, entry_id__gt=last).exists()


def settle(case: Case, branch: Branch, to: str, reason: str) -> None:
    """The system ends a branch of a locked case where a fact has settled it; the published move must name the system."""
    move = procedure(case).move(branch.stage, to)
    if move is not None and "system" in move.roles:
        _carry_out(case, branch, move, _ask(move, case, _NOBODY), SYSTEM, reason, {"passed": True})


# Guards are told who acts; no guard of a move by the clock rests on a person.
_NOBODY = Actor(uuid.UUID(int=0), SYSTEM.name, uuid.UUID(int=0), "", "", "", frozenset())
