"""Handing in of recordings (音像入库督促) and the hand-over of a year (年度上报)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts.choices import Role
from mingcha.common import clock
from mingcha.common.errors import MingchaError, NotFound
from mingcha.common.paging import page as page_of
from mingcha.deadlines import queries as deadlines
from mingcha.files.queries import open_stored
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench import terms
from mingcha.interfaces.workbench.base import acted, form_page, page, plainly, submitted
from mingcha.interfaces.workbench.exporting import Table, table_response
from mingcha.interfaces.workbench.recording_forms import HandOverForm, ReceiptForm
from mingcha.recordings.handing import actions, queries, rules
from mingcha.recordings.models import HandOver

_SIZE = 50
_WATCHERS = (Role.HANDLER, Role.UNIT_HEAD, Role.HEAD, Role.SUPERVISOR)
_CARRIERS = (Role.ARCHIVIST, Role.UNIT_HEAD, Role.HEAD, Role.SUPERVISOR)
KINDS = {"missing": "应有音像没有交来", "waiting": "入库后没有归属", "late": "逾期入库"}
_HEADS = ("情形", "音像", "案件", "人员", "设备", "日期", "最迟入库", "说明")


def _asked(request: HttpRequest) -> list[queries.Watched]:
    rows = queries.watch(actor_of(request))
    if (kind := request.GET.get("kind", "")) in KINDS:
        rows = [row for row in rows if row.kind == kind]
    if word := str(request.GET.get("q", "")).strip():
        rows = [row for row in rows if word in " ".join((row.what, str(row.case or ""), *row.officers, *row.devices))]
    return rows


@viewers(*_WATCHERS)
def watch(request: HttpRequest) -> HttpResponse:
    """Late and missing recordings per officer and device, red past the last day."""
    actor = actor_of(request)
    rows = _asked(request)
    calendar, today = deadlines.calendar(actor.jurisdiction), clock.today()
    kind = request.GET.get("kind", "")
    every = queries.watch(actor) if kind or request.GET.get("q") else rows
    context = {
        "rows": [
            {
                "late": row.colour == "red",
                "cells": [
                    {"tag": KINDS[row.kind], "tag_kind": "late" if row.colour == "red" else "warn"},
                    {"text": row.what, "url": _url(row), "note": str(row.case or "")},
                    {"text": "、".join(row.officers) or "不知道", "note": "、".join(filter(None, row.devices))},
                    row.day.isoformat(),
                    {"due": terms.of_day(row.due.value, calendar, today)} if row.due.value else "没有期限",
                    _words(row),
                ],
            }
            for row in rows
        ],
        "columns": [{"label": name} for name in ("情形", "音像", "人员和设备", "日期", "最迟入库", "说明")],
        "q": request.GET.get("q", ""),
        "most": queries.MOST,
        "back": queries.BACK,
        "filters": [
            {"label": "全部", "url": "?", "count": len(every), "current": kind not in KINDS},
            *(
                {
                    "label": label,
                    "url": f"?kind={name}",
                    "count": sum(row.kind == name for row in every),
                    "current": kind == name,
                }
                for name, label in KINDS.items()
            ),
        ],
    }
    return page(request, "workbench/recordings/watch.html", context, title="音像入库督促", active="recordings-watch")


def _url(row: queries.Watched) -> str:
    if row.intake is not None:
        return reverse("recording-received", args=[row.intake.id])
    return reverse("case", args=[row.case.id]) if row.case else ""


def _words(row: queries.Watched) -> str:
    if row.kind == "missing":
        said = f"承办人说明：{row.excuse}" if row.excuse else "没有说明原因。"
        return said if row.devices else f"当时没有领用设备。{said}"
    return "请在收件箱确认归属。" if row.kind == "waiting" else "".join(row.due.steps)


@viewers(*_WATCHERS)
def watch_export(request: HttpRequest, ending: str) -> HttpResponseBase:
    """The chosen rows as XLSX or CSV."""
    rows = (
        [
            KINDS[row.kind],
            row.what,
            str(row.case or ""),
            "、".join(row.officers),
            "、".join(filter(None, row.devices)),
            row.day,
            row.due.value,
            _words(row),
        ]
        for row in _asked(request)
    )
    return table_response(Table("音像入库督促", _HEADS, rows), ending, "recordings-watch")


@viewers(*_CARRIERS)
def handovers(request: HttpRequest) -> HttpResponse:
    """All hand-overs, and what this year and the one before still owe."""
    actor = actor_of(request)
    found = page_of(queries.handovers(actor), order=("-at", "-id"), cursor=request.GET.get("cursor"), size=_SIZE)
    today = clock.today()
    years = (
        []
        if actor.has(Role.SUPERVISOR)
        else [_owed(actor.organ_id, year, today) for year in (today.year, today.year - 1)]
    )
    context = {
        "rows": [
            {
                "cells": [
                    {"text": f"{row.year}年第{row.seq}批", "url": reverse("handover", args=[row.id])},
                    {"text": row.receiver, "note": row.organisation.name},
                    f"{row.count}段" + (f"，另有涉密{row.withheld}段" if row.withheld else ""),
                    clock.legal_day(row.at).isoformat(),
                    _state(row),
                ]
            }
            for row in found.rows
        ],
        "columns": [{"label": name} for name in ("批次", "接收机关", "数量", "制作", "状态")],
        "page": found,
        "years": years,
        "may_prepare": actor.has(*actions.PREPARERS),
    }
    return page(
        request, "workbench/recordings/handovers.html", context, title="音像年度上报", active="recordings-handover"
    )


def _owed(organ_id: uuid.UUID, year: int, today: dt.date) -> dict[str, Any]:
    due = queries.handover_due(organ_id, year)
    count = queries.owed(organ_id, year).count()
    late = bool(count) and due.value is not None and today > due.value
    near = bool(count) and due.value is not None and (due.value - today).days <= 60
    return {
        "year": year,
        "count": count,
        "withheld": queries.withheld(organ_id, year),
        "due": plainly(due),
        "kind": "late" if late else "warn" if near else "ok" if not count else "act",
        "label": "逾期没有上报" if late else "没有需要上报的" if not count else "尚未上报",
    }


def _state(row: HandOver) -> dict[str, str]:
    if hasattr(row, "receipt"):
        return {"tag": "已接收", "tag_kind": "ok", "text": row.receipt.number}
    if hasattr(row, "signature"):
        return {"tag": "已签发", "tag_kind": "act", "text": ""}
    return {"tag": "待签发", "tag_kind": "warn", "text": ""}


@officials(*actions.PREPARERS)
def prepare(request: HttpRequest) -> HttpResponse:
    """Draw up a hand-over."""
    actor = actor_of(request)
    form = HandOverForm(request.POST or None, initial={"year": request.GET.get("year", clock.today().year)})
    if request.method == "POST":
        # The manifest is written to the store before the transaction.
        done = submitted(request, form, lambda cleaned: str(actions.prepare(actor=actor, **cleaned).id), single=False)
        if done:
            messages.success(request, "上报清单已制成，请机关负责人签发。")
            return redirect("handover", done.result)
    return form_page(
        request,
        form,
        title="制作上报清单",
        submit="制作清单",
        crumbs=_crumbs(),
        active="recordings-handover",
        cancel_url=reverse("recordings-handover"),
        lead="列入该年度录制、还没有上报过的全部音像及其摘要值。涉密音像另行移交，清单只写数量。",
    )


def _crumbs() -> list[tuple[str, str]]:
    return [("音像年度上报", reverse("recordings-handover"))]


def _found(request: HttpRequest, handover_id: uuid.UUID) -> HandOver:
    row = queries.handovers(actor_of(request)).filter(id=handover_id).first()
    if row is None:
        raise NotFound("没有找到这批音像，或者您无权查看。")
    return row


@officials(*_CARRIERS)
def one(request: HttpRequest, handover_id: uuid.UUID) -> HttpResponse:
    """A hand-over with its standing; the head signs here."""
    actor = actor_of(request)
    row = _found(request, handover_id)
    if request.method == "POST":
        try:
            acted(request, lambda: str(actions.sign(row.id, actor=actor).handover_id))
        except MingchaError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, "已签发。")
        return redirect("handover", row.id)
    signature, receipt = getattr(row, "signature", None), getattr(row, "receipt", None)
    facts = [
        {"label": "接收机关", "value": row.receiver},
        {"label": "数量", "value": f"{row.count}段"},
        {"label": "涉密另行移交", "value": f"{row.withheld}段"},
        {"label": "制作", "value": f"{row.by}，{clock.legal_day(row.at).isoformat()}"},
        {
            "label": "签发",
            "value": f"{signature.by}，{clock.legal_day(signature.at).isoformat()}" if signature else "没有",
        },
        {
            "label": "回执",
            "value": f"{receipt.number}，{receipt.received_by}，{receipt.received_on.isoformat()}"
            if receipt
            else "没有",
        },
        {"label": "清单 SHA-256", "value": row.manifest_id, "mono": True},
    ]
    own = row.organisation_id == actor.organ_id
    context = {
        "row": row,
        "facts": facts,
        "may_sign": own and actor.has(Role.HEAD) and signature is None and row.officer_id != actor.officer_id,
        "may_note": own and actor.has(*actions.PREPARERS, Role.HEAD) and signature is not None and receipt is None,
    }
    title = f"{row.year}年第{row.seq}批音像"
    return page(
        request,
        "workbench/recordings/handover.html",
        context,
        title=title,
        crumbs=_crumbs(),
        active="recordings-handover",
    )


@viewers(*_CARRIERS)
def package(request: HttpRequest, handover_id: uuid.UUID) -> HttpResponse:
    """The manifest as a ZIP."""
    row = _found(request, handover_id)
    with open_stored(row.manifest_id) as source:
        content = rules.package(source.read())
    response = HttpResponse(content, content_type="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="recordings-{row.year}-{row.seq}.zip"'
    return response


@officials(*actions.PREPARERS, Role.HEAD)
def receipt(request: HttpRequest, handover_id: uuid.UUID) -> HttpResponse:
    """Note the receipt."""
    actor = actor_of(request)
    row = _found(request, handover_id)
    form = ReceiptForm(request.POST or None)
    if request.method == "POST" and submitted(
        request, form, lambda cleaned: str(actions.note_receipt(row.id, actor=actor, **cleaned).handover_id)
    ):
        messages.success(request, "回执已登记。")
        return redirect("handover", row.id)
    return form_page(
        request,
        form,
        title="登记回执",
        submit="登记",
        crumbs=_crumbs(),
        active="recordings-handover",
        cancel_url=reverse("handover", args=[row.id]),
    )
