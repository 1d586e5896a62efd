"""Reckoning of periods (期间计算), pure, start day excluded, each step in words — 民事诉讼法 art. 85, 民法典 201–203.

Roll-forward only where the rule says so; month arithmetic takes the same day, else the month's last day (民法典202).
"""

from __future__ import annotations

import calendar as months
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mingcha.common.clock import SHANGHAI
from mingcha.common.errors import InvalidInput
from mingcha.common.explained import Explained
from mingcha.deadlines.calendar import ONE_DAY, Calendar, written
from mingcha.deadlines.errors import LengthMissing, RuleHasNoDate
from mingcha.deadlines.rulebook import UNITS, Rule

_FARTHEST = dt.date(9000, 1, 1)
_WITHOUT_DATE = {
    "rate": "规定的是加处比例，不是期限；请用加处罚款的计算。",
    "prompt": "，法律只要求立即或者及时，没有可以计算的天数。",
    "gate": "是办理条件，不是期限，没有可以计算的日期。",
}
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
    Raises LengthMissing when nobody gives a length, RuleHasNoDate for what has none, InvalidInput for absurd figures.
    """
    total = _length(rule, length, extra)
    steps = [_first_step(rule, start)]
    if not rule.in_force(start):
        steps.append(f"注意：本规则自{rule.effective_from.isoformat()}起施行，起算日不在其施行期间，结果仅供参考。")
    if extra:
        steps.append(f"经批准延长{extra}{UNITS[rule.unit]}，共{total}{UNITS[rule.unit]}。")
    looked: list[dt.date] = []
    if rule.unit == "W":
        raw, lines = _workdays(start, total, calendar, pauses)
        looked = [start + ONE_DAY, raw] if total else []
    elif rule.unit == "D":
        raw, lines = _yearly(rule, start)
    else:
        raw, lines = _natural(rule.unit, start, total, pauses)
    steps += lines
    steps += [
        f"{written(pause.first)}至{written(pause.last)}：{pause.reason}，不在期限以内，不影响计算。"
        for pause in pauses
        if pause.last <= start or pause.first > raw
    ]
    due = raw
    if rule.kind == "wait":
        due = raw if lenient else raw + ONE_DAY
        span = f"{total}{UNITS[rule.unit]}"
        when = f"按宽松算法，届满{span}的当日即可进行" if lenient else f"须间隔满{span}"
        steps.append(f"{when}，最早可于{written(due)}进行。")
    elif rule.roll and rule.unit != "W":
        due, line = _roll(raw, calendar)
        looked += [raw, due]
        steps += line
    provisional = bool(looked) and calendar.provisional(min(looked), max(looked))
    if provisional:
        steps.append(f"所涉年度（{max(looked).year}年）放假安排尚未公布，结果为暂定，公布后重新计算。")
    facts = {"start": start, "length": total, "unit": rule.unit, "raw": raw, "verified": rule.verified}
    if extra:
        facts["extension"] = extra
    if rule.aims_early and due != raw:
        facts["internal_target"] = calendar.last_workday(raw)
        steps.append(f"内部要求提前至{written(calendar.last_workday(raw))}完成，不依赖顺延。")
    steps.append(f"{rule.label}：{written(due)}。")
    return Explained(due, rule.id, rule.article, facts, tuple(steps), provisional)


def compute_hours(rule: Rule, start: dt.datetime, *, length: int | None = None) -> Explained[dt.datetime]:
    """The instant at which a period in hours ends, counted from `start` (aware) — 民法典 art. 201 para. 2.

    Hours run on through nights, holidays and the turn of the year; nothing stops or rolls them.
    """
    if rule.unit != "H" or start.tzinfo is None:
        raise InvalidInput({"start": ["按小时计算的期限须填写日期和时间。"]})
    total = _length(rule, length, 0)
    begun = start.astimezone(SHANGHAI)
    due = (start + dt.timedelta(hours=total)).astimezone(SHANGHAI)
    steps = [f"{begun:%Y-%m-%d %H:%M}：{rule.trigger}，自此时起连续计算（含夜间和休息日）。"]
    if due.date() != begun.date():
        midnight = dt.datetime.combine(due.date(), dt.time(), SHANGHAI)
        before, after = (_clock_hours(part) for part in (midnight - begun, due - midnight))
        steps.append(f"至{midnight:%Y-%m-%d %H:%M}计{before}，其后计{after}。")
    steps += [f"满{total}小时为{due:%Y-%m-%d %H:%M}。", f"{rule.label}：{due:%Y-%m-%d %H:%M}。"]
    return Explained(due, rule.id, rule.article, {"start": start, "length": total, "unit": "H"}, tuple(steps))


def _clock_hours(span: dt.timedelta) -> str:
    hours, minutes = divmod(int(span.total_seconds()) // 60, 60)
    return f"{hours}小时{minutes}分" if minutes else f"{hours}小时"


def latest_notice(rule: Rule, event: dt.date, calendar: Calendar, *, lenient: bool = False) -> Explained[dt.date]:
    """For "at least n days before": the last day for the notice (or the application) when the event is on `event`."""
    if rule.kind not in ("wait", "before"):
        raise RuleHasNoDate(message=f"规则{rule.id}不是“至少提前若干日”的规则，不能按活动日期倒算。")
    total = _length(rule, None, 0, backwards=True)
    if not dt.date(1949, 10, 1) <= event < _FARTHEST:
        raise InvalidInput({"event": ["活动日期超出可计算的范围，请核对年份。"]})
    facts: dict[str, Any] = {"event": event, "length": total, "unit": rule.unit}
    if rule.kind == "before":
        notice = event - dt.timedelta(days=total)
        steps = [
            f"{written(event)}：{rule.trigger.partition('（')[0]}。",
            f"向前数{total}日，为{written(notice)}。",
            f"{rule.label}：{written(notice)}。",
        ]
        if rule.remind:
            facts["remind_on"] = _workdays_back(event, int(rule.remind["length"]), calendar)
            steps.append(f"提醒日提前至{rule.remind['length']}个工作日以前，即{written(facts['remind_on'])}。")
        return Explained(notice, rule.id, rule.article, facts, tuple(steps))
    day = event + ONE_DAY if lenient else event
    if rule.unit == "W":
        day = _workdays_back(day, total, calendar)
    else:
        day -= dt.timedelta(days=total)
    notice = day - ONE_DAY
    told = (
        f"{written(event)}为活动日，{'计入' if lenient else '不计入'}。",
        f"向前数{total}{UNITS[rule.unit]}，至{written(day)}。",
        f"最迟应于{written(notice)}通知。",
    )
    provisional = rule.unit == "W" and calendar.provisional(notice, event)
    return Explained(notice, rule.id, rule.article, facts, told, provisional)


def _workdays_back(day: dt.date, count: int, calendar: Calendar) -> dt.date:
    while count:
        day -= ONE_DAY
        count -= calendar.is_workday(day)
    return day


def amber_on(rule: Rule, start: dt.date, due: dt.date, calendar: Calendar) -> dt.date:
    """The first day on which at most a third of the period is left (working days for W, else natural days)."""
    if start >= due:
        return due
    if rule.unit != "W":
        return due - dt.timedelta(days=(due - start).days // 3)
    total, left, day = calendar.workdays_between(start, due), 0, due
    while day > start:
        left += calendar.is_workday(day)
        if left * 3 > total:
            break
        day -= ONE_DAY
    return day


def length_by(rule: Rule, values: Mapping[str, Any]) -> int | None:
    """The length that a policy profile gives to a rule that leaves it to the profile, else None (the rule's own)."""
    value = values.get(rule.profile_key) if rule.profile_key and rule.profile else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _length(rule: Rule, length: int | None, extra: int, *, backwards: bool = False) -> int:
    if not rule.has_date:
        raise RuleHasNoDate(message=f"{rule.id}“{rule.label}”{_WITHOUT_DATE[rule.kind]}")
    if rule.kind == "before" and not backwards:
        raise RuleHasNoDate(message=f"规则{rule.id}从活动或者届满之日向前计算，请填写该日期（--event）。")
    if rule.unit == "D":
        return 0
    base = rule.length if length is None else length
    if base is None:
        where = "由文书载明" if rule.source == "document" else "法律未作规定，请在政策配置中填写"
        raise LengthMissing(message=f"{rule.label}的期限{where}，请写明长度（{UNITS[rule.unit]}）。")
    if base < 0 or extra < 0 or base + extra > _MOST[rule.unit]:
        raise InvalidInput({"length": [f"期限长度应在0至{_MOST[rule.unit]}{UNITS[rule.unit]}之间。"]})
    return base + extra


def _first_step(rule: Rule, start: dt.date) -> str:
    if not dt.date(1949, 10, 1) <= start < _FARTHEST:
        raise InvalidInput({"start": ["起算日期超出可计算的范围，请核对年份。"]})
    ground = f"（{rule.unit_article}）" if rule.unit_article else ""
    if rule.unit == "D":
        return f"{written(start)}：{rule.trigger}之后的起算日。"
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
        return _days(start, total, pauses)
    if unit not in ("M", "Y"):
        raise InvalidInput({"start": ["按小时计算的期限须填写日期和时间。"]})
    end = add_months(start, total * (12 if unit == "Y" else 1))
    note = "" if end.day == start.day else "，该月无对应日，以月末日为最后一日（民法典第二百零二条）"
    lines = [f"计算{total}{UNITS[unit]}，至对应日{written(end)}{note}。"]
    due = end
    while True:
        held = held_days(start, due, pauses)
        if end + dt.timedelta(days=held) == due:
            break
        due = end + dt.timedelta(days=held)
    if held:
        lines += [
            f"{written(pause.first)}至{written(pause.last)}：{pause.reason}，不计入。"
            for pause in pauses
            if pause.last > start and pause.first <= due
        ]
        lines.append(f"期间内停止计算共{held}日，最后一日相应后延至{written(due)}。")
    return due, lines


def _days(start: dt.date, total: int, pauses: Sequence[Pause]) -> tuple[dt.date, list[str]]:
    """Natural days: the stretches between the stop-clocks, each with the numbers of its days."""
    lines: list[str] = []
    day, counted = start, 0  # `day` is the last day looked at
    for pause in sorted(pauses, key=lambda item: item.first):
        if pause.last <= day:
            continue
        free = max((pause.first - day).days - 1, 0)
        if counted + free >= total:
            break
        if free:
            lines.append(_stretch(day + ONE_DAY, free, counted))
            counted, day = counted + free, day + dt.timedelta(days=free)
        held = (pause.last - day).days
        lines.append(f"{written(day + ONE_DAY)}至{written(pause.last)}：{pause.reason}，不计入（{held}日）。")
        day = pause.last
    if counted < total:
        lines.append(_stretch(day + ONE_DAY, total - counted, counted))
        day += dt.timedelta(days=total - counted)
    return day, lines


def _stretch(first: dt.date, days: int, counted: int) -> str:
    last = first + dt.timedelta(days=days - 1)
    which = f"第{counted + 1}日" if days == 1 else f"第{counted + 1}至{counted + days}日"
    span = written(first) if days == 1 else f"{written(first)}至{written(last)}"
    return f"{span}：连续计算（含休息日），计入，{which}。"


def _yearly(rule: Rule, start: dt.date) -> tuple[dt.date, list[str]]:
    month, day = int(rule.fixed[:2]), int(rule.fixed[3:])
    due = dt.date(start.year, month, day)
    if due <= start:
        due = dt.date(start.year + 1, month, day)
    return due, [f"其后的第一个{month}月{day}日为{written(due)}。"]


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
