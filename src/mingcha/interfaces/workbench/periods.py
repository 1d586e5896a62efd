"""Periods (期限与日历): what runs in the person's cases, notices, and every rule with its article and a calculator."""

from __future__ import annotations

import csv
import datetime as dt
import uuid
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts.actors import Actor
from mingcha.accounts.models import Organisation
from mingcha.cases import access
from mingcha.cases.models import Case, Duty
from mingcha.common import clock
from mingcha.common.errors import MingchaError, NotFound
from mingcha.common.paging import page as page_of
from mingcha.deadlines import actions, rulebook
from mingcha.deadlines import periods as reckoning
from mingcha.deadlines import queries as deadlines
from mingcha.deadlines.choices import Colour, NoticeKind, PeriodKind
from mingcha.deadlines.models import Notice, RunningPeriod
from mingcha.interfaces.gate import actor_of, officials
from mingcha.interfaces.workbench import terms
from mingcha.interfaces.workbench.base import Form, acted, date_field, moment_field, page, plainly, refuse

CRUMBS = [("期限与日历", "/in/periods/")]
_SIZE = 50
_MOST_EXPORTED = 20_000
_STATES = (Colour.RED, Colour.AMBER, Colour.GREEN, Colour.PAUSED, Colour.OVER)
GROUPS = {
    "PEN": "行政处罚",
    "COE": "行政强制",
    "LIC": "行政许可",
    "PUB": "公示和信息公开",
    "REV": "行政复议",
    "LIT": "行政诉讼和赔偿",
    "CRM": "移送司法和监察",
    "INS": "行政检查",
    "EXP": "征收征用",
    "FEE": "收费和确认",
    "OTH": "档案、个人信息和计算规则",
}
_GROUP_OF = {"R06": "PEN", "G-2": "PEN", "GC-": "COE", "GL-": "LIC", "GM-": "CRM", "SUP": "CRM", "CFM": "FEE"}


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


def own_cases(actor: Actor) -> QuerySet[Duty, Any]:
    """Keys of the cases on which the person has a duty."""
    return Duty.objects.filter(officer_id=actor.officer_id).values("case_id")


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


@officials()
def listing(request: HttpRequest) -> HttpResponse:
    """Running periods of the person's scope, soonest first."""
    actor = actor_of(request)
    rows, asked = _chosen(request, actor)
    found = page_of(rows, order=("due_on", "id"), cursor=request.GET.get("cursor"), size=_SIZE)
    cases = Case.objects.only("id", "number", "cause", "party_name").in_bulk({row.case_id for row in found.rows})
    here = access.visible(actor).filter(jurisdiction=actor.jurisdiction).order_by()
    running = RunningPeriod.objects.filter(
        jurisdiction=actor.jurisdiction, ended_on=None, case_id__in=here.values("id")
    )
    names = dict(running.order_by("rule").values_list("rule", "label").distinct())
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
        "explained": plainly(row.explanation),
    }


def clock_time(moment: dt.datetime | None) -> str:
    """The hour at which a period in hours ends, in Shanghai time."""
    return moment.astimezone(clock.SHANGHAI).strftime("%H:%M") if moment else ""


class _Line:
    """A file-like thing whose `write` gives the line back, so that the export streams in constant memory."""

    def write(self, line: str) -> str:
        return line


@officials()
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


def _group(rule: rulebook.Rule) -> str:
    key = _GROUP_OF.get(rule.id[:3], rule.id[:3])
    return key if key in GROUPS else "OTH"


@officials()
def rules(request: HttpRequest) -> HttpResponse:
    """Every rule: what starts it, how long, in which unit under which law, article, verified or not."""
    actor = actor_of(request)
    group, text = str(request.GET.get("group", "")), str(request.GET.get("q", "")).strip()[:40]
    doubtful = request.GET.get("doubt") == "1"
    known = rulebook.rules(clock.today())
    shown = [
        rule
        for rule in known
        if (group not in GROUPS or _group(rule) == group)
        and (not doubtful or not rule.verified)
        and (
            not text or any(text.upper() in part.upper() for part in (rule.id, rule.label, rule.trigger, rule.article))
        )
    ]
    filters = [{"label": "全部", "url": "?", "count": len(known), "current": group not in GROUPS and not doubtful}]
    filters += [
        {
            "label": label,
            "url": f"?group={key}",
            "count": sum(_group(rule) == key for rule in known),
            "current": key == group,
        }
        for key, label in GROUPS.items()
    ]
    unverified = sum(not rule.verified for rule in known)
    filters.append({"label": "未核实", "url": "?doubt=1", "count": unverified, "current": doubtful})
    parts = [
        {"label": label, "rules": found}
        for key, label in GROUPS.items()
        if (found := [rule for rule in shown if _group(rule) == key])
    ]
    context = {"tabs": tabs("periods-rules", actor), "filters": filters, "parts": parts, "query": text}
    return page(request, "workbench/periods/rules.html", context, title="期限规则", crumbs=CRUMBS, active="periods")


class ReckonForm(Form):
    """The calculator of one rule; which fields it has depends on the rule."""

    def __init__(self, rule: rulebook.Rule, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if rule.kind == "before":
            self.fields["event"] = date_field("届满或者活动日期")
        elif rule.unit == "H":
            self.fields["start"] = moment_field(f"起算时间（{rule.trigger}）")
        else:
            self.fields["start"] = date_field(f"起算日（{rule.trigger}）")
        if rule.has_date and rule.length is None and not rule.fixed:
            self.fields["length"] = forms.IntegerField(
                label=f"期限长度（{rulebook.UNITS[rule.unit]}）", min_value=0, max_value=4000
            )
        if rule.pauses:
            reasons = "、".join(ground.reason for ground in rule.pauses)
            self.fields["pause_from"] = date_field("停止计算自", required=False, help_text=f"{reasons}。")
            self.fields["pause_to"] = date_field("停止计算至", required=False)
        if rule.extension:
            self.fields["extra"] = forms.IntegerField(
                label=f"批准延长（{rulebook.UNITS[rule.unit]}）",
                required=False,
                min_value=0,
                max_value=rule.extension.length,
                help_text=f"最长{rule.extension.length}{rulebook.UNITS[rule.unit]}，{rule.extension.by}，只能一次。",
            )
        for field in self.fields.values():
            # The base class has seen only the fields of the class.
            field.error_messages["required"] = f"请填写{field.label}。"
            if isinstance(field, forms.DateField | forms.DateTimeField):
                what = "日期和时间" if isinstance(field, forms.DateTimeField) else "年-月-日"
                field.error_messages["invalid"] = f"请填写{field.label}（{what}）。"


@officials()
def rule(request: HttpRequest, rule_id: str) -> HttpResponse:
    """One rule with all it says, its other terms, and a calculator that counts day by day."""
    actor = actor_of(request)
    try:
        row = rulebook.rule(rule_id, clock.today())
    except MingchaError as error:
        raise NotFound(error.message) from None
    form = ReckonForm(row, request.GET if {"start", "event"} & set(request.GET) else None)
    result, status = None, ""
    if row.has_date and form.is_bound and form.is_valid():
        try:
            result = _reckon(row, form.cleaned_data, actor)
            status = result.value.isoformat() if isinstance(result.value, dt.date) else ""
            if isinstance(result.value, dt.datetime):
                status = result.value.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M")
        except MingchaError as error:
            refuse(form, error)
    base = row.id.partition(":")[0]
    context = {
        "tabs": tabs("periods-rules", actor),
        "rule": row,
        "group": GROUPS[_group(row)],
        "unit": {
            "W": "工作日",
            "N": "自然日",
            "M": "月",
            "Y": "年",
            "H": "小时",
            "D": "每年定日",
            "P": "每日百分比",
        }.get(row.unit, ""),
        "kind": {
            "within": "应在期限内完成",
            "right": "期满即生法定效果",
            "wait": "期满后方可进行",
            "before": "至少提前若干日",
            "rate": "按日加处",
            "prompt": "立即或者及时，没有天数",
            "gate": "办理条件，没有期限",
        }[row.kind],
        "others": [
            item for item in rulebook.rules(clock.today()) if item.id.partition(":")[0] == base and item.id != row.id
        ],
        "form": form,
        "result": result,
        "value": status,
    }
    crumbs = [*CRUMBS, ("期限规则", reverse("periods-rules"))]
    return page(
        request, "workbench/periods/rule.html", context, title=f"{row.id} {row.label}", crumbs=crumbs, active="periods"
    )


def _reckon(row: rulebook.Rule, asked: dict[str, Any], actor: Actor) -> Any:
    calendar = deadlines.calendar(actor.jurisdiction)
    if row.kind == "before":
        return reckoning.latest_notice(row, asked["event"], calendar)
    if row.unit == "H":
        return reckoning.compute_hours(row, asked["start"], length=asked.get("length"))
    pauses = []
    if asked.get("pause_from") and asked.get("pause_to"):
        pauses.append(reckoning.Pause(asked["pause_from"], asked["pause_to"]))
    return reckoning.compute(
        row, asked["start"], calendar, pauses=pauses, extra=asked.get("extra") or 0, length=asked.get("length")
    )
