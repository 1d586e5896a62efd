from __future__ import annotations

from typing import Any

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


# Penalties that are carried out by being pronounced.
_SPOKEN = {"warning", "criticism"}


def _to_perform(case: Case) -> tuple[bool, dict[str, Any]]:
    decision = decisions.of_case(case)
    if decision is None or hasattr(decision, "revocation"):
        return False, {"decision": None}
    kinds = {row.get("kind") for row in decision.document.fields.get("penalties") or []}
    return bool(kinds - _SPOKEN), {"decision": str(decision.id), "kinds": sorted(map(str, kinds))}


@guard("performance-due@1", "决定有需要履行的内容", "行政处罚法第六十六条")
def performance_due(case: Case, actor: Actor) -> Answer:
    due, inputs = _to_perform(case)
    return Answer((), inputs) if due else Answer((Reason("nothing-to-perform", "决定没有需要履行的内容。"),), inputs)


@guard("nothing-to-perform@1", "决定没有需要履行的内容", "行政处罚法第六十六条")
def nothing_to_perform(case: Case, actor: Actor) -> Answer:
    due, inputs = _to_perform(case)
    unmet = Reason("performance-due", "决定有需要履行的内容，应当进入履行。", ("行政处罚法第六十六条",))
    return Answer((unmet,), inputs) if due else Answer((), inputs)
