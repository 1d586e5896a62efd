"""Open periods reckoned anew after a change of the calendar (重新计算), in batches that a kill cannot tear."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from mingcha.common import clock
from mingcha.common.ids import uuid7
from mingcha.deadlines import periods, queries, rulebook
from mingcha.deadlines.actions import rows
from mingcha.deadlines.actions.noticing import tell
from mingcha.deadlines.calendar import Calendar
from mingcha.deadlines.choices import NoticeKind, PeriodKind
from mingcha.deadlines.kinds import PERIOD_RECOMPUTED
from mingcha.deadlines.models import PeriodExtension, PeriodPause, Recalculation, RunningPeriod
from mingcha.deadlines.providers import officers_of
from mingcha.ledger.actions import NewEntry, append_many
from mingcha.ledger.actors import ActorSnapshot

BATCH = 2000
_READ = ("id", "case_id", "jurisdiction", "rule", "label", "length", "starts_on", "due_on", "provisional", "kind")
Officers = Mapping[uuid.UUID, Collection[uuid.UUID]]
_Fresh = list[tuple[dict[str, Any], tuple[Any, ...]]]
_Memory = dict[tuple[Any, ...], tuple[Any, ...]]


def recompute(*, stop: Callable[[], bool] = lambda: False, memory: _Memory | None = None) -> int:
    """Carry on with every recalculation that is not finished, batch by batch; returns how many batches were done."""
    known: _Memory = {} if memory is None else memory
    done = 0
    for job_id in list(queries.open_recalculations().values_list("id", flat=True)):
        finished = False
        while not finished and not stop():
            finished = recompute_batch(job_id, memory=known)
            done += 1
    return done


@transaction.atomic
def recompute_batch(job_id: uuid.UUID, *, size: int = BATCH, memory: _Memory | None = None) -> bool:
    """One batch: periods, journal entries, notices and the place reached, in one transaction. True when all is done."""
    known: _Memory = {} if memory is None else memory
    job = Recalculation.objects.select_for_update(of=("self",)).select_related("edition").get(pk=job_id)
    if job.finished_at is not None:
        return True
    found = queries.touched(job.edition.year, job.edition.overlay).order_by("id")
    if job.cursor is not None:
        found = found.filter(id__gt=job.cursor)
    batch = list(found.values_list(*_READ)[:size])
    if batch:
        changed = _changed(batch, known)
        if changed:
            # Cases before periods, as every action locks them.
            concerned = officers_of({row["case_id"] for row, _ in changed})
            if connection.features.has_select_for_update:
                changed = _changed(_locked(found, changed), known)
            _write(job, changed, concerned)
        job.cursor, job.looked, job.changed = batch[-1][0], job.looked + len(batch), job.changed + len(changed)
    job.beat_at = clock.now()
    if len(batch) < size:
        job.finished_at = job.beat_at
    job.save(update_fields=["cursor", "looked", "changed", "beat_at", "finished_at"])
    return job.finished_at is not None


def _locked(found: QuerySet[RunningPeriod], changed: _Fresh) -> list[tuple[Any, ...]]:
    """The same periods as they stand under their lock: where readers do not wait, somebody may have been faster."""
    own = found.filter(id__gte=changed[0][0]["id"], id__lte=changed[-1][0]["id"]).select_for_update()
    keys = {row["id"] for row, _ in changed}
    return [row for row in own.values_list(*_READ) if row[0] in keys]


def _changed(batch: list[tuple[Any, ...]], memory: _Memory) -> _Fresh:
    """The periods whose last day or mark differs, each with (due_on, amber_on, provisional, explanation as text)."""
    if not batch:
        return []
    # The batch is a stretch of keys: a range is asked for in a third of the time of a list of four thousand.
    stretch = {"period_id__gte": batch[0][0], "period_id__lte": batch[-1][0], "period__ended_on": None}
    stops: dict[uuid.UUID, list[periods.Pause]] = {}
    closed = PeriodPause.objects.filter(**stretch, last_day__isnull=False).order_by("first_day")
    for period_id, first, last, reason in closed.values_list("period_id", "first_day", "last_day", "reason"):
        if last is not None:
            stops.setdefault(period_id, []).append(periods.Pause(first, last, reason))
    extra = dict(PeriodExtension.objects.filter(**stretch).values_list("period_id", "length"))
    waits = RunningPeriod.objects.filter(
        id__gte=batch[0][0], id__lte=batch[-1][0], kind=PeriodKind.WAIT, ended_on=None, explanation__lenient=True
    )
    lenient = set(waits.values_list("id", flat=True)) if any(row[-1] == PeriodKind.WAIT for row in batch) else set()
    calendars: dict[str, Calendar] = {}
    found = []
    for values in batch:
        row = dict(zip(_READ, values, strict=True))
        place = row["jurisdiction"]
        if place not in calendars:
            calendars[place] = queries.calendar(place)
        calendar = calendars[place]
        pauses, longer, easy = tuple(stops.get(row["id"], ())), extra.get(row["id"], 0), row["id"] in lenient
        # Many periods share rule and day; what is equal in all that counts is reckoned once.
        key = (calendar.version, place, row["rule"], row["starts_on"], row["length"], easy, pauses, longer)
        fresh = memory.get(key)
        if fresh is None:
            fresh = memory[key] = reckoned(row, calendar, pauses=pauses, extra=longer, lenient=easy)
        if fresh[0] != row["due_on"] or fresh[2] != row["provisional"]:
            found.append((row, fresh))
    return found


def reckoned(
    row: dict[str, Any], calendar: Calendar, *, pauses: tuple[periods.Pause, ...], extra: int, lenient: bool
) -> tuple[Any, ...]:
    """(due_on, amber_on, provisional, explanation as JSON text) of a period in days."""
    rule = rulebook.rule(row["rule"], row["starts_on"])
    result = periods.compute(
        rule, row["starts_on"], calendar, pauses=pauses, extra=extra, length=row["length"], lenient=lenient
    )
    text = json.dumps({**result.as_dict(), "lenient": lenient}, ensure_ascii=False)
    amber = periods.amber_on(rule, row["starts_on"], result.value, calendar)
    return result.value, amber, result.provisional, text


def _write(job: Recalculation, changed: _Fresh, concerned: Officers) -> None:
    rows.update(
        RunningPeriod,
        ("due_on", "amber_on", "provisional", "explanation"),
        [(*fresh, row["id"]) for row, fresh in changed],
    )
    edition = str(job.edition)
    by_log: dict[str, list[NewEntry]] = {}
    for row, fresh in changed:
        payload = {
            "rule": row["rule"],
            "due_on": fresh[0].isoformat(),
            "was_due_on": row["due_on"].isoformat(),
            "provisional": fresh[2],
            "calendar": edition,
        }
        entry = NewEntry(("period", str(row["id"])), payload, row["case_id"])
        by_log.setdefault(row["jurisdiction"], []).append(entry)
    for log, entries in by_log.items():
        append_many(PERIOD_RECOMPUTED, log=log, actor=ActorSnapshot(**job.actor), items=entries, returning=False)
    tell(
        [
            (uuid7(), row["id"], row["case_id"], NoticeKind.CHANGED, fresh[0], row["due_on"], job.pk)
            for row, fresh in changed
        ],
        concerned,
    )
