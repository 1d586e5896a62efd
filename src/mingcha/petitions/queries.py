"""What other rooms and the doors read of letters."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from mingcha.petitions import rulebook
from mingcha.petitions.choices import FINAL, StepKind
from mingcha.petitions.models import InboxItem, Petition, Step

kinds = rulebook.kinds


def unpulled() -> QuerySet[InboxItem]:
    """Letters that the inner zone has not taken yet."""
    return InboxItem.objects.filter(pulled_at=None).order_by("received_at", "id")


def with_course(rows: QuerySet[Petition]) -> QuerySet[Any]:
    """Letters with the kind of their last step (`last`), whether they are `closed`, and their last day (`due_on`)."""
    steps = Step.objects.filter(petition_id=OuterRef("id")).order_by("-seq")
    dated = steps.exclude(due_on=None)
    return rows.annotate(
        last=Subquery(steps.values("kind")[:1]),
        closed=Exists(steps.filter(kind__in=FINAL)),
        step_due=Subquery(dated.values("due_on")[:1]),
    )


@dataclass(frozen=True)
class Course:
    """Where a letter stands: its last day, and whether that has passed."""

    steps: list[Step]
    closed: bool
    due_on: dt.date
    explanation: dict[str, object]

    @property
    def kinds(self) -> list[str]:
        return [step.kind for step in self.steps]


def course(petition: Petition) -> Course:
    """The steps of a letter with its running term."""
    steps = list(petition.steps.select_related("by", "organisation").order_by("seq"))
    dated = [step for step in steps if step.due_on]
    newest = dated[-1] if dated else None
    return Course(
        steps,
        any(step.kind in FINAL for step in steps),
        newest.due_on if newest and newest.due_on else petition.accept_by,
        newest.explanation if newest and newest.explanation else petition.explanation,
    )


def overdue(rows: QuerySet[Petition], today: dt.date) -> list[tuple[Petition, dt.date]]:
    """Open letters whose last day has passed, the oldest first."""
    found: list[tuple[Petition, dt.date]] = []
    for row in with_course(rows).filter(closed=False).order_by("received_at", "id"):
        due = row.step_due or row.accept_by
        if due < today:
            found.append((row, due))
    return found


def awaited(rows: QuerySet[Petition], organ_id: object) -> list[Petition]:
    """Letters referred to an organ on which it has not reported."""
    last = Step.objects.filter(petition_id=OuterRef("id")).order_by("-seq")
    asked = rows.annotate(last=Subquery(last.values("kind")[:1]), asked=Subquery(last.values("organisation_id")[:1]))
    return list(asked.filter(last=StepKind.REFERRED, asked=organ_id))
