"""Writes of presence: a page says that it is still open; who has been silent is forgotten."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.documents.presence.models import DraftPresence

# The page speaks every twenty seconds; two may be lost on the way.
SILENT = dt.timedelta(seconds=65)


@transaction.atomic
def seen(case: Case, kind: str, *, actor: Actor) -> list[DraftPresence]:
    """Note that the actor has the draft open, and return the others who do, longest first. Never in the journal."""
    now = clock.now()
    DraftPresence.objects.filter(seen_at__lt=now - SILENT).delete()
    DraftPresence.objects.update_or_create(case=case, kind=kind, officer_id=actor.officer_id, defaults={"seen_at": now})
    others = DraftPresence.objects.filter(case=case, kind=kind).exclude(officer_id=actor.officer_id)
    return list(others.select_related("officer").order_by("id"))


@transaction.atomic
def left(case: Case, kind: str, *, actor: Actor) -> None:
    """The page was closed."""
    DraftPresence.objects.filter(case=case, kind=kind, officer_id=actor.officer_id).delete()
