"""Pads of numbers (预编号码): the keeper gives out, sees use, takes back; the officer sees the own pads. Void numbers."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.accounts.queries import officers_with_role
from mingcha.cases import numbers
from mingcha.cases import pads as pad_actions
from mingcha.cases.models import Pad
from mingcha.common import clock
from mingcha.common.clock import legal_day
from mingcha.common.errors import MingchaError, NotFound
from mingcha.common.paging import page as page_of
from mingcha.documents import numbering
from mingcha.documents.choices import PAD_KINDS
from mingcha.documents.rendering import kinds, template
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench.base import acted, form_page, page, submitted
from mingcha.interfaces.workbench.service_forms import PadForm, VoidForm

_SIZE = 50
_CRUMBS = [("预编号码", "/in/pads/")]
_KEEPERS = pad_actions.KEEPERS
_READERS = (Role.HANDLER, *_KEEPERS, Role.SUPERVISOR)
_STATES = {"open": ("warn", "未用"), "used": ("ok", "已用"), "void": ("empty", "作废")}


def _title(kind: str) -> str:
    return template(kind).title if kind in kinds() else "当场处罚决定书"


@viewers(*_READERS)
def listing(request: HttpRequest) -> HttpResponse:
    """Pads of the organ (keepers) or the own ones, open ones by default, and the gap report of a year."""
    actor = actor_of(request)
    rows = pad_actions.of_organ(actor)
    all_ = request.GET.get("all") == "1"
    if not all_:
        rows = rows.filter(closing=None)
    if word := str(request.GET.get("q", "")).strip():
        rows = rows.filter(holder__name__icontains=word)
    found = page_of(rows, order=("-issued_at", "-id"), cursor=request.GET.get("cursor"), size=_SIZE)
    keeper = actor.has(*_KEEPERS)
    context = {
        "rows": [_row(row) for row in found.rows],
        "columns": [{"label": name} for name in ("号码", "领用人", "发放", "已用", "作废", "未用", "状态")],
        "page": found,
        "keeper": keeper,
        "q": request.GET.get("q", ""),
        "filters": [
            {"label": "在用", "url": "?", "current": not all_},
            {"label": "全部", "url": "?all=1", "current": all_},
        ],
        "gaps": pad_actions.gaps(actor, clock.today().year) if keeper or actor.has(Role.SUPERVISOR) else [],
        "year": clock.today().year,
    }
    return page(request, "workbench/pads/list.html", context, title="预编号码", active="pads")


def _row(row: Any) -> dict[str, Any]:
    total = row.last - row.first + 1
    closed = hasattr(row, "closing")
    state = (
        {"tag": "已交回", "tag_kind": "ok", "text": ""} if closed else {"tag": "在用", "tag_kind": "act", "text": ""}
    )
    return {
        "cells": [
            {
                "text": f"{row.code}〔{row.year}〕{row.first}—{row.last}号",
                "url": reverse("pad", args=[row.id]),
                "note": _title(row.kind),
            },
            {"text": row.holder.name, "note": row.device},
            legal_day(row.issued_at).isoformat(),
            str(row.used),
            str(row.voided),
            str(total - row.used - row.voided),
            state,
        ]
    }


@officials(*_KEEPERS)
def new(request: HttpRequest) -> HttpResponse:
    """Give out a pad."""
    actor = actor_of(request)
    form = PadForm(request.POST or None)
    form.fields["kind"].choices = [(kind, _title(kind)) for kind in PAD_KINDS]  # type: ignore[attr-defined]
    form.fields["holder_id"].choices = [  # type: ignore[attr-defined]
        (str(row.id), f"{row.name}　{row.organisation.name}")
        for row in officers_with_role(actor.organ_id, Role.HANDLER)
    ]
    if request.method == "POST":

        def act(cleaned: dict[str, Any]) -> str:
            given = {**cleaned, "holder_id": uuid.UUID(cleaned["holder_id"])}
            return str(numbering.issue_pad(actor=actor, **given).id)

        done = submitted(request, form, act)
        if done:
            messages.success(request, "已发放。号码从现在起有效，离线也可以使用。")
            return redirect("pad", done.result)
    return form_page(
        request,
        form,
        title="发放预编号码",
        submit="发放",
        crumbs=_CRUMBS,
        active="pads",
        cancel_url=reverse("pads"),
        lead="发放以后每个号码都须登记使用或者写明原因作废，号码不留空缺（行政处罚法第五十二条）。",
    )


def _pad(actor: Actor, pad_id: uuid.UUID) -> Pad:
    found = pad_actions.of_organ(actor).filter(id=pad_id).first()
    if found is None:
        raise NotFound("没有找到这本预编号码。")
    return found


@viewers(*_READERS)
def one(request: HttpRequest, pad_id: uuid.UUID) -> HttpResponse:
    """Every number of a pad with its end."""
    actor = actor_of(request)
    pad = _pad(actor, pad_id)
    closed = hasattr(pad, "closing")
    may_void = not closed and (actor.has(*_KEEPERS) or pad.holder_id == actor.officer_id)
    lines = [
        {
            "line": line,
            "kind": _STATES[line.state][0],
            "label": _STATES[line.state][1],
            "void": reverse("pad-void", args=[pad.id, line.n]) if may_void and line.state == "open" else "",
        }
        for line in pad_actions.lines(pad)
    ]
    context = {
        "pad": pad,
        "what": _title(pad.kind),
        "lines": lines,
        "open": sum(row["label"] == _STATES["open"][1] for row in lines),
        "closed": closed,
        "may_close": not closed and actor.has(*_KEEPERS),
        "close_url": reverse("pad-close", args=[pad.id]),
    }
    title = f"{pad.code}〔{pad.year}〕{pad.first}—{pad.last}号"
    return page(request, "workbench/pads/pad.html", context, title=title, crumbs=_CRUMBS, active="pads")


@officials(Role.HANDLER, *_KEEPERS)
def void(request: HttpRequest, pad_id: uuid.UUID, n: int) -> HttpResponse:
    """Make an unused number of a pad void, with the reason."""
    actor = actor_of(request)
    pad = _pad(actor, pad_id)
    line = next((row for row in pad_actions.lines(pad) if row.n == n), None)
    if line is None:
        raise NotFound("没有找到这个预编号码。")
    form = VoidForm(request.POST or None)
    if request.method == "POST":
        done = submitted(request, form, lambda cleaned: pad_actions.void_unused(line.text, actor=actor, **cleaned))
        if done:
            messages.success(request, f"{line.text}已作废。")
            return redirect("pad", pad.id)
    return form_page(
        request,
        form,
        title=f"作废{line.text}",
        submit="作废",
        crumbs=_CRUMBS,
        active="pads",
        cancel_url=reverse("pad", args=[pad.id]),
        danger=True,
    )


@officials(*_KEEPERS)
def close(request: HttpRequest, pad_id: uuid.UUID) -> HttpResponse:
    """Take a pad back; refused while a number is open."""
    actor = actor_of(request)
    pad = _pad(actor, pad_id)
    if request.method == "POST":
        try:
            acted(request, lambda: str(pad_actions.close(pad.id, actor=actor).pad_id))
        except MingchaError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, "已交回。")
    return redirect("pad", pad.id)


@viewers(*_READERS, Role.ARCHIVIST)
def voided(request: HttpRequest) -> HttpResponse:
    """Void numbers of the organ with reason and person: they stay in their series (V11)."""
    rows = numbers.voided(actor_of(request))
    if word := str(request.GET.get("q", "")).strip():
        rows = rows.filter(number__text__icontains=word)
    found = page_of(rows, order=("-at", "-number_id"), cursor=request.GET.get("cursor"), size=_SIZE)
    context = {
        "rows": [
            {"cells": [row.number.text, row.reason, row.voided_by.name, legal_day(row.at).isoformat()]}
            for row in found.rows
        ],
        "columns": [{"label": name} for name in ("文号", "原因", "作废人", "日期")],
        "page": found,
        "q": request.GET.get("q", ""),
    }
    return page(request, "workbench/pads/voided.html", context, title="作废的文号", crumbs=_CRUMBS, active="pads")
