"""Disagreement and counsel: who was called in, what the head ruled, what the superior answered."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet

from mingcha.cases.models import Case
from mingcha.common.prepared import prepared
from mingcha.review.models import Consultation, Counsel, Disagreement, Ruling, Study, Submission


def disagreement(case: Case) -> Disagreement | None:
    """The newest disagreement of a case, ruling joined."""
    return next(iter(_disagreement(case.pk)), None)


@prepared
def _disagreement(case_id: uuid.UUID) -> QuerySet[Disagreement]:
    rows = Disagreement.objects.filter(opinion__submission__case_id=case_id)
    rows = rows.select_related("ruling__by", "ruling__document", "by", "opinion__submission", "opinion__reviewer")
    return rows.order_by("-at")[:1]


def ruling(submission: Submission) -> Ruling | None:
    """The ruling on the opinion of a submission."""
    return Ruling.objects.filter(disagreement_id=submission.pk).select_related("by", "document").first()


def studies(case: Case) -> list[Study]:
    """What was submitted to the superior, replies joined, oldest first."""
    return _studies(case.pk)


@prepared
def _studies(case_id: uuid.UUID) -> QuerySet[Study]:
    return Study.objects.filter(submission__case_id=case_id).select_related("reply", "by").order_by("at")


def pool(organ_id: uuid.UUID) -> QuerySet[Counsel]:
    """Present members of the counsel pool of an organ."""
    rows = Counsel.objects.filter(organisation_id=organ_id, end=None).select_related("officer__organisation")
    return rows.order_by("officer__name", "id")


def counsel(organ_id: uuid.UUID, counsel_id: uuid.UUID) -> Counsel | None:
    return pool(organ_id).filter(id=counsel_id).first()


def consultations(case: Case) -> list[Consultation]:
    """Counsel called in on a case, answers joined, oldest first."""
    return _consultations(case.pk)


@prepared
def _consultations(case_id: uuid.UUID) -> QuerySet[Consultation]:
    rows = Consultation.objects.filter(submission__case_id=case_id)
    return rows.select_related("counsel__officer", "answer", "by", "submission").order_by("at")


def consultations_for(officer_id: uuid.UUID) -> QuerySet[Consultation]:
    """What a member of the pool was asked, newest first."""
    rows = Consultation.objects.filter(counsel__officer_id=officer_id)
    return rows.select_related("submission__case__organisation", "counsel", "answer", "by").order_by("-at", "-id")


def waiting_for(officer_id: uuid.UUID) -> QuerySet[Consultation]:
    """What a member of the pool has still to answer, newest first."""
    return consultations_for(officer_id).filter(answer=None, counsel__end=None)


def consultation_of(officer_id: uuid.UUID, consultation_id: uuid.UUID) -> Consultation | None:
    return consultations_for(officer_id).filter(id=consultation_id).first()


def case_of_consultation(consultation_id: uuid.UUID) -> uuid.UUID | None:
    """Key of the case about which counsel was asked."""
    return Consultation.objects.filter(id=consultation_id).values_list("submission__case_id", flat=True).first()


def was_asked(officer_id: uuid.UUID, consultation_id: str | uuid.UUID | None) -> bool:
    """Whether this consultation was put to this person."""
    return consultation_id is not None and consultations_for(officer_id).filter(id=consultation_id).exists()
