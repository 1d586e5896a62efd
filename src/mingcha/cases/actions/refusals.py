"""Refused acts on record (被拒绝的操作): who tried what on a case, and which rule refused it — never what was typed."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Sequence

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access, closings
from mingcha.cases.kinds import ACT_REFUSED
from mingcha.cases.locks import lock
from mingcha.common import clock
from mingcha.common.errors import NotFound
from mingcha.ledger.actions import append
from mingcha.ledger.models import JournalEntry


@transaction.atomic
def record_refusal(
    case_id: uuid.UUID,
    *,
    actor: Actor,
    act: str,
    label: str,
    reasons: Sequence[tuple[str, Sequence[str]]],
    quiet_seconds: int,
    most_an_hour: int,
    given: bool = False,
) -> JournalEntry | None:
    """Enter that an act was refused; `reasons` are stable codes with the articles they rest on.

    Nothing is entered for the same refusal to the same person within `quiet_seconds`, nor beyond `most_an_hour` of
    one person on one case. Raises NotFound where the person may not see the case: no stranger writes into its journal.
    `given`: the act had been given to this person, whose sight of the case ended since (a role or certificate lost).
    """
    if not given:
        access.case(actor, case_id)
    case = lock(case_id)
    if closings.shut(actor, case):
        raise NotFound
    told = {"act": act, "label": label, "reasons": [{"code": code, "articles": list(laws)} for code, laws in reasons]}
    now = clock.now()
    entries = JournalEntry.objects.filter(
        case_id=case_id, kind=ACT_REFUSED, recorded_at__gt=now - dt.timedelta(hours=1)
    ).select_related("content")
    own = [row for row in entries if row.actor.get("officer_id") == str(actor.officer_id)]
    quiet = now - dt.timedelta(seconds=quiet_seconds)
    if len(own) >= most_an_hour:
        return None
    if any(row.recorded_at > quiet and json.loads(row.content.payload or "null") == told for row in own):
        return None
    return append(
        ACT_REFUSED,
        log=case.jurisdiction,
        subject=("case", str(case_id)),
        case_id=case_id,
        actor=actor.snapshot(next((role for role in Role.values if role in actor.roles), "")),
        payload=told,
    )
