"""Least times to wait (等待期限) that a case itself tells: what the calendar knows nobody finds by hand.

An officer's finding never shortens them: 行政强制法 art. 51, 54; 国有土地上房屋征收与补偿条例 art. 10; 土地管理法实施条例 art. 28.
"""

from __future__ import annotations

import datetime as dt

from mingcha.cases import queries
from mingcha.cases.findings import Knower, Known, known
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.deadlines.choices import PeriodKind
from mingcha.deadlines.models import RunningPeriod


def first_day(row: RunningPeriod) -> dt.date:
    """The first day on which one may act: that of a time to wait itself, after the last day of any other."""
    return row.due_on if row.kind == PeriodKind.WAIT else row.due_on + dt.timedelta(days=1)


def _waited(*rules: str, never: str, fix: str) -> Knower:
    """Whether the newest period of one of these rules has run its whole length, or had when it ended."""

    def ask(case: Case) -> Known:
        row = next((found for rule in rules if (found := queries.last_period(case, rule))), None)
        if row is None:
            return Known(False, never, fix)
        first = first_day(row)
        inputs = {"rule": row.rule, "starts_on": row.starts_on, "due_on": row.due_on}
        told = f"自{row.starts_on.isoformat()}起算（{row.article}）"
        if not row.paused and (row.ended_on or clock.today()) >= first:
            return Known(True, f"{told}，{first.isoformat()}起可以办理", inputs=inputs)
        return Known(False, f"{told}，{first.isoformat()}以前不能办理", f"请等到{first.isoformat()}再办理。", inputs)

    return ask


_KNOWERS = {
    "finding-ge-02@1": _waited(
        "EXP-01", "EXP-04", never="方案还没有公布征求意见", fix="请先公布方案，征求意见满三十日。"
    ),
    "finding-gc-20@1": _waited(
        "COE-06", never="代履行的再次催告还没有送达", fix="请制作《代履行催告书》并送达，送达后自动起算。"
    ),
    "finding-gc-28@1": _waited("COE-10", never="催告书还没有送达", fix="请制作《催告书》并送达，送达后自动起算。"),
}
NAMES = frozenset(_KNOWERS)


def register() -> None:
    """Let these conditions be answered by the periods of the case."""
    for name, knower in _KNOWERS.items():
        known(name)(knower)
