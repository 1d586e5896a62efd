"""An agency's own layouts (本机关文书格式): uploaded and checked, looked at, put into use by a second person; papers on them."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import content_disposition_header

from mingcha.common.errors import InvalidInput, MingchaError, NotFound
from mingcha.common.paging import page as page_of
from mingcha.documents import access as papers
from mingcha.documents.agency import actions, queries
from mingcha.documents.agency.choices import DECIDES, READS, UPLOADS
from mingcha.documents.agency.container import MOST_BYTES
from mingcha.documents.agency.filling import MEDIA_TYPE, examine
from mingcha.documents.agency.shape import names, shape_of
from mingcha.documents.models import Document
from mingcha.documents.rendering import kinds, template
from mingcha.documents.rendering.roll import render_roll
from mingcha.files.actions import receive_bytes
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench.base import Form, acted, form_page, page, refuse, submitted, text_area

_SIZE = 50
_CRUMBS = [("本机关格式", "/in/layouts/")]
_KINDS = {"text": "文字", "bool": "是或者否", "object": "一组", "list": "列表", "texts": "文字的列表"}


def _titles() -> list[tuple[str, str]]:
    return sorted(((kind, template(kind).title) for kind in kinds()), key=lambda row: row[1])


class UploadForm(Form):
    kind = forms.ChoiceField(label="文书种类")
    name = forms.CharField(label="格式名称", max_length=120, required=False, help_text="不填的，使用文书名称。")
    file = forms.FileField(
        label="格式文件（.docx）", help_text=f"不超过 {MOST_BYTES >> 20} MB；不含宏、链接、嵌入文件。"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", "请选择"), *_titles()]  # type: ignore[attr-defined]


class WithdrawForm(Form):
    reason = forms.CharField(label="停用的理由", max_length=300, widget=text_area(2))


def _state(row: Any) -> tuple[str, str]:
    if row.withdrawn:
        return "empty", "已停用"
    if row.used:
        current = queries.in_use(row.organisation_id, row.kind)
        return ("ok", "使用中") if current and current.id == row.id else ("empty", "已由新版代替")
    return ("warn", "等待启用") if row.usable else ("late", "没有通过检查")


@viewers(*READS)
def listing(request: HttpRequest) -> HttpResponse:
    """All versions of the organ's own forms, newest first."""
    actor = actor_of(request)
    rows = queries.of_organ(actor.organ_id)
    wanted = str(request.GET.get("q", "")).strip()[:40]
    if wanted:
        fitting = [kind for kind, title in _titles() if wanted in title]
        rows = rows.filter(name__icontains=wanted) | rows.filter(kind__in=fitting)
    found = page_of(rows, order=("-uploaded_at", "-id"), cursor=request.GET.get("cursor"), size=_SIZE)
    lines = []
    for row in found.rows:
        kind, label = _state(row)
        lines.append(
            {
                "cells": [
                    {"text": str(row), "url": reverse("own-form", args=[row.id])},
                    template(row.kind).title,
                    {"text": f"{row.uploaded_at:%Y-%m-%d}", "note": row.uploaded_by.name},
                    {"text": "", "tag": label, "tag_kind": kind},
                ]
            }
        )
    context = {
        "rows": lines,
        "columns": [{"label": name} for name in ("格式", "文书种类", "上传", "状态")],
        "page": found,
        "q": wanted,
        "may_upload": actor.has(*UPLOADS),
    }
    return page(request, "workbench/ownforms/list.html", context, title="本机关格式", active="own-forms")


@officials(*UPLOADS)
def new(request: HttpRequest) -> HttpResponse:
    """Upload a version: checked first, stored only when it is harmless."""
    actor = actor_of(request)
    form = UploadForm(request.POST or None, request.FILES or None, initial={"kind": request.GET.get("kind", "")})
    if request.method == "POST" and form.is_valid():
        cleaned = form.cleaned_data
        try:
            if cleaned["file"].size > MOST_BYTES:
                raise InvalidInput({"file": [f"文件超过{MOST_BYTES >> 20} MB。请压缩文件里的图片。"]})
            data = b"".join(cleaned["file"].chunks())
            report = examine(cleaned["kind"], data)
            incoming = receive_bytes(data)
        except MingchaError as error:
            refuse(form, error)
        else:

            def act(cleaned: dict[str, Any]) -> str:
                given = {"name": cleaned["name"], "incoming": incoming, "report": report, "actor": actor}
                return str(actions.upload(cleaned["kind"], **given).id)

            done = submitted(request, form, act)
            if done:
                if report.usable:
                    messages.success(request, "检查通过，等另一位有权限的人启用。")
                else:
                    messages.warning(request, "已保存，但没有通过检查，不能启用，见下。")
                return redirect("own-form", done.result)
    return form_page(
        request,
        form,
        title="上传本机关格式",
        submit="上传并检查",
        crumbs=_CRUMBS,
        active="own-forms",
        cancel_url=reverse("own-forms"),
        multipart=True,
        lead="在 Word 或者 WPS 里排好版，要填内容的地方写标记。官方版式的 PDF 始终是原件，本机关格式在旁边供下载。",
    )


@viewers(*READS)
def one(request: HttpRequest, form_id: uuid.UUID) -> HttpResponse:
    """One version: what the check found, a trial, its use and withdrawal."""
    actor = actor_of(request)
    found = queries.form(actor, form_id)
    kind, label = _state(found)
    decides = actor.has(*DECIDES)
    own = found.uploaded_by_id == actor.officer_id
    decisions = sorted(found.decisions.all(), key=lambda row: row.at)
    context = {
        "form": found,
        "form_title": template(found.kind).title,
        "state": {"kind": kind, "label": label},
        "report": found.report,
        "decisions": decisions,
        "may_use": decides and not own and found.usable and not decisions,
        "own": own and found.usable and not decisions,
        "may_withdraw": decides and label == "使用中",
    }
    title = str(found)
    return page(request, "workbench/ownforms/form.html", context, title=title, crumbs=_CRUMBS, active="own-forms")


@officials(*DECIDES)
def use(request: HttpRequest, form_id: uuid.UUID) -> HttpResponse:
    """Put a version into use."""
    actor = actor_of(request)
    found = queries.form(actor, form_id)
    if request.method == "POST":
        acted(request, lambda: str(actions.put_into_use(found.id, actor=actor).id))
        messages.success(request, f"已启用{found}。")
    return redirect("own-form", found.id)


@officials(*DECIDES)
def withdraw(request: HttpRequest, form_id: uuid.UUID) -> HttpResponse:
    """Stop using a version."""
    actor = actor_of(request)
    found = queries.form(actor, form_id)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST":
        done = submitted(
            request, form, lambda cleaned: str(actions.withdraw(found.id, reason=cleaned["reason"], actor=actor).id)
        )
        if done:
            messages.success(request, f"已停用{found}。这种文书以后只提供 PDF。")
            return redirect("own-form", found.id)
    return form_page(
        request,
        form,
        title=f"停用{found}",
        submit="停用",
        danger=True,
        crumbs=_CRUMBS,
        active="own-forms",
        cancel_url=reverse("own-form", args=[found.id]),
        lead="停用以后不恢复旧版，这种文书只提供 PDF。各版都保留。",
    )


@viewers(*READS)
def original(request: HttpRequest, form_id: uuid.UUID) -> HttpResponseBase:
    """The uploaded file."""
    found = queries.form(actor_of(request), form_id)
    return _docx(queries.content(found), f"{found}")


@viewers(*READS)
def trial(request: HttpRequest, form_id: uuid.UUID) -> HttpResponseBase:
    """The form filled with the labels of its fields."""
    found = queries.form(actor_of(request), form_id)
    if found.report["unknown"] or found.report["misused"]:
        raise NotFound("这一版没有通过检查，不能试填。请按检查结果修改后重新上传。")
    return _docx(queries.trial_of(found), f"试填 {found}")


@viewers(*READS)
def fields(request: HttpRequest) -> HttpResponse:
    """The names that a form of a kind may use, and how marks are written."""
    kind = str(request.GET.get("kind", ""))
    chosen = kind if kind in kinds() else ""
    rows = []
    for path, shape in names(shape_of(chosen)) if chosen else ():
        must = "必须" if shape.required else "需要时" if shape.conditional else ""
        rows.append({"cells": [path, shape.label, _KINDS[shape.kind], must]})
    context = {
        "kinds": _titles(),
        "kind": chosen,
        "rows": rows,
        "columns": [{"label": name} for name in ("名称", "内容", "类型", "是否必须")],
    }
    return page(
        request, "workbench/ownforms/fields.html", context, title="可用的要素", crumbs=_CRUMBS, active="own-forms"
    )


def _paper(request: HttpRequest, document_id: uuid.UUID) -> Document:
    return papers.document(actor_of(request), document_id)


@viewers()
def paper(request: HttpRequest, document_id: uuid.UUID) -> HttpResponseBase:
    """An issued document in the organ's own layout; its name says that the PDF is the original."""
    found = _paper(request, document_id)
    form, data = queries.printed(found)
    return _docx(data, f"{found}（本机关格式第{form.number}版，原件为PDF）")


@viewers()
def roll(request: HttpRequest, document_id: uuid.UUID) -> HttpResponseBase:
    """A copy for an 80 mm mobile printer; the A4 paper stays the original."""
    found = _paper(request, document_id)
    data = render_roll(found.kind, found.fields, digest=found.digest, title=found.title, version=found.template_version)
    response = HttpResponse(data, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(False, f"{found}（80mm副本）.pdf") or "inline"
    response["Cache-Control"] = "private, max-age=0, no-store"
    return response


def _docx(data: bytes, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type=MEDIA_TYPE)
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.docx") or "attachment"
    response["Cache-Control"] = "private, max-age=0, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
