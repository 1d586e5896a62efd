from __future__ import annotations

from mingcha.accounts.actors import Actor
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.errors import Reason
from mingcha.common.money import yuan
from mingcha.decisions import queries as decisions
from mingcha.performance.queries import standing
from mingcha.procedures.guards import Answer, guard


@guard("performed@1", "处罚决定已履行或者已撤销", "行政处罚法第六十六条")
def performed(case: Case, actor: Actor) -> Answer:
    decision = decisions.of_case(case)
    if decision is None:
        return Answer((Reason("decision-missing", "本案还没有作出决定。", ("行政处罚法第五十七条",)),))
    if hasattr(decision, "revocation"):
        return Answer(inputs={"revoked": True})
    now = standing(decision, clock.today())
    inputs = {"owed": now.owed, "paid": now.paid, "left": now.left}
    if now.left == 0:
        return Answer(inputs=inputs)
    return Answer(
        (
            Reason(
                "not-performed",
                f"还有{yuan(now.left)}元没有缴清。",
                ("行政处罚法第六十六条",),
                "请登记缴款凭证；逾期不缴的，可以加处罚款并依法申请强制执行。",
            ),
        ),
        inputs,
    )
