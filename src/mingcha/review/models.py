from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer
from mingcha.cases.models import Case
from mingcha.catalogues.models import Edition
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid
from mingcha.documents.models import Document
from mingcha.review.choices import Conclusion
from mingcha.review.models_clearing import Clearance
from mingcha.review.models_counsel import (
    Consultation,
    ConsultationAnswer,
    Counsel,
    CounselEnd,
    Disagreement,
    Meeting,
    Ruling,
    Study,
    StudyReply,
)
from mingcha.review.models_handling import (
    Allocation,
    Attestation,
    Note,
    NoteRemoval,
    Supplement,
    SupplementAnswer,
    Urgency,
    Voiding,
    Withdrawal,
)

__all__ = [
    "Allocation", "Attestation", "Clearance", "Consultation", "ConsultationAnswer", "Counsel", "CounselEnd", "Disagreement",
    "Exemption", "Meeting", "Note", "NoteRemoval", "Opinion", "Ruling", "Study", "StudyReply", "Submission",
    "Supplement", "SupplementAnswer", "Urgency", "Voiding", "Withdrawal",
]  # fmt: skip


class Submission(models.Model):
    """A round of legal review: the draft frozen as handed over (text, amounts, articles, digests)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="submissions")
    round = models.PositiveIntegerField()
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    materials = models.JSONField()
    answers = models.JSONField()
    scope = models.JSONField(help_text="应当审核的情形和清单版本")
    submitted_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "round"], name="submission_round_once")]


class Opinion(models.Model):
    """A reviewer's written opinion on one submission; nothing is overwritten, a new round has a new one."""

    submission = models.OneToOneField(Submission, models.PROTECT, primary_key=True, related_name="opinion")
    reviewer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    conclusion = models.CharField(max_length=10, choices=Conclusion.choices)
    points = models.JSONField()
    text = models.TextField()
    document = models.OneToOneField(Document, models.PROTECT, related_name="+")
    given_at = models.DateTimeField()


class Exemption(models.Model):
    """Why no review was demanded: the edition of the published list and the condition that did not hold."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.OneToOneField(Case, models.PROTECT, related_name="review_exemption")
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="+")
    condition = models.CharField(max_length=300)
    at = models.DateTimeField()


append_only("review_submission")
append_only("review_opinion", "submission_id")
append_only("review_exemption")
forbid(
    "review_submission",
    "INSERT",
    "review-open",
    "EXISTS (SELECT 1 FROM review_submission s LEFT JOIN review_opinion o ON o.submission_id = s.id "
    "LEFT JOIN review_withdrawal w ON w.submission_id = s.id "
    "WHERE s.case_id = NEW.case_id AND o.submission_id IS NULL AND w.submission_id IS NULL)",
)
forbid(
    "review_submission",
    "INSERT",
    "review-round-gap",
    "NEW.round <> (SELECT COALESCE(MAX(s.round), 0) + 1 FROM review_submission s WHERE s.case_id = NEW.case_id)",
)
forbid(
    "review_opinion",
    "INSERT",
    "reviewer-without-duty",
    "NOT EXISTS (SELECT 1 FROM cases_duty d JOIN review_submission s ON s.case_id = d.case_id "
    "WHERE s.id = NEW.submission_id AND d.officer_id = NEW.reviewer_id AND d.duty = 'reviewer')",
)
forbid(
    "review_opinion",
    "INSERT",
    "reviewer-unqualified",
    "NOT EXISTS (SELECT 1 FROM accounts_qualification q WHERE q.officer_id = NEW.reviewer_id)",
)
forbid(
    "review_exemption",
    "INSERT",
    "exemption-without-list",
    "NOT EXISTS (SELECT 1 FROM catalogues_edition e JOIN cases_case c ON c.organisation_id = e.organisation_id "
    "WHERE e.id = NEW.edition_id AND e.kind = 'review-list' AND c.id = NEW.case_id)",
)
forbid(
    "review_exemption",
    "INSERT",
    "exemption-after-review",
    "EXISTS (SELECT 1 FROM review_submission s WHERE s.case_id = NEW.case_id)",
)
