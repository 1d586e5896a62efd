"""The door from an official's request to a letter."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.db.models import Q, QuerySet

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.common.errors import NotFound
from mingcha.petitions.choices import StepKind
from mingcha.petitions.models import Petition, Step


def visible(actor: Actor) -> QuerySet[Petition]:
    """All letters of the jurisdiction for its supervisor; for head and clerk those referred to their organ."""
    rows = Petition.objects.select_related("organisation", "publication__decision")
    if actor.has(Role.SUPERVISOR):
        return rows.filter(jurisdiction=actor.jurisdiction)
    if actor.has(Role.HEAD, Role.CLERK):
        return rows.filter(Q(steps__kind="referred", steps__organisation_id=actor.organ_id)).distinct()
    return rows.none()


def petition(actor: Actor, petition_id: uuid.UUID) -> Petition:
    """A letter this person may read. Raises NotFound."""
    found = visible(actor).filter(id=petition_id).first()
    if found is None:
        raise NotFound("没有找到这封来信，或者您无权查看。")
    return found


def knows_sender(actor: Actor) -> bool:
    """Whether this person reads who wrote; the organ reads only what it has to report on."""
    return actor.has(Role.SUPERVISOR)


def steps(actor: Actor, rows: Sequence[Step]) -> list[Step]:
    """The steps of a letter that this person reads."""
    between = (StepKind.REFERRED, StepKind.REPORTED)
    return [row for row in rows if knows_sender(actor) or row.kind in between]
