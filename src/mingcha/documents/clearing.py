"""What rooms above must allow before a paper by which an act is decided is made (制作决定文书的前提); they register it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from mingcha.cases.models import Case
from mingcha.documents import queries
from mingcha.ledger.actors import ActorSnapshot

# Called in the transaction that makes the paper, before a number is spent; refuses by raising.
Gate = Callable[[Case, str, Mapping[str, Any], uuid.UUID, ActorSnapshot], None]
_gates: list[Gate] = []


def gate(asked: Gate) -> Gate:
    """Register a gate; once, when the room is loaded."""
    _gates.append(asked)
    return asked


def clear(case: Case, kind: str, fields: Mapping[str, Any], document_id: uuid.UUID, by: ActorSnapshot) -> None:
    """Ask all gates about a paper with these fields that is about to be made. Raises Refused."""
    for asked in _gates if kind in queries.cleared_kinds() else ():
        asked(case, kind, fields, document_id, by)
