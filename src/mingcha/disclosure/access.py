"""The door from a clerk's request to a publication."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.common.errors import NotFound
from mingcha.disclosure.models import Publication


def visible(actor: Actor) -> QuerySet[Publication]:
    """Publications of the own organ for its clerk and head; of the jurisdiction for the supervisor."""
    rows = Publication.objects.select_related(
        "decision__case",
        "decision__document",
        "letter__case",
        "historic",
        "release",
        "withdrawal",
        "organisation",
    )
    if actor.has(Role.SUPERVISOR):
        return rows.filter(jurisdiction=actor.jurisdiction)
    if actor.has(Role.CLERK, Role.HEAD):
        return rows.filter(organisation_id=actor.organ_id)
    return rows.none()


def publication(actor: Actor, publication_id: uuid.UUID) -> Publication:
    """A publication this person may see. Raises NotFound."""
    found = visible(actor).filter(id=publication_id).first()
    if found is None:
        raise NotFound("没有找到这项公示，或者您无权查看。")
    return found
