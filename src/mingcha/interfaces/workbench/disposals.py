"""Pages of lists of destruction (销毁清册): the list, two approvals, the destruction, what remains."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts.choices import Role
from mingcha.accounts.queries import staff
from mingcha.archives.keeping import disposing, queries, rules
from mingcha.archives.models import Disposal, DisposalFile
from mingcha.common import clock
from mingcha.common.clock import legal_day
from mingcha.common.paging import page as page_of
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench.base import Form, form_page, page, submitted, text_area
from mingcha.interfaces.workbench.exporting import Table, table_response
from mingcha.interfaces.workbench.keeping import CRUMBS as KEEPING
from mingcha.interfaces.workbench.keeping import READERS, ReasonForm

_SIZE = 50
CRUMBS = [*KEEPING, ("销毁清册", "/in/disposals/")]
HEADS = ("案卷", "案由", "当事人", "结案", "保管到", "材料件数", "文件", "文件摘要值", "全卷摘要值")


class ApproveForm(Form):
    """An opinion on a list."""

    opinion = forms.CharField(label="意见", max_length=300, widget=text_area(2))


class CarryForm(Form):
    """Who watches."""

    witness_id = forms.ChoiceField(label="监销人")


def _state(row: Disposal, given: int) -> tuple[str, str]:
    if hasattr(row, "run"):
        return "已销毁", "ok"
    if hasattr(row, "closing"):
        return str(row.closing.get_kind_display()), "empty"
    return (("等待审核", "act"), ("等待批准", "act"), ("已批准", "warn"))[given]


@viewers(*READERS)
def listing(request: HttpRequest) -> HttpResponse:
    """Lists of the organ, newest first."""
    actor = actor_of(request)
    rows = queries.disposals(actor.organ_id).prefetch_related("approvals", "items")
    if word := str(request.GET.get("q", "")).strip():
        rows = rows.filter(reason__icontains=word)
    found = page_of(rows, order=("-made_at", "-id"), cursor=request.GET.get("cursor"), size=_SIZE)
    lines = []
    for row in found.rows:
        label, kind = _state(row, len(row.approvals.all()))
        lines.append(
            {
                "cells": [
                    {"text": str(row), "url": reverse("disposal", args=[row.id]), "note": row.reason},
                    str(len(row.items.all())),
                    {"text": row.made_by.name, "note": legal_day(row.made_at).isoformat()},
                    {"tag": label, "tag_kind": kind, "text": ""},
                ]
            }
        )
    context = {
        "rows": lines,
        "columns": [{"label": name, "num": name == "件数"} for name in ("清册", "件数", "编制", "状态")],
        "page": found,
        "q": word,
    }
    return page(
        request, "workbench/keeping/disposals.html", context, title="销毁清册", crumbs=KEEPING, active="keeping"
    )


@viewers(*READERS)
def one(request: HttpRequest, disposal_id: uuid.UUID) -> HttpResponse:
    """One list with its dossiers, opinions and, afterwards, what was destroyed."""
    actor = actor_of(request)
    row = queries.disposal(actor.organ_id, disposal_id)
    given = list(row.approvals.select_related("by").order_by("step"))
    steps = rules.law()["disposal"]["steps"]
    ended = hasattr(row, "run") or hasattr(row, "closing")
    following = None if ended or len(given) == len(steps) else steps[len(given)]
    part = {row.made_by_id, *(item.by_id for item in given)}
    items = [
        {"item": item, "files": len(item.files.all())}
        for item in row.items.select_related("case").prefetch_related("files").order_by("case__closed_on", "id")
    ]
    context = {
        "disposal": row,
        "state": _state(row, len(given)),
        "items": items,
        "steps": [
            {"name": step["name"], "given": given[place] if place < len(given) else None}
            for place, step in enumerate(steps)
        ],
        "may_approve": following is not None and actor.has(*following["roles"]) and actor.officer_id not in part,
        "may_close": not ended
        and (actor.officer_id == row.made_by_id or actor.has(*{r for step in steps for r in step["roles"]})),
        "may_carry": not ended and len(given) == len(steps) and actor.has(Role.ARCHIVIST),
        "waits": given[-1].not_before if len(given) == len(steps) and not ended else None,
        "early": len(given) == len(steps) and given[-1].not_before is not None and clock.today() < given[-1].not_before,
        "law": rules.law()["disposal"],
    }
    return page(request, "workbench/keeping/disposal.html", context, title=str(row), crumbs=CRUMBS, active="keeping")


@viewers(*READERS)
def export(request: HttpRequest, disposal_id: uuid.UUID, ending: str) -> HttpResponseBase:
    """A list with every file and digest, as it is kept for good."""
    row = queries.disposal(actor_of(request).organ_id, disposal_id)
    files = DisposalFile.objects.filter(item__disposal=row).select_related("item__case").order_by("item_id", "file_id")

    def lines() -> Any:
        for found in files:
            item, case = found.item, found.item.case
            yield [
                str(case), case.cause, case.party_name, case.closed_on, item.kept_until, item.papers, found.what,
                found.file_id, item.digest,
            ]  # fmt: skip

    return table_response(Table("销毁清册", HEADS, lines()), ending, "disposal")


@officials(Role.REVIEWER, Role.UNIT_HEAD, Role.HEAD)
def approve(request: HttpRequest, disposal_id: uuid.UUID) -> HttpResponse:
    actor = actor_of(request)
    row = queries.disposal(actor.organ_id, disposal_id)
    form = ApproveForm(request.POST or None)
    if request.method == "POST" and submitted(
        request, form, lambda given: str(disposing.approve(row.id, actor=actor, **given).id)
    ):
        messages.success(request, "意见已记入清册。")
        return redirect("disposal", row.id)
    return _form(request, row, form, "审核、批准", "同意")


@officials(Role.ARCHIVIST, Role.REVIEWER, Role.UNIT_HEAD, Role.HEAD)
def close(request: HttpRequest, disposal_id: uuid.UUID) -> HttpResponse:
    actor = actor_of(request)
    row = queries.disposal(actor.organ_id, disposal_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and submitted(
        request, form, lambda given: str(disposing.close(row.id, actor=actor, **given).disposal_id)
    ):
        messages.success(request, "清册已终止。")
        return redirect("disposal", row.id)
    return _form(request, row, form, "不予批准或者撤回", "终止清册", danger=True)


@officials(Role.ARCHIVIST)
def carry_out(request: HttpRequest, disposal_id: uuid.UUID) -> HttpResponse:
    """The destruction; the bytes go after the record of it is safe."""
    actor = actor_of(request)
    row = queries.disposal(actor.organ_id, disposal_id)
    form = CarryForm(request.POST or None)
    people = [
        person
        for person in staff(actor.jurisdiction)
        if (person.organisation.organ_id or person.organisation_id) == actor.organ_id and person.id != actor.officer_id
    ]
    form.fields["witness_id"].choices = [  # type: ignore[attr-defined]
        (str(person.id), f"{person.name}　{person.organisation.name}") for person in people
    ]
    if request.method == "POST" and submitted(
        request,
        form,
        lambda given: str(
            disposing.carry_out(row.id, actor=actor, witness_id=uuid.UUID(given["witness_id"])).disposal_id
        ),
    ):
        gone = disposing.finish(row.id)
        messages.success(request, f"已销毁 {gone} 个文件，摘要值和销毁记录保留。")
        return redirect("disposal", row.id)
    return _form(
        request,
        row,
        form,
        "执行销毁",
        "销毁",
        danger=True,
        confirm="销毁后不能恢复。",
        lead="由两人在场办理。清册、摘要值和账本保留；另一件案卷仍要用的文件留到它也销毁时。",
    )


def _form(request: HttpRequest, row: Disposal, form: Form, title: str, submit: str, **more: Any) -> HttpResponse:
    back = reverse("disposal", args=[row.id])
    crumbs = [*CRUMBS, (str(row), back)]
    return form_page(
        request, form, title=title, submit=submit, crumbs=crumbs, active="keeping", cancel_url=back, **more
    )
