"""What is owed, by when, and why."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import QuerySet, Sum

from mingcha.common.explained import Explained
from mingcha.deadlines import queries as running
from mingcha.deadlines.models import RunningPeriod
from mingcha.deadlines.surcharge import surcharge
from mingcha.decisions.models import Decision
from mingcha.performance.models import Payment


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
    extra = None
    if due is not None and decision.fine_fen:
        last = Payment.objects.filter(decision=decision).order_by("-paid_on").first()
        settled = last.paid_on if last and paid >= decision.fine_fen + decision.confiscated_fen else on
        extra = surcharge(decision.fine_fen, due.due_on, settled)
    return Standing(decision.fine_fen + decision.confiscated_fen, paid, due, extra)
