"""The calendar table (工作日历): shipped years, and the arrangement that an administrator enters as a new edition."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from mingcha.common.checks import Check
from mingcha.deadlines import queries, shipped
from mingcha.deadlines.actions import recomputing
from mingcha.deadlines.calendar import CalendarDay, check_days
from mingcha.deadlines.errors import CalendarUnusable
from mingcha.deadlines.kinds import CALENDAR_ANNOUNCED
from mingcha.deadlines.models import Recalculation, WorkCalendarDay, WorkCalendarYear
from mingcha.ledger.actions import append
from mingcha.ledger.actors import ActorSnapshot

# So many open periods are reckoned in the transaction of the edition itself; more are left to the background.
AT_ONCE = 500


@transaction.atomic
def load_shipped_calendar() -> int:
    """Load the shipped years that the table lacks; returns how many. Years already there are left as they are."""
    present = set(WorkCalendarYear.objects.filter(overlay="").values_list("year", flat=True))
    loaded = 0
    for item in shipped.years():
        if item.year in present:
            continue
        _store(item.year, item.days, announced=item.announced, source=item.source, overlay="")
        loaded += 1
    return loaded


def check_arrangement(
    year: int, days: Iterable[CalendarDay], *, source: str, overlay: str = "", announced: bool = True
) -> tuple[list[CalendarDay], str]:
    """The days and the source as they may be stored.

    Raises InvalidInput, CalendarUnusable (a day listed twice, an announced national year without any day, nothing new).
    """
    listed = list(days)
    check = Check()
    source = check.text("source", source, "公布文件", most=500)
    if not 1949 <= year <= 2200:
        check.add("year", "年份超出范围，请核对。")
        check.done()
    if overlay and not (overlay.isascii() and overlay.isdigit() and len(overlay) <= 12):
        check.add("overlay", "适用地区应填写行政区划代码的前几位数字。")
    for day in listed:
        check.text("days", day.name, "节日名称", most=40)
        if not dt.date(year - 1, 12, 1) <= day.date <= dt.date(year + 1, 1, 31):
            check.add("days", f"{day.date.isoformat()}不在{year}年放假安排的范围内。")
    check.done()
    check_days(listed)
    present = queries.edition_in_force(year, overlay)
    if announced and not listed and not (overlay and present):
        what = "没有列出任何放假日，不能作为已公布的年度。" if not overlay else "地方放假没有列出任何日期。"
        raise CalendarUnusable("calendar-year-empty", f"{year}年{what}")
    if present is not None and present.announced == announced and not queries.compare(present, listed):
        raise CalendarUnusable(
            "calendar-unchanged", f"与{year}年现行第{present.edition}版完全相同，不需要登记新的一版。"
        )
    return listed, source


@transaction.atomic
def announce_year(
    year: int,
    days: Iterable[CalendarDay],
    *,
    source: str,
    actor: ActorSnapshot,
    log: str,
    overlay: str = "",
    announced: bool = True,
) -> tuple[WorkCalendarYear, Recalculation | None]:
    """Enter the arrangement of a year as a new edition; the open periods that it may touch are reckoned anew.

    Returns the edition and the recalculation (None when no open period reaches into the year). A short one is done
    already; a long one waits for the background. Raises what `check_arrangement` raises.
    """
    listed, source = check_arrangement(year, days, source=source, overlay=overlay, announced=announced)
    edition = _store(year, listed, announced=announced, source=source, overlay=overlay)
    touched = queries.touched(year, overlay).count()
    append(
        CALENDAR_ANNOUNCED,
        log=log,
        subject=("work-calendar-year", str(edition.pk)),
        actor=actor,
        payload={
            "year": year,
            "overlay": overlay,
            "edition": edition.edition,
            "announced": announced,
            "source": source,
            "days": [[day.date, "off" if day.off else "work", day.name] for day in listed],
            "open_periods": touched,
        },
    )
    if not touched:
        return edition, None
    job = Recalculation.objects.create(edition=edition, actor=actor.as_dict(), total=touched)
    if touched <= AT_ONCE:
        while not recomputing.recompute_batch(job.pk):
            pass
        job.refresh_from_db()
    return edition, job


def _store(year: int, days: Iterable[CalendarDay], *, announced: bool, source: str, overlay: str) -> WorkCalendarYear:
    last = WorkCalendarYear.objects.filter(overlay=overlay, year=year).order_by("-edition").first()
    edition = WorkCalendarYear.objects.create(
        overlay=overlay, year=year, edition=last.edition + 1 if last else 1, announced=announced, source=source
    )
    WorkCalendarDay.objects.bulk_create(
        [WorkCalendarDay(year=edition, date=day.date, off=day.off, name=day.name) for day in days]
    )
    return edition
