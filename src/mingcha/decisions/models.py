from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer
from mingcha.cases.models import Case
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid
from mingcha.decisions.models_discussing import Discussion, Resolution, Voice
from mingcha.decisions.models_outcomes import Change, Outcome
from mingcha.decisions.models_redoing import Redo
from mingcha.documents.models import Document
from mingcha.review.models import Exemption, Opinion

__all__ = ["Change", "Decision", "Discussion", "Outcome", "Redo", "Resolution", "Revocation", "Voice"]


class Decision(models.Model):
    """A penalty decision (处罚决定). It rests on an approved review of exactly this text, or on a recorded exemption."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.OneToOneField(Case, models.PROTECT, related_name="decision")
    document = models.OneToOneField(Document, models.PROTECT, related_name="decision")
    opinion = models.ForeignKey(Opinion, models.PROTECT, null=True, related_name="+")
    exemption = models.ForeignKey(Exemption, models.PROTECT, null=True, related_name="+")
    content_digest = models.CharField(max_length=64)
    number = models.CharField(max_length=60)
    outcome = models.CharField(max_length=20)
    fine_fen = models.BigIntegerField()
    confiscated_fen = models.BigIntegerField()
    decided_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    decided_on = models.DateField()
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(opinion__isnull=False) | models.Q(exemption__isnull=False),
                name="decision_reviewed_or_exempt",
            ),
            models.CheckConstraint(
                condition=models.Q(fine_fen__gte=0, confiscated_fen__gte=0), name="decision_amounts_not_negative"
            ),
        ]


class Revocation(models.Model):
    """Revocation (撤销) of a decision by a new act that points to the old one — art. 75 ¶2."""

    decision = models.OneToOneField(Decision, models.PROTECT, primary_key=True, related_name="revocation")
    document = models.OneToOneField(Document, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500)
    decided_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()


append_only("decisions_decision")
append_only("decisions_revocation", "decision_id")
forbid(
    "decisions_decision",
    "INSERT",
    "decision-without-review",
    "NOT EXISTS (SELECT 1 FROM review_opinion o JOIN review_submission s ON s.id = o.submission_id "
    "WHERE NEW.opinion_id IS NOT NULL AND o.submission_id = NEW.opinion_id AND o.conclusion = 'agree' "
    "AND s.case_id = NEW.case_id AND s.digest = NEW.content_digest "
    "AND s.round = (SELECT MAX(l.round) FROM review_submission l WHERE l.case_id = NEW.case_id)) "
    "AND NOT EXISTS (SELECT 1 FROM review_exemption x WHERE NEW.exemption_id IS NOT NULL "
    "AND x.id = NEW.exemption_id AND x.case_id = NEW.case_id "
    "AND NOT EXISTS (SELECT 1 FROM review_submission s WHERE s.case_id = NEW.case_id))",
)
forbid(
    "decisions_decision",
    "INSERT",
    "decision-without-notice",
    "NOT EXISTS (SELECT 1 FROM documents_document d JOIN documents_service v ON v.document_id = d.id "
    "WHERE d.case_id = NEW.case_id AND d.kind = 'penalty-notice')",
)
forbid(
    "decisions_decision",
    "INSERT",
    "decision-without-decider",
    "NOT EXISTS (SELECT 1 FROM cases_duty d WHERE d.case_id = NEW.case_id AND d.officer_id = NEW.decided_by_id "
    "AND d.duty = 'decider')",
)
forbid(
    "decisions_decision",
    "INSERT",
    "decision-document-mismatch",
    "NOT EXISTS (SELECT 1 FROM documents_document d WHERE d.id = NEW.document_id AND d.case_id = NEW.case_id "
    "AND d.kind = 'penalty-decision' AND d.number = NEW.number)",
)
# A demanded hearing ends before the decision: with its report, by termination, or withdrawn — art. 63–65.
_DEMAND = (
    "SELECT 1 FROM cases_statement q{join} WHERE q.case_id = NEW.case_id AND q.kind = 'hearing_requested' "
    "AND NOT EXISTS (SELECT 1 FROM cases_statement w WHERE w.case_id = q.case_id AND w.created_at > q.created_at "
    "AND w.kind IN ('hearing_withdrawn', 'hearing_requested')) AND {rest}"
)
forbid(
    "decisions_decision",
    "INSERT",
    "decision-before-hearing",
    "EXISTS ("
    + _DEMAND.format(
        join=" JOIN hearings_hearing h ON h.request_id = q.id",
        rest="NOT EXISTS (SELECT 1 FROM hearings_closing c WHERE c.hearing_id = h.id AND (c.ending <> 'held' "
        "OR EXISTS (SELECT 1 FROM hearings_report p WHERE p.hearing_id = h.id)))",
    )
    + ") OR EXISTS ("
    + _DEMAND.format(
        join="",
        rest="NOT EXISTS (SELECT 1 FROM hearings_hearing h WHERE h.request_id = q.id) "
        "AND NOT EXISTS (SELECT 1 FROM cases_finding f WHERE f.case_id = q.case_id "
        "AND f.guard = 'finding-g-08@1' AND f.met)",
    )
    + ")",
)
forbid(
    "decisions_decision",
    "INSERT",
    "decision-beyond-record",
    "EXISTS ("
    + _DEMAND.format(
        join=" JOIN hearings_hearing h ON h.request_id = q.id JOIN hearings_closing c ON c.hearing_id = h.id",
        rest="c.ending = 'held' AND EXISTS (SELECT 1 FROM cases_evidence e WHERE e.case_id = q.case_id "
        "AND NOT EXISTS (SELECT 1 FROM cases_evidenceexclusion x WHERE x.evidence_id = e.id) "
        "AND NOT EXISTS (SELECT 1 FROM hearings_examined m WHERE m.closing_id = c.hearing_id "
        "AND m.evidence_id = e.id))",
    )
    + ")",
)
forbid(
    "decisions_revocation",
    "INSERT",
    "change-after-revocation",
    "EXISTS (SELECT 1 FROM decisions_change c WHERE c.decision_id = NEW.decision_id AND c.variant = 'void')",
)
