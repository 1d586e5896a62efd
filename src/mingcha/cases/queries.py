"""Reads of cases for other rooms."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping

from django.db.models import Exists, OuterRef, Q, QuerySet

from mingcha.accounts.choices import Role
from mingcha.accounts.models import Certificate, Officer
from mingcha.cases.choices import AvoidanceState, DutyKind, StatementKind
from mingcha.cases.memory import kept
from mingcha.cases.models import (
    APPROVALS,
    Avoidance,
    Branch,
    BranchMove,
    Case,
    Duty,
    Evidence,
    Joining,
    Link,
    Party,
    StageChange,
    Statement,
)
from mingcha.cases.rules import APPROVING, same_name
from mingcha.common.prepared import attach, prepared
from mingcha.deadlines.models import RunningPeriod
from mingcha.ledger.models import JournalEntry
from mingcha.procedures.definition import Definition, Stage
from mingcha.procedures.queries import definition


def procedure(case: Case) -> Definition:
    """The definition that the case is pinned to."""
    return definition(case.procedure_id)


def open_branches(case: Case) -> list[Branch]:
    """Branches beside the main line that have not ended, oldest first."""
    return [row for row in branches(case) if row.closed_at is None]


@kept("cases_branch")
def branches(case: Case) -> list[Branch]:
    """All branches of the case, ended ones too, oldest first."""
    return _branches(case.pk)


@prepared
def _branches(case_id: uuid.UUID) -> QuerySet[Branch]:
    return Branch.objects.filter(case_id=case_id).order_by("opened_at", "id")


@kept("cases_branchmove")
def refused_publication(case: Case) -> bool:
    """Whether the clerk recorded with a reason that the decision is not published (依法不公示)."""
    return bool(_refused(case.pk))


@prepared
def _refused(case_id: uuid.UUID) -> QuerySet[BranchMove]:
    return BranchMove.objects.filter(branch__case_id=case_id, source="publish-check", target="close")


def places(case: Case) -> list[str]:
    """The stages at which a case stands: the main line first, then its branches."""
    return [case.stage, *(row.stage for row in open_branches(case))]


def stage_of(case: Case, branch: uuid.UUID | None) -> str:
    """Where the case, or one of its branches, stands."""
    return next((row.stage for row in open_branches(case) if row.id == branch), case.stage)


def links(case: Case) -> QuerySet[Link]:
    """Cases that this one led to, or that it came from."""
    rows = Link.objects.filter(Q(case=case) | Q(other=case)).select_related("case", "other")
    return rows.order_by("at", "id")


def stage(case: Case) -> Stage:
    return procedure(case).stage(case.stage)


@kept("cases_party")
def party(case: Case) -> Party:
    """The party in its latest version."""
    found = _parties(case.pk)
    if not found:
        raise Party.DoesNotExist
    return found[0]


@prepared
def _parties(case_id: uuid.UUID) -> QuerySet[Party]:
    return Party.objects.filter(case_id=case_id).order_by("-version")


@kept("cases_duty")
def _duties(case: Case) -> list[Duty]:
    return _duty_rows(case.pk)


@prepared
def _duty_rows(case_id: uuid.UUID) -> QuerySet[Duty]:
    return Duty.objects.filter(case_id=case_id).select_related("officer__organisation").order_by("since", "id")


@prepared
def _certificates(case_id: uuid.UUID) -> QuerySet[Certificate]:
    on_case = Duty.objects.filter(case_id=case_id).values("officer_id")
    return Certificate.objects.filter(officer_id__in=on_case).order_by("id")


@kept("cases_duty", "accounts_certificate")
def duty_rows(case: Case) -> list[Duty]:
    """The duties on the case in the order in which they were taken, officers and their certificates loaded."""
    found = _duties(case)
    held = _certificates(case.pk)
    for row in found:
        attach(row.officer, "certificates", [one for one in held if one.officer_id == row.officer_id])
    return found


def officers_on(case: Case, duty: str) -> list[Officer]:
    """Officers with a duty on the case, in the order in which they took it, certificates loaded."""
    return [row.officer for row in duty_rows(case) if row.duty == duty]


@kept("cases_avoidance")
def avoiding(case: Case) -> set[uuid.UUID]:
    """Officers who must stay away from the case by decision; such a decision is final for the case."""
    return set(_granted(case.pk))


@prepared
def _granted(case_id: uuid.UUID) -> QuerySet[Avoidance, uuid.UUID]:
    rows = Avoidance.objects.filter(case_id=case_id, state=AvoidanceState.GRANTED)
    return rows.values_list("officer_id", flat=True)


@kept("cases_avoidance")
def avoidance_rows(case: Case) -> list[Avoidance]:
    """All that was declared, requested and decided, in order."""
    return _avoidance_rows(case.pk)


@prepared
def _avoidance_rows(case_id: uuid.UUID) -> QuerySet[Avoidance]:
    return Avoidance.objects.filter(case_id=case_id).select_related("officer").order_by("at", "id")


@kept("cases_duty", "cases_avoidance", "accounts_certificate")
def active_handlers(case: Case) -> list[Officer]:
    out = avoiding(case)
    return [officer for officer in officers_on(case, DutyKind.HANDLER) if officer.id not in out]


def avoidances(case: Case) -> QuerySet[Avoidance]:
    return Avoidance.objects.filter(case=case).select_related("officer").order_by("at", "id")


def duties(case: Case) -> QuerySet[Duty]:
    return Duty.objects.filter(case=case).select_related("officer__organisation").order_by("since", "id")


@prepared
def held_duties(case_id: uuid.UUID, officer_id: uuid.UUID) -> QuerySet[Duty, str]:
    """Duties of a person on a case."""
    return Duty.objects.filter(case_id=case_id, officer_id=officer_id).values_list("duty", flat=True)


@prepared
def all_duties(case_id: uuid.UUID) -> QuerySet[Duty, tuple[uuid.UUID, str]]:
    """Who holds or held which duty on a case: (officer, duty)."""
    return Duty.objects.filter(case_id=case_id).values_list("officer_id", "duty")


@kept("cases_duty")
def duties_of(case: Case, officer_id: uuid.UUID) -> list[str]:
    """Duties of a person on a locked case."""
    return held_duties(case.pk, officer_id)


@prepared
def _approvals(case_id: uuid.UUID) -> QuerySet[JournalEntry, Mapping[str, str]]:
    return JournalEntry.objects.filter(case_id=case_id, kind__in=APPROVALS).values_list("actor", flat=True)


def approvers(case: Case) -> set[str]:
    """Keys of those who approved in the case as heads (批准), by the journal."""
    roles = {Role(role).label for role in APPROVING}
    return {actor["officer_id"] for actor in _approvals(case.pk) if actor["role"] in roles}


def acted_as(case: Case, officer_id: uuid.UUID) -> set[Role]:
    """Roles in which a person has approved or moved the case, by the journal."""
    labels = {actor["role"] for actor in _approvals(case.pk) if actor["officer_id"] == str(officer_id)}
    return {role for role in Role if role.label in labels}


def namesakes(case: Case, officer: Officer) -> list[str]:
    """Duties on the case of others who have this officer's name."""
    return [
        row.duty for row in _duties(case) if row.officer_id != officer.id and same_name(row.officer.name, officer.name)
    ]


def evidence(case: Case) -> QuerySet[Evidence]:
    """All evidence of the case in order, exclusions joined."""
    return Evidence.objects.filter(case=case).select_related("exclusion", "file").order_by("seq")


@kept("cases_evidence", "cases_evidenceexclusion")
def evidence_rows(case: Case) -> list[Evidence]:
    """As `evidence`, kept while the case is locked or a page is read."""
    return _evidence(case.pk)


def counted_evidence(case: Case) -> list[Evidence]:
    """Evidence that counts: not excluded (art. 46 ¶3)."""
    return [row for row in evidence_rows(case) if not hasattr(row, "exclusion")]


@prepared
def _evidence(case_id: uuid.UUID) -> QuerySet[Evidence]:
    return Evidence.objects.filter(case_id=case_id).select_related("exclusion", "file").order_by("seq")


def statements(case: Case, *, kinds: Iterable[str] = (), round: int | None = None) -> list[Statement]:
    """What the party said, in order, answers joined; of some kinds or of one round only."""
    wanted = set(kinds)
    return [
        row for row in _statements(case) if (not wanted or row.kind in wanted) and (round is None or row.round == round)
    ]


SPOKEN = (StatementKind.WRITTEN, StatementKind.ORAL)


def case_of_statement(statement_id: uuid.UUID) -> uuid.UUID | None:
    """Key of the case to which a statement was made."""
    return Statement.objects.filter(id=statement_id).values_list("case_id", flat=True).first()


def to_recheck(officer_id: uuid.UUID) -> QuerySet[Statement]:
    """Statements without an answer on open cases for which this person was named to look at them again."""
    named = Duty.objects.filter(officer_id=officer_id, duty=DutyKind.RECHECKER, case_id=OuterRef("case_id"))
    rows = Statement.objects.filter(Exists(named), kind__in=SPOKEN, answer=None, case__closed_on=None)
    return rows.select_related("case").order_by("received_at", "id")


@kept("cases_statement", "cases_statementanswer")
def _statements(case: Case) -> list[Statement]:
    return _statement_rows(case.pk)


@prepared
def _statement_rows(case_id: uuid.UUID) -> QuerySet[Statement]:
    rows = Statement.objects.filter(case_id=case_id).select_related("answer", "file")
    return rows.order_by("received_at", "id")


@kept("cases_stagechange")
def notice_round(case: Case) -> int:
    """How many times the party was notified and heard (告知的次数); statements belong to a round."""
    return sum(row.source == "notify" for row in changes(case))


@kept("cases_stagechange")
def changes(case: Case) -> list[StageChange]:
    """All changes of stage, in order."""
    return _changes(case.pk)


@prepared
def _changes(case_id: uuid.UUID) -> QuerySet[StageChange]:
    return StageChange.objects.filter(case_id=case_id).order_by("seq")


@kept("deadlines_runningperiod")
def periods(case: Case) -> list[RunningPeriod]:
    """All periods of the case, ended ones too, in order of start."""
    return _periods(case.pk)


@prepared
def _periods(case_id: uuid.UUID) -> QuerySet[RunningPeriod]:
    return RunningPeriod.objects.filter(case_id=case_id).order_by("starts_on", "id")


def last_period(case: Case, rule: str) -> RunningPeriod | None:
    """The newest period of a rule on the case, ended or not."""
    return next((row for row in reversed(periods(case)) if row.rule == rule), None)


def case_of_joining(joining_id: uuid.UUID) -> uuid.UUID | None:
    """Key of the case that another was joined to."""
    return Joining.objects.filter(id=joining_id).values_list("case_id", flat=True).first()


def joinings(case: Case) -> list[Joining]:
    """Cases that are handled together with this one now, oldest first."""
    rows = Joining.objects.filter(Q(case=case) | Q(other=case), parting=None).select_related("case", "other")
    return list(rows.order_by("at", "id"))
