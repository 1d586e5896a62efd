"""What the law demands of disclosure when a decision is issued or revoked, in the same transaction."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from mingcha.decisions.queries import decision
from mingcha.disclosure.actions import queue, withdraw_revoked
from mingcha.ledger.actors import ActorSnapshot
from mingcha.ledger.reactions import on


@on("decision-issued")
def queue_publication(entry: Any, payload: Mapping[str, Any], actor: ActorSnapshot) -> None:
    queue(decision(uuid.UUID(entry.subject_id)), by=actor)


@on("decision-revoked")
def withdraw_publication(entry: Any, payload: Mapping[str, Any], actor: ActorSnapshot) -> None:
    withdraw_revoked(decision(uuid.UUID(entry.subject_id)), reason=payload["reason"], by=actor)
