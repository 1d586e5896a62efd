"""Approvals (审批): what waits for a head, one paper with its answer, asking and taking back."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.common.errors import InvalidInput, NotPermitted
from mingcha.documents.approving import actions, queries
from mingcha.documents.approving.choices import ApprovalChoice, ApprovalStep
from mingcha.documents.approving.models import Approval
from mingcha.documents.rendering import template
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench.base import Form, acted, page, submitted, text_area
from mingcha.interfaces.workbench.drafting import sheet

_TAGS = {"agree": "ok", "refuse": "late", "return": "warn", "withdraw": "empty"}


class AnswerForm(Form):
    choice = forms.ChoiceField(
        label="审批意见",
        choices=[(row.value, row.label) for row in ApprovalChoice if row != ApprovalChoice.WITHDRAW],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label="意见和理由",
        widget=text_area(3),
        max_length=500,
        required=False,
        help_text="不同意、退回的，须写明理由。",
    )
    digest = forms.CharField(widget=forms.HiddenInput)


@viewers(Role.UNIT_HEAD, Role.HEAD)
def listing(request: HttpRequest) -> HttpResponse:
    """Papers that wait for this person's word, oldest first."""
    rows = [
        {
            "cells": [
                {"text": template(row.kind).title, "url": reverse("approval", args=[row.id])},
                {"text": str(row.case), "note": row.case.cause},
                row.case.party_name,
                {"text": row.asked_by.name, "note": f"{row.asked_at:%Y-%m-%d}"},
            ]
        }
        for row in queries.waiting(actor_of(request))[:200]
    ]
    columns = [{"label": name} for name in ("文书", "案件", "当事人", "提交人")]
    context = {"rows": rows, "columns": columns}
    return page(request, "workbench/papers/approvals.html", context, title="文书审批", active="approvals")


def _step(actor: Actor, found: Approval) -> str:
    """As what this person answers, or nothing: the organ's head last, the unit's head once before."""
    spoken = {row.step for row in found.opinions.all()}
    over = any(row.choice != ApprovalChoice.AGREE or row.document_id for row in found.opinions.all())
    if over or found.asked_by_id == actor.officer_id or actor.organ_id != found.case.organisation_id:
        return ""
    steps = [ApprovalStep.HEAD, ApprovalStep.UNIT_HEAD]
    if template(found.kind).about.approver == "unit_head":
        steps = [ApprovalStep.UNIT_HEAD]
    return next((step for step in steps if actor.has(str(step)) and step not in spoken), "")


@officials()
def one(request: HttpRequest, approval_id: uuid.UUID) -> HttpResponse:
    """The paper as it would be made, what has been said on it, and the form for the one whose turn it is."""
    actor = actor_of(request)
    found = queries.approval(actor, approval_id)
    step = _step(actor, found)
    form = AnswerForm(request.POST or None, initial={"digest": found.digest})
    if request.method == "POST":
        if any(row.officer_id == actor.officer_id for row in found.opinions.all()):
            messages.info(request, "您的意见已经记入案件。")
            return redirect("approval", approval_id)
        if not step:
            raise NotPermitted(message="这份审批不由您答复，或者已经办结。")
        done = submitted(request, form, lambda cleaned: _answer(actor, found, step, cleaned))
        if done:
            messages.success(request, "审批意见已记入案件。")
            return redirect("approval", approval_id)
        found = queries.approval(actor, approval_id)
        step = _step(actor, found)
    blocks: list[dict[str, Any]] = []
    wrong: list[str] = []
    try:
        blocks = sheet(found.case, found.kind, found.fields)
    except InvalidInput as error:
        wrong = [text for texts in error.fields.values() for text in texts]
    opinions = [
        {
            "who": f"{row.name}（{row.get_step_display()}）",
            "tag": row.get_choice_display(),
            "tag_kind": _TAGS[row.choice],
            "text": row.text,
            "at": row.at,
        }
        for row in found.opinions.all().order_by("at")
    ]
    document = next((row.document_id for row in found.opinions.all() if row.document_id), None)
    title = f"审批{template(found.kind).title}"
    context = {
        "case": found.case,
        "approval": found,
        "form_title": template(found.kind).title,
        "blocks": blocks,
        "wrong": wrong,
        "opinions": opinions,
        "document": document,
        "form": form if step else None,
        "step": ApprovalStep(step).label if step else "",
        "last": step == template(found.kind).about.approver,
        "about": template(found.kind).about,
        "mine": found.asked_by_id == actor.officer_id and not any(row["tag_kind"] != "ok" for row in opinions),
    }
    crumbs = [("案件", reverse("cases")), (str(found.case), reverse("case", args=[found.case_id]))]
    status = 422 if form.is_bound else 200
    return page(
        request,
        "workbench/papers/approval.html",
        context,
        title=title,
        crumbs=crumbs,
        active="approvals",
        status=status,
    )


def _answer(actor: Actor, found: Approval, step: str, cleaned: dict[str, Any]) -> str:
    document = actions.answer(
        found.id,
        actor=actor,
        step=step,
        choice=cleaned["choice"],
        text=cleaned["text"],
        digest_seen=cleaned["digest"],
    )
    return str(document or "")


@require_POST
@officials(Role.HANDLER)
def withdraw(request: HttpRequest, approval_id: uuid.UUID) -> HttpResponse:
    actor = actor_of(request)
    found = queries.approval(actor, approval_id)
    access.own_case(actor, found.case_id)
    acted(request, lambda: actions.withdraw(approval_id, actor=actor))
    messages.success(request, "已撤回，可以修改后重新提交。")
    return redirect("draft", found.case_id, found.kind)
