"""Branches beside the main line and ways into other procedures: moves.py split."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from mingcha.cases import periods, queries
from mingcha.cases.models import Branch, BranchMove, Case
from mingcha.common import clock
from mingcha.common.errors import Conflict, NotFound
from mingcha.common.prepared import insert, update
from mingcha.ledger.actions import append
from mingcha.ledger.actors import ActorSnapshot
from mingcha.procedures.definition import Definition, Move, Stage

# Where a branch ends besides the stage it came from: the close of the case itself belongs to the main line.
CLOSE = "close"


def branch(case: Case, branch_id: uuid.UUID) -> Branch:
    """An open branch of the case. Raises NotFound."""
    found = next((row for row in queries.open_branches(case) if row.id == branch_id), None)
    if found is None:
        raise NotFound("这个并行环节已经结束，或者不属于本案。")
    return found


def open_branch(case: Case, move: Move, target: Stage, payload: Mapping[str, Any], by: ActorSnapshot) -> Branch:
    """Begin the branch that a parallel move of a locked case opens. Raises Conflict while it runs already."""
    if any(row.door == move.to for row in queries.open_branches(case)):
        raise Conflict("branch-running", f"“{target.name}”已经在并行办理，请在下方的并行环节中继续。")
    entry = append(
        "branch-opened",
        log=case.jurisdiction,
        subject=("case", str(case.id)),
        case_id=case.id,
        actor=by,
        payload=payload,
    )
    row = insert(
        Branch(
            case=case,
            origin=move.source,
            door=move.to,
            stage=move.to,
            step=target.step,
            entry_id=entry.pk,
            opened_at=clock.now(),
        )
    )
    periods.enter(case, target)
    return row


def move_branch(
    case: Case, row: Branch, move: Move, flow: Definition, payload: Mapping[str, Any], by: ActorSnapshot
) -> Branch:
    """Move a branch of a locked case; back where it began, or at the close, it ends."""
    here, target = flow.stage(row.stage), flow.stage(move.to)
    ends = target.id in (row.origin, CLOSE) or target.terminal
    entry = append(
        "branch-moved",
        log=case.jurisdiction,
        subject=("case", str(case.id)),
        case_id=case.id,
        actor=by,
        payload={**payload, "branch": str(row.id), "ended": ends},
    )
    insert(
        BranchMove(
            branch=row, seq=row.moves + 1, source=here.id, target=target.id, entry_id=entry.pk, at=entry.recorded_at
        )
    )
    row.stage, row.step, row.moves = target.id, target.step, row.moves + 1
    row.closed_at = clock.now() if ends else None
    update(row, "stage", "step", "moves", "closed_at")
    periods.leave(case, here)
    if not ends:
        periods.enter(case, target)
    return row
