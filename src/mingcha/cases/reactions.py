"""Consequences of acts of rooms above for where a case stands, in the same transaction."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases.locks import lock
from mingcha.cases.moves import pass_on
from mingcha.cases.periods import begin_by_service
from mingcha.ledger.actors import ActorSnapshot
from mingcha.ledger.reactions import on

_ROLES = {str(role.label): str(role.value) for role in Role}


@on("document-served")
def follow_service(entry: Any, payload: Mapping[str, Any], actor: ActorSnapshot) -> None:
    """Whoever served a letter need not say so again: the case goes on as far as nothing is left to decide."""
    case = lock(entry.case_id)
    begin_by_service(case)
    pass_on(case, acting(actor, case.jurisdiction))


def acting(snapshot: ActorSnapshot, jurisdiction: str) -> Actor | None:
    """The person of a snapshot, with no role but the one in which this act was done; None for the system."""
    if not snapshot.officer_id or snapshot.role not in _ROLES:
        return None
    return Actor(
        uuid.UUID(snapshot.officer_id),
        snapshot.name,
        uuid.UUID(snapshot.organisation_id),
        snapshot.organisation,
        "",
        jurisdiction,
        frozenset({_ROLES[snapshot.role]}),
    )
