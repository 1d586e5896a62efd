"""The check-in code of an inspection (入企检查码): shown on the officer's screen, confirmed by what the enterprise reads."""

from __future__ import annotations

import uuid
from typing import Any

import segno
from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.cases import access
from mingcha.cases import queries as cases
from mingcha.cases.choices import DutyKind
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.documents import queries as documents
from mingcha.inspections import actions, queries
from mingcha.inspections.models import VisitCode
from mingcha.inspections.rulebook import rulebook
from mingcha.interfaces.gate import actor_of, officials
from mingcha.interfaces.workbench.base import Form, page, submitted

_NOTICE = "inspection-notice"


class ShowForm(Form):
    place = forms.CharField(label="检查地点", max_length=200, help_text="企业看到的地点，应当与检查通知书一致。")


class ConfirmForm(Form):
    word = forms.CharField(
        label="确认码",
        max_length=12,
        help_text="被检查人扫码后，在自己的手机上读到的六位数字。",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    confirmed_by = forms.CharField(label="现场确认人", max_length=60, help_text="读出确认码的人的姓名。")


def _page(
    request: HttpRequest, case: Case, *, show: ShowForm | None = None, confirm: ConfirmForm | None = None
) -> HttpResponse:
    rows = queries.codes(case)
    newest = rows[0] if rows else None
    now = clock.now()
    standing = newest is not None and not hasattr(newest, "visit") and now <= newest.expires_at
    handles = DutyKind.HANDLER in cases.duties_of(case, actor_of(request).officer_id) and case.closed_on is None
    notice = documents.latest(case, _NOTICE)
    first = {"place": newest.place if newest else (notice.fields.get("place", "") if notice else "")}
    context: dict[str, Any] = {
        "case": case,
        "inspection": case.act_type == "inspection",
        "handles": handles,
        "newest": newest if standing else None,
        "qr": _qr(newest) if newest and standing and handles else "",
        "minutes": rulebook()["minutes"],
        "order": queries.order(case),
        "often": queries.often(case),
        "rows": [(row, _state(row, row is newest, now)) for row in rows],
        "show_form": show or ShowForm(initial=first),
        "confirm_form": confirm or ConfirmForm(),
    }
    bound = [form for form in (show, confirm) if form is not None]
    crumbs = [("案件", reverse("cases")), (str(case), reverse("case", args=[case.id]))]
    title = "入企检查码"
    return page(
        request, "workbench/visits/visit.html", context, title=title, crumbs=crumbs, active="cases",
        status=422 if bound else 200,
    )  # fmt: skip


def _qr(row: VisitCode) -> str:
    address = settings.BASE_URL + reverse("portal:visit", args=[queries.code_of(row.id)])
    return str(segno.make(address, error="m").svg_data_uri(scale=6, border=2))


def _state(row: VisitCode, newest: bool, now: Any) -> tuple[str, str]:
    if hasattr(row, "visit"):
        return "ok", "已确认"
    if not newest:
        return "empty", "已被新码代替"
    return ("warn", "已过期") if now > row.expires_at else ("act", "等待确认")


@officials()
def visit(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    return _page(request, access.case(actor_of(request), case_id))


@officials()
def show(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """A fresh code."""
    actor = actor_of(request)
    case = access.own_case(actor, case_id)
    if request.method != "POST":
        return redirect("case-visit", case.id)
    form = ShowForm(request.POST)
    done = submitted(request, form, lambda cleaned: str(actions.show_code(case.id, actor=actor, **cleaned).id))
    return _page(request, case, show=form) if done is None else redirect("case-visit", case.id)


@officials()
def confirm(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """What the enterprise said."""
    actor = actor_of(request)
    case = access.own_case(actor, case_id)
    if request.method != "POST":
        return redirect("case-visit", case.id)
    form = ConfirmForm(request.POST)
    done = submitted(request, form, lambda cleaned: str(actions.confirm(case.id, actor=actor, **cleaned).pk))
    if done is None:
        return _page(request, case, confirm=form)
    messages.success(request, "已登记：被检查人确认到访。")
    return redirect("case-visit", case.id)
