from __future__ import annotations

from mingcha.accounts.actors import Actor
from mingcha.cases import queries as cases
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.errors import Reason
from mingcha.procedures.guards import Answer, guard


@guard("decision-in-time@1", "在办案期限内", "行政处罚法第六十条")
def decision_in_time(case: Case, actor: Actor) -> Answer:
    period = cases.open_period(case, "PEN-01")
    if period is None:
        return Answer((Reason("handling-period-missing", "没有办案期限的记录。", ("行政处罚法第六十条",)),))
    inputs = {"due_on": period.due_on}
    if clock.today() <= period.due_on:
        return Answer(inputs=inputs)
    return Answer(
        (
            Reason(
                "decision-late",
                f"办案期限已于{period.due_on.isoformat()}届满。",
                ("行政处罚法第六十条",),
                "法律、法规、规章另有规定的，请先登记延长或者扣除期间的依据。",
            ),
        ),
        inputs,
    )
