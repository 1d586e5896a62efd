"""Guards over periods that the catalogue lists (期限条件): none still runs, the least interval has passed, or it is not too late."""

from __future__ import annotations

from typing import Any

from mingcha.common import clock
from mingcha.common.errors import Reason
from mingcha.deadlines.choices import PeriodKind
from mingcha.deadlines.queries import open_period
from mingcha.procedures.guards import Answer, Entry, GuardFunction, catalogue, guard


def register() -> None:
    """Register each guard of the catalogue that names a period."""
    for entry in catalogue().values():
        if entry.period:
            guard(entry.name, entry.label, entry.article)(_asker(entry))


def _asker(entry: Entry) -> GuardFunction:
    def ask(case: Any, actor: Any) -> Answer:
        running = (open_period(case.id, rule) for rule in entry.period.split("/"))
        period = next((row for row in running if row), None)
        inputs = {"rule": period.rule if period else entry.period, "due_on": period.due_on if period else None}
        # The day of a time to wait is the first on which one may act; the last day of a duty still belongs to it.
        passed = (
            period is not None
            and not period.paused
            and (clock.today() >= period.due_on if period.kind == PeriodKind.WAIT else clock.today() > period.due_on)
        )
        # Hours end at their minute, days with the day.
        late = period is not None and (clock.now() > period.due_at if period.due_at else clock.today() > period.due_on)
        met = {
            "closed": period is None,
            "run-out": passed,
            "over": period is None or passed,
            "in-time": period is not None and not late,
        }[entry.state]
        said = {"closed": "这一期限还没有了结", "in-time": "这一期限已经届满，或者没有这一期限"}.get(
            entry.state, "这一期限还没有届满"
        )
        return Answer(
            () if met else (Reason("period-not-settled", f"{entry.label}：{said}。", (entry.article,)),), inputs
        )

    return ask
