"""Rows of approvals (审批): what was laid before the heads and what each said."""

from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer
from mingcha.cases.models import Case
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid
from mingcha.documents.approving.choices import ApprovalChoice, ApprovalStep


class Approval(models.Model):
    """A document laid before the heads (报批), frozen as the handler wrote it until they answer."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="approvals")
    kind = models.CharField(max_length=40)
    fields = models.JSONField()
    digest = models.CharField(max_length=64)
    asked_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["case", "kind"], name="approval_by_case")]


class ApprovalOpinion(models.Model):
    """What one of them said: the unit first where it does, the organ last. The document is made by the last consent."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    approval = models.ForeignKey(Approval, models.PROTECT, related_name="opinions")
    step = models.CharField(max_length=20, choices=ApprovalStep.choices)
    choice = models.CharField(max_length=20, choices=ApprovalChoice.choices)
    text = models.CharField(max_length=500, blank=True)
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    at = models.DateTimeField()
    document = models.OneToOneField("documents.Document", models.PROTECT, null=True, related_name="approval")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["approval", "step"], name="approval_step_once")]


append_only("documents_approval", "id")
append_only("documents_approvalopinion", "id")
# Nobody approves what they wrote; who is asked has answered once and for all.
forbid(
    "documents_approvalopinion",
    "INSERT",
    "own-approval",
    "NEW.step <> 'handler' AND EXISTS (SELECT 1 FROM documents_approval a WHERE a.id = NEW.approval_id "
    "AND a.asked_by_id = NEW.officer_id)",
)
forbid(
    "documents_approvalopinion",
    "INSERT",
    "approval-ended",
    "EXISTS (SELECT 1 FROM documents_approvalopinion o WHERE o.approval_id = NEW.approval_id "
    "AND (o.choice <> 'agree' OR o.document_id IS NOT NULL))",
)
