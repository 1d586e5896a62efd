"""Pure rules of the case: incompatible duties, qualified handlers, limitation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from mingcha.accounts.models import Officer
from mingcha.accounts.rules import may_enforce
from mingcha.cases.choices import DutyKind
from mingcha.common.errors import Reason

_SEPARATION = {
    DutyKind.REVIEWER: ("法制审核人员不得由承办本案的人员担任", "行政处罚法第五十八条"),
    DutyKind.DECIDER: ("作出决定的负责人不得同时承办、审核或者主持听证", "行政处罚法第五十七条"),
    DutyKind.HEARING_HOST: ("听证主持人不得由本案调查人员担任", "行政处罚法第六十四条第四项"),
    DutyKind.HANDLER: ("已经审核、主持听证或者决定本案的人员不得再承办", "行政处罚法第五十八条"),
}


def may_take_duty(officer: Officer, duty: str, held: Iterable[str], day: dt.date) -> list[Reason]:
    """Reasons why `officer`, who already holds `held` on the case, may not take `duty`; empty when allowed."""
    reasons = []
    others = [DutyKind(item) for item in held if item != duty]
    if others:
        text, article = _SEPARATION[DutyKind(duty)]
        reasons.append(
            Reason(
                "duty-incompatible",
                f"{officer.name}在本案中已担任{others[0].label}，不能再担任{DutyKind(duty).label}：{text}。",
                (article,),
                "请由没有参与本案的人员办理。",
            )
        )
    if duty == DutyKind.HANDLER:
        reasons += may_enforce(officer, day)
    return reasons


def enough_handlers(handlers: Iterable[Officer], day: dt.date, avoiding: Iterable[Any] = ()) -> list[Reason]:
    """G-01: at least two officers, each with a certificate valid on `day`, none of them under avoidance — art. 42."""
    out = set(avoiding)
    active = [officer for officer in handlers if officer.id not in out]
    reasons = [reason for officer in active for reason in may_enforce(officer, day)]
    valid = [officer for officer in active if not may_enforce(officer, day)]
    if len(valid) < 2:
        reasons.append(
            Reason(
                "second-officer-missing",
                f"执法人员不得少于两人，现有{len(valid)}名符合条件的承办人员。",
                ("行政处罚法第四十二条",),
                "请增加一名持有有效行政执法证的承办人员。",
            )
        )
    return reasons


def limitation(ended_on: dt.date, discovered_on: dt.date, years: int = 2) -> list[Reason]:
    """Limitation (时效): discovered later than `years` after the conduct ended — art. 36."""
    try:
        last = ended_on.replace(year=ended_on.year + years)
    except ValueError:
        last = ended_on.replace(year=ended_on.year + years, day=28)
    if discovered_on <= last:
        return []
    return [
        Reason(
            "limitation-passed",
            f"违法行为终了之日为{ended_on.isoformat()}，至{discovered_on.isoformat()}被发现已超过{years}年，不再给予行政处罚。",
            ("行政处罚法第三十六条",),
            "请核对发现之日；涉及公民生命健康安全、金融安全且有危害后果的为五年。",
        )
    ]
