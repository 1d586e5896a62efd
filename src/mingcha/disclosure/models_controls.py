"""models.py split: who enters answers, another approves (双人公示, R024) — publication and non-publication alike."""

from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid


class SubmissionKind(models.TextChoices):
    RELEASE = "release", "送审公开"
    WITHHOLD = "withhold", "送审不公开"


class DualControl(models.Model):
    """A publication that another person must approve (另一人审核), fixed by the profile when the duty arose."""

    publication = models.OneToOneField(
        "disclosure.Publication", models.PROTECT, primary_key=True, related_name="dual_control"
    )
    created_at = models.DateTimeField()


class Submission(models.Model):
    """What a clerk wants approved (送审): the redacted text to be made public, or the ground to withhold it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    publication = models.ForeignKey("disclosure.Publication", models.PROTECT, related_name="submissions")
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=SubmissionKind.choices)
    ground = models.CharField(max_length=30, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    original_digest = models.CharField(max_length=64, blank=True)
    spans = models.JSONField()
    content = models.JSONField()
    content_digest = models.CharField(max_length=64, blank=True)
    asked_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["publication", "seq"], name="submission_once"),
            models.CheckConstraint(
                condition=models.Q(kind="release") & ~models.Q(content_digest="")
                | models.Q(kind="withhold") & ~models.Q(ground="") & ~models.Q(reason=""),
                name="submission_of_something",
            ),
        ]


class SubmissionAnswer(models.Model):
    """Approval or refusal of a submission by another person (审核) — 行政处罚法 art. 48."""

    submission = models.OneToOneField(Submission, models.PROTECT, primary_key=True, related_name="answer")
    approved = models.BooleanField()
    reason = models.CharField(max_length=500, blank=True)
    entry_id = models.BigIntegerField(unique=True)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(approved=True) | ~models.Q(reason=""), name="submission_refusal_with_reason"
            )
        ]


append_only("disclosure_dualcontrol", "publication_id")
append_only("disclosure_submission")
append_only("disclosure_submissionanswer", "submission_id")
forbid(
    "disclosure_submission",
    "INSERT",
    "submission-open",
    "EXISTS (SELECT 1 FROM disclosure_submission s WHERE s.publication_id = NEW.publication_id AND NOT EXISTS "
    "(SELECT 1 FROM disclosure_submissionanswer a WHERE a.submission_id = s.id))",
)
forbid(
    "disclosure_submissionanswer",
    "INSERT",
    "publish-own-approval",
    "EXISTS (SELECT 1 FROM disclosure_submission s WHERE s.id = NEW.submission_id AND s.asked_by_id = NEW.by_id)",
)
_APPROVED = (
    "SELECT 1 FROM disclosure_submission s JOIN disclosure_submissionanswer a ON a.submission_id = s.id "
    "WHERE a.approved AND a.by_id <> s.asked_by_id AND s.kind = '{kind}' AND s.publication_id = {publication}"
)
_RELEASED = (
    _APPROVED.format(kind="release", publication="c.publication_id") + " AND s.content_digest = NEW.content_digest"
)
forbid(
    "disclosure_release",
    "INSERT",
    "publish-without-approval",
    "EXISTS (SELECT 1 FROM disclosure_dualcontrol c WHERE c.publication_id = NEW.publication_id "
    f"AND NOT EXISTS ({_RELEASED}))",
)
forbid(
    "disclosure_replacementrelease",
    "INSERT",
    "publish-without-approval",
    "EXISTS (SELECT 1 FROM disclosure_dualcontrol c JOIN disclosure_replacement d "
    f"ON d.publication_id = c.publication_id WHERE d.id = NEW.replacement_id AND NOT EXISTS ({_RELEASED}))",
)
# The decision of a penalty that stands and is not public leaves the queue only with a ground that another approved.
forbid(
    "cases_branchmove",
    "INSERT",
    "withheld-without-approval",
    "NEW.source = 'publish-check' AND NEW.target = 'close' AND EXISTS (SELECT 1 FROM cases_branch b "
    "JOIN decisions_decision d ON d.case_id = b.case_id JOIN disclosure_publication p ON p.decision_id = d.id "
    "WHERE b.id = NEW.branch_id AND NOT EXISTS (SELECT 1 FROM disclosure_release r WHERE r.publication_id = p.id) "
    "AND NOT EXISTS (SELECT 1 FROM decisions_revocation r WHERE r.decision_id = d.id) "
    "AND NOT EXISTS (SELECT 1 FROM decisions_change r WHERE r.decision_id = d.id) "
    f"AND NOT EXISTS ({_APPROVED.format(kind='withhold', publication='p.id')}))",
)
