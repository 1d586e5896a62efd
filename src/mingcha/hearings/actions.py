"""The only writes of the hearing: dates, attendees, record, termination, report — each takes the move it allows."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from mingcha.accounts import queries as accounts
from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.accounts.models import Officer
from mingcha.cases import access, facts
from mingcha.cases import queries as cases
from mingcha.cases.choices import DutyKind, EvidenceKind
from mingcha.cases.locks import lock
from mingcha.cases.models import Case, Evidence
from mingcha.cases.moves import advance, options
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import NotFound, NotPermitted, Reason, Refused
from mingcha.common.prepared import insert
from mingcha.deadlines import actions as deadlines
from mingcha.documents import queries as documents
from mingcha.documents.checking.limits import limit
from mingcha.documents.making import make
from mingcha.hearings import queries
from mingcha.hearings.choices import Attending, Ending, Proposal, Secret
from mingcha.hearings.errors import HearingState
from mingcha.hearings.models import Attendee, Closing, Examined, Hearing, Report, Session
from mingcha.hearings.rules import may_host, may_meet, may_represent
from mingcha.ledger.actions import append
from mingcha.ledger.actors import ActorSnapshot

_HOST = "听证主持人"
_TOLD = (
    "已核对参加人的身份和代理权限",
    "已宣布案由、主持人和记录人",
    "已告知申请主持人回避、陈述申辩、质证的权利",
    "已宣布听证纪律",
)


def open_for(case: Case, by: ActorSnapshot) -> Hearing | None:
    """A hearing on the last demand of a locked case, unless it is open already or nothing was demanded."""
    request = facts.last_request(case)
    if request is None or facts.withdrawn(case, request) or queries.current(case):
        return None
    most = limit("hearing-agents", clock.today())
    if most is None:
        raise LookupError("hearing-agents")
    row = insert(Hearing(case=case, request=request, agents_most=most, opened_at=clock.now()))
    _record("hearing-opened", row, by, {"request": str(request.id)})
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


def _record(kind: str, hearing: Hearing, by: ActorSnapshot, payload: Mapping[str, Any]) -> None:
    append(
        kind,
        log=hearing.case.jurisdiction,
        subject=("hearing", str(hearing.id)),
        case_id=hearing.case_id,
        actor=by,
        payload=payload,
    )


def _hosted(case_id: uuid.UUID, actor: Actor, disinterested: bool = True) -> tuple[Case, Hearing]:
    """The locked case and its open hearing, for its host. Raises NotFound, NotPermitted, Refused, HearingState."""
    access.case(actor, case_id)
    case = lock(case_id)
    hearing = _open(case)
    held = cases.duties_of(case, actor.officer_id)
    if not held:
        raise NotPermitted(message=f"只有本案的{_HOST}可以办理这项操作。")
    away = actor.officer_id in cases.avoiding(case)
    reasons = may_host(actor.name, held, avoiding=away, disinterested=disinterested)
    if reasons:
        raise Refused(reasons)
    return case, hearing


def _open(case: Case) -> Hearing:
    hearing = queries.current(case)
    if hearing is None:
        raise HearingState("hearing-none", "本案没有正在组织的听证。当事人要求听证的，请先由机关负责人指定主持人。")
    return hearing


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
) -> Session:
    """Fix time and place (听证通知): notice, and the announcement of an open hearing — art. 64 (2), (3).

    A later date of the same hearing wants a `reason`, and its notice is served anew. Raises Refused for a day off or
    one too early, with the next possible day; InvalidInput.
    """
    case, hearing = _hosted(case_id, actor, disinterested)
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
    if reasons := may_meet(day, first.value, queries.calendar(case)):
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
            calendar_version=queries.calendar(case).version,
            fixed_at=clock.now(),
        )
    )
    kind = "hearing-moved" if before else "hearing-fixed"
    _record(
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
    hearing = _open(case)
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
    _record("hearing-attendee", hearing, actor.snapshot(own), {"role": role, "name": name, "authority": authority})
    return row


def _sitting(case: Case, hearing: Hearing) -> Session:
    """The date that counts, today or past, with its notice served and its seven days over. Raises Refused."""
    found = queries.session(hearing)
    if found is None:
        raise HearingState("hearing-not-fixed", "还没有确定听证的时间地点，请先制发听证通知书。")
    if queries.closing(hearing):
        raise HearingState("hearing-ended", "听证已经结束，记录不能修改。")
    article, today = "行政处罚法第六十四条第二项", clock.today()
    reasons = []
    if getattr(found.notice, "service", None) is None:
        reasons.append(Reason("hearing-notice-not-served", "听证通知书还没有送达。", (article,), "请承办人员先送达。"))
    running = queries.waiting_until(case)
    if running is not None and running.due_on > today:
        text = f"听证最早可以在{running.due_on.isoformat()}举行。"
        reasons.append(Reason("hearing-too-early", text, (article,), "请改期并重新通知当事人。"))
    if found.held_on > today:
        text = f"通知的听证日期是{found.held_on.isoformat()}，不能提前举行。"
        reasons.append(Reason("hearing-before-its-day", text, (article,), "请按通知的时间举行，或者改期。"))
    if reasons:
        raise Refused(reasons)
    return found


def _go(case: Case, actor: Actor, to: str) -> None:
    """Take the move where the published procedure has it here and nothing stands against it."""
    for option in options(case, actor):
        if option.branch is None and option.move.to == to and option.permitted and option.open:
            advance(case.id, to, actor=actor)
            return


@transaction.atomic
def record(
    case_id: uuid.UUID,
    *,
    actor: Actor,
    start: dt.datetime,
    end: dt.datetime,
    examined: Sequence[Mapping[str, Any]],
    **said: Any,
) -> Closing:
    """Make the record of a hearing that was held (听证笔录) — art. 64 (7), (8).

    `examined`: each piece of evidence shown, as `evidence_id`, `opinion`, `shown_by` (officers or party). `said`: the
    other fields of the record (presentation, defence, debate, last_word, read_by, recordings, refusal, …).
    """
    case, hearing = _hosted(case_id, actor)
    found = _sitting(case, hearing)
    check = Check()
    check.moment("start", start, "开始时间", latest=clock.now())
    check.moment("end", end, "结束时间", latest=clock.now())
    rows = {row.id: row for row in cases.counted_evidence(case)}
    shown: list[tuple[Evidence, str, str]] = []
    for place, item in enumerate(examined):
        evidence = rows.get(item["evidence_id"])
        if evidence is None:
            check.add("examined", "质证的证据不在本案证据之中，或者已经排除。")
            continue
        opinion = check.text(f"opinion-{place}", item.get("opinion"), f"对“{evidence.name}”的质证意见", most=2000)
        shown.append((evidence, opinion, str(item.get("shown_by") or "officers")))
    if not queries.attendees(hearing):
        check.add("attendees", "还没有登记听证参加人。当事人没有出席的，请办理终止听证。")
    check.done()
    _go(case, actor, "hearing-held")
    case = lock(case_id)
    typed = {
        **said,
        "start": start,
        "end": end,
        "place": found.place,
        "public": found.public,
        "closed_ground": f"{Secret(found.secret).label}：{found.secret_why}" if found.secret else "",
        "told": said.get("told") or [{"item": item, "done": "yes"} for item in _TOLD],
        "attendees": [
            {"name": row.name, "role": row.role, "letter": row.authority} for row in queries.attendees(hearing)
        ],
        "exam": [{"evidence": _named(row), "shown_by": by, "opinion": opinion} for row, opinion, by in shown],
    }
    snapshot = actor.snapshot(Role.REVIEWER)
    paper = make(case, "hearing-record", typed, by=snapshot)
    closing = insert(
        Closing(
            hearing=hearing,
            session=found,
            ending=Ending.HELD,
            record=paper,
            held_on=clock.legal_day(start),
            at=clock.now(),
        )
    )
    for evidence, opinion, _ in shown:
        insert(Examined(closing=closing, evidence=evidence, opinion=opinion))
    told = {"record": paper.number, "digest": paper.digest, "examined": [row.seq for row, _, _ in shown]}
    _record("hearing-held", hearing, snapshot, told)
    _go(case, actor, "hearing-record")
    return closing


def _named(row: Evidence) -> str:
    """As the notice and the decision name it."""
    return f"{EvidenceKind(row.kind).label}：{row.name}"


@transaction.atomic
def terminate(case_id: uuid.UUID, *, actor: Actor, ending: str, reason: str) -> Closing:
    """Terminate (终止听证): the party stayed away without good reason or left without leave — art. 64 (6)."""
    case, hearing = _hosted(case_id, actor)
    found = _sitting(case, hearing)
    check = Check()
    check.one_of("ending", ending, "终止的情形", (Ending.ABSENT, Ending.LEFT))
    reason = check.text("reason", reason, "终止的情况", most=2000)
    check.done()
    _go(case, actor, "hearing-held")
    closing = insert(
        Closing(hearing=hearing, session=found, ending=ending, reason=reason, held_on=clock.today(), at=clock.now())
    )
    told = {"ending": Ending(ending).label, "reason": reason}
    _record("hearing-terminated", hearing, actor.snapshot(Role.REVIEWER), told)
    case = lock(case_id)
    _go(case, actor, "hearing-terminated")
    case = lock(case_id)
    _go(case, actor, "hear-statement")
    return closing


@transaction.atomic
def report(
    case_id: uuid.UUID,
    *,
    actor: Actor,
    gist: str,
    disputes: str,
    evidence: Sequence[Mapping[str, Any]],
    opinion: str,
    proposal: str,
    heavier: bool = False,
) -> Report:
    """Hand in the report with the host's own opinion (听证报告) — art. 65. Never heavier for the hearing's sake (art. 45)."""
    case, hearing = _hosted(case_id, actor)
    end = queries.closing(hearing)
    if end is None or end.ending != Ending.HELD:
        raise HearingState("hearing-not-held", "听证还没有举行，不能提交听证报告。请先制作听证笔录。")
    if queries.report(hearing):
        raise HearingState("hearing-reported", "听证报告已经提交，不能修改。")
    check = Check()
    gist = check.text("gist", gist, "听证的基本情况", most=5000)
    disputes = check.text("disputes", disputes, "争议的事实", most=5000)
    opinion = check.text("opinion", opinion, "听证意见", most=5000)
    check.one_of("proposal", proposal, "处理建议", Proposal.values)
    check.done()
    by = actor.snapshot(Role.REVIEWER)
    typed = {
        "gist": gist,
        "disputes": disputes,
        "evidence": list(evidence),
        "opinion": opinion,
        "proposal": proposal,
        "heavier": heavier,
    }
    paper = make(case, "hearing-report", typed, by=by)
    row = insert(
        Report(hearing=hearing, document=paper, proposal=proposal, reported_by_id=actor.officer_id, at=clock.now())
    )
    _record("hearing-reported", hearing, by, {"proposal": Proposal(proposal).label, "digest": paper.digest})
    _go(case, actor, "recheck")
    return row


def presented(case: Case) -> list[str]:
    """Texts of the facts that the notice told, for the record's first part."""
    notice = documents.latest(case, "penalty-notice")
    return [str(row.get("text", "")) for row in notice.fields.get("facts") or []] if notice else []
