"""Pages of scanned paper (纸质档案): take in, search, compare text with picture, confirm."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts.choices import Role
from mingcha.archives.lending.marking import as_jpeg, picture
from mingcha.archives.models import ScanPage
from mingcha.archives.scanning import actions, queries, readers
from mingcha.common.clock import legal_day
from mingcha.common.errors import InvalidInput, NotFound
from mingcha.common.paging import page as page_of
from mingcha.files import queries as files
from mingcha.files.actions import receive
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench.base import Form, date_field, form_page, page, refuse, submitted, text_area
from mingcha.interfaces.workbench.exporting import Table, table_response

_SIZE = 50
_MOST_EXPORTED = 20_000
READERS = (Role.ARCHIVIST, Role.REVIEWER, Role.HEAD, Role.SUPERVISOR)
CRUMBS = [("纸质档案", "/in/scans/")]
HEADS = ("名称", "文书名称", "文号", "当事人", "机关", "日期", "页数", "状态", "入库", "核对人")


class SeveralFiles(forms.ClearableFileInput):
    """A file input that takes several pages at once."""

    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    """Each of the files is checked as one would be."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        several = data if isinstance(data, list) else [data]
        return [super(SeveralFilesField, self).clean(item, initial) for item in several or [None]]


class ScanForm(Form):
    """One paper: a PDF, or its pages as pictures in order."""

    name = forms.CharField(label="扫描件名称", max_length=120, help_text="如：2019年处罚卷第3件。")
    names = {"files": "sheets"}
    sheets = SeveralFilesField(
        label="扫描件",
        widget=SeveralFiles(attrs={"multiple": True, "accept": ".pdf,.png,.jpg,.jpeg"}),
        help_text="一个 PDF，或者按页的图片（按文件名排序）。原件原样保存。",
    )


class CheckForm(Form):
    """Fields and text of a paper, compared with the picture."""

    title = forms.CharField(label="文书名称", max_length=120)
    number = forms.CharField(label="文号", max_length=60, required=False)
    party = forms.CharField(label="当事人", max_length=120, required=False)
    authority = forms.CharField(label="机关", max_length=120, required=False)
    day = date_field("日期", required=False)
    version_seen = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    def __init__(self, pages: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for n in range(1, pages + 1):
            self.fields[f"text_{n}"] = forms.CharField(
                label=f"第{n}页文字", required=False, max_length=20_000, widget=text_area(14)
            )


def _rows(request: HttpRequest) -> Any:
    rows: Any = queries.found_by(actor_of(request), str(request.GET.get("q", "")))
    state = str(request.GET.get("state", ""))
    if state in ("checked", "open"):
        rows = rows.filter(checked=state == "checked")
    return rows


def _state(row: Any) -> tuple[str, str]:
    if row.checked:
        return "已核对", "ok"
    if row.pages_read < row.pages:
        return f"识别中 {row.pages_read}/{row.pages}", "act"
    return "待核对", "warn"


@viewers(*READERS)
def listing(request: HttpRequest) -> HttpResponse:
    """Scanned papers with their progress; the search goes through names, fields and texts."""
    actor = actor_of(request)
    found = page_of(_rows(request), order=("-received_at", "-id"), cursor=request.GET.get("cursor"), size=_SIZE)
    lines = []
    for row in found.rows:
        fields = queries.fields(row)
        label, kind = _state(row)
        lines.append(
            {
                "cells": [
                    {"text": row.name, "url": reverse("scan", args=[row.id]), "note": fields.title},
                    fields.number or "—",
                    fields.party or "—",
                    fields.day.isoformat() if fields.day else "—",
                    str(row.pages),
                    {"tag": label, "tag_kind": kind, "text": ""},
                ]
            }
        )
    state = str(request.GET.get("state", ""))
    query = request.GET.get("q", "")
    context = {
        "rows": lines,
        "columns": [
            {"label": name, "num": name == "页数"} for name in ("名称", "文号", "当事人", "日期", "页数", "状态")
        ],
        "page": found,
        "q": query,
        "filtered": bool(query or state),
        "filters": [
            {"label": label, "url": f"?state={key}" if key else "?", "current": key == state}
            for key, label in (("", "全部"), ("open", "没有核对"), ("checked", "已核对"))
        ],
        "may_scan": actor.has(*actions.MAY_SCAN),
        "ocr": readers.ocr_installed(),
        "exports": [
            (name, f"{reverse('scans-export', args=[name])}?{request.GET.urlencode()}") for name in ("xlsx", "csv")
        ],
    }
    return page(request, "workbench/scans/list.html", context, title="纸质档案", active="scans")


@viewers(*READERS)
def export(request: HttpRequest, ending: str) -> HttpResponseBase:
    """The list of scanned papers as XLSX or CSV."""

    def lines() -> Any:
        for row in _rows(request).order_by("-received_at", "-id")[:_MOST_EXPORTED]:
            fields, check = queries.fields(row), queries.newest_check(row)
            yield [
                row.name, fields.title, fields.number, fields.party, fields.authority, fields.day or "", row.pages,
                _state(row)[0], legal_day(row.received_at), check.by.name if check else "",
            ]  # fmt: skip

    return table_response(Table("纸质档案", HEADS, lines()), ending, "scans")


@officials(*actions.MAY_SCAN)
def new(request: HttpRequest) -> HttpResponse:
    """Take in one paper."""
    actor = actor_of(request)
    form = ScanForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        uploads = sorted(request.FILES.getlist("sheets"), key=lambda item: str(item.name))
        try:
            incoming = [receive(item.chunks(), field="files", allowed=actions.ALLOWED) for item in uploads]
        except InvalidInput as error:
            refuse(form, error)
        else:

            def act(cleaned: dict[str, Any]) -> str:
                return str(actions.take_in(incoming, actor=actor, name=cleaned["name"]).id)

            if done := submitted(request, form, act):
                messages.success(request, "已入库。识别完成后请逐页核对。")
                return redirect("scan", done.result)
    return form_page(
        request,
        form,
        title="扫描入库",
        submit="入库",
        crumbs=CRUMBS,
        active="scans",
        cancel_url=reverse("scans"),
        lead="一次一份材料。图片原样保存并计算摘要值；识别的文字在核对以前只是参考。",
    )


@officials(*READERS)
def one(request: HttpRequest, scan_id: uuid.UUID) -> HttpResponse:
    """A paper page by page: the picture beside its text; the archivist corrects and confirms."""
    actor = actor_of(request)
    scan: Any = queries.scan(actor, scan_id)
    sheets, check, fields = queries.sheets(scan), queries.newest_check(scan), queries.fields(scan)
    initial = {
        "title": fields.title, "number": fields.number, "party": fields.party, "authority": fields.authority,
        "day": fields.day, "version_seen": check.version if check else 0,
        **{f"text_{sheet.page.n}": sheet.text for sheet in sheets},
    }  # fmt: skip
    form = CheckForm(scan.pages, request.POST or None, initial=initial)
    if request.method == "POST" and actor.has(*actions.MAY_SCAN):

        def act(cleaned: dict[str, Any]) -> str:
            texts = [cleaned.pop(f"text_{n}") for n in range(1, scan.pages + 1)]
            day: dt.date | None = cleaned.pop("day")
            return str(actions.check(scan.id, actor=actor, texts=texts, day=day, **cleaned).id)

        if submitted(request, form, act):
            messages.success(request, "已核对，文字从现在起作数。")
            return redirect("scan", scan.id)
    context = {
        "scan": scan,
        "state": _state(scan),
        "check": check,
        "form": form,
        "may_check": actor.has(*actions.MAY_SCAN),
        "head_fields": [form[name] for name in ("title", "number", "party", "authority", "day")],
        "pages": [
            {
                "sheet": sheet,
                "field": form[f"text_{sheet.page.n}"],
                "reader": readers.LABELS.get(sheet.reader, sheet.reader),
            }
            for sheet in sheets
        ],
        "waiting": scan.pages - scan.pages_read,
    }
    status = 422 if form.is_bound else 200
    return page(
        request, "workbench/scans/one.html", context, title=scan.name, crumbs=CRUMBS, active="scans", status=status
    )


@viewers(*READERS)
def picture_of(request: HttpRequest, scan_id: uuid.UUID, number: int) -> HttpResponse:
    """A page as it was scanned."""
    scan = queries.scan(actor_of(request), scan_id)
    sheet = ScanPage.objects.filter(scan=scan, n=number).select_related("file").first()
    if sheet is None:
        raise NotFound("没有这一页。")
    with files.local_path(sheet.file_id) as path:
        shown = as_jpeg(picture(path, sheet.file.media_type, sheet.place))
    response = HttpResponse(shown, content_type="image/jpeg")
    response["Cache-Control"] = "private, no-store"
    return response
