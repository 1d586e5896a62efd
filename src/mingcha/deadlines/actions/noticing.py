"""Notices and reminders (提醒): stored once per occasion, handed to the officers on duty of the case."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction

from mingcha.common import clock
from mingcha.common.ids import uuid7
from mingcha.deadlines import queries
from mingcha.deadlines.actions import rows
from mingcha.deadlines.choices import NoticeKind
from mingcha.deadlines.models import Notice, NoticeReceipt
from mingcha.deadlines.providers import officers_of

BATCH = 1000
# (key, period, case, kind, due_on, was_due_on, recalculation)
NewNotice = tuple[uuid.UUID, uuid.UUID, uuid.UUID, str, dt.date, dt.date | None, uuid.UUID | None]


def tell(found: Sequence[NewNotice], concerned: Mapping[uuid.UUID, Collection[uuid.UUID]]) -> None:
    """Store notices and hand each to the officers of its case."""
    now = clock.now()
    rows.insert(
        Notice,
        ("id", "period", "kind", "due_on", "was_due_on", "recalculation", "made_at"),
        [(key, period, str(kind), due, was, job, now) for key, period, _, kind, due, was, job in found],
    )
    receipts: list[Sequence[Any]] = [
        (uuid7(), key, officer) for key, _, case_id, *_ in found for officer in concerned.get(case_id, ())
    ]
    rows.insert(NoticeReceipt, ("id", "notice", "officer"), receipts)


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


@transaction.atomic
def mark_seen(officer_id: uuid.UUID, receipt_ids: Iterable[uuid.UUID] | None = None) -> int:
    """Mark notices of an officer as seen, all of them by default; returns how many were new."""
    unseen = NoticeReceipt.objects.filter(officer_id=officer_id, seen_at__isnull=True)
    if receipt_ids is not None:
        unseen = unseen.filter(id__in=list(receipt_ids))
    return unseen.update(seen_at=clock.now())
