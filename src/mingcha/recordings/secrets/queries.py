"""Reads of secret marks: the head who sets them and the circle."""

from __future__ import annotations

import uuid

from django.db.models import Q, QuerySet

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases.models import Case
from mingcha.recordings.models import Intake, SecretMark


def marks(actor: Actor) -> QuerySet[SecretMark]:
    """Marks of the own organ that stand: all for the head, otherwise those of whose circle the person is."""
    rows = SecretMark.objects.filter(organisation_id=actor.organ_id, lift=None)
    return rows if actor.has(Role.HEAD) else rows.filter(readers__officer_id=actor.officer_id)


def of_case(actor: Actor, case: Case) -> SecretMark | None:
    """The mark on a case, for whom it is no secret."""
    return marks(actor).filter(case=case).first()


def of_intake(actor: Actor, intake: Intake) -> SecretMark | None:
    """The mark on a recording, for whom it is no secret."""
    return marks(actor).filter(intake=intake).first()


def circle(row: SecretMark) -> list[str]:
    """Names of the people who may see."""
    return list(row.readers.order_by("at", "id").values_list("officer__name", flat=True))


def count(organisation_id: uuid.UUID) -> int:
    """How many recordings of an organ are kept apart: the number that everybody may know."""
    rows = SecretMark.objects.filter(lift=None)
    hidden = Q(secret_marks__in=rows) | Q(recordings__case__secret_marks__in=rows)
    return Intake.objects.filter(hidden, organisation_id=organisation_id).distinct().count()
