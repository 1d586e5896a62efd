"""Annual figures (年度执法数据): counted from the cases by the clerk, checked and signed off by a head, opened to cases."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases.access import visible
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.errors import NotFound
from mingcha.disclosure import counting, yearly
from mingcha.disclosure.models import YearDraft
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench.base import Form, date_field, form_page, link, page, submitted, text_area

READERS = (Role.CLERK, Role.HEAD, Role.SUPERVISOR)
CRUMBS = [("公示", "/in/publications/"), ("年度数据", "/in/yearbook/")]
MOST = 100


class MakeForm(Form):
    """Which year, and what the reader should know."""

    year = forms.IntegerField(label="年度", min_value=yearly.FIRST_YEAR)
    note = forms.CharField(
        label="说明",
        required=False,
        max_length=500,
        widget=text_area(3),
        help_text="随数据公布，例如机构调整、口径变化。",
    )


class SignForm(Form):
    """The word of the person who checked."""

    checked = forms.BooleanField(label="本人已核对各表和所列案件，同意公布")


class SendForm(Form):
    """To whom the figures went, and when."""

    receiver = forms.CharField(
        label="上报对象", max_length=100, help_text="本级人民政府、上级主管部门的全称，分送几个的都写明。"
    )
    sent_on = date_field("上报日期")
    number = forms.CharField(label="文号或者回执", max_length=60, required=False)


def _due(row: YearDraft) -> dt.date | None:
    last = yearly.due(row.organisation_id, row.year)
    return last.value if last else None


def _draft(actor: Actor, draft_id: uuid.UUID) -> YearDraft:
    found = yearly.visible(actor).filter(id=draft_id).first()
    if found is None:
        raise NotFound("没有找到这份年度数据，或者您无权查看。")
    return found


def _standing(release: Any) -> dict[str, str]:
    if release is None:
        return {"tag": "待签发", "tag_kind": "act"}
    if hasattr(release, "sent"):
        return {"tag": "已公布、已上报", "tag_kind": "ok"}
    return {"tag": "已公布，待上报" if release.due_on else "已公布", "tag_kind": "act" if release.due_on else "ok"}


@officials(*READERS)
def listing(request: HttpRequest) -> HttpResponse:
    """What was counted, what is public; the clerk counts anew."""
    actor = actor_of(request)
    year = clock.today().year - 1
    form = MakeForm(request.POST or None, initial={"year": year})

    def act(cleaned: dict[str, Any]) -> str:
        return str(yearly.make(cleaned["year"], actor=actor, note=cleaned["note"]).id)

    if request.method == "POST" and (done := submitted(request, form, act)):
        return redirect("yearbook-one", done.result)
    rows = []
    for row in yearly.visible(actor)[:MOST]:
        release = getattr(row, "release", None)
        rows.append(
            {
                "cells": [
                    {"text": f"{row.year}年", "url": reverse("yearbook-one", args=[row.id])},
                    row.organisation.name,
                    str(row.content["penalties_total"]),
                    f"{row.made_by.name if row.made_by else '系统自动'}　{clock.legal_day(row.made_at).isoformat()}",
                    _standing(release),
                ]
            }
        )
    last = yearly.due(actor.organ_id, year)
    context = {
        "rows": rows,
        "columns": [{"label": name} for name in ("年度", "机关", "处罚宗数", "汇总", "状态")],
        "form": form if actor.has(Role.CLERK) else None,
        "submit": "汇总",
        "due": last,
        "year": year,
        "missing": yearly.missing(actor.jurisdiction, clock.today()),
    }
    status = 422 if form.is_bound else 200
    return page(
        request,
        "workbench/yearbook/list.html",
        context,
        title="年度数据",
        crumbs=CRUMBS[:1],
        active="disclosure",
        status=status,
    )


@viewers(*READERS)
def one(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """The tables, each figure leading to its cases."""
    actor = actor_of(request)
    row = _draft(actor, draft_id)
    release = getattr(row, "release", None)
    context = {
        "row": row,
        "release": release,
        "tables": yearly.tables(row.content),
        "content": row.content,
        "form": counting.form(),
        "reasons": []
        if release or not actor.has(Role.HEAD)
        else yearly.may_sign(row, signer=actor.officer_id, today=clock.today(), due_on=_due(row)),
        "may_sign": not release and actor.has(Role.HEAD) and row.organisation_id == actor.organ_id,
        "sent": getattr(release, "sent", None),
        "due": _due(row),
        "may_send": bool(release) and not hasattr(release, "sent") and _own_writer(actor, row),
        "public_url": link("portal:yearly", row.year) if release else "",
    }
    title = f"{row.year}年度数据"
    return page(request, "workbench/yearbook/one.html", context, title=title, crumbs=CRUMBS, active="disclosure")


def _own_writer(actor: Actor, row: YearDraft) -> bool:
    return actor.has(Role.CLERK, Role.HEAD) and row.organisation_id == actor.organ_id


@viewers(*READERS)
def behind(request: HttpRequest, draft_id: uuid.UUID, key: str) -> HttpResponse:
    """The cases behind one figure; those this person may not open are only counted."""
    actor = actor_of(request)
    row = _draft(actor, draft_id)
    keys = row.content["cases"].get(key, [])
    found = {str(case.id): case for case in visible(actor).filter(id__in=keys)}
    rows = [
        {"cells": [{"text": str(case), "url": reverse("case", args=[case.id])}, case.cause, case.party_name]}
        for case in (found[name] for name in keys if name in found)
    ]
    context = {
        "rows": rows,
        "columns": [{"label": name} for name in ("案件", "案由", "当事人")],
        "hidden": Case.objects.filter(id__in=keys).count() - len(rows),
    }
    crumbs = [*CRUMBS, (f"{row.year}年度数据", reverse("yearbook-one", args=[row.id]))]
    return page(
        request, "workbench/yearbook/behind.html", context, title="所列案件", crumbs=crumbs, active="disclosure"
    )


@officials(Role.HEAD)
def sign(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Sign off and publish."""
    actor = actor_of(request)
    row = _draft(actor, draft_id)
    form = SignForm(request.POST or None)
    back = reverse("yearbook-one", args=[row.id])

    def act(cleaned: dict[str, Any]) -> str:
        return str(yearly.sign(row.id, actor=actor).pk)

    if request.method == "POST" and submitted(request, form, act):
        messages.success(request, f"{row.year}年度数据已经公布。")
        return redirect(back)
    return form_page(
        request,
        form,
        title=f"签发{row.year}年度数据",
        submit="签发公布",
        crumbs=[*CRUMBS, (f"{row.year}年度数据", back)],
        active="disclosure",
        cancel_url=back,
        confirm="公布以后不能收回，只能公布更正后的新数据。",
        confirm_title="签发公布",
        confirm_yes="公布",
    )


@officials(Role.CLERK, Role.HEAD)
def send(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Record that the figures went to the superior."""
    actor = actor_of(request)
    row = _draft(actor, draft_id)
    form = SendForm(request.POST or None, initial={"sent_on": clock.today()})
    back = reverse("yearbook-one", args=[row.id])

    def act(cleaned: dict[str, Any]) -> str:
        return str(yearly.send(row.id, actor=actor, **cleaned).pk)

    if request.method == "POST" and submitted(request, form, act):
        messages.success(request, f"已登记{row.year}年度数据的上报。")
        return redirect(back)
    return form_page(
        request,
        form,
        title=f"登记{row.year}年度数据的上报",
        submit="登记上报",
        crumbs=[*CRUMBS, (f"{row.year}年度数据", back)],
        active="disclosure",
        cancel_url=back,
    )
