"""Reads of cases for other rooms."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db.models import QuerySet

from mingcha.accounts.models import Officer
from mingcha.cases.choices import AvoidanceState, DutyKind
from mingcha.cases.memory import kept
from mingcha.cases.models import Avoidance, Case, Duty, Evidence, Party, Statement
from mingcha.procedures.definition import Definition, Stage
from mingcha.procedures.queries import definition


def procedure(case: Case) -> Definition:
    """The definition that the case is pinned to."""
    return definition(case.procedure_id)


def stage(case: Case) -> Stage:
    return procedure(case).stage(case.stage)


@kept("cases_party")
def party(case: Case) -> Party:
    """The party in its latest version."""
    found = Party.objects.filter(case=case).order_by("-version").first()
    if found is None:
        raise Party.DoesNotExist
    return found


@kept("cases_duty", "accounts_certificate")
def officers_on(case: Case, duty: str) -> list[Officer]:
    """Officers with a duty on the case, in the order in which they took it, certificates loaded."""
    rows = Duty.objects.filter(case=case, duty=duty).select_related("officer__organisation")
    return [row.officer for row in rows.prefetch_related("officer__certificates").order_by("since", "id")]


@kept("cases_avoidance")
def avoiding(case: Case) -> set[uuid.UUID]:
    """Officers who must stay away from the case by decision; such a decision is final for the case."""
    rows = Avoidance.objects.filter(case=case, state=AvoidanceState.GRANTED)
    return set(rows.values_list("officer_id", flat=True))


@kept("cases_duty", "cases_avoidance", "accounts_certificate")
def active_handlers(case: Case) -> list[Officer]:
    out = avoiding(case)
    return [officer for officer in officers_on(case, DutyKind.HANDLER) if officer.id not in out]


def avoidances(case: Case) -> QuerySet[Avoidance]:
    return Avoidance.objects.filter(case=case).select_related("officer").order_by("at", "id")


def duties(case: Case) -> QuerySet[Duty]:
    return Duty.objects.filter(case=case).select_related("officer__organisation").order_by("since", "id")


def held_duties(case_id: uuid.UUID, officer_id: uuid.UUID) -> list[str]:
    return list(Duty.objects.filter(case_id=case_id, officer_id=officer_id).values_list("duty", flat=True))


def evidence(case: Case) -> QuerySet[Evidence]:
    """All evidence of the case in order, exclusions joined."""
    return Evidence.objects.filter(case=case).select_related("exclusion", "file").order_by("seq")


def counted_evidence(case: Case) -> QuerySet[Evidence]:
    """Evidence that counts: not excluded (art. 46 ¶3)."""
    return evidence(case).filter(exclusion=None)


def statements(case: Case, *, kinds: Iterable[str] = (), round: int | None = None) -> QuerySet[Statement]:
    rows = Statement.objects.filter(case=case).select_related("answer", "file").order_by("received_at", "id")
    if kinds:
        rows = rows.filter(kind__in=list(kinds))
    return rows if round is None else rows.filter(round=round)


@kept("cases_stagechange")
def notice_round(case: Case) -> int:
    """How many times the case has entered the stage of waiting for statements; statements belong to a round."""
    return case.changes.filter(target="hear-statement").count()
