"""models.py split: a case that is decided anew after the decision in it was revoked or declared void."""

from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer
from mingcha.cases.models import Case
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid
from mingcha.decisions.choices import Fault, OrderedBy


class Redo(models.Model):
    """Deciding anew (重作) by order of a court, of the reconsideration organ or on one's own motion — 行政复议法 art. 64,
    行政诉讼法 art. 70, 71. The old case stays as it is; the new one has its own filing, periods and people."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    decision = models.OneToOneField("decisions.Decision", models.PROTECT, related_name="redo")
    other = models.OneToOneField(Case, models.PROTECT, related_name="redoes")
    ordered_by = models.CharField(max_length=20, choices=OrderedBy.choices)
    order_ref = models.CharField(max_length=200, blank=True)
    fault = models.CharField(max_length=20, choices=Fault.choices)
    reason = models.TextField()
    # Why officers who handled the old case handle this one too; without it they do not.
    same_people = models.CharField(max_length=500, blank=True)
    # The day that the order names, where it names one.
    until = models.DateField(null=True)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


append_only("decisions_redo")
forbid(
    "decisions_redo",
    "INSERT",
    "redo-unsound",
    # Only what no longer stands is decided anew, by another case of the same organ.
    "(NOT EXISTS (SELECT 1 FROM decisions_revocation r WHERE r.decision_id = NEW.decision_id) "
    "AND NOT EXISTS (SELECT 1 FROM decisions_change c WHERE c.decision_id = NEW.decision_id AND c.variant = 'void')) "
    "OR NOT EXISTS (SELECT 1 FROM decisions_decision d JOIN cases_case o ON o.id = d.case_id "
    "JOIN cases_case n ON n.id = NEW.other_id WHERE d.id = NEW.decision_id AND o.id <> n.id "
    "AND o.organisation_id = n.organisation_id)",
)
_BEFORE = "FROM decisions_redo r JOIN decisions_decision d ON d.id = r.decision_id JOIN cases_duty o ON o.case_id = d.case_id "
forbid(
    "cases_duty",
    "INSERT",
    "redo-by-old-handler",
    f"NEW.duty = 'handler' AND EXISTS (SELECT 1 {_BEFORE}WHERE r.other_id = NEW.case_id AND r.same_people = '' "
    "AND o.officer_id = NEW.officer_id AND o.duty = 'handler')",
)
# The same act on the same facts and grounds, not lighter: open only where the procedure alone was at fault.
forbid(
    "decisions_decision",
    "INSERT",
    "redo-same-act",
    "EXISTS (SELECT 1 FROM decisions_redo r JOIN decisions_decision d ON d.id = r.decision_id "
    "JOIN documents_document o ON o.id = d.document_id JOIN documents_document n ON n.id = NEW.document_id "
    "WHERE r.other_id = NEW.case_id AND r.fault <> 'procedure' AND NEW.fine_fen >= d.fine_fen "
    "AND NEW.confiscated_fen >= d.confiscated_fen AND (n.fields ->> 'facts') = (o.fields ->> 'facts') "
    "AND (n.fields ->> 'broken_articles') = (o.fields ->> 'broken_articles'))",
)
