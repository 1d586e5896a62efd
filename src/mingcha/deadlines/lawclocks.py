"""Both law clocks of a case (两个法律时点), pure: substance by the date of the act, procedure by the date of each step."""

from __future__ import annotations

import datetime as dt

from mingcha.common.explained import Explained
from mingcha.deadlines.calendar import written


def substantive_law_date(conduct_ended_on: dt.date, on: dt.date) -> Explained[dt.date]:
    """The day whose substantive law applies: when the act was done or ended — 行政处罚法 art. 37.

    `on` is the day asked about: until the decision, a later law that is lighter applies instead.
    """
    steps = (
        f"违法行为于{written(conduct_ended_on)}发生（有连续或者继续状态的，为终了之日），实体适用当日有效的法律。",
        f"至{written(on)}法律已经修改或者废止，新的规定处罚较轻或者不认为是违法的，适用新的规定；作出决定时再核对一次。",
    )
    facts = {"conduct_ended_on": conduct_ended_on, "asked_on": on}
    return Explained(conduct_ended_on, "实体法", "行政处罚法第三十七条", facts, steps)


def procedural_law_date(step: str, done_on: dt.date) -> Explained[dt.date]:
    """The day whose procedural law applies to a step: the day on which it is taken."""
    steps = (f"“{step}”于{written(done_on)}办理，程序适用办理当日有效的法律，不随违法行为发生之日。",)
    return Explained(done_on, "程序法", "立法法第一百零四条", {"step": step, "done_on": done_on}, steps)
