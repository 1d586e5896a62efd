"""The only door from a request to drafts and editions: who may write, review and publish lists."""

from __future__ import annotations

import uuid

from django.db.models import Q, QuerySet

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.catalogues.models import Draft, Edition, Proposal, Superior
from mingcha.common.errors import NotFound

# Who keeps the lists of an organ, who reviews them, who puts them in force.
WRITERS = (Role.ADMIN, Role.UNIT_HEAD, Role.CLERK)
REVIEWERS = (Role.REVIEWER, Role.SUPERVISOR)
PUBLISHERS = (Role.ADMIN, Role.HEAD)


def editions(actor: Actor) -> QuerySet[Edition]:
    """Published editions of the jurisdiction: they are public, so every official sees them."""
    return Edition.objects.filter(organisation__jurisdiction=actor.jurisdiction).select_related("organisation")


def edition(actor: Actor, edition_id: uuid.UUID) -> Edition:
    """An edition of the actor's jurisdiction. Raises NotFound."""
    found = editions(actor).filter(id=edition_id).first()
    if found is None:
        raise NotFound("没有找到这一版清单，或者它不在您所在的地区。")
    return found


def drafts(actor: Actor) -> QuerySet[Draft]:
    """Drafts of the own organ; reviewers also those of the organs below it, supervisors those of the jurisdiction."""
    rows = Draft.objects.select_related("organisation", "base", "changed_by")
    if actor.has(Role.SUPERVISOR):
        return rows.filter(organisation__jurisdiction=actor.jurisdiction)
    rule = Q(organisation_id=actor.organ_id)
    if actor.has(Role.REVIEWER):
        below = Superior.objects.filter(superior_id=actor.organ_id, until=None).values("organisation_id")
        rule |= Q(organisation__parent_id=actor.organ_id) | Q(organisation_id__in=below)
    return rows.filter(rule)


def draft(actor: Actor, draft_id: uuid.UUID) -> Draft:
    """A draft that this person may read. Raises NotFound."""
    found = drafts(actor).filter(id=draft_id).first()
    if found is None:
        raise NotFound("没有找到这份清单草稿，或者您无权查看。")
    return found


def proposal(actor: Actor, proposal_id: uuid.UUID) -> Proposal:
    """A submitted list that this person may read. Raises NotFound."""
    found = (
        Proposal.objects.select_related("draft__base", "organisation", "submitted_by").filter(id=proposal_id).first()
    )
    if found is None or not drafts(actor).filter(id=found.draft_id).exists():
        raise NotFound("没有找到这份送审的清单，或者您无权查看。")
    return found
