"""What follows for a case that decides anew (重作) when it ends without a decision, in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mingcha.cases.locks import lock
from mingcha.decisions.actions.redoing import end_term
from mingcha.ledger.actors import ActorSnapshot
from mingcha.ledger.reactions import on


@on("case-moved")
def end_with_the_case(entry: Any, payload: Mapping[str, Any], actor: ActorSnapshot) -> None:
    """Not filed again, or closed without an act: the term of the order ends with the case."""
    if payload["to"] == "close":
        end_term(lock(entry.case_id))
