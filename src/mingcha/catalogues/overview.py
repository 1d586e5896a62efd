"""Lists of an organ at a glance (清单总览): in force, draft, next due, missing and what cannot be done without it."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from mingcha.catalogues import profiles
from mingcha.catalogues.choices import UNFINISHED
from mingcha.catalogues.models import Draft, Edition
from mingcha.catalogues.queries import fixed_above, in_force, superiors
from mingcha.catalogues.rules import follows
from mingcha.catalogues.schemas import Schema, kinds, schema

# In the order of the law's own list: who may do what, who does it, how it is recorded and reviewed, then the rest.
ORDER = (
    "items", "officers", "procedure", "policy-profile", "review-list", "recording-list", "discretion",
    "random-list", "inspection-plan", "random-results", "guide", "fee-list",
    "retention-list", "loan-list", "annual-report", "typical-cases",
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One list of an organ."""

    schema: Schema
    key: str
    edition: Edition | None
    later: Edition | None
    draft: Draft | None
    behind: int = 0


def ordered() -> list[Schema]:
    """All kinds in the order of the overview."""
    place = {kind: number for number, kind in enumerate(ORDER)}
    return sorted(kinds(), key=lambda item: (place.get(item.kind, len(place)), item.label))


def lines(organisation_id: uuid.UUID, day: dt.date) -> list[Line]:
    """Every kind of list of an organ, one line for each list of that kind, one line for a missing kind."""
    running: dict[tuple[str, str], Edition] = {}
    later: dict[tuple[str, str], Edition] = {}
    rows = Edition.objects.filter(organisation_id=organisation_id).defer("content").order_by("number")
    for row in rows:
        if row.effective_from > day:
            later[row.kind, row.key] = row
        elif row.effective_to is None or row.effective_to >= day:
            running[row.kind, row.key] = row
    drafts = {
        (row.kind, row.key): row
        for row in Draft.objects.filter(organisation_id=organisation_id, state__in=UNFINISHED).defer("content")
    }
    found = []
    for item in ordered():
        keys = sorted({key for kind, key in [*running, *later, *drafts] if kind == item.kind})
        for key in keys or [""]:
            at = (item.kind, key)
            found.append(Line(item, key, running.get(at), later.get(at), drafts.get(at)))
    return found


def behind(organisation_id: uuid.UUID, kind: str, day: dt.date) -> int:
    """How many entries of the list in force differ from what the superior fixes today."""
    above = superiors(organisation_id, kind, day)
    row = in_force(organisation_id, kind, day) if above else None
    if row is None:
        return 0
    fixed = fixed_above(organisation_id, kind, day)
    return len(follows(fixed, row.content.get("entries", []), above[0].name))


@dataclass(frozen=True)
class Due:
    """An inspection plan that the profile demands, and whether it is published."""

    term: profiles.Term
    edition: Edition | None
    state: str


def plans_due(organisation_id: uuid.UUID, since: dt.date, until: dt.date, day: dt.date) -> list[Due]:
    """The inspection plans due between two days (R020); `state`: published, late, due."""
    profile = in_force(organisation_id, "policy-profile", day)
    if profile is None:
        return []
    have = {
        row.key: row
        for row in Edition.objects.filter(organisation_id=organisation_id, kind="inspection-plan").defer("content")
    }
    found = []
    for term in profiles.plan_terms(profile.content, since, until):
        row = have.get(term.key)
        state = "published" if row else "late" if term.due_on < day else "due"
        found.append(Due(term, row, state))
    return found


def history(edition: Edition) -> list[Edition]:
    """All editions of the same list, newest first."""
    rows = Edition.objects.filter(organisation_id=edition.organisation_id, kind=edition.kind, key=edition.key)
    return list(rows.select_related("organisation", "withdrawal").defer("content").order_by("-number"))


def before(edition: Edition) -> Edition | None:
    """The edition before this one."""
    rows = Edition.objects.filter(organisation_id=edition.organisation_id, kind=edition.kind, key=edition.key)
    return rows.filter(number=edition.number - 1).first()


def label(kind: str) -> str:
    return schema(kind).label
