"""Terms on lists: what `due.html` needs, also when the last day passed over a weekend and no working day has gone by."""

from __future__ import annotations

import datetime as dt
from typing import Any

from mingcha.deadlines.calendar import Calendar
from mingcha.deadlines.models import RunningPeriod
from mingcha.deadlines.queries import PeriodView
from mingcha.interfaces.workbench.base import plainly


def of_view(view: PeriodView, *, natural: bool = False) -> dict[str, Any]:
    """A running period, counted in working days, or in natural days as its rule does."""
    left = view.days_left if natural or _passed(view.workdays_left, view.days_left) else view.workdays_left
    unit = "日" if natural or left != view.workdays_left else "个工作日"
    return {"left": left, "colour": str(view.colour), "due_on": view.period.due_on, "unit": unit}


def of_day(due_on: dt.date, calendar: Calendar, today: dt.date) -> dict[str, Any]:
    """A last day, amber from two working days left."""
    workdays, days = calendar.workdays_between(today, due_on), (due_on - today).days
    passed = _passed(workdays, days)
    colour = "red" if days < 0 else "amber" if workdays <= 2 else "green"
    return {
        "left": days if passed else workdays,
        "colour": colour,
        "due_on": due_on,
        "unit": "日" if passed else "个工作日",
    }


def _passed(workdays: int, days: int) -> bool:
    return days < 0 and workdays == 0


def explained(row: RunningPeriod) -> dict[str, Any]:
    """The reckoning of a period for people: its articles open as on its first day, and a doubtful rule says so."""
    facts = row.explanation.get("facts", {})
    return {**plainly(row.explanation), "law_on": row.starts_on, "doubt": facts.get("verified") is False}
