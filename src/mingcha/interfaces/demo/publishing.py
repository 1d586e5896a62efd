"""What the demonstration makes public: the clerk signs off, the head approves where the profile demands it (R024)."""

from __future__ import annotations

from mingcha.accounts.actors import Actor
from mingcha.accounts.queries import actor_named
from mingcha.disclosure import actions, approving
from mingcha.disclosure.models import Publication, Submission

APPROVER = "chengyuan"


def publish(publication: Publication, *, by: Actor) -> None:
    """Sign off in the name of `by`; what is only submitted by that is approved by another in the same moment."""
    made = actions.publish(publication.id, actor=by, attested=True)
    if isinstance(made, Submission):
        approving.answer(made.id, actor=actor_named(APPROVER), approved=True)
