"""An agency's own .docx layouts (本机关文书格式) over REST: check before use, upload, use by a second person, withdrawal."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from ninja import File, Form, Query, Router, UploadedFile

from mingcha.common.errors import InvalidInput, NotFound
from mingcha.common.paging import page as page_of
from mingcha.documents import access as papers
from mingcha.documents.agency import actions, queries
from mingcha.documents.agency.choices import DECIDES, READS, UPLOADS
from mingcha.documents.agency.container import MOST_BYTES
from mingcha.documents.agency.filling import MEDIA_TYPE, Report, examine
from mingcha.documents.agency.models import AgencyForm
from mingcha.documents.agency.shape import names, shape_of
from mingcha.documents.rendering import kinds
from mingcha.files.actions import receive_bytes
from mingcha.interfaces.api import shapes
from mingcha.interfaces.api.cases import made
from mingcha.interfaces.api.door import Token, actor_of, keyed
from mingcha.interfaces.api.shapes import Input

router = Router(tags=["本机关文书格式"])


class LayoutIn(Input):
    kind: str
    name: str = ""


class NamedOut(Input):
    name: str
    label: str


class ReportOut(Input):
    usable: bool
    used: list[str]
    unknown: list[str]
    misused: list[str]
    missing: list[NamedOut]
    advised: list[NamedOut]


class LayoutOut(Input):
    id: uuid.UUID
    kind: str
    name: str
    version: int
    state: str
    uploaded_by: str
    uploaded_at: dt.datetime
    report: ReportOut


class LayoutPage(Input):
    items: list[LayoutOut]
    next_cursor: str | None


class FieldOut(Input):
    name: str
    label: str
    type: str
    required: bool


def _kind(kind: str) -> str:
    if kind not in kinds():
        raise InvalidInput({"kind": ["没有这种文书。"]})
    return kind


def _report(report: Report) -> dict[str, Any]:
    return {"usable": report.usable, **report.as_dict()}


def _states(rows: Iterable[Any]) -> Iterable[dict[str, Any]]:
    for row in rows:
        yield {
            "id": row.id,
            "kind": row.kind,
            "name": row.name,
            "version": row.number,
            "state": _state(row),
            "uploaded_by": row.uploaded_by.name,
            "uploaded_at": row.uploaded_at,
            "report": {"usable": row.usable, **row.report},
        }


def _state(row: Any) -> str:
    if row.withdrawn:
        return "withdrawn"
    if row.used:
        current = queries.in_use(row.organisation_id, row.kind)
        return "in-use" if current and current.id == row.id else "replaced"
    return "waiting" if row.usable else "faulty"


def _made(row: AgencyForm) -> dict[str, str]:
    return {"id": str(row.id), "number": str(row.number)}


def _read(file: UploadedFile) -> bytes:
    if (file.size or 0) > MOST_BYTES:
        raise InvalidInput({"file": [f"文件超过{MOST_BYTES >> 20} MB。请压缩文件里的图片。"]})
    return b"".join(file.chunks())


@router.get("/layouts", auth=Token(*READS), response=LayoutPage, summary="本机关格式")
def listing(
    request: HttpRequest, kind: str = "", cursor: str | None = None, size: int = Query(50, ge=1, le=200)
) -> dict[str, Any]:
    """各版格式，最近上传的在前。state：faulty 没有通过检查，waiting 等待启用，in-use 使用中，replaced 已由新版代替，withdrawn 已停用。"""
    rows = queries.of_organ(actor_of(request).organ_id)
    found = page_of(rows.filter(kind=kind) if kind else rows, order=("-uploaded_at", "-id"), cursor=cursor, size=size)
    return {"items": list(_states(found.rows)), "next_cursor": found.next_cursor}


@router.get("/layouts/names", auth=Token(*READS), response=list[FieldOut], summary="格式可以使用的要素")
def usable_names(request: HttpRequest, kind: str) -> list[dict[str, Any]]:
    """一种文书的格式里可以写的标记，例如 {{ place }}；required 的必须写。"""
    found = names(shape_of(_kind(kind)))
    return [{"name": path, "label": row.label, "type": row.kind, "required": row.required} for path, row in found]


@router.post("/layouts/check", auth=Token(*UPLOADS), response=ReportOut, summary="检查格式文件")
def check(request: HttpRequest, data: Form[LayoutIn], file: File[UploadedFile]) -> dict[str, Any]:
    """只检查，不保存：不认识的名称（unknown）、用法不对的标记（misused）、缺少的必须内容（missing）。有害的文件拒绝。"""
    return _report(examine(_kind(data.kind), _read(file)))


@router.post("/layouts", auth=Token(*UPLOADS), response={201: shapes.Made}, summary="上传本机关格式")
def upload(request: HttpRequest, data: Form[LayoutIn], file: File[UploadedFile]) -> Any:
    """先检查再保存为新的一版；没有通过检查的也保存检查结果，但不能启用。"""
    actor, content = actor_of(request), _read(file)
    report = examine(_kind(data.kind), content)
    incoming = receive_bytes(content)
    return keyed(
        request,
        [data.model_dump(), incoming.sha256],
        lambda: _made(actions.upload(data.kind, name=data.name, incoming=incoming, report=report, actor=actor)),
    )


@router.get("/layouts/{uuid:form_id}", auth=Token(*READS), response=LayoutOut, summary="一版格式")
def one(request: HttpRequest, form_id: uuid.UUID) -> dict[str, Any]:
    return next(iter(_states([queries.form(actor_of(request), form_id)])))


@router.get("/layouts/{uuid:form_id}/original", auth=Token(*READS), summary="格式文件")
def original(request: HttpRequest, form_id: uuid.UUID) -> HttpResponse:
    found = queries.form(actor_of(request), form_id)
    return _docx(queries.content(found), f"{found}")


@router.get("/layouts/{uuid:form_id}/trial", auth=Token(*READS), summary="试填的格式")
def trial(request: HttpRequest, form_id: uuid.UUID) -> HttpResponse:
    """以要素名称试填，启用以前核对。"""
    found: AgencyForm = queries.form(actor_of(request), form_id)
    if found.report["unknown"] or found.report["misused"]:
        raise NotFound("这一版没有通过检查，不能试填。请按检查结果修改后重新上传。")
    return _docx(queries.trial_of(found), f"试填 {found}")


@router.post("/layouts/{uuid:form_id}/use", auth=Token(*DECIDES), response={201: shapes.Made}, summary="启用格式")
def use(request: HttpRequest, form_id: uuid.UUID) -> Any:
    """须由上传人以外的人启用。"""
    actor = actor_of(request)
    return keyed(request, {}, lambda: made(actions.put_into_use(form_id, actor=actor)))


@router.post(
    "/layouts/{uuid:form_id}/withdrawal", auth=Token(*DECIDES), response={201: shapes.Made}, summary="停用格式"
)
def withdraw(request: HttpRequest, form_id: uuid.UUID, data: shapes.ReasonIn) -> Any:
    actor = actor_of(request)
    return keyed(request, data.model_dump(), lambda: made(actions.withdraw(form_id, reason=data.reason, actor=actor)))


@router.get("/documents/{uuid:document_id}/docx", auth=Token(), summary="本机关格式的文书")
def paper(request: HttpRequest, document_id: uuid.UUID) -> HttpResponse:
    """按制作时使用的本机关格式填写；PDF 始终是原件。"""
    found = papers.document(actor_of(request), document_id)
    form, data = queries.printed(found)
    return _docx(data, f"{found}（本机关格式第{form.number}版，原件为PDF）")


def _docx(data: bytes, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type=MEDIA_TYPE)
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.docx") or "attachment"
    response["Cache-Control"] = "private, max-age=0, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
