"""Reckoning of periods (期间计算), pure, start day excluded, each step in words — 民事诉讼法 art. 85, 民法典 201–203.

Roll-forward only where the rule says so; month arithmetic takes the same day, else the month's last day (民法典202).
"""

from __future__ import annotations

import calendar as months
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from mingcha.common.clock import SHANGHAI
from mingcha.common.errors import InvalidInput
from mingcha.common.explained import Explained
from mingcha.deadlines.calendar import ONE_DAY, Calendar, written
from mingcha.deadlines.errors import LengthMissing, RuleUnknown
from mingcha.deadlines.rulebook import UNITS, Rule

_FARTHEST = dt.date(9000, 1, 1)
_MOST = {"W": 2000, "N": 4000, "M": 600, "Y": 100, "H": 9000}


@dataclass(frozen=True)
class Pause:
    """Stop-clock (停止计算): from `first` to `last`, both days included, are not counted."""

    first: dt.date
    last: dt.date
    reason: str = "停止计算"

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise InvalidInput({"pause": ["停止计算的结束日不能早于开始日。"]})


def add_months(day: dt.date, count: int) -> dt.date:
    """The same day of the month `count` months later, or that month's last day where there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return dt.date(year, month + 1, min(day.day, months.monthrange(year, month + 1)[1]))


def compute(
    rule: Rule,
    start: dt.date,
    calendar: Calendar,
    *,
    pauses: Sequence[Pause] = (),
    extra: int = 0,
    length: int | None = None,
    lenient: bool = False,
) -> Explained[dt.date]:
    """The last day of the period (for a waiting rule: the earliest day to act) with its reckoning.

    `start` is the day of the triggering event and is not counted; `extra` is a granted extension in the rule's
    unit; `length` overrides the rule's own; `lenient` lets the last counted day itself be the earliest day.
    Raises LengthMissing when nobody gives a length, RuleUnknown for a rate, InvalidInput for absurd figures.
    """
    total = _length(rule, length, extra)
    steps = [_first_step(rule, start)]
    if not rule.in_force(start):
        steps.append(f"注意：本规则自{rule.effective_from.isoformat()}起施行，起算日不在其施行期间，结果仅供参考。")
    steps.extend(f"{written(pause.first)}至{written(pause.last)}：{pause.reason}，不计入。" for pause in pauses)
    looked: list[dt.date] = []
    if rule.unit == "W":
        raw, lines = _workdays(start, total, calendar, pauses)
        looked = [start + ONE_DAY, raw] if total else []
        steps += lines
    else:
        raw, lines = _natural(rule.unit, start, total, pauses)
        steps += lines
    due = raw
    if rule.kind == "wait":
        due = raw if lenient else raw + ONE_DAY
        steps.append(f"须间隔满{total}{UNITS[rule.unit]}，最早可于{written(due)}进行。")
    elif rule.roll and rule.unit != "W":
        due, line = _roll(raw, calendar)
        looked += [raw, due]
        steps += line
    provisional = bool(looked) and calendar.provisional(min(looked), max(looked))
    if provisional:
        steps.append(f"所涉年度（{max(looked).year}年）放假安排尚未公布，结果为暂定，公布后重新计算。")
    facts = {"start": start, "length": total, "unit": rule.unit, "raw": raw, "verified": rule.verified}
    if rule.aims_early and due != raw:
        facts["internal_target"] = calendar.last_workday(raw)
        steps.append(f"内部要求提前至{written(calendar.last_workday(raw))}完成，不依赖顺延。")
    steps.append(f"{rule.label}：{written(due)}。")
    return Explained(due, rule.id, rule.article, facts, tuple(steps), provisional)


def compute_hours(rule: Rule, start: dt.datetime, *, length: int | None = None) -> Explained[dt.datetime]:
    """The instant at which a period in hours ends, counted from `start` (aware) — 民法典 art. 201 para. 2."""
    if rule.unit != "H" or start.tzinfo is None:
        raise InvalidInput({"start": ["按小时计算的期限须填写日期和时间。"]})
    total = _length(rule, length, 0)
    due = start + dt.timedelta(hours=total)
    local = due.astimezone(SHANGHAI)
    steps = (f"自{start.astimezone(SHANGHAI):%Y-%m-%d %H:%M}起连续计算{total}小时，至{local:%Y-%m-%d %H:%M}。",)
    return Explained(due, rule.id, rule.article, {"start": start, "length": total, "unit": "H"}, steps)


def latest_notice(rule: Rule, event: dt.date, calendar: Calendar, *, lenient: bool = False) -> Explained[dt.date]:
    """For "at least n working days before": the last day for the notice when the event is on `event`."""
    if rule.kind != "wait" or rule.unit != "W":
        raise RuleUnknown(message=f"规则{rule.id}不是“提前若干工作日”的规则，不能按活动日期倒算。")
    total = _length(rule, None, 0)
    day = event + ONE_DAY if lenient else event
    left = total
    while left:
        day -= ONE_DAY
        left -= calendar.is_workday(day)
    notice = day - ONE_DAY
    steps = (
        f"{written(event)}为活动日，{'计入' if lenient else '不计入'}。",
        f"向前数{total}个工作日，至{written(day)}。",
        f"最迟应于{written(notice)}通知。",
    )
    facts = {"event": event, "length": total, "unit": "W"}
    return Explained(notice, rule.id, rule.article, facts, steps, calendar.provisional(notice, event))


def amber_on(rule: Rule, start: dt.date, due: dt.date, calendar: Calendar) -> dt.date:
    """The first day on which at most a third of the period is left (working days for W, else natural days)."""
    if rule.unit != "W":
        return due - dt.timedelta(days=(due - start).days // 3)
    total, left, day = calendar.workdays_between(start, due), 0, due
    while day > start:
        left += calendar.is_workday(day)
        if left * 3 > total:
            break
        day -= ONE_DAY
    return day


def _length(rule: Rule, length: int | None, extra: int) -> int:
    if rule.unit == "P":
        raise RuleUnknown(message=f"规则{rule.id}规定的是加处比例，不是期限；请用加处罚款的计算。")
    base = rule.length if length is None else length
    if base is None:
        raise LengthMissing(message=f"{rule.label}的期限法律未作规定，请在政策配置中填写天数。")
    if base < 0 or extra < 0 or base + extra > _MOST[rule.unit]:
        raise InvalidInput({"length": [f"期限长度应在0至{_MOST[rule.unit]}{UNITS[rule.unit]}之间。"]})
    return base + extra


def _first_step(rule: Rule, start: dt.date) -> str:
    if not dt.date(1949, 10, 1) <= start < _FARTHEST:
        raise InvalidInput({"start": ["起算日期超出可计算的范围，请核对年份。"]})
    ground = f"（{rule.unit_article}）" if rule.unit_article else ""
    return f"{written(start)}：{rule.trigger}，当日不计入，自次日起算{ground}。"


def _paused(day: dt.date, pauses: Sequence[Pause]) -> Pause | None:
    return next((pause for pause in pauses if pause.first <= day <= pause.last), None)


def _workdays(start: dt.date, total: int, calendar: Calendar, pauses: Sequence[Pause]) -> tuple[dt.date, list[str]]:
    """Count day by day; neighbouring days with the same reason share a line."""
    lines: list[str] = []
    day, counted = start, 0
    run_start, run_why, run_from = start, "", 0

    def close(last: dt.date) -> None:
        if run_why:
            span = written(run_start) if run_start == last else f"{written(run_start)}至{written(last)}"
            if counted > run_from:
                which = f"第{counted}日" if counted == run_from + 1 else f"第{run_from + 1}至{counted}日"
                lines.append(f"{span}：{run_why}，计入，{which}。")
            else:
                lines.append(f"{span}：{run_why}，不计入。")

    while counted < total:
        day += ONE_DAY
        pause = _paused(day, pauses)
        works = pause is None and calendar.is_workday(day)
        why = pause.reason if pause else calendar.why(day)
        if why != run_why:
            close(day - ONE_DAY)
            run_start, run_why, run_from = day, why, counted
        counted += works
    close(day)
    return day, lines


def _natural(unit: str, start: dt.date, total: int, pauses: Sequence[Pause]) -> tuple[dt.date, list[str]]:
    if unit == "N":
        end = start + dt.timedelta(days=total)
        lines = [f"自{written(start + ONE_DAY)}起连续计算{total}日（含休息日），至{written(end)}。"]
    elif unit in ("M", "Y"):
        end = add_months(start, total * (12 if unit == "Y" else 1))
        note = "" if end.day == start.day else "，该月无对应日，以月末日为最后一日（民法典第二百零二条）"
        lines = [f"计算{total}{UNITS[unit]}，至对应日{written(end)}{note}。"]
    else:
        raise InvalidInput({"start": ["按小时计算的期限须填写日期和时间。"]})
    due = end
    while True:
        held = held_days(start, due, pauses)
        if end + dt.timedelta(days=held) == due:
            break
        due = end + dt.timedelta(days=held)
    if held:
        lines.append(f"期间内停止计算共{held}日，最后一日相应后延至{written(due)}。")
    return due, lines


def held_days(start: dt.date, end: dt.date, pauses: Sequence[Pause]) -> int:
    """Days after `start` up to `end` that lie in a pause; days of overlapping pauses count once."""
    held, covered = 0, start
    for pause in sorted(pauses, key=lambda item: item.first):
        first, last = max(pause.first, covered + ONE_DAY), min(pause.last, end)
        if first <= last:
            held += (last - first).days + 1
            covered = last
    return held


def _roll(raw: dt.date, calendar: Calendar) -> tuple[dt.date, list[str]]:
    """Roll forward over days off — 民事诉讼法 art. 85 para. 3. An unannounced year is not relied upon."""
    if calendar.is_workday(raw):
        return raw, []
    if not calendar.is_announced(raw):
        return raw, [f"最后一日{written(raw)}所在年度未公布放假安排，届时如为休息日，顺延至其后第一个工作日。"]
    due = calendar.next_workday(raw)
    return due, [
        f"最后一日{written(raw)}为{calendar.why(raw)}，顺延至其后第一个工作日{written(due)}（民事诉讼法第八十五条）。"
    ]
