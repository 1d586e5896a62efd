"""Pages of reading dossiers (调阅): ask, answer, read marked pages, give back; the register of who read what."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.archives.lending import actions, queries, rules
from mingcha.archives.lending.choices import Reader, Volume
from mingcha.archives.models import Loan, MarkedCopy
from mingcha.archives.schemas import in_force
from mingcha.common import clock
from mingcha.common.clock import legal_day
from mingcha.common.errors import MingchaError, NotFound
from mingcha.common.paging import page as page_of
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench.base import Form, acted, date_field, form_page, page, submitted, text_area
from mingcha.interfaces.workbench.exporting import Table, table_response
from mingcha.interfaces.workbench.files import respond

_SIZE = 50
_MOST_EXPORTED = 20_000
_ORDER = ("-asked_at", "-id")
CRUMBS = [("调阅", "/in/loans/")]
STATES = {
    "waiting": ("待批准", "act"),
    "open": ("调阅中", "ok"),
    "refused": ("不同意", "late"),
    "expired": ("已到期", "empty"),
    "returned": ("已归还", "empty"),
    "revoked": ("已收回", "warn"),
}
HEADS = (
    "案卷", "案由", "调阅人", "单位", "身份", "目的", "说明", "范围", "申请", "批准人", "到期", "状态",
    "查看材料", "查看页次", "最后查看",
)  # fmt: skip


class AskForm(Form):
    """Who reads what for what and how long; outsiders are entered by the archive."""

    reader = forms.ChoiceField(label="调阅人", choices=Reader.choices, initial=Reader.SELF)
    reader_name = forms.CharField(label="调阅人姓名", max_length=60, required=False)
    reader_unit = forms.CharField(label="调阅人单位", max_length=120, required=False)
    credential = forms.CharField(
        label="凭据",
        max_length=120,
        required=False,
        help_text="介绍信、委托书、律师证等的名称和编号，不要写身份证号码。",
    )
    purpose = forms.ChoiceField(label="调阅目的")
    purpose_text = forms.CharField(label="目的说明", max_length=300, widget=text_area(2))
    volume = forms.ChoiceField(label="调阅范围", choices=Volume.choices, widget=forms.RadioSelect, initial=Volume.MAIN)
    papers = forms.MultipleChoiceField(
        label="只看其中一部分", required=False, widget=forms.CheckboxSelectMultiple, help_text="不选就是整个范围。"
    )
    until = date_field("调阅到")

    def __init__(self, actor: Actor, sheets: list[queries.Sheet], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["purpose"].choices = list(rules.law()["purposes"].items())
        fields["papers"].choices = [
            (row.key, f"{'副卷　' if row.second else ''}{row.title}{row.number and f'　{row.number}'}")
            for row in sheets
        ]
        table = in_force("loan-list", actor.organ_id)
        fields["until"].help_text = f"按{table.name}，最长{max(row['days'] for row in table.entries)}日。"
        fields["until"].initial = clock.today() + dt.timedelta(days=7)
        if not actor.has(Role.ARCHIVIST):
            for name in ("reader", "reader_name", "reader_unit", "credential"):
                del fields[name]


class DecideForm(Form):
    """The answer to a request."""

    granted = forms.ChoiceField(
        label="意见", choices=[("yes", "同意"), ("no", "不同意")], widget=forms.RadioSelect, initial="yes"
    )
    reason = forms.CharField(label="说明", max_length=300, required=False, widget=text_area(2))
    until = date_field("调阅到", help_text="可以比申请的短，不能更长。")


class EndForm(Form):
    """Why a reading is taken back."""

    reason = forms.CharField(label="理由", max_length=300, widget=text_area(2))


def _chosen(request: HttpRequest, rows: QuerySet[Loan]) -> QuerySet[Loan]:
    for word in str(request.GET.get("q", "")).split()[:5]:
        rows = rows.filter(
            Q(case__number__icontains=word)
            | Q(case__cause__icontains=word)
            | Q(reader_name__icontains=word)
            | Q(reader_unit__icontains=word)
            | Q(purpose_text__icontains=word)
        )
    today = clock.today()
    return {
        "waiting": lambda: rows.filter(decision=None),
        "open": lambda: rows.filter(decision__granted=True, decision__until__gte=today, end=None),
        "expired": lambda: rows.filter(decision__granted=True, decision__until__lt=today, end=None),
        "refused": lambda: rows.filter(decision__granted=False),
        "returned": lambda: rows.filter(end__kind="returned"),
        "revoked": lambda: rows.filter(end__kind="revoked"),
    }.get(str(request.GET.get("state", "")), lambda: rows)()


@viewers()
def listing(request: HttpRequest) -> HttpResponse:
    """Requests: one's own; for the keepers all of the organ with what was read; those that wait for one's answer on top."""
    actor = actor_of(request)
    rows = _chosen(request, queries.readings(actor))
    found = page_of(rows, order=_ORDER, cursor=request.GET.get("cursor"), size=_SIZE)
    query = {name: value for name, value in request.GET.items() if value and name != "cursor"}
    state = str(request.GET.get("state", ""))
    extra = {"q": query["q"]} if "q" in query else {}
    context = {
        "mine": queries.waiting(actor),
        "rows": [_row(row) for row in found.rows],
        "columns": [
            {"label": name, "num": name == "查看"}
            for name in ("案卷", "调阅人", "目的", "申请", "到期", "状态", "查看")
        ],
        "page": found,
        "q": request.GET.get("q", ""),
        "filtered": bool(query),
        "filters": [
            {"label": "全部", "url": f"?{urlencode(extra)}", "current": state not in STATES},
            *(
                {"label": label, "url": f"?{urlencode({**extra, 'state': key})}", "current": key == state}
                for key, (label, _) in STATES.items()
            ),
        ],
        "keeper": actor.has(*queries.KEEPERS, Role.SUPERVISOR),
        "exports": [
            (name, reverse("loans-export", args=[name]) + (f"?{urlencode(query)}" if query else ""))
            for name in ("xlsx", "csv")
        ],
    }
    return page(request, "workbench/loans/list.html", context, title="调阅", active="loans")


def _row(row: Any) -> dict[str, Any]:
    label, kind = STATES[queries.state(row)]
    decision = getattr(row, "decision", None)
    return {
        "cells": [
            {"text": str(row.case), "url": reverse("loan", args=[row.id]), "note": row.case.cause},
            {"text": row.reader_name, "note": row.reader_unit},
            {"text": rules.law()["purposes"][row.purpose], "note": row.purpose_text},
            legal_day(row.asked_at).isoformat(),
            (decision.until if decision else row.until).isoformat(),
            {"tag": label, "tag_kind": kind, "text": ""},
            {"text": f"{row.papers_read}件 {row.pages_read}页次"} if row.pages_read else "—",
        ]
    }


@viewers()
def export(request: HttpRequest, ending: str) -> HttpResponseBase:
    """The register of readings as XLSX or CSV, as chosen on the list."""
    rows = _chosen(request, queries.readings(actor_of(request))).order_by(*_ORDER)[:_MOST_EXPORTED]
    return table_response(Table("调阅登记", HEADS, (_line(row) for row in rows)), ending, "loans")


def _line(row: Any) -> list[Any]:
    decision = getattr(row, "decision", None)
    by = decision.by.name if decision and decision.by else "按规则" if decision else ""
    return [
        str(row.case),
        row.case.cause,
        row.reader_name,
        row.reader_unit,
        row.get_reader_display(),
        rules.law()["purposes"][row.purpose],
        row.purpose_text,
        row.get_volume_display(),
        legal_day(row.asked_at),
        by,
        decision.until if decision else row.until,
        STATES[queries.state(row)][0],
        row.papers_read,
        row.pages_read,
        row.last_read.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M") if row.last_read else "",
    ]


@viewers()
def dossiers(request: HttpRequest) -> HttpResponse:
    """Closed dossiers of the organ: where a request begins."""
    actor = actor_of(request)
    rows = queries.archived(actor)
    for word in str(request.GET.get("q", "")).split()[:5]:
        rows = rows.filter(Q(number__icontains=word) | Q(cause__icontains=word))
    found = page_of(rows, order=("-created_at", "-id"), cursor=request.GET.get("cursor"), size=_SIZE)
    context = {
        "rows": [
            {
                "cells": [
                    {"text": str(row), "note": row.cause},
                    row.closed_on.isoformat() if row.closed_on else "—",
                    {"text": "申请调阅", "url": reverse("loan-new", args=[row.id])},
                ]
            }
            for row in found.rows
        ],
        "columns": [{"label": name} for name in ("案卷", "结案", "办理")],
        "page": found,
        "q": request.GET.get("q", ""),
    }
    return page(request, "workbench/loans/dossiers.html", context, title="选择案卷", crumbs=CRUMBS, active="loans")


@officials()
def new(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Ask to read a dossier."""
    actor = actor_of(request)
    case = queries.reader_case(actor, case_id)
    if not queries.archived(actor).filter(id=case.id).exists():
        raise NotFound("没有找到这件已结案的案卷，或者您无权调阅。")
    form = AskForm(actor, queries.sheets(case), request.POST or None)
    if request.method == "POST":

        def act(cleaned: dict[str, Any]) -> str:
            return str(actions.ask(case.id, actor=actor, **{"reader": Reader.SELF, **cleaned}).id)

        if done := submitted(request, form, act):
            state = queries.state(queries.loan(actor, uuid.UUID(done.result)))
            messages.success(request, "可以开始查看。" if state == "open" else "已提出申请，批准以后可以查看。")
            return redirect("loan", done.result)
    return form_page(
        request,
        form,
        title=f"调阅 {case}",
        submit="提出申请",
        crumbs=CRUMBS,
        active="loans",
        cancel_url=reverse("loans"),
        lead="每次查看都记录查看人、目的、时间和页次，页面带有水印。",
    )


@viewers()
def one(request: HttpRequest, loan_id: uuid.UUID) -> HttpResponse:
    """A request: what was asked, who answered, the papers it opens, every look so far."""
    actor = actor_of(request)
    loan = queries.loan(actor, loan_id)
    state = queries.state(loan)
    own = loan.asked_by_id == actor.officer_id
    keeper = actor.has(*queries.KEEPERS, Role.SUPERVISOR)
    looks = loan.views.select_related("by").order_by("-at", "-id")[:200] if own or keeper else []
    context = {
        "loan": loan,
        "state": STATES[state],
        "purpose": rules.law()["purposes"][loan.purpose],
        "rule": queries.rule_of(loan),
        "own": own,
        "reads": own and state == "open",
        "sheets": queries.opened(loan) if own or keeper else [],
        "looks": looks,
        "decides": queries.may_decide(loan, actor),
        "ends": state in ("open", "expired") and (own or actor.has(*queries.KEEPERS)),
        "copies": loan.copies.select_related("by").order_by("-at") if keeper else [],
        "may_copy": actor.has(Role.ARCHIVIST) and state == "open" and loan.reader != Reader.SELF,
    }
    return page(request, "workbench/loans/one.html", context, title=f"调阅 {loan.case}", crumbs=CRUMBS, active="loans")


@officials(Role.ARCHIVIST, Role.REVIEWER, Role.HEAD)
def decide(request: HttpRequest, loan_id: uuid.UUID) -> HttpResponse:
    """Answer a request."""
    actor = actor_of(request)
    loan = queries.loan(actor, loan_id)
    form = DecideForm(request.POST or None, initial={"until": loan.until})
    if request.method == "POST":

        def act(cleaned: dict[str, Any]) -> None:
            granted = cleaned.pop("granted") == "yes"
            actions.decide(loan.id, actor=actor, granted=granted, **cleaned)

        if submitted(request, form, act):
            messages.success(request, "已答复。")
            return redirect("loan", loan.id)
    lead = f"{loan.reader_name}申请调阅{loan.get_volume_display()}：{loan.purpose_text}"
    return form_page(
        request,
        form,
        title="答复调阅申请",
        submit="答复",
        crumbs=[*CRUMBS, (str(loan), reverse("loan", args=[loan.id]))],
        active="loans",
        cancel_url=reverse("loan", args=[loan.id]),
        lead=lead,
    )


@officials()
def end(request: HttpRequest, loan_id: uuid.UUID) -> HttpResponse:
    """Give back with a button; take back with a reason."""
    actor = actor_of(request)
    loan = queries.loan(actor, loan_id)
    if loan.asked_by_id == actor.officer_id:
        if request.method == "POST":
            try:
                acted(request, lambda: str(actions.end(loan.id, actor=actor).loan_id))
            except MingchaError as error:
                messages.error(request, error.message)
            else:
                messages.success(request, "已归还。")
        return redirect("loan", loan.id)
    actor.require(*queries.KEEPERS)
    form = EndForm(request.POST or None)
    if request.method == "POST" and submitted(
        request, form, lambda cleaned: str(actions.end(loan.id, actor=actor, **cleaned).loan_id)
    ):
        messages.success(request, "已收回。")
        return redirect("loan", loan.id)
    return form_page(
        request,
        form,
        title="收回调阅",
        submit="收回",
        crumbs=[*CRUMBS, (str(loan), reverse("loan", args=[loan.id]))],
        active="loans",
        cancel_url=reverse("loan", args=[loan.id]),
        danger=True,
    )


@viewers()
def read(request: HttpRequest, loan_id: uuid.UUID, key: str) -> HttpResponse:
    """The marked pages of one paper, one at a time."""
    actor = actor_of(request)
    loan = queries.loan(actor, loan_id)
    sheet = queries.sheet(loan, key)
    total = queries.page_count(sheet)
    try:
        number = min(max(int(request.GET.get("page", "1")), 1), max(total, 1))
    except ValueError:
        number = 1
    context = {
        "loan": loan,
        "sheet": sheet,
        "number": number,
        "total": total,
        "readable": loan.asked_by_id == actor.officer_id and not queries.unreadable(loan),
        "stamp": actions.stamp(loan, actor),
    }
    crumbs = [*CRUMBS, (str(loan), reverse("loan", args=[loan.id]))]
    return page(request, "workbench/loans/read.html", context, title=sheet.title, crumbs=crumbs, active="loans")


@viewers()
def picture(request: HttpRequest, loan_id: uuid.UUID, key: str, number: int) -> HttpResponse:
    """One marked page as a picture; the look is recorded."""
    shown = actions.look(loan_id, key, number, actor=actor_of(request))
    response = HttpResponse(shown, content_type="image/jpeg")
    response["Cache-Control"] = "private, no-store"
    return response


@officials(Role.ARCHIVIST)
def copy(request: HttpRequest, loan_id: uuid.UUID) -> HttpResponse:
    """Make the marked copy for an outsider."""
    if request.method == "POST":
        made = actions.copy(loan_id, actor=actor_of(request))
        messages.success(request, f"已制作带水印的复制件，共{made.pages}页。")
    return redirect("loan", loan_id)


@viewers(*queries.KEEPERS, Role.SUPERVISOR)
def copied(request: HttpRequest, loan_id: uuid.UUID, copy_id: uuid.UUID) -> HttpResponseBase:
    """The marked copy for printing or handing over."""
    loan = queries.loan(actor_of(request), loan_id)
    made = MarkedCopy.objects.filter(loan=loan, id=copy_id).first()
    if made is None:
        raise NotFound("没有找到这份复制件。")
    return respond(request, made.file_id, f"{loan.case} 带水印复制件")
