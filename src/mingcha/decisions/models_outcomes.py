"""models.py split: outcomes besides a penalty, and acts that change a decision."""

from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer
from mingcha.cases.models import Case
from mingcha.catalogues.models import Edition
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid
from mingcha.decisions.choices import OrderedBy, Result, Variant, Waiver
from mingcha.documents.models import Document


class Outcome(models.Model):
    """What the head decides besides a penalty (不予处罚、不成立、移送) — 行政处罚法 art. 57 ¶1 (2)–(4)."""

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="outcome")
    result = models.CharField(max_length=20, choices=Result.choices)
    ground = models.CharField(max_length=20, choices=Waiver.choices, blank=True)
    # The list of minor and first violations and its entry, where leniency rests on it.
    edition = models.ForeignKey(Edition, models.PROTECT, null=True, related_name="+")
    entry = models.CharField(max_length=30, blank=True)
    document = models.OneToOneField(Document, models.PROTECT, null=True, related_name="+")
    reason = models.TextField()
    decided_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    decided_on = models.DateField()
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(result="transfer", ground="")
                | models.Q(result="not_established", ground="not_established", document__isnull=False)
                | models.Q(result="none", document__isnull=False)
                & ~models.Q(ground="")
                & ~models.Q(ground="not_established"),
                name="outcome_with_its_ground",
            )
        ]


class Change(models.Model):
    """A new act that changes a decision or declares it illegal or void (变更、确认) — art. 38, 75 ¶2. The old one stays."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    decision = models.ForeignKey("decisions.Decision", models.PROTECT, related_name="changes")
    seq = models.PositiveIntegerField()
    variant = models.CharField(max_length=10, choices=Variant.choices)
    ordered_by = models.CharField(max_length=20, choices=OrderedBy.choices)
    document = models.OneToOneField(Document, models.PROTECT, related_name="+")
    reason = models.TextField()
    fine_fen = models.BigIntegerField("变更后的罚款")
    confiscated_fen = models.BigIntegerField("变更后的没收")
    decided_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    decided_on = models.DateField()
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["decision", "seq"], name="decision_change_once"),
            models.CheckConstraint(
                condition=models.Q(fine_fen__gte=0, confiscated_fen__gte=0), name="change_amounts_not_negative"
            ),
        ]


append_only("decisions_outcome", "case_id")
append_only("decisions_change")
forbid(
    "decisions_outcome",
    "INSERT",
    "outcome-twice",
    "EXISTS (SELECT 1 FROM decisions_decision d WHERE d.case_id = NEW.case_id)",
)
forbid(
    "decisions_decision",
    "INSERT",
    "outcome-twice",
    "EXISTS (SELECT 1 FROM decisions_outcome o WHERE o.case_id = NEW.case_id AND o.result <> 'transfer')",
)
forbid(
    "decisions_outcome",
    "INSERT",
    "outcome-unsound",
    "(NEW.document_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM documents_document d WHERE d.id = NEW.document_id "
    "AND d.case_id = NEW.case_id AND d.kind = 'no-penalty-decision')) "
    "OR EXISTS (SELECT 1 FROM cases_duty u WHERE u.case_id = NEW.case_id AND u.officer_id = NEW.decided_by_id "
    "AND u.duty IN ('handler', 'reviewer', 'hearing_host'))",
)
# What is served as a decision not to punish was decided, with its ground and its letter — 行政处罚法 art. 57 ¶1 (2), (3).
forbid(
    "cases_stagechange",
    "INSERT",
    "outcome-missing",
    "NEW.source = 'decide-none' AND NEW.target = 'serve' AND NOT EXISTS ("
    "SELECT 1 FROM decisions_outcome o WHERE o.case_id = NEW.case_id AND o.result <> 'transfer')",
)
forbid(
    "decisions_change",
    "INSERT",
    "change-after-revocation",
    "EXISTS (SELECT 1 FROM decisions_revocation r WHERE r.decision_id = NEW.decision_id) "
    "OR EXISTS (SELECT 1 FROM decisions_change c WHERE c.decision_id = NEW.decision_id AND c.variant = 'void')",
)
# On the same facts never heavier than what stands now (art. 45 ¶2); the letter belongs to the same case.
forbid(
    "decisions_change",
    "INSERT",
    "change-unsound",
    "NOT EXISTS (SELECT 1 FROM documents_document d JOIN decisions_decision x ON x.case_id = d.case_id "
    "WHERE d.id = NEW.document_id AND x.id = NEW.decision_id AND d.kind = 'decision-change') "
    "OR EXISTS (SELECT 1 FROM decisions_decision x WHERE x.id = NEW.decision_id "
    "AND (NEW.fine_fen > x.fine_fen OR NEW.confiscated_fen > x.confiscated_fen)) "
    "OR NEW.seq <> (SELECT COALESCE(MAX(c.seq), 0) + 1 FROM decisions_change c WHERE c.decision_id = NEW.decision_id)",
)
