"""Signatures over REST: how they stand, the pad, refusals, ink on the printed original."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest
from ninja import File, Form, Router, UploadedFile

from mingcha.common.errors import InvalidInput
from mingcha.documents import access as papers
from mingcha.documents.sealing import actions, queries
from mingcha.interfaces.api import shapes
from mingcha.interfaces.api.cases import made, upload
from mingcha.interfaces.api.door import Token, actor_of, keyed
from mingcha.interfaces.api.shapes import Input

router = Router(tags=["签名和印章"])
SCANS = ("application/pdf", "image/")


class DueOut(Input):
    who: str
    label: str
    form: str
    required: bool
    signed: list[str]
    refused: list[str]
    met: bool


class StandingOut(Input):
    digest: str
    complete: bool
    due: list[DueOut]


class SignatureIn(Input):
    who: str
    name: str
    capacity: str = ""
    strokes: list[list[list[int]]]
    digest: str
    device: str = "touch"


class RefusalIn(Input):
    who: str
    name: str
    reason: str
    witness: str = ""
    recording: str = ""


class PaperIn(Input):
    signed: list[str]


@router.get(
    "/documents/{uuid:document_id}/signatures", auth=Token(), response=StandingOut, summary="签名和印章是否齐全"
)
def standing(request: HttpRequest, document_id: uuid.UUID) -> dict[str, Any]:
    """应当由谁签名盖章、已经由谁签名或者拒签；digest 是签名时须回传的文书内容摘要。"""
    found = papers.document(actor_of(request), document_id)
    due = queries.standing(found)
    rows = [{name: getattr(row, name) for name in DueOut.model_fields} for row in due]
    return {"digest": found.digest, "complete": not any(row.open for row in due), "due": rows}


@router.post("/documents/{uuid:document_id}/signatures", auth=Token(), response={201: shapes.Made}, summary="手写签名")
def sign(request: HttpRequest, document_id: uuid.UUID, data: SignatureIn) -> Any:
    """strokes 是笔迹：每一笔是若干点，每点为横、纵坐标（千分之一），毫秒，压力（千分之一）。"""
    actor = actor_of(request)
    # Before strokes are judged: a stranger learns nothing of a paper, not even by what is wrong with a signature.
    papers.own_document(actor, document_id)
    return keyed(
        request, data.model_dump(), lambda: made(actions.sign_by_hand(document_id, actor=actor, **data.model_dump()))
    )


@router.post(
    "/documents/{uuid:document_id}/refusals", auth=Token(), response={201: shapes.Made}, summary="记明拒绝签名"
)
def refuse(request: HttpRequest, document_id: uuid.UUID, data: RefusalIn) -> Any:
    """须有见证人或者现场录像。"""
    actor = actor_of(request)
    return keyed(
        request, data.model_dump(), lambda: made(actions.refuse(document_id, actor=actor, **data.model_dump()))
    )


@router.post(
    "/documents/{uuid:document_id}/paper-signatures",
    auth=Token(),
    response={201: shapes.Made},
    summary="登记纸质原件上的签名",
)
def paper(
    request: HttpRequest, document_id: uuid.UUID, data: Form[PaperIn], scan: File[UploadedFile | None] = None
) -> Any:
    """multipart/form-data；signed 每项写作“签名人代码:姓名”，例如 person:许山河；须附签名原件的扫描件。"""
    actor = actor_of(request)
    papers.own_document(actor, document_id)
    incoming = upload(scan, SCANS)
    if incoming is None:
        raise InvalidInput({"scan": ["请上传签名原件的扫描件或者照片。"]})
    parts = [row.partition(":") for row in data.signed]
    signed = [{"who": who, "name": name} for who, _, name in parts]
    return keyed(
        request,
        [data.signed, incoming.sha256],
        lambda: made(actions.note_paper(document_id, actor=actor, signed=signed, scan=incoming)[0]),
    )
