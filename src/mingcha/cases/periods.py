"""Periods of a case follow its stages: started on entering, ended on leaving, reckoned by `deadlines`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from mingcha.cases import queries
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.deadlines import actions as deadlines
from mingcha.procedures.definition import Stage

StartDay = Callable[[Case], dt.date | None]
_start_days: dict[str, StartDay] = {}

# Values of the policy profile that set the length of a rule for which no statute gives one.
_BY_PROFILE = {"PEN-14": "statement_days", "PEN-16": "review_days"}


def starts_from(rule: str) -> Callable[[StartDay], StartDay]:
    """A room above tells from which day a rule runs on a case; None: the rule does not run on this case."""

    def register(function: StartDay) -> StartDay:
        _start_days[rule] = function
        return function

    return register


def enter(case: Case, stage: Stage) -> None:
    """Start the periods of a stage that are not running yet."""
    for rule in stage.starts:
        if queries.open_period(case, rule):
            continue
        day = _start_days[rule](case) if rule in _start_days else clock.today()
        if day is not None:
            length = case.profile.content.get(_BY_PROFILE[rule]) if rule in _BY_PROFILE else None
            deadlines.start(rule, case_id=case.id, jurisdiction=case.jurisdiction, start=day, length=length)
    if not stage.moves:
        leave(case, stage)


def leave(case: Case, stage: Stage) -> None:
    """End the periods of a stage."""
    for rule in stage.ends:
        period = queries.open_period(case, rule)
        if period is not None:
            deadlines.end(period.id, on=max(clock.today(), period.starts_on))
