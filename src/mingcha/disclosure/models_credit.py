"""models.py split: credit publication (信用中国公示), applied for by the unit and approved by another (S0, R040)."""

from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid
from mingcha.decisions.models import Decision


class Severity(models.TextChoices):
    MINOR = "minor", "轻微"
    GENERAL = "general", "一般"
    SERIOUS = "serious", "严重"


class CreditRequest(models.Model):
    """The unit asks that a penalty be reported for credit publication, or says why it is not (信用修复管理办法)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    jurisdiction = models.CharField(max_length=12)
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="credit_requests")
    seq = models.PositiveIntegerField()
    severity = models.CharField(max_length=10, choices=Severity.choices)
    publish = models.BooleanField("是否公示")
    reason = models.CharField(max_length=500, blank=True)
    due_on = models.DateField()
    explanation = models.JSONField()
    # A minor one is published at most so long; the earliest day of repair and the last day on show.
    repair_from = models.DateField(null=True)
    until = models.DateField(null=True)
    asked_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["decision", "seq"], name="credit_request_once"),
            models.CheckConstraint(
                condition=models.Q(publish=True, until__isnull=False) | models.Q(publish=False, until__isnull=True),
                name="credit_until_with_publication",
            ),
            # A minor one is as a rule not published, the others are: what departs from the rule has a reason.
            models.CheckConstraint(
                condition=models.Q(severity="minor", publish=False)
                | models.Q(severity__in=["general", "serious"], publish=True)
                | ~models.Q(reason=""),
                name="credit_departure_with_reason",
            ),
        ]


class CreditAnswer(models.Model):
    """The approval or refusal of a request by another person (审批)."""

    request = models.OneToOneField(CreditRequest, models.PROTECT, primary_key=True, related_name="answer")
    approved = models.BooleanField()
    reason = models.CharField(max_length=500, blank=True)
    entry_id = models.BigIntegerField(unique=True)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(approved=True) | ~models.Q(reason=""), name="credit_refusal_with_reason"
            )
        ]


append_only("disclosure_creditrequest")
append_only("disclosure_creditanswer", "request_id")
forbid(
    "disclosure_creditrequest",
    "INSERT",
    "credit-revoked",
    "NEW.publish AND EXISTS (SELECT 1 FROM decisions_revocation r WHERE r.decision_id = NEW.decision_id)",
)
forbid(
    "disclosure_creditrequest",
    "INSERT",
    "credit-request-open",
    "EXISTS (SELECT 1 FROM disclosure_creditrequest c WHERE c.decision_id = NEW.decision_id AND NOT EXISTS "
    "(SELECT 1 FROM disclosure_creditanswer a WHERE a.request_id = c.id AND NOT a.approved))",
)
forbid(
    "disclosure_creditanswer",
    "INSERT",
    "credit-own-approval",
    "EXISTS (SELECT 1 FROM disclosure_creditrequest c WHERE c.id = NEW.request_id AND c.asked_by_id = NEW.by_id)",
)
