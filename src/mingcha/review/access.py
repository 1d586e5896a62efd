"""The door of counsel: what was handed over, as long as it was handed over for, and nothing else of the case."""

from __future__ import annotations

import uuid

from mingcha.accounts.actors import Actor
from mingcha.common import clock
from mingcha.common.errors import NotFound
from mingcha.review import queries
from mingcha.review.models import Consultation


def consultation(actor: Actor, consultation_id: uuid.UUID) -> Consultation:
    """A consultation addressed to this person. Raises NotFound for all others alike."""
    found = queries.consultation_of(actor.officer_id, consultation_id)
    if found is None:
        raise NotFound("没有找到这次征询，或者您无权查看。")
    return found


def readable(found: Consultation) -> bool:
    """Whether the materials are still open to counsel: in time, not recused, still in the pool."""
    recused = hasattr(found, "answer") and found.answer.kind == "recusal"
    return clock.today() <= found.until and not recused and not hasattr(found.counsel, "end")


def handed(actor: Actor, consultation_id: uuid.UUID, key: str) -> Consultation:
    """The consultation under which a material was handed over. Raises NotFound for what was not, or no longer is."""
    found = consultation(actor, consultation_id)
    if key not in found.materials or not readable(found):
        raise NotFound("没有找到这份材料，或者已经不再提供。")
    return found
