from __future__ import annotations

from django.db import models

from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only
from mingcha.decisions.models import Decision
from mingcha.performance.models_appeals import Appeal, AppealEnd

__all__ = ["Appeal", "AppealEnd", "Payment"]


class Payment(models.Model):
    """A payment of the fine or of confiscated gains to the collecting bank — art. 67."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="payments")
    amount_fen = models.BigIntegerField()
    paid_on = models.DateField()
    voucher = models.CharField("缴款凭证号", max_length=60)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["decision", "voucher"], name="payment_voucher_once"),
            models.CheckConstraint(condition=models.Q(amount_fen__gt=0), name="payment_positive"),
        ]


append_only("performance_payment")
