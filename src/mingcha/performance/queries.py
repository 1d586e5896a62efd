"""What is owed, by when, and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import QuerySet, Sum

from mingcha.cases.models import Case
from mingcha.common.explained import Explained
from mingcha.common.money import yuan
from mingcha.deadlines import queries as running
from mingcha.deadlines.models import RunningPeriod
from mingcha.deadlines.surcharge import surcharge
from mingcha.decisions.models import Decision
from mingcha.decisions.queries import amounts
from mingcha.performance.models import Appeal, Payment


@dataclass(frozen=True)
class Standing:
    """Amounts in fen on a day: owed by the decision, paid, surcharge so far with its reckoning, what is left."""

    owed: int
    paid: int
    due: RunningPeriod | None
    surcharge: Explained[int] | None

    @property
    def left(self) -> int:
        extra = self.surcharge.value if self.surcharge else 0
        return max(self.owed + extra - self.paid, 0)


def payments(decision: Decision) -> QuerySet[Payment]:
    return Payment.objects.filter(decision=decision).order_by("paid_on", "id")


def standing(decision: Decision, on: dt.date) -> Standing:
    """How performance stands on a day. The surcharge runs on the fine from the day after the last day of payment."""
    due = running.periods_of(decision.case_id).filter(rule="PEN-06").last()
    paid = Payment.objects.filter(decision=decision).aggregate(sum=Sum("amount_fen"))["sum"] or 0
    fine, confiscated = amounts(decision)
    extra = None
    if due is not None and fine:
        last = Payment.objects.filter(decision=decision).order_by("-paid_on").first()
        settled = last.paid_on if last and paid >= fine + confiscated else on
        extra = surcharge(fine, due.due_on, settled)
    return Standing(fine + confiscated, paid, due, extra)


@dataclass(frozen=True)
class Balance:
    """What of a decision is paid and what is left on a day, in fen, each with its reckoning, and a line per demand."""

    paid: Explained[int]
    fine: Explained[int]
    late: Explained[int]
    left: Explained[int]
    rows: tuple[Mapping[str, str], ...]


def balance(decision: Decision, on: dt.date) -> Balance:
    """The balance on a day. A payment counts on the fine first, since only the fine bears a surcharge (art. 72 ¶1 (1))."""
    now, rows = standing(decision, on), list(payments(decision))
    article = "行政处罚法第六十七条、第七十二条"
    facts = {"decision": str(decision.id), "payments": [str(row.id) for row in rows], "on": on}
    told = tuple(
        f"{row.paid_on.isoformat()}缴纳{yuan(row.amount_fen)}元（凭证{row.voucher}）。"
        for row in rows
        if row.paid_on <= on
    )

    def sum_of(value: int, *steps: str) -> Explained[int]:
        return Explained(value, "PEN-07", article, facts, steps)

    whole_fine, whole_gains = amounts(decision)
    fine = max(whole_fine - now.paid, 0)
    gains = max(whole_gains - max(now.paid - whole_fine, 0), 0)
    late = now.surcharge.value if now.surcharge else 0
    paid = sum_of(now.paid, *told, f"合计已缴{yuan(now.paid)}元。")
    begun = f"决定罚款{yuan(whole_fine)}元"
    begun += f"，没收违法所得{yuan(whole_gains)}元。" if whole_gains else "。"
    owed = sum_of(fine, begun, *told, f"缴款先抵罚款，尚欠罚款{yuan(fine)}元。")
    left = max(fine + gains + late - max(now.paid - whole_fine - whole_gains, 0), 0)
    extra = now.surcharge.steps if now.surcharge else ()
    whole = sum_of(left, *owed.steps, *extra, f"合计应缴{yuan(left)}元。")
    proof = "、".join(row.voucher for row in rows) or "没有缴款记录"
    lines = []
    for item, due, open_ in (("缴纳罚款", whole_fine, fine), ("上缴违法所得", whole_gains, gains)):
        if due:
            state = "done" if open_ == 0 else "part" if open_ < due else "none"
            lines.append({"item": item, "state": state, "proof": proof})
    return Balance(paid, owed, sum_of(late, *extra), whole, tuple(lines))


def appeals(case: Case) -> QuerySet[Appeal]:
    """Reconsiderations and suits of a case, with how they ended."""
    return Appeal.objects.filter(case=case).select_related("end", "by", "end__by").order_by("received_on", "id")
