"""What rooms above must allow before a paper by which an act is decided is made (制作决定文书的前提); they register it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from mingcha.cases import queries as cases
from mingcha.cases.models import Case
from mingcha.common.errors import Refused
from mingcha.documents import preceding, queries
from mingcha.ledger.actors import ActorSnapshot

# Called in the transaction that makes the paper, before a number is spent; refuses by raising.
Gate = Callable[[Case, str, Mapping[str, Any], uuid.UUID, ActorSnapshot], None]
_gates: list[Gate] = []
# Told that the draft of such a paper was saved anew, in the same transaction.
Listener = Callable[[Case], None]
_listeners: list[Listener] = []
# Asked before any paper is made in a closed case: case, kind, title, who makes it.
Opener = Callable[[Case, str, str, ActorSnapshot], None]
_openers: list[Opener] = []


def gate(asked: Gate) -> Gate:
    """Register a gate; once, when the room is loaded."""
    _gates.append(asked)
    return asked


def clear(case: Case, kind: str, fields: Mapping[str, Any], document_id: uuid.UUID, by: ActorSnapshot) -> None:
    """Ask all gates about a paper with these fields that is about to be made. Raises Refused.

    What the procedure puts before the decision stands before it: a paper of each stage that was passed.
    """
    if kind not in queries.cleared_kinds() or kind not in queries.decisive(cases.procedure(case).code):
        return
    if reasons := preceding.lacking(case, kind):
        raise Refused(reasons)
    for asked in _gates:
        asked(case, kind, fields, document_id, by)


def listen(told: Listener) -> Listener:
    """Register who is told of a redraft; once, when the room is loaded."""
    _listeners.append(told)
    return told


def redrafted(case: Case, kind: str) -> None:
    """Tell all listeners that a deciding paper of a locked case was drafted anew."""
    for told in _listeners if kind in queries.decisive(cases.procedure(case).code) else ():
        told(case)


def opener(asked: Opener) -> Opener:
    """Register who makes room for the papers of a closed case; once, when the room is loaded."""
    _openers.append(asked)
    return asked


def open_for(case: Case, kind: str, title: str, by: ActorSnapshot) -> None:
    """A paper comes to a locked case after its closing (结案后的文书): where the dossier is sealed, a volume is opened."""
    if case.closed_on is not None:
        for asked in _openers:
            asked(case, kind, title, by)
