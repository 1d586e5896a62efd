"""Lists about watching (音像查阅): what was shared with me, copies for others, who opened or saved what."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

from mingcha.accounts.actors import Actor
from mingcha.common import clock
from mingcha.common.paging import page as page_of
from mingcha.interfaces.gate import actor_of, viewers
from mingcha.interfaces.workbench.base import page
from mingcha.interfaces.workbench.copies import as_cells
from mingcha.interfaces.workbench.exporting import Table, table_response
from mingcha.recordings.deriving import queries as derived
from mingcha.recordings.models import Derivation, Viewing
from mingcha.recordings.models_watching import ViewingAct
from mingcha.recordings.watching import queries, terms

_SIZE = 50
_MOST = 20_000
_ORDER = ("-at", "-id")
_HEADS = ("时间", "人员", "机关", "方式", "用途", "说明", "音像", "案件", "共享")
_STATES = {
    "waiting": ("正在制作", Q(outcome=None)),
    "made": ("待核对放行", Q(outcome__file__isnull=False, signoff=None)),
    "released": ("已放行", Q(signoff__agreed=True)),
    "failed": ("没有制成或者不同意", Q(outcome__isnull=False, outcome__file=None) | Q(signoff__agreed=False)),
}


def _tabs(current: str, actor: Actor) -> list[dict[str, Any]]:
    shared = len(queries.shared_with(actor))
    rows = (("watching", "共享给我的", shared), ("derivations", "对外副本", None), ("viewings", "查看记录", None))
    return [
        {"label": label, "url": reverse(name), "count": count, "current": name == current}
        for name, label, count in rows
    ]


@viewers()
def shared(request: HttpRequest) -> HttpResponse:
    """Recordings that colleagues have shared with this person, until when."""
    actor = actor_of(request)
    rows = []
    for row in queries.shared_with(actor):
        purpose = terms.purposes().get(row.purpose)
        rows.append(
            {
                "cells": [
                    {"text": row.recording.title, "url": reverse("recording", args=[row.recording_id])},
                    {"text": purpose.plain if purpose else row.purpose, "note": row.note},
                    row.by_name,
                    f"{row.expires_at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}",
                ]
            }
        )
    context = {
        "tabs": _tabs("watching", actor),
        "rows": rows,
        "columns": [{"label": name} for name in ("音像", "用途", "共享人", "到期")],
    }
    return page(request, "workbench/watching/shared.html", context, title="音像查阅", active="watching")


@viewers()
def derivations(request: HttpRequest) -> HttpResponse:
    """Copies made for others, those that wait for release first to be found by a filter."""
    actor = actor_of(request)
    words = str(request.GET.get("q", "")).strip()[:60]
    chosen = str(request.GET.get("state", ""))
    found = page_of(_copies(actor, words, chosen), order=_ORDER, cursor=request.GET.get("cursor"), size=_SIZE)
    query = urlencode({"q": words}) if words else ""
    filters = [{"label": "全部", "url": f"?{query}", "current": chosen not in _STATES}]
    filters += [
        {"label": label, "url": f"?{urlencode({'state': name})}&{query}".rstrip("&"), "current": name == chosen}
        for name, (label, _) in _STATES.items()
    ]
    context = {
        "tabs": _tabs("derivations", actor),
        "filters": filters,
        "q": words,
        "rows": [{"cells": as_cells(row)} for row in found.rows],
        "columns": [{"label": name} for name in ("音像", "状态", "用途", "制作", "核对")],
        "page": found,
        "exports": _exports("derivations-export", {"q": words, "state": chosen}),
    }
    return page(request, "workbench/watching/derivations.html", context, title="对外副本", active="watching")


def _copies(actor: Actor, words: str, chosen: str) -> QuerySet[Derivation]:
    rows = derived.visible(actor)
    if words:
        match = Q(recording__title__icontains=words) | Q(by_name__icontains=words) | Q(reason__icontains=words)
        rows = rows.filter(match | Q(recording__case__number__icontains=words))
    return rows.filter(_STATES[chosen][1]) if chosen in _STATES else rows


@viewers()
def derivations_export(request: HttpRequest, ending: str) -> HttpResponseBase:
    """The chosen copies as XLSX or CSV."""
    words, chosen = str(request.GET.get("q", "")).strip()[:60], str(request.GET.get("state", ""))
    rows = _copies(actor_of(request), words, chosen).order_by(*_ORDER)[:_MOST]
    heads = ("音像", "状态", "用途", "制作人", "核对人")
    cells = ([cell["text"] if "text" in cell else cell["tag"] if isinstance(cell, dict) else cell
              for cell in as_cells(row)] for row in rows)  # fmt: skip
    return table_response(Table("对外副本", heads, cells), ending, "derivatives")


@viewers()
def log(request: HttpRequest) -> HttpResponse:
    """Who opened or saved which recording, when and what for."""
    actor = actor_of(request)
    asked = _asked(request)
    found = page_of(_log(actor, asked), order=_ORDER, cursor=request.GET.get("cursor"), size=_SIZE)
    context = {
        "tabs": _tabs("viewings", actor),
        "asked": asked,
        "acts": ViewingAct.choices,
        "rows": [{"cells": _cells(row)} for row in found.rows],
        "columns": [{"label": name} for name in ("时间", "人员", "方式和用途", "音像")],
        "page": found,
        "exports": _exports("viewings-export", asked),
    }
    return page(request, "workbench/watching/viewings.html", context, title="查看记录", active="watching")


def _asked(request: HttpRequest) -> dict[str, str]:
    return {name: str(request.GET.get(name, "")).strip()[:60] for name in ("q", "act", "since", "until")}


def _log(actor: Actor, asked: dict[str, str]) -> QuerySet[Viewing]:
    act = asked["act"] if asked["act"] in ViewingAct.values else ""
    return queries.log(actor, text=asked["q"], act=act, since=_day(asked["since"]), until=_day(asked["until"]))


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _cells(row: Viewing) -> list[Any]:
    case = row.recording.case
    what = f"{row.get_act_display()}{'副本' if row.derivation_id else ''}"
    purpose = terms.purposes().get(row.purpose)
    shared = f"，由{row.share.by_name}共享" if row.share else ""
    return [
        f"{row.at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}",
        {"text": row.name, "note": row.organ},
        {"text": f"{what}：{purpose.plain if purpose else row.purpose}", "note": f"{row.note}{shared}"},
        {
            "text": row.recording.title,
            "url": reverse("recording", args=[row.recording_id]),
            "note": case.number or case.cause,
        },
    ]


@viewers()
def export(request: HttpRequest, ending: str) -> HttpResponseBase:
    """The chosen entries as XLSX or CSV."""
    rows = _log(actor_of(request), _asked(request)).order_by(*_ORDER)[:_MOST]
    return table_response(Table("音像查看记录", _HEADS, (_values(row) for row in rows)), ending, "viewings")


def _values(row: Viewing) -> list[Any]:
    purpose = terms.purposes().get(row.purpose)
    case = row.recording.case
    return [
        f"{row.at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M:%S}", row.name, row.organ,
        f"{row.get_act_display()}{'副本' if row.derivation_id else ''}", purpose.plain if purpose else row.purpose,
        row.note, row.recording.title, case.number or case.cause, row.share.by_name if row.share else "",
    ]  # fmt: skip


def _exports(name: str, asked: dict[str, str]) -> list[tuple[str, str]]:
    query = urlencode({key: value for key, value in asked.items() if value})
    return [(ending, reverse(name, args=[ending]) + (f"?{query}" if query else "")) for ending in ("xlsx", "csv")]
