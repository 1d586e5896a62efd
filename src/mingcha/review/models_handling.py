"""Rows of the handling of a submission: attestation, urgency, withdrawal, allocation, supplement, notes, voiding."""

from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid


class Attestation(models.Model):
    """What the submitting officer answers for (送审责任声明): true, accurate, complete, lawful — R091."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    submission = models.ForeignKey("review.Submission", models.PROTECT, related_name="attestations")
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    code = models.CharField(max_length=20)
    text = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["submission", "code"], name="attested_once")]


class Urgency(models.Model):
    """A submission that goes before others (加急), with the reason."""

    submission = models.OneToOneField("review.Submission", models.PROTECT, primary_key=True, related_name="urgency")
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class Withdrawal(models.Model):
    """The submitting unit takes a submission back before the opinion (撤回送审)."""

    submission = models.OneToOneField("review.Submission", models.PROTECT, primary_key=True, related_name="withdrawal")
    reason = models.CharField(max_length=500)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class Allocation(models.Model):
    """To whom a submission is given (分案): by load, experience and conflict, or by hand with a reason; the newest counts."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    submission = models.ForeignKey("review.Submission", models.PROTECT, related_name="allocations")
    seq = models.PositiveIntegerField()
    reviewer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    steps = models.JSONField()
    reason = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["submission", "seq"], name="allocation_seq_once")]


class Supplement(models.Model):
    """What the reviewer asks for before giving an opinion (补充材料通知); the period rests until it is answered."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    submission = models.ForeignKey("review.Submission", models.PROTECT, related_name="supplements")
    seq = models.PositiveIntegerField()
    text = models.CharField(max_length=1000)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["submission", "seq"], name="supplement_seq_once")]


class SupplementAnswer(models.Model):
    """How the submitting unit answered; what it added to the file stands in the next round (`next`)."""

    supplement = models.OneToOneField(Supplement, models.PROTECT, primary_key=True, related_name="answer")
    text = models.CharField(max_length=1000)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class Note(models.Model):
    """A remark of the reviewer on a page of a material (批注)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    submission = models.ForeignKey("review.Submission", models.PROTECT, related_name="notes")
    key = models.CharField(max_length=60)
    page = models.PositiveIntegerField()
    place = models.CharField(max_length=200, blank=True)
    text = models.CharField(max_length=1000)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class NoteRemoval(models.Model):
    """A remark that its writer took back (撤销批注)."""

    note = models.OneToOneField(Note, models.PROTECT, primary_key=True, related_name="removal")
    at = models.DateTimeField()


class Voiding(models.Model):
    """An approval that no longer holds, because text, evidence or recordings changed after it (审核意见失效) — art. 58."""

    opinion = models.OneToOneField("review.Opinion", models.PROTECT, primary_key=True, related_name="voiding")
    digest = models.CharField(max_length=64, blank=True)
    changes = models.JSONField()
    at = models.DateTimeField()


for _table, _key in (
    ("attestation", "id"),
    ("urgency", "submission_id"),
    ("withdrawal", "submission_id"),
    ("allocation", "id"),
    ("supplement", "id"),
    ("supplementanswer", "supplement_id"),
    ("note", "id"),
    ("noteremoval", "note_id"),
    ("voiding", "opinion_id"),
):
    append_only(f"review_{_table}", _key)

_ANSWERED = "EXISTS (SELECT 1 FROM review_opinion o WHERE o.submission_id = NEW.submission_id)"
_WITHDRAWN = "EXISTS (SELECT 1 FROM review_withdrawal w WHERE w.submission_id = NEW.submission_id)"
forbid("review_withdrawal", "INSERT", "withdrawal-after-opinion", _ANSWERED)
forbid("review_opinion", "INSERT", "submission-withdrawn", _WITHDRAWN)
for _table in ("allocation", "supplement", "urgency"):
    forbid(f"review_{_table}", "INSERT", "submission-closed", f"{_ANSWERED} OR {_WITHDRAWN}")
forbid(
    "review_allocation",
    "INSERT",
    "allocation-conflict",
    "EXISTS (SELECT 1 FROM cases_duty d JOIN review_submission s ON s.case_id = d.case_id "
    "WHERE s.id = NEW.submission_id AND d.officer_id = NEW.reviewer_id AND d.duty <> 'reviewer') "
    "OR NOT EXISTS (SELECT 1 FROM accounts_qualification q WHERE q.officer_id = NEW.reviewer_id)",
)
forbid(
    "review_opinion",
    "INSERT",
    "reviewer-not-allocated",
    "EXISTS (SELECT 1 FROM review_allocation a WHERE a.submission_id = NEW.submission_id "
    "AND a.reviewer_id <> NEW.reviewer_id "
    "AND a.seq = (SELECT MAX(l.seq) FROM review_allocation l WHERE l.submission_id = NEW.submission_id))",
)
forbid(
    "review_opinion",
    "INSERT",
    "supplement-open",
    "EXISTS (SELECT 1 FROM review_supplement p LEFT JOIN review_supplementanswer a ON a.supplement_id = p.id "
    "WHERE p.submission_id = NEW.submission_id AND a.supplement_id IS NULL)",
)
forbid(
    "review_supplement",
    "INSERT",
    "supplement-asked",
    "EXISTS (SELECT 1 FROM review_supplement p LEFT JOIN review_supplementanswer a ON a.supplement_id = p.id "
    "WHERE p.submission_id = NEW.submission_id AND a.supplement_id IS NULL)",
)
forbid(
    "review_voiding",
    "INSERT",
    "voiding-without-approval",
    "NOT EXISTS (SELECT 1 FROM review_opinion o WHERE o.submission_id = NEW.opinion_id AND o.conclusion = 'agree')",
)
# What is void stays void: a decision never rests on it again, even when the change was undone.
forbid(
    "decisions_decision",
    "INSERT",
    "decision-on-void-review",
    "EXISTS (SELECT 1 FROM review_voiding v WHERE v.opinion_id = NEW.opinion_id)",
)
