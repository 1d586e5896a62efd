"""Discussion by the heads, outcomes besides a penalty, change of a decision, joint cases, counsel over REST."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.cases import actions as cases
from mingcha.cases import queries as case_queries
from mingcha.decisions import actions, queries
from mingcha.interfaces.api import shapes
from mingcha.interfaces.api.cases import case_out, made
from mingcha.interfaces.api.door import Token, actor_of, keyed
from mingcha.review import actions as review

router = Router(tags=["集体讨论、其他结果、变更、并案"])
_AT = "/cases/{uuid:case_id}"


class ConveneIn(shapes.Input):
    ground: str
    agenda: str
    place: str
    clerk: str


class VoiceIn(shapes.Input):
    view: str
    reason: str


class ConclusionIn(shapes.Input):
    outcome: str
    text: str
    report: str
    evidence_view: str
    absent: str = ""


class VoiceOut(Schema):
    name: str
    view: str
    reason: str
    at: dt.datetime


class DiscussionOut(Schema):
    id: uuid.UUID
    ground: str
    agenda: str
    place: str
    chair: str
    clerk: str
    quorum: int
    vote: str
    started_at: dt.datetime
    voices: list[VoiceOut]
    outcome: str = ""
    text: str = ""
    minutes_id: uuid.UUID | None = None


class WaiverIn(shapes.Input):
    ground: str
    facts: str
    reason: str
    correction: str = ""
    record_query: str = ""
    education: str = ""
    guardian: str = ""
    entry: str = ""
    off_list: str = ""


class ArticleIn(shapes.Input):
    citation: str


class ChangeIn(shapes.Input):
    variant: str
    reason: str
    content: str
    effects: str
    articles: list[ArticleIn]
    fine_fen: int | None = None
    confiscated_fen: int | None = None
    ordered_by: str = "self"
    order_ref: str = ""


class ChangeOut(Schema):
    id: uuid.UUID
    variant: str
    ordered_by: str
    reason: str
    document_id: uuid.UUID
    fine_fen: int
    confiscated_fen: int
    decided_on: dt.date


class JoinIn(shapes.Input):
    other_id: uuid.UUID
    reason: str


class FurtherPartyIn(shapes.PartyIn):
    reason: str


class JoiningOut(Schema):
    id: uuid.UUID
    case_id: uuid.UUID
    other_id: uuid.UUID
    reason: str
    at: dt.datetime


class AnswerIn(shapes.Input):
    text: str
    recuse: bool = False


class StudyIn(shapes.Input):
    superior: str
    question: str


class ReplyIn(shapes.Input):
    reference: str
    text: str


class CounselIn(shapes.Input):
    officer_id: uuid.UUID
    kind: str
    field: str


@router.get(f"{_AT}/discussions", auth=Token(), response=list[DiscussionOut], summary="集体讨论")
def discussions(request: HttpRequest, case_id: uuid.UUID) -> list[dict[str, Any]]:
    """最近的在前；每位负责人的意见和理由逐条列出。"""
    rows = []
    for row in queries.discussions(access.case(actor_of(request), case_id)):
        end = getattr(row, "resolution", None)
        voices = [
            {"name": item.officer.name, "view": item.view, "reason": item.reason, "at": item.at}
            for item in queries.voices(row)
        ]
        told = {name: getattr(row, name) for name in ("id", "ground", "agenda", "place", "clerk", "quorum", "vote")}
        rows.append(
            {
                **told,
                "chair": row.chair.name,
                "started_at": row.started_at,
                "voices": voices,
                "outcome": end.outcome if end else "",
                "text": end.text if end else "",
                "minutes_id": end.minutes_id if end else None,
            }
        )
    return rows


@router.post(f"{_AT}/discussions", auth=Token(Role.HEAD), response={201: shapes.Made}, summary="提请集体讨论")
def convene(request: HttpRequest, case_id: uuid.UUID, data: ConveneIn) -> Any:
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(actions.convene(case_id, actor=actor_of(request), **fields)))


@router.post(f"{_AT}/discussions/voices", auth=Token(Role.HEAD), response={201: shapes.Made}, summary="发表讨论意见")
def voice(request: HttpRequest, case_id: uuid.UUID, data: VoiceIn) -> Any:
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(actions.voice(case_id, actor=actor_of(request), **fields)))


@router.post(
    f"{_AT}/discussions/conclusion", auth=Token(Role.HEAD), response={201: shapes.Made}, summary="作出讨论结论"
)
def conclude(request: HttpRequest, case_id: uuid.UUID, data: ConclusionIn) -> Any:
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(actions.conclude(case_id, actor=actor_of(request), **fields)))


@router.post(f"{_AT}/no-penalty", auth=Token(Role.HEAD), response={201: shapes.Made}, summary="作出不予处罚决定")
def waive(request: HttpRequest, case_id: uuid.UUID, data: WaiverIn) -> Any:
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(actions.decide_none(case_id, actor=actor_of(request), **fields)))


@router.post(f"{_AT}/transfer", auth=Token(Role.HEAD), response={201: shapes.Made}, summary="决定移送司法机关")
def transfer(request: HttpRequest, case_id: uuid.UUID, data: shapes.ReasonIn) -> Any:
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(actions.decide_transfer(case_id, actor=actor_of(request), **fields)))


@router.get(f"{_AT}/decision/changes", auth=Token(), response=list[ChangeOut], summary="对处罚决定的变更和确认")
def changes(request: HttpRequest, case_id: uuid.UUID) -> list[Any]:
    found = queries.of_case(access.case(actor_of(request), case_id))
    return list(queries.changes(found)) if found else []


@router.post(
    "/decisions/{uuid:decision_id}/changes",
    auth=Token(Role.HEAD),
    response={201: shapes.Made},
    summary="变更处罚决定，确认违法或者无效",
)
def change(request: HttpRequest, decision_id: uuid.UUID, data: ChangeIn) -> Any:
    """原决定保留；变更不得重于原决定。"""
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(actions.change(decision_id, actor=actor_of(request), **fields)))


@router.get(f"{_AT}/joint-cases", auth=Token(), response=list[JoiningOut], summary="并案办理的案件")
def joint_cases(request: HttpRequest, case_id: uuid.UUID) -> list[Any]:
    return list(case_queries.joinings(access.case(actor_of(request), case_id)))


@router.post(f"{_AT}/joint-cases", auth=Token(Role.HANDLER), response={201: shapes.Made}, summary="并案")
def join(request: HttpRequest, case_id: uuid.UUID, data: JoinIn) -> Any:
    asked = data.model_dump(mode="json")
    return keyed(
        request,
        asked,
        lambda: made(cases.join(case_id, data.other_id, actor=actor_of(request), reason=data.reason)),
    )


@router.post(
    f"{_AT}/joint-cases/parties",
    auth=Token(Role.HANDLER),
    response={201: shapes.CaseOut},
    summary="增加共同违法的当事人",
)
def add_party(request: HttpRequest, case_id: uuid.UUID, data: FurtherPartyIn) -> Any:
    """另一名当事人另立一案并与本案并案，分别告知、决定、送达。"""
    fields = data.model_dump()
    return keyed(request, fields, lambda: case_out(cases.add_party(case_id, actor=actor_of(request), **fields)))


@router.post(
    "/joinings/{uuid:joining_id}/parting", auth=Token(Role.HANDLER), response={201: shapes.Made}, summary="分案"
)
def part(request: HttpRequest, joining_id: uuid.UUID, data: shapes.ReasonIn) -> Any:
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(cases.part(joining_id, actor=actor_of(request), **fields)))


@router.post(
    "/consultations/{uuid:consultation_id}/answer", auth=Token(), response={201: shapes.Made}, summary="顾问答复征询"
)
def answer(request: HttpRequest, consultation_id: uuid.UUID, data: AnswerIn) -> Any:
    """只有被征询的顾问本人可以答复；有利害关系的写明理由并回避。"""
    fields = data.model_dump()
    return keyed(
        request, fields, lambda: made(review.answer_consultation(consultation_id, actor=actor_of(request), **fields))
    )


@router.post(
    f"{_AT}/reviews/study",
    auth=Token(Role.REVIEWER, Role.HEAD),
    response={201: shapes.Made},
    summary="报上级机关专题研究",
)
def ask_superior(request: HttpRequest, case_id: uuid.UUID, data: StudyIn) -> Any:
    """没有最终决定权的机关，本级审核没有通过以前不能报送。"""
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(review.ask_superior(case_id, actor=actor_of(request), **fields)))


@router.post(
    f"{_AT}/reviews/study/reply",
    auth=Token(Role.REVIEWER, Role.HEAD),
    response={201: shapes.Made},
    summary="登记上级机关的答复",
)
def record_reply(request: HttpRequest, case_id: uuid.UUID, data: ReplyIn) -> Any:
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(review.record_reply(case_id, actor=actor_of(request), **fields)))


@router.post("/counsel", auth=Token(Role.ADMIN, Role.REVIEWER), response={201: shapes.Made}, summary="登记法律顾问")
def admit_counsel(request: HttpRequest, data: CounselIn) -> Any:
    asked = data.model_dump(mode="json")

    def act() -> Any:
        return made(review.admit_counsel(data.officer_id, actor=actor_of(request), kind=data.kind, field=data.field))

    return keyed(request, asked, act)


@router.post(
    "/counsel/{uuid:counsel_id}/end",
    auth=Token(Role.ADMIN, Role.REVIEWER),
    response={201: shapes.Made},
    summary="顾问退出名册",
)
def end_counsel(request: HttpRequest, counsel_id: uuid.UUID, data: shapes.ReasonIn) -> Any:
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(review.end_counsel(counsel_id, actor=actor_of(request), **fields)))
