"""Rows of disagreement and of counsel called in."""

from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer, Organisation
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid
from mingcha.documents.models import Document
from mingcha.review.choices import AnswerKind, CounselKind, Outcome


class Disagreement(models.Model):
    """The handling unit does not accept an opinion (审核分歧): which points, and why — R087."""

    opinion = models.OneToOneField("review.Opinion", models.PROTECT, primary_key=True, related_name="disagreement")
    points = models.JSONField()
    view = models.TextField()
    mechanism = models.CharField(max_length=20, help_text="政策参数规定的协调方式")
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class Meeting(models.Model):
    """A joint meeting of handling unit and reviewers (会商), with participants and minutes."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    disagreement = models.ForeignKey(Disagreement, models.PROTECT, related_name="meetings")
    held_on = models.DateField()
    place = models.CharField(max_length=100)
    participants = models.JSONField()
    minutes = models.TextField()
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class Study(models.Model):
    """A complex or major case submitted to the superior for special study (报上级专题研究), and what came back — S4."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    submission = models.ForeignKey("review.Submission", models.PROTECT, related_name="studies")
    superior = models.CharField(max_length=100)
    question = models.TextField()
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class StudyReply(models.Model):
    """The answer of the superior (专题研究答复)."""

    study = models.OneToOneField(Study, models.PROTECT, primary_key=True, related_name="reply")
    reference = models.CharField("来文文号", max_length=100)
    text = models.TextField()
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class Ruling(models.Model):
    """The head settles a disagreement with reasons (协调决定). A later opinion of agreement is still needed — art. 58."""

    disagreement = models.OneToOneField(Disagreement, models.PROTECT, primary_key=True, related_name="ruling")
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    reasons = models.TextField()
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    document = models.OneToOneField(Document, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class Counsel(models.Model):
    """A member of the counsel pool (法律顾问、公职律师、其他机关审核人员) of an organ — R089."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=CounselKind.choices)
    field = models.CharField("专长", max_length=200)
    since = models.DateField()
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")


class CounselEnd(models.Model):
    """A member leaves the pool (解聘、退出)."""

    counsel = models.OneToOneField(Counsel, models.PROTECT, primary_key=True, related_name="end")
    reason = models.CharField(max_length=300)
    on = models.DateField()
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")


class Consultation(models.Model):
    """Counsel called in on a submission (征询意见): the question, what is handed over, until when."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    submission = models.ForeignKey("review.Submission", models.PROTECT, related_name="consultations")
    counsel = models.ForeignKey(Counsel, models.PROTECT, related_name="consultations")
    question = models.TextField()
    materials = models.JSONField()
    until = models.DateField()
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["submission", "counsel"], name="counsel_called_once")]


class ConsultationAnswer(models.Model):
    """The opinion of counsel, part of the file, or the word that counsel stays away (回避)."""

    consultation = models.OneToOneField(Consultation, models.PROTECT, primary_key=True, related_name="answer")
    kind = models.CharField(max_length=10, choices=AnswerKind.choices)
    text = models.TextField()
    at = models.DateTimeField()


for _table, _key in (
    ("disagreement", "opinion_id"),
    ("meeting", "id"),
    ("study", "id"),
    ("studyreply", "study_id"),
    ("ruling", "disagreement_id"),
    ("counsel", "id"),
    ("counselend", "counsel_id"),
    ("consultation", "id"),
    ("consultationanswer", "consultation_id"),
):
    append_only(f"review_{_table}", _key)

forbid(
    "review_disagreement",
    "INSERT",
    "nothing-to-disagree",
    "EXISTS (SELECT 1 FROM review_opinion o WHERE o.submission_id = NEW.opinion_id AND o.conclusion = 'agree')",
)
# No new round while the head has not settled the disagreement on the last one.
forbid(
    "review_submission",
    "INSERT",
    "disagreement-open",
    "EXISTS (SELECT 1 FROM review_disagreement d JOIN review_submission s ON s.id = d.opinion_id "
    "LEFT JOIN review_ruling r ON r.disagreement_id = d.opinion_id "
    "WHERE s.case_id = NEW.case_id AND r.disagreement_id IS NULL)",
)
forbid(
    "review_ruling",
    "INSERT",
    "ruling-by-party",
    "EXISTS (SELECT 1 FROM cases_duty d JOIN review_submission s ON s.case_id = d.case_id "
    "WHERE s.id = NEW.disagreement_id AND d.officer_id = NEW.\"by_id\" AND d.duty <> 'decider')",
)
forbid(
    "review_ruling",
    "INSERT",
    "meeting-missing",
    "EXISTS (SELECT 1 FROM review_disagreement d WHERE d.opinion_id = NEW.disagreement_id AND d.mechanism = 'meeting' "
    "AND NOT EXISTS (SELECT 1 FROM review_meeting m WHERE m.disagreement_id = d.opinion_id))",
)
forbid(
    "review_consultation",
    "INSERT",
    "counsel-involved",
    "EXISTS (SELECT 1 FROM cases_duty d JOIN review_submission s ON s.case_id = d.case_id "
    "JOIN review_counsel c ON c.id = NEW.counsel_id "
    "WHERE s.id = NEW.submission_id AND d.officer_id = c.officer_id)",
)
forbid(
    "review_consultation",
    "INSERT",
    "counsel-left",
    "EXISTS (SELECT 1 FROM review_counselend e WHERE e.counsel_id = NEW.counsel_id)",
)
# What counsel says counts while the review waits and counsel is in the pool.
forbid(
    "review_consultationanswer",
    "INSERT",
    "counsel-left",
    "EXISTS (SELECT 1 FROM review_consultation c JOIN review_counselend e ON e.counsel_id = c.counsel_id "
    "WHERE c.id = NEW.consultation_id)",
)
forbid(
    "review_consultationanswer",
    "INSERT",
    "review-not-open",
    "EXISTS (SELECT 1 FROM review_consultation c WHERE c.id = NEW.consultation_id AND ("
    "EXISTS (SELECT 1 FROM review_opinion o WHERE o.submission_id = c.submission_id) "
    "OR EXISTS (SELECT 1 FROM review_withdrawal w WHERE w.submission_id = c.submission_id)))",
)
# Where the profile says so (`review.superior`), nothing goes to the superior before the own review has passed — S0.
# The value is that of no other key; a path over a name with a dot is written differently by every database.
forbid(
    "review_study",
    "INSERT",
    "superior-before-pass",
    "EXISTS (SELECT 1 FROM review_submission s JOIN cases_case c ON c.id = s.case_id "
    "JOIN catalogues_edition e ON e.id = c.profile_id "
    "WHERE s.id = NEW.submission_id AND REPLACE(CAST(e.content AS TEXT), ' ', '') LIKE '%\"value\":\"after_pass\"%' "
    "AND NOT EXISTS (SELECT 1 FROM review_opinion o LEFT JOIN review_voiding v ON v.opinion_id = o.submission_id "
    "WHERE o.submission_id = s.id AND o.conclusion = 'agree' AND v.opinion_id IS NULL))",
)
