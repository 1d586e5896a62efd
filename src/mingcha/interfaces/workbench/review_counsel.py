"""The counsel pool (顾问名册), and counsel's own door: what was handed over, as long as it was handed over for."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts import queries as accounts
from mingcha.accounts.choices import Role
from mingcha.cases import queries as cases
from mingcha.common.errors import NotFound
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench import letters
from mingcha.interfaces.workbench.base import Form, form_page, page, submitted, text_area
from mingcha.interfaces.workbench.files import respond
from mingcha.interfaces.workbench.materials import shown
from mingcha.review import access, actions, queries
from mingcha.review.choices import AnswerKind, CounselKind
from mingcha.review.models import Consultation


class MemberForm(Form):
    """Who joins the pool."""

    officer_id = forms.ChoiceField(label="人员")
    kind = forms.ChoiceField(label="身份", choices=CounselKind.choices)
    field = forms.CharField(label="专长", max_length=200)


class EndForm(Form):
    """Why somebody leaves."""

    reason = forms.CharField(label="退出的原因", max_length=300)


class OpinionForm(Form):
    """Counsel's opinion, or the word that counsel stays away."""

    kind = forms.ChoiceField(label="答复", choices=AnswerKind.choices, widget=forms.RadioSelect, initial="opinion")
    text = forms.CharField(label="意见或者回避的理由", widget=text_area(8), max_length=8000)


@officials(Role.ADMIN, Role.REVIEWER)
def pool(request: HttpRequest) -> HttpResponse:
    """Members of the pool; one joins by the form below."""
    actor = actor_of(request)
    members = list(queries.pool(actor.organ_id))
    inside = {row.officer_id for row in members}
    form = MemberForm(request.POST or None)
    people = [
        (str(row.id), f"{row.name}（{row.organisation.name}）")
        for row in accounts.staff(actor.jurisdiction).prefetch_related(None)
        if row.id not in inside
    ]
    # Nobody is preset: the first of the list would join by a slip.
    form.fields["officer_id"].choices = [("", "请选择"), *people]  # type: ignore[attr-defined]

    def act(cleaned: dict[str, Any]) -> None:
        actions.admit_counsel(
            uuid.UUID(cleaned["officer_id"]), actor=actor, kind=cleaned["kind"], field=cleaned["field"]
        )

    if request.method == "POST" and submitted(request, form, act):
        messages.success(request, "已登记到顾问名册。")
        return redirect("counsel")
    rows = [
        {
            "cells": [
                {"text": row.officer.name, "note": row.officer.organisation.name},
                row.get_kind_display(),
                row.field,
                {"text": row.since.isoformat()},
                {"text": "登记退出", "url": reverse("counsel-end", args=[row.id])},
            ]
        }
        for row in members
    ]
    columns = [{"label": name} for name in ("姓名", "身份", "专长", "登记日期", "办理")]
    context = {"rows": rows, "columns": columns, "form": form}
    status = 422 if form.is_bound else 200
    crumbs = [("法制审核", reverse("review"))] if actor.has(Role.REVIEWER) else []
    return page(
        request, "workbench/review/pool.html", context, title="顾问名册", crumbs=crumbs, active="review", status=status
    )


@officials(Role.ADMIN, Role.REVIEWER)
def end(request: HttpRequest, counsel_id: uuid.UUID) -> HttpResponse:
    """A member leaves the pool."""
    actor = actor_of(request)
    found = queries.counsel(actor.organ_id, counsel_id)
    if found is None:
        raise NotFound("没有找到这名顾问，可能已经退出。")
    form = EndForm(request.POST or None)

    def act(cleaned: dict[str, Any]) -> None:
        actions.end_counsel(counsel_id, actor=actor, reason=cleaned["reason"])

    if request.method == "POST" and submitted(request, form, act):
        messages.success(request, f"{found.officer.name}已退出顾问名册。")
        return redirect("counsel")
    lead = "退出以后，交给他的材料不再提供，已经出具的意见留在案卷里。"
    crumbs = [("顾问名册", reverse("counsel"))]
    title = f"{found.officer.name}退出顾问名册"
    return form_page(
        request, form, title=title, submit="登记退出", crumbs=crumbs, cancel_url=reverse("counsel"), lead=lead
    )


@viewers()
def asked(request: HttpRequest) -> HttpResponse:
    """What this person was asked as counsel."""
    rows = [
        {
            "cells": [
                {"text": row.question[:60], "url": reverse("consultation", args=[row.id])},
                row.submission.case.organisation.name,
                {"text": row.until.isoformat()},
                {"tag": row.answer.get_kind_display(), "tag_kind": "ok"}
                if hasattr(row, "answer")
                else {"tag": "等待答复" if access.readable(row) else "已到期", "tag_kind": "warn"},
            ]
        }
        for row in queries.consultations_for(actor_of(request).officer_id)[:100]
    ]
    columns = [{"label": name} for name in ("问题", "征询机关", "答复期限", "状态")]
    context = {"rows": rows, "columns": columns}
    return page(request, "workbench/review/asked.html", context, title="征询我的意见", active="consultations")


@officials()
def consultation(request: HttpRequest, consultation_id: uuid.UUID) -> HttpResponse:
    """One consultation: the question, the materials handed over, the answer."""
    actor = actor_of(request)
    found = access.consultation(actor, consultation_id)
    open_ = access.readable(found)
    form = None
    if open_ and not hasattr(found, "answer") and queries.waits(found.submission):
        form = OpinionForm(request.POST or None)

        def act(cleaned: dict[str, Any]) -> None:
            recuse = cleaned["kind"] == AnswerKind.RECUSAL
            actions.answer_consultation(found.id, actor=actor, text=cleaned["text"], recuse=recuse)

        if request.method == "POST" and submitted(request, form, act):
            messages.success(request, "答复已经入卷。")
            return redirect("consultation", found.id)
    elif request.method == "POST":
        # What is over is refused with its reason, and on record.
        actions.answer_consultation(found.id, actor=actor, text=request.POST.get("text", ""))
    key = request.GET.get("show", "")
    context = {
        "found": found,
        "case": found.submission.case,
        "form": form,
        "readable": open_,
        "materials": _handed(found) if open_ else [],
        "shown": _material(found, key) if open_ and key in found.materials else None,
    }
    status = 422 if form is not None and form.is_bound else 200
    crumbs = [("征询我的意见", reverse("consultations"))]
    return page(
        request, "workbench/review/consultation.html", context, title="征询意见", crumbs=crumbs,
        active="consultations", status=status,
    )  # fmt: skip


def _handed(found: Consultation) -> list[dict[str, str]]:
    labels = {"draft": "决定书送审稿", **{row["key"]: row["label"] for row in found.submission.materials}}
    return [{"key": key, "label": labels[key]} for key in found.materials]


def _material(found: Consultation, key: str) -> dict[str, Any]:
    """A material as counsel reads it: without links into the case, originals through his own door."""
    if key == "draft":
        return {"title": "决定书送审稿", "letter": letters.draft(found.submission.case, found.submission.content)}
    label = next(row["label"] for row in found.submission.materials if row["key"] == key)
    context = {"title": label, **shown(found.submission.case, key)}
    context.pop("pdf", None)
    if context.get("file"):
        context["file"] = reverse("consultation-file", args=[found.id, key.partition(":")[2]])
    return context


@viewers()
def original(request: HttpRequest, consultation_id: uuid.UUID, evidence_id: uuid.UUID) -> HttpResponseBase:
    """The original of a piece of evidence that was handed over."""
    found = access.handed(actor_of(request), consultation_id, f"evidence:{evidence_id}")
    row = cases.evidence(found.submission.case).filter(id=evidence_id).exclude(file=None).first()
    if row is None:
        raise NotFound("没有电子原件。")
    return respond(request, str(row.file_id), row.name)
