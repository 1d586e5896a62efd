"""Surcharge on an unpaid fine (加处罚款) — 行政处罚法 arts. 72(1), 73 para. 3; 行政强制法 art. 45."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from mingcha.common.errors import InvalidInput
from mingcha.common.explained import Explained
from mingcha.common.money import yuan
from mingcha.deadlines import rulebook
from mingcha.deadlines.calendar import written
from mingcha.deadlines.periods import Pause, held_days


def surcharge(
    fine_fen: int, due: dt.date, paid: dt.date, pauses: Sequence[Pause] = (), *, rule_id: str = "PEN-07"
) -> Explained[int]:
    """Surcharge in fen on `paid` (or on the day asked about): a rate per day after `due`, payment day included.

    Days of review, suit, deferral or instalments are `pauses` and are not counted; never above the cap.
    Applies only where the decision letter states the surcharge and its rate: that is the caller's to check.
    """
    if fine_fen <= 0:
        raise InvalidInput({"fine": ["罚款数额应大于零。"]})
    rule = rulebook.rule(rule_id, due)
    if rule.unit != "P" or rule.length is None or rule.cap is None:
        raise InvalidInput({"rule": [f"规则{rule_id}不是加处罚款的规则。"]})
    calendar_days = max((paid - due).days, 0)
    held = held_days(due, paid, pauses) if calendar_days else 0
    days = calendar_days - held
    daily = fine_fen * rule.length  # in 1/100 fen, so that nothing is rounded before the end
    cap = fine_fen * rule.cap // 100
    amount = min(daily * days // 100, cap)
    steps = [f"罚款{yuan(fine_fen)}元，应于{written(due)}前（含当日）缴纳。"]
    if not calendar_days:
        steps.append(f"{written(paid)}未逾期，不加处罚款。")
    else:
        steps.append(f"自次日起至{written(paid)}（含缴款日）共{calendar_days}日。")
        steps.extend(f"{written(item.first)}至{written(item.last)}：{item.reason}，不计入。" for item in pauses)
        if held:
            steps.append(f"其中不计{held}日，实计{days}日。")
        steps.append(
            f"每日按罚款数额的{rule.length}%即{yuan(daily // 100)}元，{days}日共{yuan(daily * days // 100)}元。"
        )
        if daily * days // 100 > cap:
            steps.append(f"加处罚款不得超出罚款数额的{rule.cap}%，按上限{yuan(cap)}元计。")
    facts = {"fine": fine_fen, "due": due, "paid": paid, "days": days, "daily": daily // 100, "cap": cap}
    return Explained(amount, rule.id, rule.article, facts, tuple(steps))
