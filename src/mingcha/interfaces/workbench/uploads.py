"""Upload of recordings in the browser (音像上传): several files, resumable; without scripts one plain form."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts.actors import Actor
from mingcha.accounts.queries import actor_of_user
from mingcha.common import clock
from mingcha.common.errors import InvalidInput, MingchaError
from mingcha.files import uploads as store
from mingcha.files.actions import Incoming
from mingcha.interfaces import tus
from mingcha.interfaces.gate import Rule, actor_of, officials
from mingcha.interfaces.templatetags.mc import iso_minute
from mingcha.interfaces.workbench.base import link, page
from mingcha.interfaces.workbench.recording_inbox import INBOX_READERS
from mingcha.recordings import access
from mingcha.recordings.intake.uploads import begin, finish

_LATELY = 20
# Seconds after which a second digest that is not there yet means that nobody computes it.
_LATE = 1800
_COLUMNS = (
    {"label": "文件"},
    {"label": "交来时间", "date": True},
    {"label": "设备编号"},
    {"label": "录制开始（设备时间）", "date": True},
    {"label": "摘要值 SHA-256", "hide": True},
)


def _signed_in(request: HttpRequest) -> Actor | None:
    return actor_of_user(request.user) if request.user.is_authenticated else None


uploads = tus.door(_signed_in, Rule("officials"), "browser", "upload")


@officials()
def several(request: HttpRequest) -> HttpResponse:
    """Choose files, see them go up, see what was handed in lately."""
    actor, errors = actor_of(request), []
    if request.method == "POST":
        errors = _plain(request, actor)
        if not errors:
            return redirect("recordings-upload")
    rows = access.intakes(actor).filter(received_by_id=actor.officer_id).order_by("-received_at", "-id")[:_LATELY]
    now = clock.now().timestamp()
    context: dict[str, Any] = {
        "errors": errors,
        "hours": settings.UPLOAD_HOURS,
        "open": [
            {
                "name": row.metadata["filename"],
                "size": row.length,
                "percent": row.offset * 100 // row.length,
                "url": reverse("upload", args=[row.id]),
            }
            for row in store.open_of(str(actor.officer_id))
        ],
        "pending": [
            {"name": row.metadata["filename"], "size": row.length, "late": now - row.touched > _LATE}
            for row in store.pending_of(str(actor.officer_id))
        ],
        "columns": _COLUMNS,
        "rows": [
            {
                "cells": [
                    {"text": row.name, "note": row.get_origin_display()},
                    iso_minute(row.received_at),
                    row.device_no or "没有读到",
                    iso_minute(row.started_at) if row.started_at else "没有读到",
                    {"text": f"{row.file_id[:16]}…", "mono": True},
                ]
            }
            for row in rows
        ],
        "inbox_url": link("recordings-inbox") if actor.has(*INBOX_READERS) else "",
    }
    return page(
        request,
        "workbench/recordings/upload.html",
        context,
        title="上传音像",
        active="recordings-upload",
        status=422 if errors else 200,
    )


def _plain(request: HttpRequest, actor: Actor) -> list[str]:
    """The files of a form sent without scripts, taken the same way as the others."""
    files, errors = request.FILES.getlist("files"), []
    if not files:
        return ["请选择音像文件。"]
    for file in files:
        upload = None
        try:
            upload = begin(actor, file.size or 0, {"filename": file.name or ""}, origin="browser")
            store.append(upload, 0, file.chunks())
            row = finish(upload, actor)
            if row is None:
                messages.success(request, f"{file.name} 已收到，正在计算第二种摘要（SM3），完成后自动入库。")
            else:
                told = "已经入库，没有重复保存" if row.duplicate else "已入库"
                messages.success(request, f"{row.name} {told}，摘要值 SHA-256 {row.file_id[:16]}…")
        except MingchaError as error:
            errors.append(f"{file.name}：{error.message}")
            if upload is not None:
                store.terminate(upload)
    return errors


def uploaded(actor: Actor, upload_id: str) -> Incoming:
    """The file of a form whose bytes came ahead by resumable upload. Raises InvalidInput where none came."""
    if not upload_id:
        raise InvalidInput({"file": ["请上传音像文件。"]})
    return store.incoming_of(store.find(upload_id, str(actor.officer_id)))
