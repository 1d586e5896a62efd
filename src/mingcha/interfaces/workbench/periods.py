"""Periods (期限与日历): what runs in the person's cases, notices, and every rule with its article and a calculator."""

from __future__ import annotations

import csv
import datetime as dt
import uuid
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts.actors import Actor
from mingcha.accounts.models import Organisation
from mingcha.cases import access
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.paging import page as page_of
from mingcha.deadlines import actions, rulebook
from mingcha.deadlines import queries as deadlines
from mingcha.deadlines.choices import Colour, NoticeKind, PeriodKind
from mingcha.deadlines.models import Notice, RunningPeriod
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench import terms
from mingcha.interfaces.workbench.base import acted, page
from mingcha.interfaces.workbench.tasks import own_cases

CRUMBS = [("期限与日历", "/in/periods/")]
_SIZE = 50
_MOST_EXPORTED = 20_000
_STATES = (Colour.RED, Colour.AMBER, Colour.GREEN, Colour.PAUSED, Colour.OVER)


def tabs(current: str, actor: Actor) -> list[dict[str, Any]]:
    """The four parts, with the number of unread notices."""
    unseen = deadlines.unseen(actor.officer_id, own_cases(actor))
    rows = (
        ("periods", "正在计算的期限", None),
        ("periods-notices", "提醒", unseen or None),
        ("periods-rules", "期限规则", None),
        ("periods-calendar", "工作日历", None),
    )
    return [
        {"label": label, "url": reverse(name), "current": name == current, "count": count}
        for name, label, count in rows
    ]


def _chosen(request: HttpRequest, actor: Actor) -> tuple[QuerySet[RunningPeriod], dict[str, str]]:
    """Open periods of visible cases that match the filters, and the filters that are set."""
    asked = {name: str(request.GET.get(name, "")).strip()[:60] for name in ("state", "rule", "unit", "q")}
    cases = access.visible(actor).filter(jurisdiction=actor.jurisdiction).order_by()
    for word in asked["q"].split()[:5]:
        cases = cases.filter(Q(number__icontains=word) | Q(party_name__icontains=word) | Q(cause__icontains=word))
    if asked["unit"]:
        try:
            cases = cases.filter(organisation_id=uuid.UUID(asked["unit"]))
        except ValueError:
            asked["unit"] = ""
    rows = RunningPeriod.objects.filter(jurisdiction=actor.jurisdiction, ended_on=None, case_id__in=cases.values("id"))
    if asked["rule"]:
        rows = rows.filter(rule=asked["rule"].upper())
    if asked["state"] in Colour.values:
        rows = deadlines.in_colour(rows, Colour(asked["state"]), clock.today())
    else:
        asked["state"] = ""
    return rows, {name: value for name, value in asked.items() if value}


@viewers()
def listing(request: HttpRequest) -> HttpResponse:
    """Running periods of the person's scope, soonest first."""
    actor = actor_of(request)
    rows, asked = _chosen(request, actor)
    found = page_of(rows, order=("due_on", "id"), cursor=request.GET.get("cursor"), size=_SIZE)
    cases = Case.objects.only("id", "number", "cause", "party_name").in_bulk({row.case_id for row in found.rows})
    here = access.visible(actor).filter(jurisdiction=actor.jurisdiction).order_by()
    # All rules that can run, not those that do: telling which do would walk every open period.
    names = {rule.id: rule.label for rule in rulebook.rules(clock.today()) if rule.has_date and rule.kind != "before"}
    units = (
        Organisation.objects.filter(id__in=here.values("organisation_id")).order_by("name").values_list("id", "name")
    )

    def url(**changes: str) -> str:
        return "?" + urlencode({name: value for name, value in {**asked, **changes}.items() if value})

    state = asked.get("state", "")
    context = {
        "tabs": tabs("periods", actor),
        "states": [{"label": "全部", "url": url(state=""), "current": not state}]
        + [
            {"label": str(item.label), "url": url(state=item.value), "current": state == item.value} for item in _STATES
        ],
        "asked": asked,
        "rules": [["", "全部规则"], *([name, f"{name}　{label}"] for name, label in names.items())],
        "units": [["", "全部机构"], *([str(key), name] for key, name in units)],
        "rows": [row_of(view, cases.get(view.period.case_id)) for view in deadlines.views(found.rows)],
        "page": found,
        "export_url": reverse("periods-export") + url(),
    }
    return page(request, "workbench/periods/list.html", context, title="期限与日历", active="periods")


def row_of(view: deadlines.PeriodView, case: Case | None) -> dict[str, Any]:
    """One running period as the tables show it."""
    row = view.period
    rule = rulebook.rule(row.rule, row.starts_on)
    waits = row.kind != PeriodKind.WITHIN
    done = {Colour.OVER: "已届满", Colour.PAUSED: "停止计算"}.get(view.colour, "")
    due = terms.of_view(view, natural=rule.unit != "W")
    return {
        "row": row,
        "rule": rule,
        "case": case,
        "kind": row.get_kind_display(),
        "late": view.colour == Colour.RED,
        "due": {**due, "colour": "green" if waits and view.colour == Colour.AMBER else due["colour"]},
        "done": done,
        "until": clock_time(row.due_at),
        "explained": terms.explained(row),
    }


def clock_time(moment: dt.datetime | None) -> str:
    """The hour at which a period in hours ends, in Shanghai time."""
    return moment.astimezone(clock.SHANGHAI).strftime("%H:%M") if moment else ""


class _Line:
    """A file-like thing whose `write` gives the line back, so that the export streams in constant memory."""

    def write(self, line: str) -> str:
        return line


@viewers()
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The same periods as CSV, at most 20,000, each with its reckoning."""
    actor = actor_of(request)
    rows, _ = _chosen(request, actor)
    writer = csv.writer(_Line())
    head = ["案号", "案由", "当事人", "期限", "规则", "条文", "起算日", "最后一日", "暂定", "状态", "计算过程"]

    def lines() -> Iterator[str]:
        # Without the mark, spreadsheet programs read UTF-8 as GBK.
        yield "\ufeff"
        yield writer.writerow(head)
        chosen = rows.order_by("due_on", "id")[:_MOST_EXPORTED]
        for batch in _batches(chosen.iterator(1000), 500):
            cases = Case.objects.only("id", "number", "cause", "party_name").in_bulk({row.case_id for row in batch})
            for view in deadlines.views(batch):
                row, case = view.period, cases.get(view.period.case_id)
                cells = [
                    case.number if case else "", case.cause if case else "", case.party_name if case else "",
                    row.label, row.rule, row.article, row.starts_on, row.due_on, "是" if row.provisional else "",
                    view.colour.label, "".join(row.explanation["steps"]),
                ]  # fmt: skip
                yield writer.writerow([_inert(cell) for cell in cells])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="periods.csv"'
    return response


def _batches(rows: Iterable[RunningPeriod], size: int) -> Iterator[list[RunningPeriod]]:
    batch: list[RunningPeriod] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _inert(cell: Any) -> str:
    """A cell that a spreadsheet program will not run as a formula."""
    text = str(cell)
    return f"'{text}" if text[:1] in "=+-@\t\r" else text


@officials()
def notices(request: HttpRequest) -> HttpResponse:
    """What the person was told about periods, newest first."""
    actor = actor_of(request)
    if request.method == "POST":
        acted(request, lambda: actions.mark_seen(actor.officer_id))
        return redirect("periods-notices")
    seen = deadlines.seen_until(actor.officer_id)
    found = page_of(
        deadlines.notices(own_cases(actor)),
        order=("-made_at", "-id"),
        cursor=request.GET.get("cursor"),
        size=_SIZE,
    )
    cases = Case.objects.only("id", "number", "cause", "party_name").in_bulk({row.case_id for row in found.rows})
    rows = [_notice(row, cases[row.case_id], seen) for row in found.rows if row.case_id in cases]
    context = {
        "tabs": tabs("periods-notices", actor),
        "rows": rows,
        "page": found,
        "fresh": any(row["fresh"] for row in rows),
        "columns": [{"label": name} for name in ("提醒", "期限", "案件", "时间")],
    }
    return page(request, "workbench/periods/notices.html", context, title="期限提醒", crumbs=CRUMBS, active="periods")


_TOLD = {NoticeKind.CHANGED: "warn", NoticeKind.AMBER: "warn", NoticeKind.RED: "late"}


def _notice(row: Notice, case: Case, seen: dt.datetime | None) -> dict[str, Any]:
    if row.kind == NoticeKind.CHANGED and row.was_due_on:
        text = (
            f"工作日历变更，最后一日由{row.was_due_on.isoformat()}改为{row.due_on.isoformat()}"
            if row.was_due_on != row.due_on
            else f"放假安排已经公布，最后一日确定为{row.due_on.isoformat()}"
        )
    elif row.kind == NoticeKind.AMBER:
        text = f"只剩三分之一，最后一日为{row.due_on.isoformat()}"
    else:
        text = f"最后一日{row.due_on.isoformat()}已过"
    fresh = seen is None or row.made_at > seen
    return {
        "fresh": fresh,
        "cells": [
            {"text": row.get_kind_display(), "tag": "未读" if fresh else "", "tag_kind": _TOLD[NoticeKind(row.kind)]},
            {"text": row.period.label, "note": text},
            {"text": str(case), "url": reverse("periods-case", args=[case.id]), "note": case.party_name},
            row.made_at.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M"),
        ],
    }
