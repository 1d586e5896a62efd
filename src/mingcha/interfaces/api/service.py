"""Service over REST: hand-overs, attempts, signed addresses; void and corrected papers; pads for devices in the field."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.http import HttpRequest
from ninja import File, Form, Router, UploadedFile

from mingcha.accounts.actors import Actor
from mingcha.cases import access, pads
from mingcha.documents import access as papers
from mingcha.documents import actions, correcting, numbering
from mingcha.documents import queries as document_queries
from mingcha.documents.serving import actions as serving
from mingcha.interfaces.api import shapes
from mingcha.interfaces.api.cases import EVIDENCE, made, upload
from mingcha.interfaces.api.door import Token, actor_of, keyed
from mingcha.interfaces.api.shapes import Input, Moment

router = Router(tags=["送达和编号"])


class ServiceIn(Input):
    mode: str
    receiver: str = ""
    relation: str = ""
    served_at: Moment
    place: str
    addressee: str = ""
    refusal: str = ""
    witness: str = ""
    witness_unit: str = ""
    sent_at: Moment | None = None
    tracking: str = ""
    media: str = ""
    agency: str = ""
    letter: str = ""
    note: str = ""
    also: list[uuid.UUID] = []


class AttemptIn(Input):
    mode: str
    outcome: str
    tried_at: Moment
    place: str
    account: str


class AddressIn(Input):
    receiver: str
    phone: str
    address: str
    electronic: bool
    channel: str = ""
    account: str = ""
    scope: str = ""


class ReasonIn(Input):
    reason: str


class SlipIn(Input):
    path: str
    before: str
    after: str


class CorrectionIn(Input):
    slips: list[SlipIn]
    reason: str


class PadIn(Input):
    kind: str
    count: int
    holder_id: uuid.UUID
    device: str = ""


class NumberIn(Input):
    number: str
    reason: str


class LineOut(Input):
    number: str
    state: str
    note: str


class PadOut(Input):
    id: uuid.UUID
    kind: str
    holder: str
    device: str
    issued_at: dt.datetime
    closed: bool
    numbers: list[LineOut]


def _own(actor: Actor, document_id: uuid.UUID) -> None:
    """Nothing is taken in for a case that the person may not handle."""
    found = papers.document(actor, document_id)
    access.own_case(actor, found.case_id, afterwards=document_queries.came_later(found))


@router.post("/documents/{uuid:document_id}/service", auth=Token(), response={201: shapes.Made}, summary="登记送达")
def serve(
    request: HttpRequest,
    document_id: uuid.UUID,
    data: Form[ServiceIn],
    evidence: File[UploadedFile | None] = None,
) -> Any:
    """multipart/form-data；各种送达方式须附的凭证和内容不同，also 是同一次交付的其他文书。"""
    actor = actor_of(request)
    _own(actor, document_id)
    fields = data.model_dump()
    incoming = upload(evidence, EVIDENCE)
    asked = [{**fields, "also": [str(key) for key in fields["also"]]}, incoming.sha256 if incoming else ""]
    name, unit = fields.pop("witness"), fields.pop("witness_unit")
    fields["witnesses"] = [{"name": name, "unit": unit}] if name or unit else []
    return keyed(request, asked, lambda: made(actions.serve(document_id, actor=actor, evidence=incoming, **fields)))


@router.post(
    "/documents/{uuid:document_id}/attempts", auth=Token(), response={201: shapes.Made}, summary="登记送达未成"
)
def attempt(
    request: HttpRequest, document_id: uuid.UUID, data: Form[AttemptIn], evidence: File[UploadedFile | None] = None
) -> Any:
    """公告送达以前须逐次登记其他方式未成的经过；邮件退回的须附凭证。"""
    actor = actor_of(request)
    _own(actor, document_id)
    fields, incoming = data.model_dump(), upload(evidence, EVIDENCE)
    return keyed(
        request,
        [fields, incoming.sha256 if incoming else ""],
        lambda: made(serving.record_attempt([document_id], actor=actor, evidence=incoming, **fields)[0]),
    )


@router.post("/cases/{uuid:case_id}/address", auth=Token(), response={201: shapes.Made}, summary="登记送达地址确认书")
def address(
    request: HttpRequest, case_id: uuid.UUID, data: Form[AddressIn], signed: File[UploadedFile | None] = None
) -> Any:
    """须附当事人签名的确认书；以最近一次签订的为准。"""
    actor = actor_of(request)
    access.own_case(actor, case_id, afterwards=True)
    fields, incoming = data.model_dump(), upload(signed, ("application/pdf", "image/"))
    return keyed(
        request,
        [fields, incoming.sha256 if incoming else ""],
        lambda: made(serving.record_consent(case_id, actor=actor, signed=incoming, **fields)),
    )


@router.post("/documents/{uuid:document_id}/void", auth=Token(), response={201: shapes.Made}, summary="作废文书")
def void(request: HttpRequest, document_id: uuid.UUID, data: ReasonIn) -> Any:
    """还没有送达的文书；文书和文号保留，不再使用。"""
    actor = actor_of(request)
    return keyed(
        request, data.model_dump(), lambda: made(numbering.make_void(document_id, actor=actor, reason=data.reason))
    )


@router.post("/documents/{uuid:document_id}/correction", auth=Token(), response={201: shapes.Made}, summary="补正文书")
def correct(request: HttpRequest, document_id: uuid.UUID, data: CorrectionIn) -> Any:
    """只更正笔误；返回新版本。path 是要素的位置，例如 facts.0.text。"""
    actor = actor_of(request)
    slips = [correcting.Slip(row.path, row.before, row.after) for row in data.slips]

    def act() -> dict[str, str]:
        return made(correcting.correct(document_id, slips, reason=data.reason, actor=actor).successor)

    return keyed(request, data.model_dump(), act)


@router.get("/pads", auth=Token(), response=list[PadOut], summary="预编号码")
def list_pads(request: HttpRequest) -> list[dict[str, Any]]:
    """本人领用的（保管人为全机关的）在用预编号码，供离线开具。"""
    rows = pads.of_organ(actor_of(request)).filter(closing=None).order_by("-issued_at")[:50]
    return [
        {
            "id": row.id,
            "kind": row.kind,
            "holder": row.holder.name,
            "device": row.device,
            "issued_at": row.issued_at,
            "closed": False,
            "numbers": [{"number": line.text, "state": line.state, "note": line.note} for line in pads.lines(row)],
        }
        for row in rows
    ]


@router.post("/pads", auth=Token(*pads.KEEPERS), response={201: shapes.Made}, summary="发放预编号码")
def issue_pad(request: HttpRequest, data: PadIn) -> Any:
    actor = actor_of(request)
    asked = {**data.model_dump(), "holder_id": str(data.holder_id)}
    return keyed(request, asked, lambda: made(numbering.issue_pad(actor=actor, **data.model_dump())))


@router.post("/pads/voids", auth=Token(), response={201: shapes.Made}, summary="作废预编号码")
def void_number(request: HttpRequest, data: NumberIn) -> Any:
    """没有使用的号码，由领用人或者保管人写明原因作废。"""
    actor = actor_of(request)

    def act() -> dict[str, str]:
        pads.void_unused(data.number, actor=actor, reason=data.reason)
        return {"id": data.number, "number": data.number}

    return keyed(request, data.model_dump(), act)


@router.post(
    "/pads/{uuid:pad_id}/closing", auth=Token(*pads.KEEPERS), response={201: shapes.Made}, summary="交回预编号码"
)
def close_pad(request: HttpRequest, pad_id: uuid.UUID) -> Any:
    """每个号码都已使用或者作废的，才能交回。"""
    actor = actor_of(request)
    return keyed(request, {}, lambda: made(pads.close(pad_id, actor=actor)))
