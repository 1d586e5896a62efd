"""A workbook into a draft (导入表格): read and reported first, taken over only when the person chooses so."""

from __future__ import annotations

import uuid
from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse

from mingcha.catalogues import access, actions, sheets
from mingcha.catalogues.models import Draft, DraftEntry
from mingcha.catalogues.schemas import Schema, schema
from mingcha.common.errors import InvalidInput
from mingcha.files.actions import path_of, receive
from mingcha.interfaces.gate import actor_of, officials
from mingcha.interfaces.workbench.base import page
from mingcha.interfaces.workbench.list_drafts import here
from mingcha.interfaces.workbench.lists import attachment


@officials(*access.WRITERS)
def importing(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Read a workbook: first what was read and refused, then, if the person chooses so, the good rows are taken over."""
    actor = actor_of(request)
    draft = access.draft(actor, draft_id)
    found = schema(draft.kind)
    context: dict[str, Any] = {"draft": draft, "schema": found}
    try:
        if request.method == "POST" and request.POST.get("file"):
            reading = _reading(draft, found, request.POST["file"])
            replace = request.POST.get("way") == "replace"
            count = actions.import_entries(draft.id, reading.entries, actor=actor, replace=replace)
            context["imported"] = count
        elif request.method == "POST":
            upload = request.FILES.get("sheet")
            if upload is None:
                raise InvalidInput({"sheet": ["请选择要导入的表格文件。"]})
            if upload.size and upload.size > sheets.MOST_BYTES:
                raise sheets.SheetRefused("sheet-too-large", "文件超过20 MB，请分成几个文件导入。")
            kept = receive(upload.chunks(), field="sheet", most=sheets.MOST_BYTES)
            token = signing.dumps([str(draft.id), kept.sha256], salt="list-import")
            reading = _reading(draft, found, token)
            context |= {"reading": reading, "token": token, "problems": reading.problems[:200]}
            context["existing"] = DraftEntry.objects.filter(draft=draft, inherited=False).count()
    except InvalidInput as error:
        context["errors"] = error.fields
    except sheets.SheetRefused as error:
        context["errors"] = {"sheet": [f"{error.message}（{error.code}）"]}
    status = 422 if context.get("errors") else 200
    return page(
        request,
        "workbench/lists/import.html",
        context,
        title="导入表格",
        crumbs=here(draft),
        active="lists",
        status=status,
    )


def _reading(draft: Draft, found: Schema, token: str) -> sheets.Reading:
    try:
        owner, sha256 = signing.loads(token, salt="list-import", max_age=86400)
    except signing.BadSignature:
        raise InvalidInput({"sheet": ["上传的文件已经失效，请重新上传。"]}) from None
    if owner != str(draft.id):
        raise InvalidInput({"sheet": ["上传的文件属于另一份草稿，请重新上传。"]})
    return sheets.read(path_of(sha256).read_bytes(), found.label, found.columns)


@officials(*access.WRITERS)
def import_report(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Every refused cell of an uploaded workbook, as CSV."""
    draft = access.draft(actor_of(request), draft_id)
    reading = _reading(draft, schema(draft.kind), request.GET.get("file", ""))
    return attachment(sheets.report_csv(reading.problems), "text/csv; charset=utf-8", f"{draft.title}导入问题.csv")
