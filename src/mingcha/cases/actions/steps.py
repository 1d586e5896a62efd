"""One act of a person that states facts, makes findings and takes the move they allow (一并办理)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.cases.actions.facts import state_facts
from mingcha.cases.models import Case
from mingcha.cases.moves import advance


@transaction.atomic
def take_step(
    case_id: uuid.UUID,
    to: str,
    *,
    actor: Actor,
    reason: str = "",
    branch: uuid.UUID | None = None,
    said: Mapping[str, Any] | None = None,
    found: Iterable[Mapping[str, Any]] = (),
) -> Case:
    """Facts, findings and move in one transaction: nothing is kept when the move is refused. Raises as `advance`."""
    if said:
        state_facts(case_id, actor=actor, said=said)
    return advance(case_id, to, actor=actor, reason=reason, branch=branch, found=found)
