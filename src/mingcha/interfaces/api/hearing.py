"""Hearings over REST: the day, who takes part, record, termination, report."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from mingcha.cases import access
from mingcha.hearings import actions, queries
from mingcha.interfaces.api import shapes
from mingcha.interfaces.api.cases import made
from mingcha.interfaces.api.door import Token, actor_of, keyed

router = Router(tags=["听证"])
_AT = "/cases/{uuid:case_id}/hearing"


class SessionIn(shapes.Input):
    held_at: shapes.Moment
    place: str
    clerk_id: uuid.UUID
    disinterested: bool
    public: bool = True
    secret: str = ""
    secret_why: str = ""
    reason: str = ""
    attend: str = ""
    seats: int = 0
    unannounced: bool = False


class AttendeeIn(shapes.Input):
    role: str
    name: str
    authority: str = ""


class ExaminedIn(shapes.Input):
    evidence_id: uuid.UUID
    opinion: str
    shown_by: str = "officers"


class RecordIn(shapes.Input):
    start: shapes.Moment
    end: shapes.Moment
    examined: list[ExaminedIn]
    presentation: str
    defence: str
    debate: str
    last_word: str
    read_by: str = "self"
    recordings: str = ""
    refusal: str = ""


class TerminationIn(shapes.Input):
    ending: str
    reason: str


class ViewIn(shapes.Input):
    name: str
    accepted: str
    reason: str


class ReportIn(shapes.Input):
    gist: str
    disputes: str
    evidence: list[ViewIn]
    opinion: str
    proposal: str


class AttendeeOut(Schema):
    role: str
    name: str
    authority: str


class HearingOut(Schema):
    id: uuid.UUID
    opened_at: dt.datetime
    held_at: dt.datetime | None = None
    place: str = ""
    public: bool | None = None
    notice_id: uuid.UUID | None = None
    warnings: list[str]
    attendees: list[AttendeeOut]
    ending: str = ""
    record_id: uuid.UUID | None = None
    report_id: uuid.UUID | None = None
    proposal: str = ""


@router.get(f"{_AT}s", auth=Token(), response=list[HearingOut], summary="本案的听证")
def hearings(request: HttpRequest, case_id: uuid.UUID) -> list[dict[str, Any]]:
    """最近的在前；没有确定时间的，held_at为空。"""
    case = access.case(actor_of(request), case_id)
    rows = []
    for row in queries.of_case(case):
        session, end, report = queries.session(row), queries.closing(row), queries.report(row)
        rows.append(
            {
                "id": row.id,
                "opened_at": row.opened_at,
                "held_at": session.held_at if session else None,
                "place": session.place if session else "",
                "public": session.public if session else None,
                "notice_id": session.notice_id if session else None,
                "warnings": [item.text for item in queries.warnings(case, session)] if session and not end else [],
                "attendees": queries.attendees(row),
                "ending": end.ending if end else "",
                "record_id": end.record_id if end else None,
                "report_id": report.document_id if report else None,
                "proposal": report.proposal if report else "",
            }
        )
    return rows


@router.post(f"{_AT}/session", auth=Token(), response={201: shapes.Made}, summary="确定听证时间地点")
def fix(request: HttpRequest, case_id: uuid.UUID, data: SessionIn) -> Any:
    """由主持人办理；已经确定的改期，写明理由并重新通知。休息日和不满七个工作日的日期不能安排；
    放假安排还没有公布的年份，主持人确认（unannounced）才能安排，公布后是休息日的应当改期。"""
    asked = data.model_dump(mode="json")
    return keyed(request, asked, lambda: made(actions.fix(case_id, actor=actor_of(request), **data.model_dump())))


@router.post(f"{_AT}/attendees", auth=Token(), response={201: shapes.Made}, summary="登记听证参加人")
def attendee(request: HttpRequest, case_id: uuid.UUID, data: AttendeeIn) -> Any:
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(actions.register_attendee(case_id, actor=actor_of(request), **fields)))


@router.post(f"{_AT}/record", auth=Token(), response={201: shapes.Made}, summary="制作听证笔录")
def record(request: HttpRequest, case_id: uuid.UUID, data: RecordIn) -> Any:
    """没有列入质证的证据不能作为决定的根据。"""
    asked = data.model_dump(mode="json")
    return keyed(request, asked, lambda: made(actions.record(case_id, actor=actor_of(request), **data.model_dump())))


@router.post(f"{_AT}/termination", auth=Token(), response={201: shapes.Made}, summary="终止听证")
def terminate(request: HttpRequest, case_id: uuid.UUID, data: TerminationIn) -> Any:
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(actions.terminate(case_id, actor=actor_of(request), **fields)))


@router.post(f"{_AT}/report", auth=Token(), response={201: shapes.Made}, summary="提交听证报告")
def report(request: HttpRequest, case_id: uuid.UUID, data: ReportIn) -> Any:
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(actions.report(case_id, actor=actor_of(request), **fields)))
