"""Running periods (期限): start, end, stop-clock, extension. Each row carries its own reckoning."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import NotFound
from mingcha.common.prepared import insert, prepared, update
from mingcha.deadlines import periods, queries, rulebook
from mingcha.deadlines.calendar import Calendar
from mingcha.deadlines.choices import Outcome, PeriodKind
from mingcha.deadlines.errors import (
    LengthMissing,
    NotExtensible,
    PeriodEnded,
    PeriodState,
    RuleHasNoDate,
    RuleNotInForce,
)
from mingcha.deadlines.models import PeriodExtension, PeriodPause, RunningPeriod

# The length stands in the paper that starts the period.
_LENGTH_ELSEWHERE = ("document", "profile")


@transaction.atomic
def start(
    rule_id: str,
    *,
    case_id: uuid.UUID,
    jurisdiction: str,
    start: dt.date | dt.datetime,
    subject: str = "",
    length: int | None = None,
    basis: str = "",
    lenient: bool = False,
    entry: int | None = None,
) -> RunningPeriod:
    """Start a period on the day of its event (that day is not counted), for a rule in hours at its instant.

    `length` overrides the rule's own: freely where the rule leaves it to the policy profile, else only with the
    `basis` that permits it. `lenient` as periods.compute(). `entry` is the key of the journal entry that started it.
    Raises RuleUnknown, RuleHasNoDate, RuleNotInForce, LengthMissing, PeriodState (already running), InvalidInput.
    """
    check = Check()
    moment = check.moment("start", start, "起算时间") if isinstance(start, dt.datetime) else None
    day = clock.legal_day(moment) if moment else check.date("start", start, "起算日")
    basis = check.text("basis", basis, "期限依据", most=300, required=False)
    check.done()
    rule = rulebook.rule(rule_id, day)
    if not rule.has_date or rule.kind == "before":
        raise RuleHasNoDate(message=f"规则{rule.id}“{rule.label}”没有可以起算的期限。")
    if rule.unit == "H" and moment is None:
        check.add("start", f"“{rule.label}”按小时计算，请填写起算的日期和时间。")
        check.done()
    if (
        length is not None
        and length != rule.length
        and rule.source not in _LENGTH_ELSEWHERE
        and not rule.profile
        and not basis
    ):
        check.add("basis", f"“{rule.label}”的期限由{rule.article}规定，另定期限须填写法律、法规、规章依据。")
        check.done()
    if not rule.in_force(day):
        raise RuleNotInForce(
            message=f"规则{rule.id}自{rule.effective_from.isoformat()}起施行，不适用于{day.isoformat()}起算的期限。"
        )
    total = 0 if rule.fixed else rule.length if length is None else length
    if total is None:
        raise LengthMissing(message=f"{rule.label}的期限由文书载明或者由政策配置规定，请填写长度。")
    if queries.open_period(case_id, rule.id, subject) is not None:
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
        starts_at=moment if rule.unit == "H" else None,
        started_by_entry=entry,
    )
    _reckon(row, queries.calendar(jurisdiction), lenient=lenient, pauses=[])
    return insert(row)


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
    update(row, "ended_on", "ended_by_entry", "outcome", "paused", "due_on", "amber_on", "provisional", "explanation")
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
    if row.starts_at is not None:
        raise PeriodState("period-in-hours", "按小时计算的期限不停止计算。")
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


@transaction.atomic
def extend(
    period_id: uuid.UUID,
    *,
    length: int,
    granted_by: str,
    granted_on: dt.date,
    reason: str,
    notice_document: str = "",
    entry: int | None = None,
) -> RunningPeriod:
    """Extend a period once, within what its rule allows; the last day is recomputed.

    Raises NotExtensible (no extension in the law, used already, last day passed), InvalidInput, NotFound, PeriodEnded.
    """
    row = _locked(period_id)
    rule = rulebook.rule(row.rule, row.starts_on)
    if rule.extension is None:
        raise NotExtensible(message=f"{rule.article}没有规定“{rule.label}”可以延长。")
    if PeriodExtension.objects.filter(period=row).exists():
        raise NotExtensible(message=f"“{rule.label}”已经延长过，只能延长一次（{rule.extension.article}）。")
    check = Check()
    check.date("granted_on", granted_on, "批准日期")
    granted_by = check.text("granted_by", granted_by, "批准人", most=100)
    reason = check.text("reason", reason, "延长的理由", most=300)
    notice_document = check.text("notice_document", notice_document, "告知文书", most=100, required=False)
    if not isinstance(length, int) or not 1 <= length <= rule.extension.length:
        check.add("length", f"延长最长{rule.extension.length}{rulebook.UNITS[rule.unit]}（{rule.extension.article}）。")
    check.done()
    if not row.paused and granted_on > row.due_on:
        raise NotExtensible(message=f"“{rule.label}”已于{row.due_on.isoformat()}届满，届满后不能再延长。")
    PeriodExtension.objects.create(
        period=row,
        length=length,
        granted_by=granted_by,
        granted_on=granted_on,
        reason=reason,
        basis=rule.extension.article,
        notice_document=notice_document,
        entry=entry,
    )
    _reckon(row, queries.calendar(row.jurisdiction))
    row.save()
    return row


@prepared
def _for_update(period_id: uuid.UUID) -> QuerySet[RunningPeriod]:
    return RunningPeriod.objects.select_for_update().filter(pk=period_id)


def _locked(period_id: uuid.UUID) -> RunningPeriod:
    row = next(iter(_for_update(period_id)), None)
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
    if row.starts_at is not None:
        ends = periods.compute_hours(rule, row.starts_at, length=row.length)
        row.due_at, row.due_on = ends.value, clock.legal_day(ends.value)
        row.amber_on = clock.legal_day(ends.value - (ends.value - row.starts_at) / 3)
        row.explanation = {**ends.as_dict(), "lenient": False}
        return
    if lenient is None:
        lenient = bool(row.explanation["lenient"])
    stops = row.pauses.all() if pauses is None else pauses
    extra = 0 if row._state.adding else sum(PeriodExtension.objects.filter(period=row).values_list("length", flat=True))
    result = periods.compute(
        rule,
        row.starts_on,
        calendar,
        pauses=[periods.Pause(stop.first_day, stop.last_day, stop.reason) for stop in stops if stop.last_day],
        extra=extra,
        length=row.length,
        lenient=lenient,
    )
    explanation: dict[str, Any] = {**result.as_dict(), "lenient": lenient}
    row.due_on, row.provisional, row.explanation = result.value, result.provisional, explanation
    row.amber_on = periods.amber_on(rule, row.starts_on, result.value, calendar)
