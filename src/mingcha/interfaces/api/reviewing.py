"""Handling of a legal review over REST: scope, withdrawal, allocation, supplements, notes, disagreement, counsel."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.interfaces.api import shapes
from mingcha.interfaces.api.cases import made
from mingcha.interfaces.api.door import Token, actor_of, keyed
from mingcha.review import actions, queries

router = Router(tags=["法制审核"])
_AT = "/cases/{uuid:case_id}/reviews"
Names = Annotated[list[str], Field(max_length=300)]


class ScopeOut(Schema):
    demanded: bool
    article: str
    steps: list[str]


class AllocationIn(shapes.Input):
    officer_id: uuid.UUID
    reason: str


class TextIn(shapes.Input):
    text: str


class SupplementAnswerIn(shapes.Input):
    text: str
    attested: bool = False


class NoteIn(shapes.Input):
    key: str
    page: int
    text: str
    place: str = ""


class NoteOut(Schema):
    id: uuid.UUID
    key: str
    page: int
    place: str
    text: str
    by: str
    at: dt.datetime


class DisputeIn(shapes.Input):
    points: Names
    view: str


class MeetingIn(shapes.Input):
    held_on: dt.date
    place: str
    participants: Names
    minutes: str


class RulingIn(shapes.Input):
    outcome: str
    reasons: str


class ConsultationIn(shapes.Input):
    counsel_id: uuid.UUID
    question: str
    materials: Names
    until: dt.date


@router.get(f"{_AT}/scope", auth=Token(), response=ScopeOut, summary="本案是否应当法制审核")
def scope(request: HttpRequest, case_id: uuid.UUID) -> dict[str, Any]:
    found = queries.in_scope(access.case(actor_of(request), case_id))
    return {"demanded": found.value, "article": found.article, "steps": list(found.steps)}


@router.post(f"{_AT}/withdrawal", auth=Token(), response={201: shapes.Made}, summary="撤回送审")
def withdraw(request: HttpRequest, case_id: uuid.UUID, data: shapes.ReasonIn) -> Any:
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(actions.withdraw(case_id, actor=actor_of(request), **fields)))


@router.post(
    f"{_AT}/allocation", auth=Token(Role.REVIEWER, Role.HEAD), response={201: shapes.Made}, summary="改派审核人员"
)
def reallocate(request: HttpRequest, case_id: uuid.UUID, data: AllocationIn) -> Any:
    fields = data.model_dump(mode="json")

    def act() -> Any:
        return made(actions.reallocate(case_id, data.officer_id, actor=actor_of(request), reason=data.reason))

    return keyed(request, fields, act)


@router.post(f"{_AT}/supplement", auth=Token(Role.REVIEWER), response={201: shapes.Made}, summary="要求补充送审材料")
def ask_supplement(request: HttpRequest, case_id: uuid.UUID, data: TextIn) -> Any:
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(actions.ask_supplement(case_id, actor=actor_of(request), **fields)))


@router.post(f"{_AT}/supplement/answer", auth=Token(), response={201: shapes.Made}, summary="答复补充材料要求")
def answer_supplement(request: HttpRequest, case_id: uuid.UUID, data: SupplementAnswerIn) -> Any:
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(actions.answer_supplement(case_id, actor=actor_of(request), **fields)))


@router.get(f"{_AT}/notes", auth=Token(Role.REVIEWER), response=list[NoteOut], summary="本轮送审材料的批注")
def notes(request: HttpRequest, case_id: uuid.UUID) -> list[dict[str, Any]]:
    last = queries.latest(access.case(actor_of(request), case_id))
    return [
        {
            "id": row.id,
            "key": row.key,
            "page": row.page,
            "place": row.place,
            "text": row.text,
            "by": row.by.name,
            "at": row.at,
        }
        for row in (queries.notes(last) if last else [])
    ]


@router.post(f"{_AT}/notes", auth=Token(Role.REVIEWER), response={201: shapes.Made}, summary="批注送审材料")
def add_note(request: HttpRequest, case_id: uuid.UUID, data: NoteIn) -> Any:
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(actions.add_note(case_id, actor=actor_of(request), **fields)))


@router.post(f"{_AT}/dispute", auth=Token(), response={201: shapes.Made}, summary="对审核意见提出异议")
def dispute(request: HttpRequest, case_id: uuid.UUID, data: DisputeIn) -> Any:
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(actions.dispute(case_id, actor=actor_of(request), **fields)))


@router.post(f"{_AT}/meetings", auth=Token(), response={201: shapes.Made}, summary="记录审核分歧会商")
def hold_meeting(request: HttpRequest, case_id: uuid.UUID, data: MeetingIn) -> Any:
    fields, asked = data.model_dump(), data.model_dump(mode="json")
    return keyed(request, asked, lambda: made(actions.hold_meeting(case_id, actor=actor_of(request), **fields)))


@router.post(f"{_AT}/ruling", auth=Token(Role.HEAD), response={201: shapes.Made}, summary="决定审核分歧")
def settle(request: HttpRequest, case_id: uuid.UUID, data: RulingIn) -> Any:
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(actions.settle(case_id, actor=actor_of(request), **fields)))


@router.post(f"{_AT}/consultations", auth=Token(Role.REVIEWER), response={201: shapes.Made}, summary="征询顾问意见")
def call_counsel(request: HttpRequest, case_id: uuid.UUID, data: ConsultationIn) -> Any:
    asked = data.model_dump(mode="json")

    def act() -> Any:
        return made(
            actions.call_counsel(
                case_id,
                data.counsel_id,
                actor=actor_of(request),
                question=data.question,
                materials=data.materials,
                until=data.until,
            )
        )

    return keyed(request, asked, act)
