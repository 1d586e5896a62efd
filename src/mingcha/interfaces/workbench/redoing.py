"""Taking a case up anew after its decision did not stand (重新办理): who ordered it, why, by whom."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts import queries as accounts
from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.common.errors import NotFound, Refused
from mingcha.decisions import actions, queries
from mingcha.decisions.choices import Fault, OrderedBy
from mingcha.decisions.rules import may_redo
from mingcha.interfaces.gate import actor_of, officials
from mingcha.interfaces.workbench.base import CHOOSE, Form, date_field, form_page, submitted, text_area


class RedoForm(Form):
    names = {"handlers": "first"}
    ordered_by = forms.ChoiceField(label="重新办理的原因", choices=[CHOOSE, *OrderedBy.choices])
    order_ref = forms.CharField(label="依据的文书名称和编号", required=False, max_length=200)
    until = date_field("要求办结的日期", required=False, help_text="复议决定或者裁判写明期限的，填写最后一日。")
    fault = forms.ChoiceField(
        label="原决定不能成立的原因",
        choices=[CHOOSE, *Fault.choices],
        help_text="除违反法定程序的以外，不得以同一事实和理由作出相同的决定（行政复议法第六十四条第二款）。",
    )
    reason = forms.CharField(label="重新办理的理由", widget=text_area(4), max_length=3000)
    first = forms.ChoiceField(label="承办人员")
    second = forms.ChoiceField(label="另一名承办人员")
    same_people = forms.CharField(
        label="由原承办人员办理的理由",
        required=False,
        widget=text_area(2),
        max_length=500,
        help_text="另行指定人员的不填。",
    )

    def __init__(self, people: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("first", "second"):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = [("", "请选择"), *people]


@officials(Role.HEAD)
def redo(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Open the case that decides anew; the old one stays as it is."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    found = queries.of_case(case)
    if found is None:
        raise NotFound("本案还没有作出决定。")
    if reasons := may_redo(
        stands=queries.stands(found), again=queries.redone(found) is not None, old=(), new={}, why=""
    ):
        raise Refused(reasons)
    people = [(str(row.id), row.name) for row in accounts.officers_with_role(actor.organ_id, Role.HANDLER)]
    form = RedoForm(people, request.POST or None)

    def run(cleaned: dict[str, Any]) -> dict[str, str]:
        told = {name: cleaned[name] for name in ("ordered_by", "order_ref", "until", "fault", "reason", "same_people")}
        handlers = [uuid.UUID(cleaned[name]) for name in ("first", "second")]
        return {"id": str(actions.redo(found.id, actor=actor, handlers=handlers, **told).pk)}

    if request.method == "POST" and submitted(request, form, run):
        messages.success(request, "已另立一案重新办理，原案和原决定保留。")
        return redirect("decision-case", case_id)
    back = reverse("decision-case", args=[case.id])
    return form_page(
        request,
        form,
        title=f"重新办理 {found.number}",
        submit="重新办理",
        crumbs=[("处罚决定", reverse("decisions")), (str(case), back)],
        active="decisions",
        cancel_url=back,
        guard=True,
        lead="另立一案，重新立案、告知、审核、决定，期限重新计算；由另外两名人员承办。原案、原决定和撤销它的文书都保留。",
    )
