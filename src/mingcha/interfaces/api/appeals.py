"""Reconsideration and suits over REST: registered, they hold the dossier; ended, they free it."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.http import HttpRequest
from ninja import File, Form, Router, Schema, UploadedFile

from mingcha.cases import access
from mingcha.files.actions import Incoming, receive
from mingcha.interfaces.api import shapes
from mingcha.interfaces.api.cases import made
from mingcha.interfaces.api.door import Token, actor_of, keyed
from mingcha.performance import appealing, queries

router = Router(tags=["审核、决定、履行、归档"])
_PAPERS = ("application/pdf", "image/")


class AppealIn(Schema):
    kind: str
    authority: str
    number: str
    received_on: dt.date


class AppealEndIn(Schema):
    outcome: str
    number: str
    ended_on: dt.date
    note: str = ""


class AppealOut(Schema):
    id: uuid.UUID
    kind: str
    authority: str
    number: str
    received_on: dt.date
    outcome: str | None
    ended_on: dt.date | None


@router.get("/cases/{uuid:case_id}/appeals", auth=Token(), response=list[AppealOut], summary="复议和诉讼")
def list_appeals(request: HttpRequest, case_id: uuid.UUID) -> list[dict[str, Any]]:
    case = access.case(actor_of(request), case_id)
    found = []
    for row in queries.appeals(case):
        end = getattr(row, "end", None)
        found.append(
            {
                "id": row.id,
                "kind": row.kind,
                "authority": row.authority,
                "number": row.number,
                "received_on": row.received_on,
                "outcome": end.outcome if end else None,
                "ended_on": end.ended_on if end else None,
            }
        )
    return found


def _taken(file: UploadedFile | None) -> Incoming | None:
    return receive(file.chunks(), allowed=_PAPERS) if file else None


@router.post(
    "/cases/{uuid:case_id}/appeals",
    auth=Token(*appealing.MAY_RECORD),
    response={201: shapes.Made},
    summary="登记复议、诉讼",
)
def record(
    request: HttpRequest, case_id: uuid.UUID, data: Form[AppealIn], file: File[UploadedFile | None] = None
) -> Any:
    """multipart/form-data；登记后案卷冻结，终结以前不能销毁。"""
    actor = actor_of(request)
    access.case(actor, case_id)
    fields, incoming = data.model_dump(), _taken(file)
    return keyed(
        request,
        [fields, incoming.sha256 if incoming else ""],
        lambda: made(appealing.record(case_id, actor=actor, file=incoming, **fields)),
    )


@router.post(
    "/appeals/{uuid:appeal_id}/end",
    auth=Token(*appealing.MAY_END),
    response={201: shapes.Made},
    summary="登记复议、诉讼的结果",
)
def end(
    request: HttpRequest, appeal_id: uuid.UUID, data: Form[AppealEndIn], file: File[UploadedFile | None] = None
) -> Any:
    """multipart/form-data；因它而设的冻结随之解除。"""
    actor = actor_of(request)
    appealing.seen(actor, appeal_id)
    fields, incoming = data.model_dump(), _taken(file)
    return keyed(
        request,
        [fields, incoming.sha256 if incoming else ""],
        lambda: made(appealing.end(appeal_id, actor=actor, file=incoming, **fields).appeal),
    )
