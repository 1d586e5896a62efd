"""Working-day calendar (工作日历), pure: the week less holidays plus shifted workdays — 全国年节及纪念日放假办法.

A year that is not announced is never read as a year without holidays: what touches it is provisional (SVC-10).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mingcha.deadlines.errors import CalendarUnusable

ONE_DAY = dt.timedelta(days=1)
_WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True)
class CalendarDay:
    """A day that differs from the plain week: off (放假) or worked (调休上班), and the holiday it belongs to."""

    date: dt.date
    off: bool
    name: str


@dataclass(frozen=True)
class Calendar:
    """The days that differ from the plain week, and the years whose arrangement is announced."""

    days: Mapping[dt.date, CalendarDay]
    announced: frozenset[int]
    version: str = ""

    @classmethod
    def of(cls, rows: Iterable[CalendarDay], announced: Iterable[int], *, version: str = "") -> Calendar:
        """Build from rows; a later row for the same date wins, so overlays come after the national table."""
        return cls({row.date: row for row in rows}, frozenset(announced), version)

    def is_announced(self, day: dt.date) -> bool:
        return day.year in self.announced

    def is_workday(self, day: dt.date) -> bool:
        """Whether the day is a working day; in an unannounced year only the plain week is known."""
        found = self.days.get(day)
        return day.weekday() < 5 if found is None else not found.off

    def why(self, day: dt.date) -> str:
        """In words, why the day is or is not a working day."""
        found = self.days.get(day)
        if found is not None:
            return f"{found.name}放假" if found.off else f"{found.name}调休上班"
        text = "工作日" if day.weekday() < 5 else "周末"
        return text if self.is_announced(day) else f"{text}（{day.year}年放假安排未公布，暂按周历）"

    def next_workday(self, day: dt.date) -> dt.date:
        """The day itself when it is a working day, else the first one after it."""
        while not self.is_workday(day):
            day += ONE_DAY
        return day

    def last_workday(self, day: dt.date) -> dt.date:
        """The day itself when it is a working day, else the last one before it."""
        while not self.is_workday(day):
            day -= ONE_DAY
        return day

    def nth_workday(self, start: dt.date, count: int) -> dt.date:
        """The `count`-th working day after `start` (start day excluded); 0 gives the start itself."""
        if count < 0:
            raise CalendarUnusable("workdays-negative", "工作日数不能小于零。")
        day = start
        while count:
            day += ONE_DAY
            count -= self.is_workday(day)
        return day

    def workdays_between(self, start: dt.date, end: dt.date) -> int:
        """Working days after `start` up to and including `end`; negative when `end` lies before `start`."""
        if end < start:
            return -self.workdays_between(end, start)
        return sum(self.is_workday(start + dt.timedelta(days=gone)) for gone in range(1, (end - start).days + 1))

    def provisional(self, first: dt.date, last: dt.date) -> bool:
        """Whether any year from `first` to `last` is not announced."""
        return any(year not in self.announced for year in range(first.year, last.year + 1))


def check_days(rows: Iterable[CalendarDay]) -> None:
    """Raise CalendarUnusable when a date stands twice, be it as holiday and as workday."""
    seen: dict[dt.date, CalendarDay] = {}
    for row in rows:
        before = seen.get(row.date)
        if before is not None:
            clash = "既列为放假又列为上班" if before.off != row.off else "重复列出"
            names = f"（{before.name}）" if before.name == row.name else f"（{before.name}、{row.name}）"
            raise CalendarUnusable("calendar-day-twice", f"{row.date.isoformat()}{names}{clash}，请改正后重新提交。")
        seen[row.date] = row


def written(day: dt.date) -> str:
    """2026-10-10（周六）."""
    return f"{day.isoformat()}（周{_WEEKDAYS[day.weekday()]}）"
