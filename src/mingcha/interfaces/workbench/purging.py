"""Pages of purging (与案件无关的音像清除): what waits, until when, the list, the second person, what went."""

from __future__ import annotations

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
from mingcha.archives.keeping.rules import law
from mingcha.archives.models import Purge
from mingcha.archives.purging import actions, queries, rules
from mingcha.archives.schemas import in_force
from mingcha.common import clock
from mingcha.common.clock import legal_day
from mingcha.common.paging import page as page_of
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench.base import Form, form_page, page, submitted, text_area
from mingcha.interfaces.workbench.exporting import Table, table_response
from mingcha.interfaces.workbench.keeping import CRUMBS as KEEPING
from mingcha.interfaces.workbench.keeping import READERS, ReasonForm
from mingcha.recordings.models import Intake

_SIZE = 50
_MOST_EXPORTED = 5000
CRUMBS = [*KEEPING, ("无关音像清除", "/in/purging/")]
HEADS = ("音像", "录制人", "录制时间", "入库时间", "确认无关的人", "理由", "保管到", "能否清除", "说明", "SHA-256")
LIST_HEADS = ("音像", "录制人", "入库时间", "确认无关的人", "理由", "保管到", "字节数", "SHA-256", "SM3")


class ListForm(Form):
    """A list of recordings to be cleared."""

    intakes = forms.MultipleChoiceField(label="音像", widget=forms.CheckboxSelectMultiple)
    reason = forms.CharField(label="清除理由", max_length=300, initial="保管期限届满，与案件无关，没有继续保存价值")


class ApproveForm(Form):
    """The opinion of the second person."""

    opinion = forms.CharField(label="意见", max_length=300, widget=text_area(2))


def _chosen(request: HttpRequest, actor: Actor) -> QuerySet[Intake]:
    rows = queries.candidates(actor.organ_id)
    for word in str(request.GET.get("q", "")).split()[:5]:
        rows = rows.filter(Q(name__icontains=word) | Q(officer__name__icontains=word) | Q(device_no__icontains=word))
    return rows


def _line(intake: Intake) -> dict[str, Any]:
    """One recording with its word, its term and what stands against its going."""
    said = queries.word(intake)
    facts = queries.facts_of(intake, said)
    found = rules.until(facts)
    reasons = rules.may_purge(facts, clock.today())
    return {
        "intake": intake,
        "said": said,
        "until": found.value,
        "reckoning": {"rule": found.rule, "article": found.article, "steps": found.steps, "doubt": found.provisional},
        "state": "on_list" if facts.listed else "no" if reasons else "yes",
        "why": "；".join(reason.message for reason in reasons),
    }


@officials(*READERS)
def due(request: HttpRequest) -> HttpResponse:
    """Recordings that concern no case, each with its reckoning; the archivist makes a list of those past their term."""
    actor = actor_of(request)
    rows = _chosen(request, actor)
    found = page_of(rows, order=("received_at", "id"), cursor=request.GET.get("cursor"), size=_SIZE)
    lines = [_line(row) for row in found.rows]
    archivist = actor.has(Role.ARCHIVIST)
    form = ListForm(request.POST or None)
    free = [row["intake"] for row in lines if row["state"] == "yes"]
    form.fields["intakes"].choices = [  # type: ignore[attr-defined]
        (str(row.id), f"{row.name}　{legal_day(row.received_at).isoformat()}入库") for row in free
    ]
    if request.method == "POST" and archivist:

        def act(cleaned: dict[str, Any]) -> str:
            ids = [uuid.UUID(value) for value in cleaned["intakes"]]
            return str(actions.list_up(ids, actor=actor, reason=cleaned["reason"]).id)

        if done := submitted(request, form, act):
            messages.success(request, "已编制清除清册，等待另一名负责人批准。")
            return redirect("purge", done.result)
    query = {name: value for name, value in request.GET.items() if value and name != "cursor"}
    context = {
        "lines": lines,
        "page": found,
        "q": request.GET.get("q", ""),
        "form": form if archivist and free else None,
        "law": law()["unassigned"] | {"verified": in_force("retention-list", actor.organ_id).verified},
        "exports": [
            (name, reverse("purging-export", args=[name]) + (f"?{urlencode(query)}" if query else ""))
            for name in ("xlsx", "csv")
        ],
    }
    status = 422 if form.is_bound else 200
    return page(
        request,
        "workbench/keeping/purging.html",
        context,
        title="与案件无关的音像",
        crumbs=KEEPING,
        active="keeping",
        status=status,
    )


@viewers(*READERS)
def export(request: HttpRequest, ending: str) -> HttpResponseBase:
    """What waits for purging as XLSX or CSV."""
    labels = {"yes": "可以列入清册", "no": "不能", "on_list": "在清册中"}

    def lines() -> Any:
        for intake in _chosen(request, actor_of(request)).order_by("received_at", "id")[:_MOST_EXPORTED]:
            row = _line(intake)
            said = row["said"]
            yield [
                intake.name, intake.officer.name if intake.officer else "", intake.started_at or "", intake.received_at,
                said.by if said else "", said.reason if said else "", row["until"], labels[row["state"]], row["why"],
                intake.file_id,
            ]  # fmt: skip

    return table_response(Table("与案件无关的音像", HEADS, lines()), ending, "purging")


def _state(row: Purge) -> tuple[str, str]:
    if hasattr(row, "run"):
        return "已清除", "ok"
    if hasattr(row, "closing"):
        return str(row.closing.get_kind_display()), "empty"
    return "等待批准", "act"


@viewers(*READERS)
def listing(request: HttpRequest) -> HttpResponse:
    """Lists of the organ, newest first."""
    rows = queries.purges(actor_of(request).organ_id).prefetch_related("items")
    if word := str(request.GET.get("q", "")).strip():
        rows = rows.filter(Q(reason__icontains=word) | Q(items__intake__name__icontains=word)).distinct()
    found = page_of(rows, order=("-made_at", "-id"), cursor=request.GET.get("cursor"), size=_SIZE)
    lines = []
    for row in found.rows:
        label, kind = _state(row)
        lines.append(
            {
                "cells": [
                    {"text": str(row), "url": reverse("purge", args=[row.id]), "note": row.reason},
                    str(len(row.items.all())),
                    {"text": row.made_by.name, "note": legal_day(row.made_at).isoformat()},
                    {"tag": label, "tag_kind": kind, "text": ""},
                ]
            }
        )
    context = {
        "rows": lines,
        "columns": [{"label": name, "num": name == "段数"} for name in ("清册", "段数", "编制", "状态")],
        "page": found,
        "q": word,
    }
    return page(
        request, "workbench/keeping/purges.html", context, title="音像清除清册", crumbs=CRUMBS, active="keeping"
    )


@viewers(*READERS)
def one(request: HttpRequest, purge_id: uuid.UUID) -> HttpResponse:
    """One list with its recordings, the opinion and, afterwards, what was destroyed."""
    actor = actor_of(request)
    row = queries.purge(actor.organ_id, purge_id)
    items = list(row.items.select_related("intake__officer", "intake__file", "assignment").order_by("kept_until", "id"))
    ended = hasattr(row, "run") or hasattr(row, "closing")
    own = actor.officer_id == row.made_by_id
    blocked = rules.may_carry_out(
        own=own, set_aside=any(item.assignment.officer_id == actor.officer_id for item in items)
    )
    head = actor.has(*queries.MAY_APPROVE)
    context = {
        "purge": row,
        "state": _state(row),
        "items": items,
        "ended": ended,
        "may_approve": not ended and head and not blocked,
        "blocked": blocked if head and not ended else [],
        "may_close": not ended and (own or head),
        "law": law()["unassigned"],
    }
    return page(request, "workbench/keeping/purge.html", context, title=str(row), crumbs=_TO_LISTS, active="keeping")


_TO_LISTS = [*CRUMBS, ("清除清册", "/in/purging/lists/")]


@viewers(*READERS)
def saved(request: HttpRequest, purge_id: uuid.UUID, ending: str) -> HttpResponseBase:
    """A list with every recording and both digests, as it is kept for good."""
    row = queries.purge(actor_of(request).organ_id, purge_id)
    items = row.items.select_related("intake__officer", "intake__file", "assignment").order_by("kept_until", "id")

    def lines() -> Any:
        for item in items:
            intake = item.intake
            yield [
                intake.name, intake.officer.name if intake.officer else "", intake.received_at, item.assignment.by,
                item.assignment.reason, item.kept_until, intake.file.size, intake.file_id, intake.file.sm3,
            ]  # fmt: skip

    return table_response(Table("音像清除清册", LIST_HEADS, lines()), ending, "purge")


@officials(*queries.MAY_APPROVE)
def carry_out(request: HttpRequest, purge_id: uuid.UUID) -> HttpResponse:
    """The second person lets the list go; the bytes go after the record of it is safe."""
    actor = actor_of(request)
    row = queries.purge(actor.organ_id, purge_id)
    form = ApproveForm(request.POST or None)
    if request.method == "POST" and submitted(
        request, form, lambda given: str(actions.carry_out(row.id, actor=actor, **given).pk)
    ):
        gone = actions.finish(row.id)
        messages.success(request, f"已清除 {gone} 段音像，清册、摘要值和账本保留。")
        return redirect("purge", row.id)
    return _form(
        request,
        row,
        form,
        "批准并清除",
        "批准并清除",
        danger=True,
        confirm="清除后不能恢复。",
        lead="清册、摘要值和账本永久保留。清册编成以后归入案件的音像会使整份清册被拒绝，请退回重编。",
    )


@officials(Role.ARCHIVIST, *queries.MAY_APPROVE)
def close(request: HttpRequest, purge_id: uuid.UUID) -> HttpResponse:
    """Refuse a list or take it back."""
    actor = actor_of(request)
    row = queries.purge(actor.organ_id, purge_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and submitted(
        request, form, lambda given: str(actions.close(row.id, actor=actor, **given).pk)
    ):
        messages.success(request, "清册已终止，没有清除任何音像。")
        return redirect("purge", row.id)
    return _form(request, row, form, "不予批准或者撤回", "终止清册")


def _form(request: HttpRequest, row: Purge, form: Form, title: str, submit: str, **more: Any) -> HttpResponse:
    back = reverse("purge", args=[row.id])
    return form_page(
        request,
        form,
        title=title,
        submit=submit,
        crumbs=[*_TO_LISTS, (str(row), back)],
        active="keeping",
        cancel_url=back,
        **more,
    )
