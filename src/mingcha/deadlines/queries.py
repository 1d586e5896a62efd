"""Reads offered to other rooms: the calendar in force, open periods with their colour (期限预警)."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, Max, OuterRef, Prefetch, Q, QuerySet

from mingcha.common import clock
from mingcha.common.errors import NotFound
from mingcha.common.prepared import prepared
from mingcha.deadlines.calendar import Calendar, CalendarDay
from mingcha.deadlines.choices import Colour, NoticeKind, PeriodKind
from mingcha.deadlines.models import (
    Notice,
    NoticeSeen,
    PeriodPause,
    Recalculation,
    RunningPeriod,
    WorkCalendarDay,
    WorkCalendarYear,
)

_lock = threading.Lock()
_cache: dict[str, tuple[frozenset[uuid.UUID], Calendar]] = {}
_MOST_CACHED = 64


@prepared
def _editions() -> QuerySet[WorkCalendarYear, uuid.UUID]:
    return WorkCalendarYear.objects.values_list("id", flat=True)


def calendar(jurisdiction: str = "") -> Calendar:
    """The working-day calendar of a jurisdiction: national table, then overlays from wide to narrow.

    One small query decides whether the kept calendar still stands: editions are insert-only, so their keys are the
    version of the whole table, also for edits made by other processes.
    """
    version = frozenset(_editions())
    kept = _cache.get(jurisdiction)
    if kept is not None and kept[0] == version:
        return kept[1]
    fresh = _read(jurisdiction)
    with _lock:
        if len(_cache) >= _MOST_CACHED:
            _cache.clear()
        _cache[jurisdiction] = (version, fresh)
    return fresh


def _read(jurisdiction: str) -> Calendar:
    latest: dict[tuple[str, int], WorkCalendarYear] = {}
    for row in WorkCalendarYear.objects.order_by("edition"):
        if jurisdiction.startswith(row.overlay):
            latest[row.overlay, row.year] = row
    order = sorted(latest.values(), key=lambda row: (len(row.overlay), row.year))
    place = {row.pk: number for number, row in enumerate(order)}
    days = sorted(
        WorkCalendarDay.objects.filter(year__in=place).values_list("year_id", "date", "off", "name"),
        key=lambda item: place[item[0]],
    )
    return Calendar.of(
        (CalendarDay(date, off, name) for _, date, off, name in days),
        (row.year for row in order if row.announced and not row.overlay),
        version=max((str(row.pk) for row in order), default=""),
    )


def calendar_years() -> list[WorkCalendarYear]:
    """The edition in force of each year and overlay, with its days, newest year first."""
    latest: dict[tuple[str, int], WorkCalendarYear] = {}
    rows = WorkCalendarYear.objects.prefetch_related(Prefetch("days", WorkCalendarDay.objects.order_by("date")))
    for row in rows.order_by("edition"):
        latest[row.overlay, row.year] = row
    return sorted(latest.values(), key=lambda row: (-row.year, row.overlay))


def edition_in_force(year: int, overlay: str = "") -> WorkCalendarYear | None:
    """The newest edition of a year, with its days."""
    rows = WorkCalendarYear.objects.filter(year=year, overlay=overlay).order_by("-edition")
    return rows.prefetch_related(Prefetch("days", WorkCalendarDay.objects.order_by("date"))).first()


@dataclass(frozen=True)
class DayChange:
    """A date whose arrangement differs between two editions; None: an ordinary day of the week."""

    date: dt.date
    before: CalendarDay | None
    after: CalendarDay | None


def compare(edition: WorkCalendarYear | None, days: Iterable[CalendarDay]) -> list[DayChange]:
    """Where `days` differ from an edition, in order of date."""
    before = {row.date: CalendarDay(row.date, row.off, row.name) for row in edition.days.all()} if edition else {}
    after = {row.date: row for row in days}
    return [
        DayChange(date, before.get(date), after.get(date))
        for date in sorted(before.keys() | after.keys())
        if before.get(date) != after.get(date)
    ]


def touched(year: int, overlay: str = "") -> QuerySet[RunningPeriod]:
    """Open periods in days that a change of a year's arrangement may move."""
    return RunningPeriod.objects.filter(
        ended_on__isnull=True,
        starts_at__isnull=True,
        jurisdiction__startswith=overlay,
        starts_on__lte=dt.date(year + 1, 1, 31),
        due_on__gte=dt.date(year - 1, 12, 1),
    )


def open_recalculations() -> QuerySet[Recalculation]:
    """Recalculations that are not finished, oldest first."""
    return Recalculation.objects.filter(finished_at__isnull=True).order_by("started_at", "id")


def recalculations(limit: int = 5) -> list[Recalculation]:
    """The newest recalculations with their edition."""
    return list(Recalculation.objects.select_related("edition").order_by("-started_at", "-id")[:limit])


def unreminded(on: dt.date, kind: NoticeKind) -> QuerySet[RunningPeriod]:
    """Open duties that are due for a reminder of this level and have none for their present last day."""
    told = Notice.objects.filter(period_id=OuterRef("pk"), kind=kind, due_on=OuterRef("due_on"), recalculation=None)
    rows = RunningPeriod.objects.filter(kind=PeriodKind.WITHIN, ended_on__isnull=True, paused=False, amber_on__lte=on)
    rows = rows.filter(due_on__gte=on) if kind == NoticeKind.AMBER else rows.filter(due_on__lt=on)
    return rows.filter(~Exists(told)).order_by("id")


def notices(case_ids: Any) -> QuerySet[Notice]:
    """Notices about the periods of cases (keys or a query of keys), newest first."""
    return Notice.objects.filter(case_id__in=case_ids).select_related("period").order_by("-made_at", "-id")


def seen_until(officer_id: uuid.UUID) -> dt.datetime | None:
    """When an officer last looked at the notices."""
    return NoticeSeen.objects.filter(officer_id=officer_id).aggregate(last=Max("seen_at"))["last"]


def unseen(officer_id: uuid.UUID, case_ids: Any, most: int = 100) -> int:
    """How many notices about these cases are newer than an officer's last look, counted up to `most`."""
    later = NoticeSeen.objects.filter(officer_id=officer_id, seen_at__gte=OuterRef("made_at"))
    rows = Notice.objects.filter(~Exists(later), case_id__in=case_ids)
    return rows.order_by()[:most].count()


def in_colour(rows: QuerySet[RunningPeriod], shade: Colour, on: dt.date) -> QuerySet[RunningPeriod]:
    """Those of open periods that `colour()` gives this shade on a day."""
    over = Q(due_on__lt=on) | Q(kind=PeriodKind.WAIT, due_on=on)
    if on == clock.today():
        # Not `due_at < now` alone: negated, an empty instant would drop the row.
        over |= Q(due_at__isnull=False, due_at__lt=clock.now())
    if shade == Colour.PAUSED:
        return rows.filter(paused=True)
    rows = rows.filter(paused=False)
    if shade == Colour.RED:
        return rows.filter(over, kind=PeriodKind.WITHIN)
    if shade == Colour.OVER:
        return rows.filter(over).exclude(kind=PeriodKind.WITHIN)
    rows = rows.filter(~over)
    return rows.filter(amber_on__lte=on) if shade == Colour.AMBER else rows.filter(amber_on__gt=on)


def views(rows: Iterable[RunningPeriod], on: dt.date | None = None) -> list[PeriodView]:
    """Each period with its colour and what is left on a day (today)."""
    day, calendars, found = on or clock.today(), {}, []
    for row in rows:
        if row.jurisdiction not in calendars:
            calendars[row.jurisdiction] = calendar(row.jurisdiction)
        left = calendars[row.jurisdiction].workdays_between(day, row.due_on)
        found.append(PeriodView(row, colour(row, day), (row.due_on - day).days, left))
    return found


def period(period_id: uuid.UUID) -> RunningPeriod:
    """One period. Raises NotFound."""
    try:
        return RunningPeriod.objects.get(pk=period_id)
    except RunningPeriod.DoesNotExist:
        raise NotFound("没有找到该期限。") from None


@dataclass(frozen=True)
class PeriodView:
    """A period with its colour today and what is left; `days_left` in natural days, negative when passed."""

    period: RunningPeriod
    colour: Colour
    days_left: int
    workdays_left: int


def open_periods(
    *,
    case_ids: Iterable[uuid.UUID] | None = None,
    jurisdiction: str | None = None,
    on: dt.date | None = None,
    colours: Iterable[Colour] | None = None,
    limit: int | None = None,
    known: Mapping[str, Calendar] | None = None,
) -> list[PeriodView]:
    """Open periods of cases or of a jurisdiction, soonest first, each with its colour on `on` (today).

    `known`: calendars that the caller has already, by jurisdiction.
    """
    if case_ids is None and jurisdiction is None:
        raise ValueError("open_periods wants case_ids or a jurisdiction")
    rows = RunningPeriod.objects.filter(ended_on__isnull=True).order_by("due_on", "id")
    if case_ids is not None:
        rows = rows.filter(case_id__in=list(case_ids))
    if jurisdiction is not None:
        rows = rows.filter(jurisdiction=jurisdiction)
    day = on or clock.today()
    views: list[PeriodView] = []
    wanted = None if colours is None else set(colours)
    calendars: dict[str, Calendar] = dict(known or {})
    for row in rows if wanted is not None or limit is None else rows[:limit]:
        shade = colour(row, day)
        if wanted is not None and shade not in wanted:
            continue
        if row.jurisdiction not in calendars:
            calendars[row.jurisdiction] = calendar(row.jurisdiction)
        left = calendars[row.jurisdiction].workdays_between(day, row.due_on)
        views.append(PeriodView(row, shade, (row.due_on - day).days, left))
        if limit is not None and len(views) >= limit:
            break
    return views


def colour(row: RunningPeriod, on: dt.date) -> Colour:
    """Green; amber from one third left; red when a duty's last day has passed; over when a mere wait has ended."""
    if row.paused:
        return Colour.PAUSED
    if on > row.due_on or (row.due_at is not None and on == clock.today() and clock.now() > row.due_at):
        return Colour.RED if row.kind == PeriodKind.WITHIN else Colour.OVER
    if row.kind == PeriodKind.WAIT and on == row.due_on:
        return Colour.OVER
    return Colour.AMBER if on >= row.amber_on else Colour.GREEN


def periods_of(case_id: uuid.UUID) -> QuerySet[RunningPeriod]:
    """All periods of a case, ended ones too, with their stop-clocks, in order of start."""
    pauses = Prefetch("pauses", PeriodPause.objects.order_by("first_day"))
    return RunningPeriod.objects.filter(case_id=case_id).prefetch_related(pauses).order_by("starts_on", "id")


def open_period(case_id: uuid.UUID, rule_id: str, subject: str = "") -> RunningPeriod | None:
    """The open period of a rule in a case, or None."""
    return next(iter(_open(case_id, rule_id.removesuffix(":1"), subject)), None)


@prepared
def _open(case_id: uuid.UUID, rule: str, subject: str) -> QuerySet[RunningPeriod]:
    return RunningPeriod.objects.filter(case_id=case_id, rule=rule, subject=subject, ended_on__isnull=True)
