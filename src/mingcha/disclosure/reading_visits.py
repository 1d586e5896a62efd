"""queries.py split: what an enterprise reads that scans the check-in code of a visit (扫码入企), and nobody else."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from mingcha.cases import queries as cases
from mingcha.common import clock
from mingcha.common.errors import NotFound
from mingcha.inspections import queries as inspections
from mingcha.inspections.models import VisitCode
from mingcha.inspections.rulebook import rulebook

_MISSING = (
    "没有这个检查码，或者已经过期、已经被新的代替。请执法人员出示新的检查码；不出示的，可以拒绝检查并拨打监督电话。"
)


@dataclass(frozen=True)
class Visitor:
    """One of the officers: name, certificate, and whether it is valid today."""

    name: str
    number: str
    unit: str
    valid: bool


@dataclass(frozen=True)
class VisitShown:
    """Who comes to whom, for which task, on whose order, how often this year; `word` is what the enterprise says."""

    organ: str
    phone: str
    party: str
    place: str
    task: str
    items: list[str]
    order: str
    officers: list[Visitor]
    fewest: int
    nth: int
    cap: int | None
    shown_at: dt.datetime
    expires_at: dt.datetime
    word: str
    confirmed_at: dt.datetime | None
    confirmed_by: str


def of_code(row: VisitCode) -> VisitShown:
    """What the page of one code says."""
    case, today = row.case, clock.today()
    order, often = inspections.order(case), inspections.often(case)
    visit = row.visit if hasattr(row, "visit") else None
    organ = case.profile.content.get("organ", {})
    return VisitShown(
        organ=case.organisation.name,
        phone=organ.get("supervise_phone") or organ.get("contact_phone", ""),
        party=cases.party(case).name,
        place=row.place,
        task=case.cause,
        items=order.items,
        order=order.text,
        officers=[
            Visitor(officer.name, one.number, officer.organisation.name, one.valid_on(today))
            for officer in cases.active_handlers(case)
            for one in sorted(officer.certificates.all(), key=lambda one: one.valid_to)[-1:]
        ],
        fewest=rulebook()["officers"]["fewest"],
        nth=often.nth,
        cap=often.cap,
        shown_at=row.shown_at,
        expires_at=row.expires_at,
        word="" if visit else inspections.word_of(row.id),
        confirmed_at=visit.at if visit else None,
        confirmed_by=visit.confirmed_by if visit else "",
    )


def standing() -> list[tuple[str, VisitShown]]:
    """Codes that stand now, with what their pages say: for the portal's zone."""
    rows = [row for row in inspections.standing() if inspections.is_newest(row)]
    return [(inspections.code_of(row.id), of_code(row)) for row in rows]


def visit(code: str) -> VisitShown:
    """The page of a code. Absent, run out and replaced ones answer alike. Raises NotFound."""
    row = inspections.by_code(code)
    if row is None or row.expires_at < clock.now() or not inspections.is_newest(row):
        raise NotFound(_MISSING)
    return of_code(row)


def require_standing(found: VisitShown | None) -> VisitShown:
    """What was told to the portal's zone, unless its time has run out since. Raises NotFound."""
    if found is None or found.expires_at < clock.now():
        raise NotFound(_MISSING)
    return found
