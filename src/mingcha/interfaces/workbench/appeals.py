"""Pages of reconsideration and suits (复议、诉讼): what is pending on a case, its paper, how it ended."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts.actors import Actor
from mingcha.cases import access
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.errors import NotFound
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench.base import Form, form_page, page, submitted, text_area
from mingcha.performance import appealing, queries
from mingcha.performance.choices import AppealKind, AppealOutcome

_PAPERS = ("application/pdf", "image/")
_LEAD = "登记以后案卷随即冻结：程序终结以前，案卷不能销毁，内容不能删除（档案法第三十一条）。起诉、申请复议不停止执行的，照常执行。"


class AppealForm(Form):
    """A reconsideration or a suit that is pending."""

    kind = forms.ChoiceField(label="种类", choices=AppealKind.choices)
    authority = forms.CharField(label="复议机关或者人民法院", max_length=120)
    number = forms.CharField(label="受理通知书文号或者案号", max_length=120)
    received_on = forms.DateField(label="收到日期", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    file = forms.FileField(label="受理通知书、应诉通知书", required=False)


class EndForm(Form):
    """How it ended."""

    outcome = forms.ChoiceField(label="结果", choices=AppealOutcome.choices)
    number = forms.CharField(label="决定书或者裁判文书文号", max_length=120)
    ended_on = forms.DateField(label="终结日期", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    note = forms.CharField(label="说明", max_length=300, required=False, widget=text_area(2))
    file = forms.FileField(label="决定书或者裁判文书", required=False)


def _crumbs(case: Case) -> list[tuple[str, str]]:
    return [(str(case), reverse("case", args=[case.id])), ("复议和诉讼", reverse("appeals", args=[case.id]))]


@viewers()
def listing(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """What is and was pending against a case."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    own = case.organisation_id == actor.organ_id
    context = {
        "case": case,
        "appeals": [{"appeal": row, "end": getattr(row, "end", None)} for row in queries.appeals(case)],
        "may_record": own and actor.has(*appealing.MAY_RECORD),
        "may_end": own and actor.has(*appealing.MAY_END),
    }
    crumbs = _crumbs(case)[:1]
    return page(request, "workbench/keeping/appeals.html", context, title="复议和诉讼", crumbs=crumbs, active="cases")


@officials(*appealing.MAY_RECORD)
def new(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    actor = actor_of(request)
    case = access.case(actor, case_id)
    form = AppealForm(request.POST or None, request.FILES or None, initial={"received_on": clock.today()})

    def act(given: dict[str, Any]) -> str:
        return str(appealing.record(case.id, actor=actor, **given).id)

    return _form(request, case, form, act, "登记复议、诉讼", "已登记，案卷已冻结。", lead=_LEAD)


@officials(*appealing.MAY_END)
def end(request: HttpRequest, case_id: uuid.UUID, appeal_id: uuid.UUID) -> HttpResponse:
    actor = actor_of(request)
    case = _holding(actor, case_id, appeal_id)
    form = EndForm(request.POST or None, request.FILES or None, initial={"ended_on": clock.today()})

    def act(given: dict[str, Any]) -> str:
        return str(appealing.end(appeal_id, actor=actor, **given).pk)

    return _form(request, case, form, act, "登记复议、诉讼的结果", "已登记结果，因它而设的冻结已经解除。")


def _holding(actor: Actor, case_id: uuid.UUID, appeal_id: uuid.UUID) -> Case:
    case = access.case(actor, case_id)
    if not queries.appeals(case).filter(id=appeal_id).exists():
        raise NotFound("没有找到这件复议或者诉讼。")
    return case


def _form(request: HttpRequest, case: Case, form: Form, act: Any, title: str, said: str, **more: Any) -> HttpResponse:
    back = reverse("appeals", args=[case.id])
    if request.method == "POST" and submitted(request, form, act, uploads={"file": _PAPERS}):
        messages.success(request, said)
        return redirect(back)
    return form_page(
        request, form, title=title, submit="登记", crumbs=_crumbs(case), active="cases", cancel_url=back, **more
    )
