"""Lists of hearings (听证) and of collective discussions (集体讨论): searched, filtered, paged, printed, exported."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

from mingcha.accounts.choices import Role
from mingcha.accounts.models import Organisation
from mingcha.cases import access
from mingcha.common import clock
from mingcha.common.errors import InvalidInput
from mingcha.common.paging import page as page_of
from mingcha.decisions import queries as decisions
from mingcha.decisions.choices import Conclusion, Ground
from mingcha.decisions.models import Discussion
from mingcha.hearings import queries
from mingcha.hearings.choices import Standing
from mingcha.hearings.models import Hearing
from mingcha.interfaces.gate import actor_of, viewers
from mingcha.interfaces.workbench.base import page
from mingcha.interfaces.workbench.exporting import Table, table_response

_SIZE = 30
_MOST_EXPORTED = 20_000
_HEARINGS_ORDER = ("-opened_at", "-id")
_DISCUSSIONS_ORDER = ("-started_at", "-id")
_KINDS = {
    Standing.UNFIXED: "warn",
    Standing.AWAITED: "act",
    Standing.UNREPORTED: "warn",
    Standing.REPORTED: "ok",
    Standing.TERMINATED: "ok",
    Standing.WITHDRAWN: "plain",
}
_OUTCOMES = [("open", "正在讨论"), *Conclusion.choices]
HEARING_HEADS = ("案号", "案由", "当事人", "机关", "听证时间", "地点", "是否公开", "主持人", "状态")
DISCUSSION_HEADS = ("案号", "案由", "当事人", "机关", "次数", "情形", "开始时间", "地点", "主持人", "发言人数", "结论")


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _key(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _asked(request: HttpRequest) -> dict[str, Any]:
    given = {name: str(request.GET.get(name, "")) for name in ("q", "state", "first", "last", "organ")}
    return {
        "words": given["q"].strip()[:60],
        "state": given["state"],
        "first": _day(given["first"]),
        "last": _day(given["last"]),
        "organ": _key(given["organ"]),
    }


def _minute(value: dt.datetime | None) -> str:
    return f"{value.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}" if value else "—"


def _listing(
    request: HttpRequest,
    rows: QuerySet[Any],
    cells: Callable[[Any], list[Any]],
    order: tuple[str, ...],
    **shown: Any,
) -> HttpResponse:
    """One page of a list with its filters; what differs between the two comes in `shown`."""
    actor, asked = actor_of(request), _asked(request)
    stale = ""
    try:
        found = page_of(rows, order=order, cursor=request.GET.get("cursor"), size=_SIZE)
    except InvalidInput as error:
        # The list itself, with what was wrong said above it: nothing was lost but the place.
        stale, found = error.message, page_of(rows, order=order, size=_SIZE)
    query = {name: value for name, value in request.GET.items() if value and name != "cursor"}
    # Only who watches over the district sees the cases of several organs.
    watches = actor.has(Role.SUPERVISOR)
    organs = Organisation.objects.filter(jurisdiction=actor.jurisdiction, organ=None).order_by("name", "id")
    context = {
        "rows": [{"cells": cells(row)} for row in found.rows],
        "page": found,
        "asked": asked,
        "organs": [(str(row.id), row.name) for row in organs] if watches else [],
        "chosen": {"organ": str(asked["organ"] or ""), "state": asked["state"]},
        "filtered": bool(query),
        "stale": stale,
        "none_found": f"没有找到与“{asked['words']}”有关的{shown['heading']}"
        if asked["words"]
        else "没有符合条件的记录",
        "exports": [
            (ending, reverse(shown["export"], args=[ending]) + (f"?{urlencode(query)}" if query else ""))
            for ending in ("xlsx", "csv")
        ],
        **shown,
    }
    return page(
        request,
        "workbench/hearings/listing.html",
        context,
        title=shown["heading"],
        active=shown.get("active", ""),
        status=422 if stale else 200,
    )


def _heard(request: HttpRequest) -> QuerySet[Hearing]:
    actor, asked = actor_of(request), _asked(request)
    rows = queries.listed(access.visible(actor), queries.Wanted(**asked))
    if asked["state"] == "mine":
        rows = rows.filter(id__in=queries.hosted_by(actor.officer_id).values("id"))
    return rows


@viewers()
def hearings(request: HttpRequest) -> HttpResponse:
    """Hearings of the cases that this person may see, newest first."""
    actor = actor_of(request)
    mine = set(queries.hosted_by(actor.officer_id).values_list("id", flat=True))

    def cells(row: Any) -> list[Any]:
        state = queries.standing(row)
        url = reverse("hearing", args=[row.case_id])
        return [
            {"text": str(row.case), "url": url, "note": row.case.cause + ("　由您主持" if row.id in mine else "")},
            row.case.party_name,
            {"text": _minute(row.held_at), "note": "" if row.public in (None, True) else "不公开"},
            row.place or "—",
            row.host or "—",
            {"tag": state.label, "tag_kind": _KINDS[state]},
        ]

    return _listing(
        request,
        _heard(request),
        cells,
        _HEARINGS_ORDER,
        heading="听证",
        active="hearings",
        export="hearings-export",
        columns=[
            {"label": name, "date": name == "时间"} for name in ("案件", "当事人", "时间", "地点", "主持人", "状态")
        ],
        states=[("mine", "由我主持、等我办理"), *Standing.choices],
        state_label="状态",
        days="听证日期",
        empty="没有听证",
        empty_hint="当事人要求听证、机关负责人指定主持人以后，案件会出现在这里。",
        other=("集体讨论", reverse("discussions")),
    )


@viewers()
def export_hearings(request: HttpRequest, ending: str) -> HttpResponseBase:
    """The chosen hearings as XLSX or CSV, at most 20,000."""

    def line(row: Any) -> list[Any]:
        opened = "" if row.public is None else "公开" if row.public else "不公开"
        state = queries.standing(row).label
        return [*_case(row), _minute(row.held_at), row.place or "", opened, row.host or "", state]

    rows = _heard(request).order_by(*_HEARINGS_ORDER)[:_MOST_EXPORTED]
    return table_response(Table("听证", HEARING_HEADS, _lines(rows, line)), ending, "hearings")


def _discussed(request: HttpRequest) -> QuerySet[Discussion]:
    asked = _asked(request)
    return decisions.listed_discussions(access.visible(actor_of(request)), decisions.Wanted(**asked))


def _outcome(row: Discussion) -> str:
    return str(Conclusion(row.resolution.outcome).label) if hasattr(row, "resolution") else "正在讨论"


@viewers()
def discussions(request: HttpRequest) -> HttpResponse:
    """Collective discussions of the cases that this person may see, newest first."""

    def cells(row: Any) -> list[Any]:
        url = reverse("discussion", args=[row.case_id])
        return [
            {"text": str(row.case), "url": url, "note": row.case.cause},
            row.case.party_name,
            {"text": _minute(row.started_at), "note": f"第 {row.seq} 次"},
            Ground(row.ground).label,
            row.chair.name,
            {"text": f"{row.spoken} / {row.quorum}", "note": "发言人数 / 最少人数"},
            {"tag": _outcome(row), "tag_kind": "ok" if hasattr(row, "resolution") else "act"},
        ]

    return _listing(
        request,
        _discussed(request),
        cells,
        _DISCUSSIONS_ORDER,
        heading="集体讨论",
        active="discussions",
        export="discussions-export",
        columns=[
            {"label": name, "date": name == "开始"}
            for name in ("案件", "当事人", "开始", "情形", "主持人", "人数", "结论")
        ],
        states=_OUTCOMES,
        state_label="结论",
        days="讨论日期",
        empty="没有集体讨论",
        empty_hint="情节复杂或者重大违法行为，由机关负责人在案件的“集体讨论”页提请讨论（行政处罚法第五十七条第二款）。",
        other=("听证", reverse("hearings")),
    )


@viewers()
def export_discussions(request: HttpRequest, ending: str) -> HttpResponseBase:
    """The chosen discussions as XLSX or CSV, at most 20,000."""

    def line(row: Any) -> list[Any]:
        ground, begun = Ground(row.ground).label, _minute(row.started_at)
        return [*_case(row), row.seq, ground, begun, row.place, row.chair.name, row.spoken, _outcome(row)]

    rows = _discussed(request).order_by(*_DISCUSSIONS_ORDER)[:_MOST_EXPORTED]
    return table_response(Table("集体讨论", DISCUSSION_HEADS, _lines(rows, line)), ending, "discussions")


def _case(row: Any) -> list[Any]:
    return [row.case.number or "未立案", row.case.cause, row.case.party_name, row.case.organisation.name]


def _lines(rows: QuerySet[Any], line: Callable[[Any], Sequence[Any]]) -> Iterator[Sequence[Any]]:
    for row in rows.iterator(chunk_size=500):
        yield line(row)
