"""A file into a draft (导入表格): read in the background with progress, taken over only when the person chooses so."""

from __future__ import annotations

import threading
import uuid
from typing import Any

from django.contrib import messages
from django.db import close_old_connections, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.catalogues import access, actions, queries, sheets, tables
from mingcha.catalogues.actions.importing import STILL
from mingcha.catalogues.choices import DraftState, ImportState
from mingcha.catalogues.models import Draft, DraftEntry, ListImport
from mingcha.catalogues.schemas import schema
from mingcha.common import clock
from mingcha.common.errors import Conflict, InvalidInput, NotFound
from mingcha.files.actions import path_of, receive
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench.base import acted, page
from mingcha.interfaces.workbench.list_drafts import here
from mingcha.interfaces.workbench.lists import attachment

_SHOWN = 200


@officials(*access.WRITERS)
def importing(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Send a file; what was sent before and what came of it."""
    actor = actor_of(request)
    draft = access.draft(actor, draft_id)
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        try:
            upload = request.FILES.get("sheet")
            if upload is None:
                raise InvalidInput({"sheet": ["请选择要导入的表格文件。"]})
            if upload.size and upload.size > sheets.MOST_BYTES:
                raise sheets.SheetRefused("sheet-too-large", "文件超过20 MB，请分成几个文件导入。")
            name = str(upload.name)[-200:]
            kept = receive(upload.chunks(), field="sheet", most=sheets.MOST_BYTES)
            tables.fit(path_of(kept.sha256).read_bytes(), name)
            job = actions.begin_import(draft.id, file=kept, filename=name, actor=actor)
            return redirect("list-import-job", draft.id, job.id)
        except InvalidInput as error:
            errors = error.fields
        except (sheets.SheetRefused, Conflict) as error:
            errors = {"sheet": [f"{error.message}（{error.code}）"]}
    context = {
        "draft": draft,
        "schema": schema(draft.kind),
        "errors": errors,
        "open": draft.state == DraftState.OPEN,
        "jobs": queries.list_imports(draft)[:20],
    }
    crumbs = here(draft)
    status = 422 if errors else 200
    return page(
        request, "workbench/lists/import.html", context, title="导入表格", crumbs=crumbs, active="lists", status=status
    )


@officials(*access.WRITERS)
def progress(request: HttpRequest, draft_id: uuid.UUID, job_id: uuid.UUID) -> HttpResponse:
    """How far a file has come, what is wrong in it, and the choice what becomes of it."""
    actor = actor_of(request)
    draft = access.draft(actor, draft_id)
    job = _job(draft, job_id)
    if request.method == "POST":
        act = request.POST.get("act")
        if act == "take":
            replace = request.POST.get("way") == "replace"
            acted(request, lambda: _said(actions.take_import(draft.id, job.id, replace=replace, actor=actor)))
        elif act == "cancel":
            acted(request, lambda: _said(actions.cancel_import(draft.id, job.id, actor=actor)))
            messages.success(request, "已经取消，草稿没有改动。")
        elif act == "continue":
            acted(request, lambda: transaction.on_commit(_start))
        return redirect("list-import-job", draft.id, job.id)
    working = job.state in (ImportState.READING, ImportState.TAKING)
    beat = job.beat_at or job.started_at
    context: dict[str, Any] = {
        "draft": draft,
        "job": job,
        "working": working,
        "still": working and clock.now() - beat > STILL,
        "problems": [dict(zip(("row", "field", "value", "code", "message"), row, strict=True)) for row in job.problems][
            :_SHOWN
        ],
        "cells": len(job.problems),
        "existing": DraftEntry.objects.filter(draft=draft, inherited=False).count(),
    }
    crumbs = [*here(draft), ("导入表格", reverse("list-import", args=[draft.id]))]
    title = f"导入{job.filename}"
    return page(request, "workbench/lists/import_job.html", context, title=title, crumbs=crumbs, active="lists")


def _said(job: ListImport) -> dict[str, str]:
    return {"job": str(job.id), "state": job.state}


def _job(draft: Draft, job_id: uuid.UUID) -> ListImport:
    found = queries.list_imports(draft).filter(id=job_id).first()
    if found is None:
        raise NotFound("没有找到这次导入。")
    return found


def _start() -> None:
    """Carry on in a thread; should the background process run after all, the row is claimed once."""
    threading.Thread(target=_work, name="list-import", daemon=True).start()


def _work() -> None:
    try:
        actions.work_imports()
    finally:
        close_old_connections()
        connection.close()


@viewers(*access.WRITERS)
def import_report(request: HttpRequest, draft_id: uuid.UUID, job_id: uuid.UUID) -> HttpResponse:
    """Every refused cell of a file, as CSV."""
    draft = access.draft(actor_of(request), draft_id)
    job = _job(draft, job_id)
    problems = (sheets.Problem(*row) for row in job.problems)
    return attachment(sheets.report_csv(problems), "text/csv; charset=utf-8", f"{draft.title}导入问题.csv")
