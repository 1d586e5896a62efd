"""The door from a clerk's request to a publication."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.common.errors import NotFound
from mingcha.common.prepared import prepared
from mingcha.disclosure.models import Publication


def visible(actor: Actor) -> QuerySet[Publication]:
    """Publications of the own organ for its clerk and head; of the jurisdiction for the supervisor."""
    rule = _rule(actor)
    return _rows().filter(**rule) if rule else _rows().none()


def _rows() -> QuerySet[Publication]:
    return Publication.objects.select_related(
        "decision__case",
        "decision__document",
        "letter__case",
        "historic",
        "release",
        "withdrawal",
        "organisation",
    )


def _rule(actor: Actor) -> dict[str, Any]:
    """What a publication and a person must have in common; empty: the person sees none."""
    if actor.has(Role.SUPERVISOR):
        return {"jurisdiction": actor.jurisdiction}
    return {"organisation_id": actor.organ_id} if actor.has(Role.CLERK, Role.HEAD) else {}


@prepared
def _one(publication_id: uuid.UUID) -> QuerySet[Publication]:
    return _rows().filter(id=publication_id)


def publication(actor: Actor, publication_id: uuid.UUID) -> Publication:
    """A publication this person may see. Raises NotFound."""
    found, rule = next(iter(_one(publication_id)), None), _rule(actor)
    if found is None or not rule or any(getattr(found, name) != value for name, value in rule.items()):
        raise NotFound("没有找到这项公示，或者您无权查看。")
    return found
