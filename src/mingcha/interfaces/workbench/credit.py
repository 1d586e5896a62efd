"""Board of channels (公示渠道状态): each decision on portal and credit platform, with terms; application and approval."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts.choices import Role
from mingcha.common import clock
from mingcha.common.errors import NotFound
from mingcha.common.paging import page as page_of
from mingcha.deadlines import queries as deadlines
from mingcha.decisions.models import Decision
from mingcha.disclosure import channels, credit
from mingcha.disclosure.models_credit import CreditRequest, Severity
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench import channel_steps, terms
from mingcha.interfaces.workbench.base import Form, form_page, page, plainly, submitted, text_area

READERS = (Role.CLERK, Role.UNIT_HEAD, Role.HEAD, Role.SUPERVISOR)
CRUMBS = [("公示", "/in/publications/"), ("渠道状态", "/in/credit/")]


class AskForm(Form):
    """How grave, and whether it is published."""

    severity = forms.ChoiceField(label="失信程度", choices=Severity.choices, widget=forms.RadioSelect)
    publish = forms.ChoiceField(
        label="处理", choices=[("1", "报送公示"), ("", "不公示")], required=False, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label="理由",
        required=False,
        max_length=500,
        widget=text_area(3),
        help_text="轻微的原则上不公示，一般和严重的应当公示；不按这个办的，必须写明理由。",
    )


class AnswerForm(Form):
    """Yes, or no with a reason."""

    approved = forms.ChoiceField(label="审批", choices=[("yes", "同意"), ("no", "不同意")], widget=forms.RadioSelect)
    reason = forms.CharField(
        label="理由", required=False, max_length=500, widget=text_area(3), help_text="不同意的必填。"
    )


@viewers(*READERS)
def board(request: HttpRequest) -> HttpResponse:
    """Each decision with what every channel demands and where it stands."""
    actor = actor_of(request)
    q = str(request.GET.get("q", "")).replace("\0", "").strip()
    chosen = credit.decisions(actor)
    if q:
        chosen = chosen.filter(number__icontains=q)
    found = page_of(chosen, order=("-decided_on", "-id"), cursor=request.GET.get("cursor"), size=50)
    requests = credit.newest([row.id for row in found.rows])
    done = channels.events([row.id for row in found.rows])
    calendar, today = deadlines.calendar(actor.jurisdiction), clock.today()
    rows = []
    for row in found.rows:
        asked = requests.get(row.id)
        revoked = hasattr(row, "revocation")
        gone = (row.id, "credit", "withdrawn") in done
        word, kind = credit.state(asked, revoked=revoked, today=today, withdrawn=gone)
        due = credit.due(row)
        open_ = not revoked and (asked is None or not hasattr(asked, "answer"))
        rows.append(
            {
                "late": open_ and due < today,
                "cells": [
                    {
                        "text": row.number,
                        "url": reverse("credit-one", args=[row.id]),
                        "note": row.case.organisation.name,
                    },
                    row.decided_on.isoformat(),
                    _portal(row),
                    {"tag": word, "tag_kind": kind},
                    {"due": terms.of_day(due, calendar, today)} if open_ else "—",
                    _register(row, done),
                ],
            }
        )
    context = {
        "checks": [(item, channels.checkable(actor, item)) for item in channels.to_be_checked(credit.decisions(actor))],
        "rows": rows,
        "columns": [
            {"label": name} for name in ("决定", "决定日期", "公示平台", "信用公示", "报送期限", "企业信用信息公示系统")
        ],
        "page": found,
        "q": q,
    }
    return page(
        request, "workbench/credit/board.html", context, title="渠道状态", crumbs=CRUMBS[:1], active="disclosure"
    )


def _register(row: Decision, done: Mapping[tuple[uuid.UUID, str, str], Any]) -> Any:
    if (row.id, "market", "withdrawn") in done:
        return {"tag": "已撤回", "tag_kind": "law"}
    if (row.id, "market", "reported") in done:
        return {"tag": "公示中", "tag_kind": "ok"}
    duty = channels.market(row)
    return {"tag": "待公示", "tag_kind": "act", "note": duty.due.value.isoformat()} if duty.due else "不适用"


def _portal(row: Decision) -> dict[str, str]:
    publication = getattr(row, "publication", None)
    if publication is None:
        return {"tag": "尚未列入", "tag_kind": "empty"}
    if hasattr(publication, "withdrawal"):
        return {"tag": "已撤下", "tag_kind": "law"}
    return (
        {"tag": "公示中", "tag_kind": "ok"}
        if hasattr(publication, "release")
        else {"tag": "等待公示", "tag_kind": "act"}
    )


def _decision(request: HttpRequest, decision_id: uuid.UUID) -> Decision:
    found = credit.decisions(actor_of(request)).filter(id=decision_id).first()
    if found is None:
        raise NotFound("没有找到这份决定，或者您无权查看。")
    return found


@viewers(*READERS)
def one(request: HttpRequest, decision_id: uuid.UUID) -> HttpResponse:
    """One decision: the terms by severity with their reckoning, the requests and their answers."""
    actor = actor_of(request)
    row = _decision(request, decision_id)
    rows = CreditRequest.objects.filter(decision=row)
    requests = list(rows.select_related("answer__by", "asked_by", "referral__organisation").order_by("-seq"))
    newest = requests[0] if requests else None
    today = clock.today()
    free = newest is None or (hasattr(newest, "answer") and not newest.answer.approved)
    own = row.case.organisation_id == actor.organ_id
    listed = channel_steps.rows_of(row, actor)
    gone = any(item["withdrawn"] and item["withdrawn"].channel == "credit" for item in listed)
    answers = newest is not None and credit.answerable(actor).filter(id=newest.id).exists()
    context = {
        "decision": row,
        "portal": _portal(row),
        "state": credit.state(newest, revoked=hasattr(row, "revocation"), today=today, withdrawn=gone),
        "channels": listed,
        "may_record": own and actor.has(Role.CLERK),
        "may_report": channels.market(row).applies,
        "requests": requests,
        "terms": [
            {
                "label": label,
                "until": (found := credit.terms(row, value)).until.value,
                "explained": plainly(found.until),
                "repair": found.repair.value if found.repair else None,
            }
            for value, label in Severity.choices
        ],
        "due": credit.terms(row, Severity.GENERAL).due.value,
        "due_explained": {**plainly(credit.terms(row, Severity.GENERAL).due), "doubt": True},
        "may_ask": own and free and actor.has(Role.CLERK, Role.UNIT_HEAD),
        "may_answer": answers and not hasattr(newest, "answer") and actor.has(Role.HEAD),
        "newest": newest,
    }
    return page(request, "workbench/credit/one.html", context, title=row.number, crumbs=CRUMBS, active="disclosure")


@officials(Role.CLERK, Role.UNIT_HEAD)
def ask(request: HttpRequest, decision_id: uuid.UUID) -> HttpResponse:
    """Apply."""
    actor = actor_of(request)
    row = _decision(request, decision_id)
    form = AskForm(request.POST or None)
    back = reverse("credit-one", args=[row.id])

    def act(cleaned: dict[str, Any]) -> str:
        made = credit.ask(
            row.id,
            actor=actor,
            severity=cleaned["severity"],
            publish=bool(cleaned["publish"]),
            reason=cleaned["reason"],
        )
        return str(made.id)

    if request.method == "POST" and submitted(request, form, act):
        messages.success(request, "已提出申请，等待审批。")
        return redirect(back)
    return form_page(
        request,
        form,
        title=f"信用公示申请　{row.number}",
        submit="提出申请",
        crumbs=CRUMBS,
        active="disclosure",
        cancel_url=back,
    )


@officials(Role.HEAD)
def answer(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Approve or refuse."""
    actor = actor_of(request)
    asked = CreditRequest.objects.filter(id=request_id).first()
    if asked is None:
        raise NotFound("没有找到这项申请，或者您无权查看。")
    row = _decision(request, asked.decision_id)
    form = AnswerForm(request.POST or None)
    back = reverse("credit-one", args=[row.id])

    def act(cleaned: dict[str, Any]) -> str:
        made = credit.answer(asked.id, actor=actor, approved=cleaned["approved"] == "yes", reason=cleaned["reason"])
        return str(made.pk)

    if request.method == "POST" and submitted(request, form, act):
        messages.success(request, "已登记审批意见。")
        return redirect(back)
    return form_page(
        request,
        form,
        title=f"审批信用公示　{row.number}",
        submit="提交",
        crumbs=CRUMBS,
        active="disclosure",
        cancel_url=back,
    )
