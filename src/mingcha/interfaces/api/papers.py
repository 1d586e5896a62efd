"""Papers over REST beside their making: the book of forms, twins, copies, the check-up of a file, approval, the circle."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from ninja import Router

from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.common.errors import NotFound
from mingcha.documents import access as papers
from mingcha.documents.approving import actions as approving
from mingcha.documents.approving import queries as approvals
from mingcha.documents.approving.models import Approval
from mingcha.documents.checkup import checkup
from mingcha.documents.circles import actions as circles
from mingcha.documents.examining import machine_twin
from mingcha.documents.filings.queries import filed
from mingcha.documents.rendering import kinds, template
from mingcha.documents.rendering.roll import render_roll
from mingcha.documents.sealing import queries as sealing
from mingcha.documents.specimen import schema
from mingcha.files.queries import content_path
from mingcha.interfaces.api import shapes
from mingcha.interfaces.api.cases import made
from mingcha.interfaces.api.door import Token, actor_of, keyed
from mingcha.interfaces.api.shapes import Fields, Input

router = Router(tags=["文书格式、审批和体检"])
_HEADS = (Role.UNIT_HEAD, Role.HEAD)


class FormOut(Input):
    kind: str
    no: int | None
    title: str
    code: str
    version: int
    digest: str
    procedures: list[str]
    filing: str


class FindingOut(Input):
    code: str
    message: str
    articles: list[str]
    fix: str
    consequence: str
    grave: bool
    document_id: uuid.UUID | None
    page: int | None


class ApprovalIn(Input):
    kind: str
    fields: Fields | None = None


class ApprovalOut(Input):
    id: uuid.UUID
    case_id: uuid.UUID
    kind: str
    title: str
    digest: str
    fields: Fields
    asked_by: str
    asked_at: dt.datetime


class ApprovalAnswerIn(Input):
    step: str
    choice: str
    text: str = ""
    digest: str


class AdmissionIn(Input):
    officer_id: uuid.UUID
    reason: str


def _known(kind: str) -> str:
    if kind not in kinds():
        raise NotFound("没有这种文书格式。")
    return kind


@router.get("/forms", auth=Token(), response=list[FormOut], summary="文书格式")
def list_forms(request: HttpRequest) -> list[dict[str, Any]]:
    """全部文书格式；filing：filed 已备案，changed 备案后有变动，none 没有备案。"""
    known = filed(actor_of(request).organ_id)
    rows = []
    for kind in sorted(kinds(), key=lambda name: (template(name).about.no or 999, name)):
        form, row = template(kind), known.get(kind)
        state = "none" if row is None else "filed" if row.digest == form.digest else "changed"
        rows.append(
            {
                "kind": kind,
                "no": form.about.no or None,
                "title": form.title,
                "code": form.about.number_code,
                "version": form.version,
                "digest": form.digest,
                "procedures": list(form.about.procedures),
                "filing": state,
            }
        )
    return rows


@router.get("/forms/schema", auth=Token(), response=Fields, summary="文书格式的机读文件")
def one_form(request: HttpRequest, kind: str) -> dict[str, Any]:
    """JSON Schema 2020-12：要素、类型、必填和选项。"""
    return schema(_known(kind))


@router.get("/documents/{uuid:document_id}/data", auth=Token(), response=Fields, summary="文书的机读文件")
def twin(request: HttpRequest, document_id: uuid.UUID) -> dict[str, Any]:
    """要素的名称、类型和内容，以及与PDF相同的摘要值。"""
    return machine_twin(papers.document(actor_of(request), document_id))


@router.get("/documents/{uuid:document_id}/signed-pdf", auth=Token(), summary="签章的PDF")
def signed_pdf(request: HttpRequest, document_id: uuid.UUID) -> HttpResponseBase:
    found = papers.document(actor_of(request), document_id)
    copy = sealing.newest(found)
    if copy is None:
        raise NotFound("这份文书还没有签章的版本。")
    return FileResponse(
        content_path(copy.file_id).open("rb"), content_type="application/pdf", filename=f"{found}（签章）.pdf"
    )


@router.get("/documents/{uuid:document_id}/roll", auth=Token(), summary="80毫米副本")
def roll(request: HttpRequest, document_id: uuid.UUID) -> HttpResponse:
    """移动打印机用的副本，原件以A4版式为准。"""
    found = papers.document(actor_of(request), document_id)
    data = render_roll(found.kind, found.fields, digest=found.digest, title=found.title, version=found.template_version)
    return HttpResponse(data, content_type="application/pdf")


@router.get("/cases/{uuid:case_id}/checkup", auth=Token(), response=list[FindingOut], summary="卷宗体检")
def check(request: HttpRequest, case_id: uuid.UUID) -> list[dict[str, Any]]:
    """缺少、矛盾、次序不对和即将届满的，严重的在前；page 是文书的页码。"""
    case = access.case(actor_of(request), case_id)
    return [
        {
            "code": row.mark.reason.code,
            "message": row.mark.reason.message,
            "articles": [text for text in row.mark.reason.articles if text],
            "fix": row.mark.reason.fix,
            "consequence": row.mark.consequence,
            "grave": row.grave,
            "document_id": row.document.id if row.document else None,
            "page": row.page,
        }
        for row in checkup(case)
    ]


@router.post("/cases/{uuid:case_id}/approvals", auth=Token(), response={201: shapes.Made}, summary="文书报批")
def ask(request: HttpRequest, case_id: uuid.UUID, data: ApprovalIn) -> Any:
    """须审批的内部文书：由草稿（或者所附 fields）提交，最后一级同意时制作。"""
    actor, kind = actor_of(request), _known(data.kind)
    return keyed(
        request,
        data.model_dump(),
        lambda: made(approving.ask(case_id, kind, actor=actor, fields=data.fields)),
    )


@router.get("/approvals", auth=Token(*_HEADS), response=list[ApprovalOut], summary="等待审批的文书")
def waiting(request: HttpRequest) -> list[dict[str, Any]]:
    """等待本人审批的，最早的在前，至多200份。"""
    return [_approval(row) for row in approvals.waiting(actor_of(request))[:200]]


@router.get("/approvals/{uuid:approval_id}", auth=Token(), response=ApprovalOut, summary="一份审批")
def one_approval(request: HttpRequest, approval_id: uuid.UUID) -> dict[str, Any]:
    return _approval(approvals.approval(actor_of(request), approval_id))


def _approval(row: Approval) -> dict[str, Any]:
    return {
        "id": row.id,
        "case_id": row.case_id,
        "kind": row.kind,
        "title": template(row.kind).title,
        "digest": row.digest,
        "fields": row.fields,
        "asked_by": row.asked_by.name,
        "asked_at": row.asked_at,
    }


@router.post("/approvals/{uuid:approval_id}/answer", auth=Token(*_HEADS), response={201: shapes.Made}, summary="审批")
def answer(request: HttpRequest, approval_id: uuid.UUID, data: ApprovalAnswerIn) -> Any:
    """step 为 unit_head 或者 head，choice 为 agree、refuse 或者 return；digest 是所看到内容的摘要。返回制作的文书，没有制作的返回审批。"""
    actor = actor_of(request)

    def act() -> dict[str, str]:
        document = approving.answer(
            approval_id, actor=actor, step=data.step, choice=data.choice, text=data.text, digest_seen=data.digest
        )
        return made(document) if document else {"id": str(approval_id), "number": ""}

    return keyed(request, data.model_dump(), act)


@router.post("/approvals/{uuid:approval_id}/withdrawal", auth=Token(), response={201: shapes.Made}, summary="撤回报批")
def take_back(request: HttpRequest, approval_id: uuid.UUID) -> Any:
    actor = actor_of(request)

    def act() -> dict[str, str]:
        approving.withdraw(approval_id, actor=actor)
        return {"id": str(approval_id), "number": ""}

    return keyed(request, {}, act)


@router.post(
    "/cases/{uuid:case_id}/circles/{kind}/admissions",
    auth=Token(Role.HEAD),
    response={201: shapes.Made},
    summary="扩大知悉范围",
)
def admit(request: HttpRequest, case_id: uuid.UUID, kind: str, data: AdmissionIn) -> Any:
    """限制知悉范围的文书，由本机关负责人写明理由，准许其他人员阅看。"""
    actor = actor_of(request)
    asked = {**data.model_dump(), "officer_id": str(data.officer_id)}
    return keyed(
        request,
        asked,
        lambda: made(circles.admit(case_id, _known(kind), officer_id=data.officer_id, reason=data.reason, actor=actor)),
    )
