"""Erasure of a person's data over REST (依法删除个人信息): asked by one, carried out or refused by another — 个人信息保护法 art. 47."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from mingcha.accounts.choices import Role
from mingcha.archives.erasing import actions, queries
from mingcha.archives.keeping import queries as keeping
from mingcha.cases import access
from mingcha.interfaces.api import shapes
from mingcha.interfaces.api.cases import made
from mingcha.interfaces.api.door import Token, actor_of, keyed

router = Router(tags=["审核、决定、履行、归档"])


class ErasureIn(Schema):
    """`words`: names and numbers to be erased, one a line; never answered again."""

    words: str
    ground: str
    reason: str
    reference: str


class ReasonIn(Schema):
    reason: str


class WaitingOut(Schema):
    """A request that nobody has decided; whose data it concerns is not told here."""

    id: uuid.UUID
    ground: str
    reason: str
    reference: str
    asked_by: str
    asked_at: str


class DoneOut(Schema):
    """What an erasure took away, in numbers."""

    id: uuid.UUID
    ground: str
    reference: str
    entries: int
    rows: int
    files: int
    packages: int
    at: str


class ErasuresOut(Schema):
    waiting: list[WaitingOut]
    done: list[DoneOut]


@router.get(
    "/cases/{uuid:case_id}/erasures",
    auth=Token(*actions.MAY_REQUEST, Role.SUPERVISOR),
    response=ErasuresOut,
    summary="依法删除个人信息的申请和结果",
)
def list_erasures(request: HttpRequest, case_id: uuid.UUID) -> dict[str, Any]:
    """只答经过和数量，不答被删除人是谁。"""
    case = access.case(actor_of(request), case_id)
    return {
        "waiting": [
            {
                "id": row.id,
                "ground": row.ground,
                "reason": row.reason,
                "reference": row.reference,
                "asked_by": row.by.name,
                "asked_at": row.at.isoformat(),
            }
            for row in queries.waiting(case)
        ],
        "done": [
            {
                "id": row.id,
                "ground": row.ground,
                "reference": row.reference,
                "entries": row.payloads,
                "rows": row.rows,
                "files": row.files,
                "packages": row.packages,
                "at": row.at.isoformat(),
            }
            for row in keeping.erasures(case)
        ],
    }


@router.post(
    "/cases/{uuid:case_id}/erasures",
    auth=Token(*actions.MAY_REQUEST),
    response={201: shapes.Made},
    summary="申请依法删除个人信息",
)
def ask(request: HttpRequest, case_id: uuid.UUID, data: ErasureIn) -> Any:
    """由另一名机关负责人批准后删除；本人可以撤回。"""
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(actions.request(case_id, actor=actor_of(request), **fields)))


@router.post(
    "/erasures/{uuid:request_id}/approval",
    auth=Token(Role.HEAD),
    response={201: shapes.Made},
    summary="批准并删除",
)
def approve(request: HttpRequest, request_id: uuid.UUID) -> Any:
    """删除后不能恢复；版式文件和封存包由后台重新制作。"""
    return keyed(request, {}, lambda: made(actions.carry_out(request_id, actor=actor_of(request))))


@router.post(
    "/erasures/{uuid:request_id}/refusal",
    auth=Token(*actions.MAY_REQUEST),
    response={201: shapes.Made},
    summary="不予删除或者撤回申请",
)
def refuse(request: HttpRequest, request_id: uuid.UUID, data: ReasonIn) -> Any:
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(actions.refuse(request_id, actor=actor_of(request), **fields)))
