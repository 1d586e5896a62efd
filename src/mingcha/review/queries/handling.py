"""Handling of a submission: who has it, who could, what was asked, notes, approvals that no longer hold."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value

from mingcha.accounts import queries as accounts
from mingcha.accounts.choices import Role
from mingcha.accounts.models import Officer
from mingcha.cases import queries as cases
from mingcha.cases.choices import DutyKind
from mingcha.cases.models import Case, Duty
from mingcha.common.prepared import prepared
from mingcha.review.models import Allocation, Disagreement, Note, Opinion, Submission, Supplement, Voiding, Withdrawal
from mingcha.review.queries.counsel import waiting_for
from mingcha.review.rules import Candidate

# So many opinions of an organ, the newest, tell who knows an item.
_RECENT = 100


@prepared
def _allocated(submission_id: uuid.UUID) -> QuerySet[Allocation]:
    rows = Allocation.objects.filter(submission_id=submission_id).select_related("reviewer", "by")
    return rows.order_by("-seq")[:1]


def allocated(submission: Submission) -> Allocation | None:
    """To whom the submission is given now."""
    return next(iter(_allocated(submission.pk)), None)


def given_to(case_id: uuid.UUID, officer_id: uuid.UUID) -> bool:
    """Whether the newest submission of a case waits, or waited, for this reviewer."""
    newest = Submission.objects.filter(case_id=case_id).order_by("-round").first()
    found = allocated(newest) if newest else None
    return found is not None and found.reviewer_id == officer_id


def allocations(submissions: Iterable[Submission]) -> dict[uuid.UUID, Allocation]:
    """The newest allocation of each submission, by its key."""
    ids = [row.pk for row in submissions]
    rows = Allocation.objects.filter(submission_id__in=ids).select_related("reviewer").order_by("seq")
    return {row.submission_id: row for row in rows}


@prepared
def _open(organ_id: uuid.UUID) -> QuerySet[Allocation, uuid.UUID]:
    later = Allocation.objects.filter(submission=OuterRef("submission"), seq__gt=OuterRef("seq"))
    rows = Allocation.objects.filter(
        ~Exists(later),
        submission__case__organisation_id=organ_id,
        # Reviews beside the course of a case are work like those at its stage of review.
        submission__case__closed_on=None,
        submission__opinion=None,
        submission__withdrawal=None,
    )
    return rows.values_list("reviewer_id", flat=True)


@prepared
def _recent(organ_id: uuid.UUID) -> QuerySet[Opinion, tuple[uuid.UUID, str]]:
    # Keys grow with time: the newest stand last in the index, so that a long history costs nothing.
    rows = Opinion.objects.filter(submission__case__organisation_id=organ_id).order_by("-submission_id")
    return rows.values_list("reviewer_id", "submission__case__item_code")[:_RECENT]


@prepared
def _seen(case_id: uuid.UUID) -> QuerySet[Opinion, uuid.UUID]:
    return Opinion.objects.filter(submission__case_id=case_id).values_list("reviewer_id", flat=True)


def unit_ids(case: Case) -> set[uuid.UUID]:
    """The units to which the handlers of a case belong."""
    return {row.organisation_id for row in cases.active_handlers(case)}


def candidates(case: Case) -> list[Candidate]:
    """All reviewers of the organ with what speaks for and against each."""
    people = accounts.holders(case.organisation_id, Role.REVIEWER)
    duties: dict[uuid.UUID, set[str]] = {}
    for officer_id, duty in cases.all_duties(case.id):
        duties.setdefault(officer_id, set()).add(duty)
    away = cases.avoiding(case)
    busy = Counter(_open(case.organisation_id))
    alike = Counter(reviewer for reviewer, item in _recent(case.organisation_id) if item == case.item_code)
    before = set(_seen(case.id))
    units = unit_ids(case)
    return [
        Candidate(
            row.id,
            row.name,
            conflicts(row, duties.get(row.id, set()), row.id in away),
            busy[row.id],
            alike[row.id],
            row.id in before,
            row.organisation_id in units,
        )
        for row in people
    ]


def conflicts(officer: Officer, duties: Iterable[str], avoiding: bool) -> tuple[str, ...]:
    """What bars a reviewer from a case, in words; `duties`: those held on it."""
    found = [f"在本案担任{DutyKind(duty).label}" for duty in sorted(duties) if duty != DutyKind.REVIEWER]
    if avoiding:
        found.append("已决定回避")
    if not officer.qualifications.all():
        found.append("没有登记法律职业资格")
    return tuple(found)


def supplements(submission: Submission) -> list[Supplement]:
    """What was asked for, oldest first, answers joined."""
    return _asked_for(submission.pk)


@prepared
def _asked_for(submission_id: uuid.UUID) -> QuerySet[Supplement]:
    rows = Supplement.objects.filter(submission_id=submission_id)
    return rows.select_related("answer__by", "by").order_by("seq")


@prepared
def _supplements(submission_id: uuid.UUID) -> QuerySet[Supplement]:
    rows = Supplement.objects.filter(submission_id=submission_id).select_related("answer")
    return rows.order_by("-seq")[:1]


def open_supplement(submission: Submission) -> Supplement | None:
    """What the reviewer asked for and nobody answered yet."""
    found = next(iter(_supplements(submission.pk)), None)
    return None if found is None or hasattr(found, "answer") else found


def notes(submission: Submission) -> list[Note]:
    """Remarks on the materials of a submission that stand, in order of writing."""
    return _notes(submission.pk)


@prepared
def _notes(submission_id: uuid.UUID) -> QuerySet[Note]:
    rows = Note.objects.filter(submission_id=submission_id, removal=None).select_related("by")
    return rows.order_by("at", "id")


def note(submission: Submission, note_id: uuid.UUID) -> Note | None:
    return Note.objects.filter(submission=submission, id=note_id, removal=None).first()


def voided(case_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Voiding]:
    """Case → the voiding of the approval of its newest round."""
    found = _void_approvals().filter(opinion__submission__case_id__in=list(case_ids))
    return {row.opinion.submission.case_id: row for row in found}


def voided_one(case_id: uuid.UUID) -> Voiding | None:
    """The voiding of the approval of the newest round of one case."""
    return next(iter(_voided_one(case_id)), None)


@prepared
def _voided_one(case_id: uuid.UUID) -> QuerySet[Voiding]:
    return _void_approvals().filter(opinion__submission__case_id=case_id)


def _void_approvals() -> QuerySet[Voiding]:
    later = Submission.objects.filter(
        case=OuterRef("opinion__submission__case"), round__gt=OuterRef("opinion__submission__round")
    )
    return Voiding.objects.filter(~Exists(later)).select_related("opinion__submission")


def _people(officer_id: uuid.UUID, path: str) -> Exists:
    """Whether the person has a duty on the case that `path` leads to."""
    return Exists(Duty.objects.filter(officer_id=officer_id, case_id=OuterRef(path)))


def _voided(officer_id: uuid.UUID, organ_id: uuid.UUID, heads: bool) -> QuerySet[Voiding]:
    case = "opinion__submission__case"
    later = Submission.objects.filter(case=OuterRef(case), round__gt=OuterRef("opinion__submission__round"))
    rows = Voiding.objects.filter(~Exists(later), **{f"{case}__closed_on": None})
    mine = Q(_people(officer_id, case))
    return rows.filter(mine | Q(**{f"{case}__organisation_id": organ_id}) if heads else mine)


def voided_for(officer_id: uuid.UUID, organ_id: uuid.UUID, *, heads: bool) -> list[Voiding]:
    """Void approvals of open cases, not yet submitted anew, that concern a person: by duty, or as head of the organ."""
    rows = _voided(officer_id, organ_id, heads).select_related("opinion__submission__case")
    return list(rows.order_by("at")[:20])


def _unanswered(officer_id: uuid.UUID) -> QuerySet[Supplement]:
    rows = Supplement.objects.filter(answer=None, submission__opinion=None, submission__withdrawal=None)
    handler = Duty.objects.filter(officer_id=officer_id, duty=DutyKind.HANDLER, case_id=OuterRef("submission__case"))
    return rows.filter(Exists(handler))


def supplements_for(officer_id: uuid.UUID) -> list[Supplement]:
    """What was asked of a handler and waits for an answer."""
    return list(_unanswered(officer_id).select_related("submission__case").order_by("at")[:20])


def _withdrawn(officer_id: uuid.UUID) -> QuerySet[Withdrawal]:
    later = Submission.objects.filter(case=OuterRef("submission__case"), round__gt=OuterRef("submission__round"))
    rows = Withdrawal.objects.filter(~Exists(later), submission__case__stage="legal-review")
    handler = Duty.objects.filter(officer_id=officer_id, duty=DutyKind.HANDLER, case_id=OuterRef("submission__case"))
    return rows.filter(Exists(handler))


def withdrawn_for(officer_id: uuid.UUID) -> list[Withdrawal]:
    """What a handler's case was taken back from review and is not handed over again."""
    return list(_withdrawn(officer_id).select_related("submission__case").order_by("at")[:20])


def _disputes(officer_id: uuid.UUID, organ_id: uuid.UUID, heads: bool) -> QuerySet[Disagreement]:
    case = "opinion__submission__case"
    mine = Q(_people(officer_id, case))
    rows = Disagreement.objects.filter(ruling=None)
    return rows.filter(mine | Q(**{f"{case}__organisation_id": organ_id}) if heads else mine)


def disputes_for(officer_id: uuid.UUID, organ_id: uuid.UUID, *, heads: bool) -> list[Disagreement]:
    """Disagreements that nobody has settled yet: of one's own cases, for heads those of the organ."""
    rows = _disputes(officer_id, organ_id, heads).select_related("opinion__submission__case")
    return list(rows.order_by("at")[:20])


def asks(officer_id: uuid.UUID, organ_id: uuid.UUID, *, heads: bool) -> set[str]:
    """Which lists (as named below) hold something for a person: one read for every page."""
    return set(_asks_of_head(officer_id, organ_id) if heads else _asks(officer_id))


@prepared
def _asks(officer_id: uuid.UUID) -> QuerySet[Any]:
    # Who is no head is asked by duty alone; the organ does not stand in the statement.
    return _all_asks(officer_id, officer_id, heads=False)


@prepared
def _asks_of_head(officer_id: uuid.UUID, organ_id: uuid.UUID) -> QuerySet[Any]:
    return _all_asks(officer_id, organ_id, heads=True)


def _all_asks(officer_id: uuid.UUID, organ_id: uuid.UUID, *, heads: bool) -> QuerySet[Any]:
    lists: tuple[tuple[str, QuerySet[Any]], ...] = (
        ("voided", _voided(officer_id, organ_id, heads)),
        ("supplements", _unanswered(officer_id)),
        ("withdrawn", _withdrawn(officer_id)),
        ("disputes", _disputes(officer_id, organ_id, heads)),
        ("consultations", waiting_for(officer_id)),
        ("rechecks", cases.to_recheck(officer_id)),
    )
    first, *more = (rows.order_by().values_list(Value(name, CharField()), flat=True) for name, rows in lists)
    return first.union(*more)
