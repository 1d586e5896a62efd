"""Figures of review: rounds, time, problems by point and unit, later reversals; reviewers against officers."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from mingcha.accounts import queries as accounts
from mingcha.accounts.choices import Role
from mingcha.accounts.models import Organisation
from mingcha.catalogues import profiles
from mingcha.catalogues import queries as catalogues
from mingcha.common.clock import legal_day
from mingcha.deadlines.models import RunningPeriod
from mingcha.ledger.models import JournalEntry
from mingcha.review.choices import Conclusion, PointResult
from mingcha.review.models import Opinion, Submission
from mingcha.review.rules import checklist

_REVERSALS = ("decision-revoked", "decision-changed")


@dataclass
class Figure:
    """One unit in one year: cases, those approved in the first round, rounds, days, late opinions, void, revoked."""

    unit: str
    cases: set[uuid.UUID] = field(default_factory=set)
    first: int = 0
    rounds: int = 0
    days: list[int] = field(default_factory=list)
    late: int = 0
    void: int = 0
    revoked: int = 0

    def cells(self) -> tuple[object, ...]:
        count = len(self.cases)
        average = f"{self.rounds / count:.1f}" if count else "—"
        days = f"{sum(self.days) / len(self.days):.1f}" if self.days else "—"
        return (self.unit, count, self.first, average, days, self.late, self.void, self.revoked)


@dataclass(frozen=True)
class Point:
    """How often a point was a problem in the submissions of a unit."""

    unit: str
    code: str
    label: str
    count: int


def organs(jurisdiction: str, organ_id: uuid.UUID | None) -> list[Organisation]:
    """The organs of a jurisdiction (or the one) that act in their own name."""
    rows = [row for row in accounts.organisations(jurisdiction) if row.organ_id in (None, row.id)]
    return [row for row in rows if organ_id is None or row.id == organ_id]


def _of_year(organ_ids: Iterable[uuid.UUID], year: int) -> list[Submission]:
    """Rounds submitted in a calendar year (Asia/Shanghai), opinion and unit joined, the texts left out."""
    rows = Submission.objects.filter(case__organisation_id__in=list(organ_ids))
    rows = rows.filter(submitted_at__date__gte=dt.date(year, 1, 1), submitted_at__date__lte=dt.date(year, 12, 31))
    rows = rows.select_related("opinion__voiding", "withdrawal", "submitted_by__organisation")
    return list(rows.defer("content", "materials", "answers", "scope", "opinion__text").order_by("submitted_at"))


def figures(organ_ids: Iterable[uuid.UUID], year: int) -> list[Figure]:
    """By the unit that submitted, most cases first."""
    rows = _of_year(organ_ids, year)
    ids = {row.case_id for row in rows}
    late = Counter(
        period.case_id
        for period in RunningPeriod.objects.filter(case_id__in=ids, rule="PEN-16", ended_on__isnull=False)
        if period.ended_on is not None and period.ended_on > period.due_on
    )
    # Decisions stand in a room above: that one was revoked, changed or declared illegal is told by the journal.
    revoked = set(JournalEntry.objects.filter(kind__in=_REVERSALS, case_id__in=ids).values_list("case_id", flat=True))
    found: dict[str, Figure] = {}
    for row in rows:
        figure = found.setdefault(row.submitted_by.organisation.name, Figure(row.submitted_by.organisation.name))
        if row.case_id not in figure.cases:
            figure.cases.add(row.case_id)
            figure.late += late[row.case_id]
            figure.revoked += row.case_id in revoked
        figure.rounds += 1
        opinion: Opinion | None = getattr(row, "opinion", None)
        if opinion is not None:
            figure.days.append((legal_day(opinion.given_at) - legal_day(row.submitted_at)).days)
            figure.first += row.round == 1 and opinion.conclusion == Conclusion.AGREE
            figure.void += hasattr(opinion, "voiding")
    return sorted(found.values(), key=lambda item: (-len(item.cases), item.unit))


def points(organ_ids: Iterable[uuid.UUID], year: int) -> list[Point]:
    """Problems by unit and point, most frequent first."""
    labels = {row["code"]: row["label"] for row in checklist()}
    counts: Counter[tuple[str, str]] = Counter()
    for row in _of_year(organ_ids, year):
        opinion = getattr(row, "opinion", None)
        for mark in opinion.points if opinion else []:
            if mark["result"] == PointResult.PROBLEM:
                counts[(row.submitted_by.organisation.name, mark["code"])] += 1
    return [Point(unit, code, labels.get(code, code), count) for (unit, code), count in counts.most_common()]


def by_point(found: Sequence[Point], units: Sequence[str]) -> list[list[str]]:
    """Rows of a table: point, then the count of each unit; points without a problem are left out."""
    table: dict[str, dict[str, int]] = defaultdict(dict)
    for row in found:
        table[row.label][row.unit] = row.count
    return [[label, *(str(counts.get(unit, 0)) for unit in units)] for label, counts in table.items()]


def staffing(organ: Organisation, day: dt.date) -> dict[str, Any]:
    """Reviewers of an organ against its officers, as the profile asks (R080), and the qualification of each reviewer."""
    people = list(accounts.officers_with_role(organ.id, Role.REVIEWER).prefetch_related("qualifications"))
    officers = accounts.enforcing(organ.id, day)
    edition = catalogues.in_force(organ.id, "policy-profile", day)
    qualified = [row for row in people if row.qualifications.all()]
    answer = profiles.ratio(edition.content if edition else {}, len(qualified), officers)
    return {
        "organ": organ,
        "enough": answer.value,
        "steps": answer.steps,
        "explained": answer,
        "people": [
            {"name": row.name, "number": next((item.number for item in row.qualifications.all()), "")} for row in people
        ],
    }
