"""What happens to an approved file after the opinion voids the opinion — 行政处罚法 art. 58."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mingcha.cases import queries as cases
from mingcha.cases.locks import lock
from mingcha.cases.models import Case
from mingcha.documents.clearing import listen
from mingcha.ledger.actors import ActorSnapshot
from mingcha.ledger.reactions import on
from mingcha.review import queries
from mingcha.review.actions import clearing
from mingcha.review.actions.submitting import STAGE
from mingcha.review.actions.voiding import void_if_changed

__all__ = ["changed", "clearing", "redrafted"]

_CHANGING = ("evidence-recorded", "evidence-excluded", "recording-added", "recording-set-aside", "party-recorded")
# A new notice, or a void one, is part of what was reviewed; other papers follow the approval in the course of things.
_PAPERS = ("document-issued", "document-voided")


def changed(entry: Any, payload: Mapping[str, Any], actor: ActorSnapshot) -> None:
    """Void the approval when evidence, recordings or the notice differ from what was reviewed."""
    if entry.case_id is None or (entry.kind in _PAPERS and payload.get("kind") != "penalty-notice"):
        return
    case = lock(entry.case_id)
    beside = STAGE not in cases.procedure(case).stages
    if (beside or case.step in ("legal-review", "decide", "decide-grant")) and queries.standing(case) is not None:
        void_if_changed(case)


@listen
def redrafted(case: Case) -> None:
    """Void the approval when the draft that was approved is written anew; the entry names what changed."""
    if queries.standing(case) is not None:
        void_if_changed(case)


for _kind in (*_CHANGING, *_PAPERS):
    on(_kind)(changed)
