"""Reads of hearings for other rooms."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from mingcha.cases import facts
from mingcha.cases import queries as cases
from mingcha.cases.choices import DutyKind, StatementKind
from mingcha.cases.models import Case, Statement
from mingcha.common import clock
from mingcha.common.errors import Reason
from mingcha.common.explained import Explained
from mingcha.common.prepared import prepared
from mingcha.deadlines import queries as deadlines
from mingcha.deadlines import rulebook
from mingcha.deadlines.calendar import Calendar
from mingcha.deadlines.models import RunningPeriod, WorkCalendarYear
from mingcha.deadlines.periods import compute
from mingcha.documents import queries as documents
from mingcha.hearings import rules
from mingcha.hearings.choices import Ending, Standing
from mingcha.hearings.models import Attendee, Closing, Examined, Hearing, Report, Session
from mingcha.hearings.rules import rests_on_record

NOTICE = "PEN-05"


@prepared
def _hearings(case_id: uuid.UUID) -> QuerySet[Hearing]:
    rows = Hearing.objects.filter(case_id=case_id)
    return rows.select_related("request", "closing__record", "report__document").order_by("-opened_at", "-id")


def of_case(case: Case) -> list[Hearing]:
    """Hearings of a case, newest first, with their end and report."""
    return list(_hearings(case.pk))


def current(case: Case) -> Hearing | None:
    """The hearing on the last demand that was not withdrawn, or None while no host was named for it."""
    request = facts.last_request(case)
    if request is None or facts.withdrawn(case, request) is not None:
        return None
    return next((row for row in of_case(case) if row.request_id == request.pk), None)


def sessions(hearing: Hearing) -> list[Session]:
    """Dates fixed for a hearing, the first one first; the last one counts."""
    rows = Session.objects.filter(hearing=hearing).select_related("host", "clerk", "notice__service", "announcement")
    return list(rows.order_by("seq"))


def session(hearing: Hearing) -> Session | None:
    """The date that counts."""
    return next(reversed(sessions(hearing)), None)


def attendees(hearing: Hearing) -> list[Attendee]:
    return list(Attendee.objects.filter(hearing=hearing).order_by("registered_at", "id"))


def examined(closing: Closing) -> list[Examined]:
    """Evidence examined at a hearing, in the order of the file."""
    return list(Examined.objects.filter(closing=closing).select_related("evidence").order_by("evidence__seq"))


def closing(hearing: Hearing) -> Closing | None:
    found: Closing | None = getattr(hearing, "closing", None)
    return found


def report(hearing: Hearing) -> Report | None:
    found: Report | None = getattr(hearing, "report", None)
    return found


def earliest(case: Case, told_on: dt.date | None = None) -> Explained[dt.date]:
    """The first day on which a hearing may be held when the party is told on `told_on` (today) — art. 64 (2)."""
    day = told_on or clock.today()
    lenient = case.profile.content.get("hearing_notice_lenient") is True
    return compute(rulebook.rule(NOTICE, day), day, calendar(case), lenient=lenient)


def calendar(case: Case) -> Calendar:
    return deadlines.calendar(case.jurisdiction)


def waiting_until(case: Case) -> RunningPeriod | None:
    """The seven working days that still run from the service of the notice."""
    return deadlines.open_period(case.pk, NOTICE)


def day_lost(case: Case, found: Session) -> list[Reason]:
    """Why a fixed day cannot be used any more: it was announced as a day off before it came."""
    reasons = rules.day_lost(found.held_on, calendar(case))
    if not reasons:
        return []
    known = WorkCalendarYear.objects.filter(year=found.held_on.year, recorded_at__lte=found.held_at)
    return reasons if known.order_by("-edition").filter(days__date=found.held_on).exists() else []


def fixed_in(year: int) -> list[Session]:
    """Dates in a year that count and wait for their hearing, soonest first."""
    later = Session.objects.filter(hearing_id=OuterRef("hearing_id"), seq__gt=OuterRef("seq"))
    rows = Session.objects.filter(~Exists(later), held_on__year=year, held_at__gt=clock.now(), hearing__closing=None)
    return list(rows.select_related("hearing__case").order_by("held_at", "id"))


@dataclass(frozen=True)
class Warning:
    """What became doubtful about a fixed date, with what to do."""

    text: str
    fix: str


def warnings(case: Case, found: Session) -> list[Warning]:
    """A day that nobody has announced yet or that was made a holiday later, and a notice too late for its day."""
    said, days = [], calendar(case)
    if not days.is_announced(found.held_on):
        said.append(
            Warning(
                f"{found.held_on.year}年的放假安排还没有公布，{found.held_on.isoformat()}可能是休息日。",
                "公布以后请再核对；是休息日的，请改期并重新通知当事人。",
            )
        )
    if not days.is_workday(found.held_on):
        why = days.why(found.held_on)
        proposed = days.next_workday(found.held_on).isoformat()
        said.append(
            Warning(
                f"通知发出以后放假安排有变：{found.held_on.isoformat()}现在是休息日（{why}）。",
                f"请改期，最近的工作日是{proposed}，并重新通知当事人。",
            )
        )
    service = getattr(found.notice, "service", None)
    if service is None:
        said.append(Warning("听证通知书还没有送达。", "请承办人员送达并登记。"))
    else:
        first = earliest(case, service.effective_on).value
        if first > found.held_on:
            said.append(
                Warning(
                    f"听证通知书{service.effective_on.isoformat()}才送达，最早只能在{first.isoformat()}举行。",
                    f"请改期到{days.next_workday(first).isoformat()}或者以后。",
                )
            )
    return said


def unexamined(case: Case, found: Closing) -> list[str]:
    """Names of the evidence of the case that was not shown at the hearing."""
    shown = set(Examined.objects.filter(closing=found).values_list("evidence_id", flat=True))
    return [f"证据{row.seq} {row.name}" for row in cases.counted_evidence(case) if row.id not in shown]


def against_record(case: Case) -> list[str]:
    """In words, what the draft decision finds beyond the record; empty where no hearing was held."""
    hearing = current(case)
    end = closing(hearing) if hearing else None
    if end is None or end.record is None:
        return []
    frozen, notice = documents.frozen(case), documents.latest(case, "penalty-notice")
    draft = frozen.content["fields"] if frozen else {}
    facts_told = notice.fields.get("facts") or [] if notice else []
    return [row.message for row in rests_on_record(draft, end.record.fields, facts_told, unexamined(case, end))]


def upcoming(jurisdiction: str) -> QuerySet[Session]:
    """Open hearings that are announced and still to come, soonest first: the notice board (听证公告栏)."""
    later = Session.objects.filter(hearing_id=OuterRef("hearing_id"), seq__gt=OuterRef("seq"))
    rows = Session.objects.filter(~Exists(later), public=True, announcement__isnull=False, hearing__closing=None)
    rows = rows.filter(hearing__case__jurisdiction=jurisdiction, held_on__gte=clock.today())
    return rows.select_related("announcement", "hearing__case__organisation").order_by("held_at", "id")


@dataclass(frozen=True)
class Wanted:
    """What a reader of the list of hearings asks for; `first` and `last` are days of the hearing, else of the demand."""

    words: str = ""
    state: str = ""
    first: dt.date | None = None
    last: dt.date | None = None
    organ: uuid.UUID | None = None


def listed(cases_: QuerySet[Case], wanted: Wanted) -> QuerySet[Hearing]:
    """Hearings of these cases that fit, with what the list shows of each."""
    later = Statement.objects.filter(
        case_id=OuterRef("case_id"),
        kind=StatementKind.HEARING_WITHDRAWN,
        round=OuterRef("request__round"),
        created_at__gte=OuterRef("request__created_at"),
    )
    newest = Session.objects.filter(hearing_id=OuterRef("pk")).order_by("-seq")
    rows = Hearing.objects.filter(case__in=cases_).annotate(
        withdrawn=Exists(later),
        held_at=Subquery(newest.values("held_at")[:1]),
        held_on=Subquery(newest.values("held_on")[:1]),
        place=Subquery(newest.values("place")[:1]),
        public=Subquery(newest.values("public")[:1]),
        host=Subquery(newest.values("host__name")[:1]),
    )
    for word in wanted.words.split()[:5]:
        rows = rows.filter(
            Q(case__party_name__icontains=word) | Q(case__cause__icontains=word) | Q(case__number__icontains=word)
        )
    if wanted.organ:
        rows = rows.filter(case__organisation_id=wanted.organ)
    if wanted.first:
        rows = rows.filter(Q(held_on__gte=wanted.first) | Q(held_on=None, opened_at__gte=clock.at(wanted.first, 0)))
    if wanted.last:
        over = clock.at(wanted.last + dt.timedelta(days=1), 0)
        rows = rows.filter(Q(held_on__lte=wanted.last) | Q(held_on=None, opened_at__lt=over))
    if wanted.state in Standing.values:
        rows = rows.filter(_STANDING[Standing(wanted.state)])
    return rows.select_related("case__organisation", "closing", "report")


_STANDING = {
    Standing.UNFIXED: Q(closing=None, withdrawn=False, held_on=None),
    Standing.AWAITED: Q(closing=None, withdrawn=False) & ~Q(held_on=None),
    Standing.UNREPORTED: Q(closing__ending=Ending.HELD, report=None),
    Standing.REPORTED: Q(closing__ending=Ending.HELD) & ~Q(report=None),
    Standing.TERMINATED: Q(closing__ending__in=(Ending.ABSENT, Ending.LEFT)),
    Standing.WITHDRAWN: Q(closing=None, withdrawn=True),
}


def standing(row: Hearing) -> Standing:
    """Where a hearing of the list stands."""
    end = closing(row)
    if end is not None:
        if end.ending != Ending.HELD:
            return Standing.TERMINATED
        return Standing.REPORTED if report(row) else Standing.UNREPORTED
    if getattr(row, "withdrawn", False):
        return Standing.WITHDRAWN
    return Standing.UNFIXED if getattr(row, "held_on", None) is None else Standing.AWAITED


def hosted_by(officer_id: uuid.UUID) -> QuerySet[Hearing]:
    """Hearings that wait for their host: no end, or held without a report."""
    mine = Hearing.objects.filter(
        case__duties__officer_id=officer_id, case__duties__duty=DutyKind.HEARING_HOST, case__closed_on=None
    )
    open_ = mine.filter(Q(closing=None) | Q(closing__ending=Ending.HELD, report=None))
    return open_.select_related("case", "closing").order_by("opened_at")
