"""The only writes of this room: the calendar table, running periods, stop-clocks (工作日历、期限、停止计算)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from mingcha.common.checks import Check
from mingcha.common.errors import NotFound
from mingcha.deadlines import periods, queries, rulebook, shipped
from mingcha.deadlines.calendar import Calendar, CalendarDay, check_days
from mingcha.deadlines.choices import Outcome, PeriodKind
from mingcha.deadlines.errors import CalendarUnusable, LengthMissing, PeriodEnded, PeriodState, RuleNotInForce
from mingcha.deadlines.models import PeriodPause, RunningPeriod, WorkCalendarDay, WorkCalendarYear
from mingcha.ledger.actions import append
from mingcha.ledger.actors import ActorSnapshot
from mingcha.ledger.kinds import kind

CALENDAR_ANNOUNCED = kind("calendar-announced", "公布工作日历")


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
) -> tuple[WorkCalendarYear, list[RunningPeriod]]:
    """Enter the arrangement of a year as a new edition, recompute the open periods that it touches.

    Returns the edition and the periods whose last day or provisional mark changed. Raises InvalidInput,
    CalendarUnusable (a day listed twice, an announced national year without any day).
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
    if announced and not listed and not overlay:
        raise CalendarUnusable("calendar-year-empty", f"{year}年没有列出任何放假日，不能作为已公布的年度。")
    edition = _store(year, listed, announced=announced, source=source, overlay=overlay)
    changed = _recompute(year, overlay)
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
            "changed_periods": [str(row.pk) for row in changed],
        },
    )
    return edition, changed


def _store(year: int, days: Iterable[CalendarDay], *, announced: bool, source: str, overlay: str) -> WorkCalendarYear:
    last = WorkCalendarYear.objects.filter(overlay=overlay, year=year).order_by("-edition").first()
    edition = WorkCalendarYear.objects.create(
        overlay=overlay, year=year, edition=last.edition + 1 if last else 1, announced=announced, source=source
    )
    WorkCalendarDay.objects.bulk_create(
        [WorkCalendarDay(year=edition, date=day.date, off=day.off, name=day.name) for day in days]
    )
    return edition


def _recompute(year: int, overlay: str) -> list[RunningPeriod]:
    touched = RunningPeriod.objects.select_for_update().filter(
        ended_on__isnull=True,
        jurisdiction__startswith=overlay,
        starts_on__lte=dt.date(year + 1, 1, 31),
        due_on__gte=dt.date(year - 1, 12, 1),
    )
    changed, calendars = [], {}
    for row in touched.prefetch_related("pauses"):
        if row.jurisdiction not in calendars:
            calendars[row.jurisdiction] = queries.calendar(row.jurisdiction)
        before = (row.due_on, row.provisional)
        _reckon(row, calendars[row.jurisdiction])
        if (row.due_on, row.provisional) != before:
            changed.append(row)
    RunningPeriod.objects.bulk_update(changed, ["due_on", "amber_on", "provisional", "explanation"], batch_size=200)
    return changed


@transaction.atomic
def start(
    rule_id: str,
    *,
    case_id: uuid.UUID,
    jurisdiction: str,
    start: dt.date,
    subject: str = "",
    length: int | None = None,
    basis: str = "",
    lenient: bool = False,
    entry: int | None = None,
) -> RunningPeriod:
    """Start a period on the day of its event (that day is not counted).

    `length` overrides the rule's own: freely where the rule leaves it to the policy profile, else only with the
    `basis` that permits it. `lenient` as periods.compute(). `entry` is the key of the journal entry that started it.
    Raises RuleUnknown, RuleNotInForce, LengthMissing, PeriodState (already running), InvalidInput.
    """
    check = Check()
    day = check.date("start", start, "起算日")
    basis = check.text("basis", basis, "期限依据", most=300, required=False)
    check.done()
    rule = rulebook.rule(rule_id, day)
    if length is not None and length != rule.length and not rule.profile and not basis:
        check.add("basis", f"“{rule.label}”的期限由{rule.article}规定，另定期限须填写法律、法规、规章依据。")
        check.done()
    if not rule.in_force(day):
        raise RuleNotInForce(
            message=f"规则{rule.id}自{rule.effective_from.isoformat()}起施行，不适用于{day.isoformat()}起算的期限。"
        )
    total = rule.length if length is None else length
    if total is None:
        raise LengthMissing(message=f"{rule.label}的期限法律未作规定，请在政策配置中填写天数。")
    if RunningPeriod.objects.filter(case_id=case_id, rule=rule.id, subject=subject, ended_on__isnull=True).exists():
        raise PeriodState("period-already-running", f"本案的“{rule.label}”期限已在计算，不能重复开始。")
    row = RunningPeriod(
        case_id=case_id,
        jurisdiction=jurisdiction,
        rule=rule.id,
        subject=subject,
        label=rule.label,
        kind=rule.kind,
        article=rule.article,
        length=total,
        basis=basis,
        starts_on=day,
        started_by_entry=entry,
    )
    _reckon(row, queries.calendar(jurisdiction), lenient=lenient, pauses=[])
    row.save(force_insert=True)
    return row


@transaction.atomic
def end(period_id: uuid.UUID, *, on: dt.date, outcome: str | None = None, entry: int | None = None) -> RunningPeriod:
    """End a period: by default met, or late or lapsed after its last day; pass an Outcome to say otherwise.

    An open stop-clock closes with the day before. Raises NotFound, PeriodEnded, InvalidInput.
    """
    row = _locked(period_id)
    check = Check()
    check.date("on", on, "结束日")
    if outcome is not None:
        check.one_of("outcome", outcome, "期限结果", Outcome.values)
    if not check.errors and on < row.starts_on:
        check.add("on", f"结束日不能早于起算日{row.starts_on.isoformat()}。")
    check.done()
    if row.paused:
        _close_pause(row, max(on - dt.timedelta(days=1), _open_pause(row).first_day), entry)
    passed = {PeriodKind.WITHIN: Outcome.LATE, PeriodKind.RIGHT: Outcome.LAPSED}.get(PeriodKind(row.kind), Outcome.MET)
    row.ended_on, row.ended_by_entry = on, entry
    row.outcome = outcome or (passed if on > row.due_on else Outcome.MET)
    row.save()
    return row


@transaction.atomic
def pause(
    period_id: uuid.UUID,
    *,
    first_day: dt.date,
    reason: str,
    basis: str,
    notice_document: str = "",
    entry: int | None = None,
) -> PeriodPause:
    """Stop the clock from `first_day` (that day no longer counts) until resume(). `basis` is the legal ground."""
    row = _locked(period_id)
    check = Check()
    check.date("first_day", first_day, "停止计算开始日")
    reason = check.text("reason", reason, "停止计算的原因", most=100)
    basis = check.text("basis", basis, "停止计算的依据", most=300)
    notice_document = check.text("notice_document", notice_document, "告知文书", most=100, required=False)
    if not check.errors:
        if not row.starts_on < first_day <= row.due_on:
            check.add("first_day", "停止计算开始日应在期限的起算日之后、届满日之前（含当日）。")
        elif row.pauses.filter(last_day__gte=first_day).exists():
            check.add("first_day", "停止计算开始日不能落在此前的停止计算期间内。")
    check.done()
    if row.paused:
        raise PeriodState("period-already-paused", "该期限已停止计算，请先恢复。")
    stop = PeriodPause.objects.create(
        period=row,
        reason=reason,
        basis=basis,
        notice_document=notice_document,
        first_day=first_day,
        opened_by_entry=entry,
    )
    row.paused = True
    row.save(update_fields=["paused"])
    return stop


@transaction.atomic
def resume(period_id: uuid.UUID, *, last_day: dt.date, entry: int | None = None) -> RunningPeriod:
    """Close the open stop-clock; `last_day` is the last day that does not count. The last day is recomputed."""
    row = _locked(period_id)
    if not row.paused:
        raise PeriodState("period-not-paused", "该期限没有停止计算，不能恢复。")
    check = Check()
    check.date("last_day", last_day, "停止计算结束日")
    if not check.errors and last_day < _open_pause(row).first_day:
        check.add("last_day", "停止计算结束日不能早于开始日。")
    check.done()
    _close_pause(row, last_day, entry)
    row.save()
    return row


def _locked(period_id: uuid.UUID) -> RunningPeriod:
    row = RunningPeriod.objects.select_for_update().filter(pk=period_id).first()
    if row is None:
        raise NotFound("没有找到该期限。")
    if row.ended_on is not None:
        raise PeriodEnded(message=f"“{row.label}”期限已于{row.ended_on.isoformat()}结束，不能再变更。")
    return row


def _open_pause(row: RunningPeriod) -> PeriodPause:
    return row.pauses.get(last_day__isnull=True)


def _close_pause(row: RunningPeriod, last_day: dt.date, entry: int | None) -> None:
    stop = _open_pause(row)
    stop.last_day, stop.closed_by_entry = last_day, entry
    stop.save(update_fields=["last_day", "closed_by_entry"])
    row.paused = False
    _reckon(row, queries.calendar(row.jurisdiction))


def _reckon(
    row: RunningPeriod, calendar: Calendar, *, lenient: bool | None = None, pauses: list[PeriodPause] | None = None
) -> None:
    """Compute the last day of a period from its own facts and put it on the row."""
    rule = rulebook.rule(row.rule, row.starts_on)
    if lenient is None:
        lenient = bool(row.explanation["lenient"])
    stops = row.pauses.all() if pauses is None else pauses
    result = periods.compute(
        rule,
        row.starts_on,
        calendar,
        pauses=[periods.Pause(stop.first_day, stop.last_day, stop.reason) for stop in stops if stop.last_day],
        length=row.length,
        lenient=lenient,
    )
    explanation: dict[str, Any] = {**result.as_dict(), "lenient": lenient}
    row.due_on, row.provisional, row.explanation = result.value, result.provisional, explanation
    row.amber_on = periods.amber_on(rule, row.starts_on, result.value, calendar)
