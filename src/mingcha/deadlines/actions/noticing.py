"""Notices and reminders (提醒): stored once per occasion, handed to the officers on duty of the case."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Collection, Mapping, Sequence

from django.db import transaction

from mingcha.common import clock
from mingcha.common.ids import uuid7
from mingcha.deadlines import queries
from mingcha.deadlines.actions import rows
from mingcha.deadlines.choices import NoticeKind
from mingcha.deadlines.models import Notice, NoticeSeen
from mingcha.deadlines.providers import officers_of

BATCH = 1000
# (key, period, case, kind, due_on, was_due_on, recalculation)
NewNotice = tuple[uuid.UUID, uuid.UUID, uuid.UUID, str, dt.date, dt.date | None, uuid.UUID | None]


def tell(found: Sequence[NewNotice], concerned: Mapping[uuid.UUID, Collection[uuid.UUID]]) -> None:
    """Store notices, each with the officers on duty of its case."""
    now = clock.now()
    officers = {case_id: json.dumps([str(key) for key in keys]) for case_id, keys in concerned.items()}
    rows.insert(
        Notice,
        ("id", "period", "case_id", "officers", "kind", "due_on", "was_due_on", "recalculation", "made_at"),
        [
            (key, period, case_id, officers.get(case_id, "[]"), str(kind), due, was, job, now)
            for key, period, case_id, kind, due, was, job in found
        ],
    )


def remind(on: dt.date | None = None) -> int:
    """Store the reminders that are due: one when a third of a duty is left, one when its last day has passed.

    Each level once per last day, so it may be called at any time and by anybody; returns how many were made.
    """
    day, made = on or clock.today(), 0
    for kind in (NoticeKind.AMBER, NoticeKind.RED):
        while count := _remind(day, kind):
            made += count
    return made


@transaction.atomic
def _remind(day: dt.date, kind: NoticeKind) -> int:
    keys = list(queries.unreminded(day, kind).values_list("id", "case_id")[:BATCH])
    # Cases before periods, as every action locks them; a reminder that became needless meanwhile is left out.
    concerned = officers_of({case_id for _, case_id in keys})
    waiting = queries.unreminded(day, kind).filter(id__in=[key for key, _ in keys]).select_for_update(of=("self",))
    found = list(waiting.values_list("id", "case_id", "due_on"))
    tell([(uuid7(), key, case_id, kind, due, None, None) for key, case_id, due in found], concerned)
    return len(found)


def mark_seen(officer_id: uuid.UUID) -> None:
    """Note that an officer has looked at all notices there are."""
    NoticeSeen.objects.create(officer_id=officer_id)
