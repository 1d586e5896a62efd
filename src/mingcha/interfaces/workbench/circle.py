"""The circle of a restricted paper (知悉范围): who may read it and why; a head admits others — 监察法 art. 37."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.common import clock
from mingcha.common.errors import NotFound
from mingcha.documents import access as papers
from mingcha.documents.circles import actions, queries
from mingcha.documents.rendering import kinds, template
from mingcha.documents.rendering.about import about
from mingcha.interfaces.gate import actor_of, officials
from mingcha.interfaces.workbench.base import Form, page, submitted, text_area


class AdmitForm(Form):
    officer_id = forms.ChoiceField(label="人员")
    reason = forms.CharField(label="理由", max_length=300, widget=text_area(2), help_text="写明办理什么工作需要知悉。")


@officials()
def circle(request: HttpRequest, case_id: uuid.UUID, kind: str) -> HttpResponse:
    """The circle with the reason of each admission; for heads the form to admit one more."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    if kind not in kinds() or not about(kind).restricted:
        raise NotFound("没有找到这份文书。")
    papers.require(actor, case, kind)
    admits = actor.has(Role.HEAD) and actor.organ_id == case.organisation_id
    form = None
    if admits:
        form = AdmitForm(request.POST or None)
        choice = form.fields["officer_id"]
        if isinstance(choice, forms.ChoiceField):
            people = queries.to_admit(case, kind)
            choice.choices = [("", "请选择"), *((str(row.id), f"{row.name}　{row.title}") for row in people)]
    if form is not None and request.method == "POST":

        def act(cleaned: dict[str, Any]) -> str:
            officer = uuid.UUID(cleaned["officer_id"])
            return str(actions.admit(case.id, kind, officer_id=officer, reason=cleaned["reason"], actor=actor).id)

        if submitted(request, form, act):
            messages.success(request, "已经扩大知悉范围，这名人员现在可以阅看。")
            return redirect("case-circle", case.id, kind)
    rows: list[dict[str, Any]] = [
        {"cells": [row.name, row.title, "本机关负责人", "—"]} for row in queries.heads(case, kind)
    ]
    rows += [
        {
            "cells": [
                row.officer.name,
                row.officer.title,
                row.reason,
                {"text": clock.legal_day(row.at).isoformat(), "note": row.admitted_by.name},
            ]
        }
        for row in queries.admitted(case, kind)
    ]
    context = {
        "why": about(kind).restricted,
        "rows": rows,
        "columns": [{"label": name} for name in ("人员", "职务", "理由", "准许")],
        "form": form,
        "submit": "准许阅看",
        "cancel_url": reverse("case-papers", args=[case.id]),
        "failed": form is not None and form.is_bound,
    }
    title = f"《{template(kind).title}》的知悉范围"
    crumbs = [("案件", reverse("cases")), (str(case), reverse("case", args=[case.id]))]
    crumbs += [("本案文书", reverse("case-papers", args=[case.id]))]
    status = 422 if request.method == "POST" else 200
    return page(
        request,
        "workbench/papers/circle.html",
        context,
        title=title,
        crumbs=crumbs,
        active="cases",
        status=status,
    )
