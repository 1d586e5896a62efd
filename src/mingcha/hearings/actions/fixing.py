"""A hearing begins, gets its day, and its participants (听证通知) — 行政处罚法 art. 64 (2), (3), (5)."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction

from mingcha.accounts import queries as accounts
from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.accounts.models import Officer
from mingcha.cases import access, facts
from mingcha.cases import queries as cases
from mingcha.cases.choices import DutyKind
from mingcha.cases.locks import lock
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import NotFound, NotPermitted, Refused
from mingcha.common.prepared import insert
from mingcha.deadlines import actions as deadlines
from mingcha.documents.checking.limits import limit
from mingcha.documents.making import make
from mingcha.hearings import queries
from mingcha.hearings.actions.writing import entered, hosted, open_of
from mingcha.hearings.choices import Attending, Secret
from mingcha.hearings.errors import HearingState
from mingcha.hearings.models import Attendee, Hearing, Session
from mingcha.hearings.rules import day_lost, may_meet, may_represent
from mingcha.ledger.actors import ActorSnapshot

_HOST = "听证主持人"


def open_for(case: Case, by: ActorSnapshot) -> Hearing | None:
    """A hearing on the last demand of a locked case, unless it is open already or nothing was demanded."""
    request = facts.last_request(case)
    if request is None or facts.withdrawn(case, request) or queries.current(case):
        return None
    most = limit("hearing-agents", clock.today())
    if most is None:
        raise LookupError("hearing-agents")
    row = insert(Hearing(case=case, request=request, agents_most=most, opened_at=clock.now()))
    entered("hearing-opened", row, by, {"request": str(request.id)})
    return row


def begin_waiting(case: Case) -> None:
    """The seven working days run from the service of the notice of the date that counts."""
    hearing = queries.current(case)
    found = queries.session(hearing) if hearing else None
    service = getattr(found.notice, "service", None) if found else None
    if service is None or queries.waiting_until(case) is not None:
        return
    lenient = case.profile.content.get("hearing_notice_lenient") is True
    deadlines.start(
        queries.NOTICE, case_id=case.id, jurisdiction=case.jurisdiction, start=service.effective_on, lenient=lenient
    )


def note_lost_days(year: int, by: ActorSnapshot) -> int:
    """Enter in the journal of each case that its hearing was fixed for a day which is a day off now (听证日成为休息日)."""
    lost = 0
    for found in queries.fixed_in(year):
        case = lock(found.hearing.case_id)
        for reason in day_lost(found.held_on, queries.calendar(case)):
            told = {"held_on": found.held_on, "text": reason.message, "fix": reason.fix}
            entered("hearing-day-lost", found.hearing, by, told)
            lost += 1
    return lost


def _clerk(case: Case, officer_id: uuid.UUID, actor: Actor, check: Check) -> Officer | None:
    found = accounts.officers([officer_id]).get(officer_id)
    if found is None or (found.organisation.organ_id or found.organisation_id) != case.organisation_id:
        check.add("clerk_id", "请选择本机关的记录人。")
        return None
    if officer_id == actor.officer_id:
        check.add("clerk_id", "主持人不能兼任记录人。")
    if DutyKind.HANDLER in cases.duties_of(case, officer_id):
        check.add("clerk_id", "记录人不能由本案调查人员担任。")
    return found


@transaction.atomic
def fix(
    case_id: uuid.UUID,
    *,
    actor: Actor,
    held_at: dt.datetime,
    place: str,
    clerk_id: uuid.UUID,
    disinterested: bool,
    public: bool = True,
    secret: str = "",
    secret_why: str = "",
    reason: str = "",
    attend: str = "",
    seats: int = 0,
    unannounced: bool = False,
) -> Session:
    """Fix time and place (听证通知): notice, and the announcement of an open hearing — art. 64 (2), (3).

    A later date of the same hearing wants a `reason`, and its notice is served anew. `unannounced`: the host answers
    for a day of a year whose holidays are not announced. Raises Refused for a day off, one too early or of such a year,
    with the next possible day; InvalidInput.
    """
    case, hearing = hosted(case_id, actor, disinterested)
    if queries.closing(hearing):
        raise HearingState("hearing-ended", "听证已经结束，不能再安排时间。")
    before = queries.session(hearing)
    check = Check()
    check.moment("held_at", held_at, "听证时间")
    place = check.text("place", place, "听证地点", most=200)
    reason = check.text("reason", reason, "改期的理由", most=500, required=before is not None)
    if not public:
        check.one_of("secret", secret, "不公开的理由", Secret.values)
        secret_why = check.text("secret_why", secret_why, "不公开的具体情况", most=300)
    else:
        secret, secret_why = "", ""
        attend = check.text("attend", attend, "旁听办法", most=500)
        if not 0 < seats <= 1000:
            check.add("seats", "请填写旁听席位数（1至1000）。")
    clerk = _clerk(case, clerk_id, actor, check)
    check.done()
    if clerk is None:
        raise NotFound("没有找到记录人。")
    day, first = clock.legal_day(held_at), queries.earliest(case)
    unsure = not queries.calendar(case).is_announced(day)
    if reasons := may_meet(day, first.value, queries.calendar(case), unannounced=unannounced):
        raise Refused(reasons)
    by = actor.snapshot(Role.REVIEWER)
    ground = f"{Secret(secret).label}：{secret_why}" if secret else ""
    told = {"held_at": held_at, "place": place, "public": public, "closed_ground": ground, "clerk": clerk.name}
    notice = make(case, "hearing-notice", {"variant": "hold", "host": actor.name, **told}, by=by)
    announcement = None
    if public:
        typed = {"attend": attend, "seats": seats, "register_by": max(clock.today(), day - dt.timedelta(days=1))}
        announcement = make(case, "hearing-announcement", typed, by=by)
    running = queries.waiting_until(case)
    if running is not None:
        deadlines.end(running.id, on=max(clock.today(), running.starts_on))
    row = insert(
        Session(
            hearing=hearing,
            seq=before.seq + 1 if before else 1,
            host_id=actor.officer_id,
            disinterested=disinterested,
            clerk=clerk,
            held_at=held_at,
            held_on=day,
            earliest_on=first.value,
            place=place,
            public=public,
            secret=secret,
            secret_why=secret_why,
            reason=reason,
            notice=notice,
            announcement=announcement,
            unannounced=unsure,
            calendar_version=queries.calendar(case).version,
            fixed_at=clock.now(),
        )
    )
    kind = "hearing-moved" if before else "hearing-fixed"
    entered(
        kind,
        hearing,
        by,
        {
            "held_at": held_at,
            "place": place,
            "public": public,
            "secret": ground,
            "reason": reason,
            "clerk": clerk.name,
            "notice": notice.number,
            "earliest": first.as_dict(),
            "unannounced": unsure,
        },
    )
    return row


@transaction.atomic
def register_attendee(case_id: uuid.UUID, *, actor: Actor, role: str, name: str, authority: str = "") -> Attendee:
    """Register who takes part; an agent with his letter of authority, at most as many as the law allows — art. 64 (5)."""
    access.case(actor, case_id)
    case = lock(case_id)
    held = cases.duties_of(case, actor.officer_id)
    if not {DutyKind.HEARING_HOST, DutyKind.HANDLER} & {DutyKind(item) for item in held}:
        raise NotPermitted(message="听证参加人由主持人或者承办人员登记。")
    hearing = open_of(case)
    if queries.closing(hearing):
        raise HearingState("hearing-ended", "听证已经结束，不能再登记参加人。")
    check = Check()
    check.one_of("role", role, "身份", Attending.values)
    name = check.text("name", name, "姓名", most=60)
    authority = check.text("authority", authority, "证件、授权", most=200, required=role == Attending.AGENT)
    present = queries.attendees(hearing)
    if any(row.role == role and row.name == name for row in present):
        check.add("name", "已经登记过这名参加人。")
    check.done()
    if role == Attending.AGENT:
        reasons = may_represent(sum(row.role == Attending.AGENT for row in present), hearing.agents_most)
        if reasons:
            raise Refused(reasons)
    row = insert(Attendee(hearing=hearing, role=role, name=name, authority=authority, registered_at=clock.now()))
    own = Role.HANDLER if DutyKind.HANDLER in held else Role.REVIEWER
    entered("hearing-attendee", hearing, actor.snapshot(own), {"role": role, "name": name, "authority": authority})
    return row
