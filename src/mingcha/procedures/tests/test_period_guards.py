"""Guards over periods on a real case: an urgent inspection still to be approved, a hearing held too soon."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from mingcha.common import clock
from mingcha.deadlines import actions as deadlines
from mingcha.interfaces.demo.journey import Journey
from mingcha.procedures import guards

pytestmark = pytest.mark.django_db


def test_urgent_approval_and_the_seven_days_of_a_hearing(
    play: Callable[..., Journey], on_day: Callable[[dt.date], Any]
) -> None:
    case = play(until="file").case
    place = {"case_id": case.id, "jurisdiction": case.jurisdiction}
    assert guards.ask("period-closed-ins-02@1", case, None).met
    never_told = guards.ask("period-run-out-pen-05@1", case, None)
    assert [reason.code for reason in never_told.reasons] == ["period-not-settled"]

    urgent = deadlines.start("INS-02", **place, start=clock.at(dt.date(2026, 9, 21), 10))
    running = guards.ask("period-closed-ins-02@1", case, None)
    assert not running.met and "补办" in running.reasons[0].message
    deadlines.end(urgent.id, on=dt.date(2026, 9, 21))
    assert guards.ask("period-closed-ins-02@1", case, None).met

    hearing = deadlines.start("PEN-05", **place, start=dt.date(2026, 9, 29))
    with on_day(hearing.due_on - dt.timedelta(days=1)):
        assert not guards.ask("period-run-out-pen-05@1", case, None).met
    with on_day(hearing.due_on):
        assert guards.ask("period-run-out-pen-05@1", case, None).met

    fine = deadlines.start("PEN-06", **place, start=dt.date(2026, 9, 14))
    assert guards.ask("period-over-pen-11@1", case, None).met
    with on_day(fine.due_on):
        assert not guards.ask("period-run-out-pen-06@1", case, None).met
    with on_day(fine.due_on + dt.timedelta(days=1)):
        assert guards.ask("period-run-out-pen-06@1", case, None).met


def test_a_measure_lapses_on_its_own_day_and_not_while_its_days_stand_still(
    play: Callable[..., Journey], on_day: Callable[[dt.date], Any]
) -> None:
    """行政强制法 art. 25, 32: whichever of the two terms runs in the case; without one nothing has lapsed."""
    case = play(until="file").case
    lapsed = "period-run-out-coe-02-03@1"
    assert not guards.ask(lapsed, case, None).met
    frozen = deadlines.start("COE-03", case_id=case.id, jurisdiction=case.jurisdiction, start=dt.date(2026, 9, 14))
    with on_day(frozen.due_on):
        assert not guards.ask(lapsed, case, None).met
    with on_day(frozen.due_on + dt.timedelta(days=1)):
        assert guards.ask(lapsed, case, None).met
    deadlines.end(frozen.id, on=dt.date(2026, 9, 20))
    seized = deadlines.start("COE-02", case_id=case.id, jurisdiction=case.jurisdiction, start=dt.date(2026, 9, 14))
    deadlines.pause(seized.id, first_day=dt.date(2026, 9, 21), reason="检验", basis="行政强制法第二十五条第三款")
    with on_day(seized.due_on + dt.timedelta(days=1)):
        assert not guards.ask(lapsed, case, None).met
