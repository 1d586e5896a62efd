"""The shipped public holidays (随附放假安排), read from data/holidays.json."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mingcha.deadlines.calendar import Calendar, CalendarDay

_FILE = Path(__file__).parent / "data" / "holidays.json"


@dataclass(frozen=True)
class ShippedYear:
    """One year as announced, or a year known not to be announced yet (no days)."""

    year: int
    announced: bool
    source: str
    days: tuple[CalendarDay, ...]


@cache
def years() -> tuple[ShippedYear, ...]:
    """All shipped years in order."""
    return tuple(
        ShippedYear(
            item["year"],
            item["announced"],
            "；".join(item["papers"]),
            tuple(CalendarDay(dt.date.fromisoformat(date), mark == "off", name) for date, mark, name in item["days"]),
        )
        for item in json.loads(_FILE.read_text(encoding="utf-8"))["years"]
    )


@cache
def calendar() -> Calendar:
    """The national calendar as shipped, for use without a database."""
    return Calendar.of(
        (day for year in years() for day in year.days),
        (year.year for year in years() if year.announced),
        version="shipped",
    )
