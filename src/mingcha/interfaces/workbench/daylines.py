"""Reading the lines of a holiday arrangement (放假安排), as an administrator types them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

from mingcha.common.errors import InvalidInput
from mingcha.deadlines.calendar import CalendarDay

_DAY = r"(\d{4})[-年./](\d{1,2})[-月./](\d{1,2})日?"
_LINE = re.compile(rf"^{_DAY}(?:\s*(?:至|到|—|~)\s*{_DAY})?\s+(放假|上班|调休上班)\s+(\S.*)$")
_MOST_DAYS = 31


def parse_days(text: str) -> list[CalendarDay]:
    """`2027-01-01 放假 元旦` or `2027-02-05至2027-02-11 放假 春节`, one per line. Raises InvalidInput with line numbers."""
    days: list[CalendarDay] = []
    errors = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        found = _LINE.match(line.strip())
        stretch = _stretch(found) if found else None
        if found is None or stretch is None:
            errors.append(f"第{number}行不能识别：“{line.strip()[:40]}”。请写成“2027-01-01 放假 元旦”。")
            continue
        off = found[7] == "放假"
        days += [CalendarDay(day, off, found[8].strip()) for day in stretch]
    if errors:
        raise InvalidInput({"days": errors})
    return days


def _stretch(found: re.Match[str]) -> list[dt.date] | None:
    try:
        first = dt.date(int(found[1]), int(found[2]), int(found[3]))
        last = dt.date(int(found[4]), int(found[5]), int(found[6])) if found[4] else first
    except ValueError:
        return None
    count = (last - first).days
    if not 0 <= count < _MOST_DAYS:
        return None
    return [first + dt.timedelta(days=place) for place in range(count + 1)]


def lines_of(days: Iterable[CalendarDay]) -> str:
    """The lines that `parse_days` reads back: neighbouring days of one holiday share a line."""
    lines: list[str] = []
    for first, last in stretches(days):
        span = first.date.isoformat() if first == last else f"{first.date.isoformat()}至{last.date.isoformat()}"
        lines.append(f"{span} {'放假' if first.off else '上班'} {first.name}")
    return "\n".join(lines)


def stretches(days: Iterable[CalendarDay]) -> list[tuple[CalendarDay, CalendarDay]]:
    """First and last day of each run of neighbouring days with the same name and mark, in order of date."""
    runs: list[tuple[CalendarDay, CalendarDay]] = []
    for day in sorted(days, key=lambda item: item.date):
        before = runs[-1][1] if runs else None
        if before and (before.off, before.name) == (day.off, day.name) and (day.date - before.date).days == 1:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs
