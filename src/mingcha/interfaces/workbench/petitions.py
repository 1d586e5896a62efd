"""Letters of citizens (来信): the supervisor's list with terms, the course of each, what an organ is asked to report."""

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
from mingcha.accounts.queries import organisations
from mingcha.common import clock
from mingcha.common.errors import NotFound
from mingcha.common.paging import page as page_of
from mingcha.deadlines import queries as deadlines
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench import terms
from mingcha.interfaces.workbench.base import Form, form_page, link, page, plainly, submitted, text_area
from mingcha.interfaces.workbench.exporting import Table, table_response
from mingcha.petitions import access, actions, queries
from mingcha.petitions.choices import FINAL, Outcome, StepKind
from mingcha.petitions.models import Petition
from mingcha.petitions.rules import may_step

READERS = (Role.SUPERVISOR, Role.HEAD, Role.CLERK)
HEADS = ("回执号", "种类", "所涉机关", "文号证号", "收到", "办理情况", "最后一日", "逾期")
CRUMBS = [("来信", "/in/petitions/")]
_SIZE, _MOST_EXPORTED = 50, 10_000
_ORDER = ("-received_at", "-id")
_OPEN, _LATE, _DONE = "open", "late", "done"
_STATES = {_OPEN: "正在办理", _LATE: "已经逾期", _DONE: "已经办结"}


class StepForm(Form):
    """A step: what is said, with the organ or the outcome where the step has one."""

    def __init__(self, kind: str, petition: Petition, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = kind in (StepKind.ACCEPTED, StepKind.EXTENDED, *FINAL)
        if kind == StepKind.REFERRED:
            rows = [row for row in organisations(petition.jurisdiction) if row.kind != "unit"]
            self.fields["organisation_id"] = forms.ChoiceField(
                label="由哪个机关说明情况",
                choices=[(str(row.id), row.name) for row in rows],
                initial=str(petition.organisation_id or ""),
            )
        if kind == StepKind.ANSWERED:
            labels = dict(Outcome.choices)
            self.fields["outcome"] = forms.ChoiceField(
                label="处理结果",
                choices=[(name, labels[name]) for name in queries.kinds()[petition.kind].outcomes],
                widget=forms.RadioSelect,
            )
        self.fields["text"] = forms.CharField(
            label="告知来信人的内容" if told else "内容",
            max_length=2000,
            widget=text_area(5),
            help_text="来信人凭回执在网站上看到这段话。不要写他人的个人信息。" if told else "来信人看不到。",
        )


def _chosen(request: HttpRequest, actor: Actor) -> QuerySet[Any]:
    rows = queries.with_course(access.visible(actor))
    for word in str(request.GET.get("q", "")).replace("\0", "").split()[:5]:
        rows = rows.filter(
            Q(receipt__icontains=word)
            | Q(about__icontains=word)
            | Q(text__icontains=word)
            | Q(organisation__name__icontains=word)
        )
    if (kind := str(request.GET.get("kind", ""))) in queries.kinds():
        rows = rows.filter(kind=kind)
    state = str(request.GET.get("state", ""))
    if state in (_OPEN, _LATE):
        rows = rows.filter(closed=False)
    if state == _LATE:
        today = clock.today()
        rows = rows.filter(Q(step_due__lt=today) | Q(step_due=None, accept_by__lt=today))
    if state == _DONE:
        rows = rows.filter(closed=True)
    return rows


def _state(row: Any) -> str:
    return str(StepKind(row.last).label) if row.last else "等待受理"


@viewers(*READERS)
def listing(request: HttpRequest) -> HttpResponse:
    """All letters that this person may read, newest first."""
    actor = actor_of(request)
    actions.pull()
    found = page_of(_chosen(request, actor), order=_ORDER, cursor=request.GET.get("cursor"), size=_SIZE)
    query = {name: value for name, value in request.GET.items() if value and name != "cursor"}
    kinds = queries.kinds()
    calendar, today = deadlines.calendar(actor.jurisdiction), clock.today()
    rows = []
    for row in found.rows:
        due = None if row.closed else terms.of_day(row.step_due or row.accept_by, calendar, today)
        rows.append(
            {
                "late": bool(due and due["colour"] == "red"),
                "cells": [
                    {"text": row.receipt, "url": reverse("petition", args=[row.id]), "note": row.about},
                    kinds[row.kind].label,
                    row.organisation.name if row.organisation else "—",
                    clock.legal_day(row.received_at).isoformat(),
                    {"tag": _state(row), "tag_kind": "ok" if row.closed else "act"},
                    {"due": due} if due else "—",
                ],
            }
        )
    states = [("", "全部"), *_STATES.items()]
    kept = {name: value for name, value in query.items() if name != "state"}
    context = {
        "rows": rows,
        "columns": [{"label": name} for name in ("回执号", "种类", "所涉机关", "收到", "办理情况", "期限")],
        "page": found,
        "q": request.GET.get("q", ""),
        "filters": [
            {
                "label": label,
                "url": "?" + urlencode({**kept, "state": name} if name else kept),
                "current": query.get("state", "") == name,
            }
            for name, label in states
        ],
        "filtered": bool(query),
        "exports": [
            (name, reverse("petitions-export", args=[name]) + (f"?{urlencode(query)}" if query else ""))
            for name in ("xlsx", "csv")
        ],
    }
    return page(request, "workbench/petitions/list.html", context, title="来信", active="petitions")


@viewers(*READERS)
def export(request: HttpRequest, ending: str) -> HttpResponseBase:
    """The chosen letters without their contents: who wrote what does not travel in sheets."""
    rows = list(_chosen(request, actor_of(request)).order_by(*_ORDER)[:_MOST_EXPORTED])
    kinds, today = queries.kinds(), clock.today()

    def lines() -> Any:
        for row in rows:
            due = row.step_due or row.accept_by
            yield [
                row.receipt,
                kinds[row.kind].label,
                row.organisation.name if row.organisation else "",
                row.about,
                clock.legal_day(row.received_at),
                _state(row),
                due,
                "是" if not row.closed and due < today else "",
            ]

    return table_response(Table("来信", HEADS, lines()), ending, "petitions")


def _offered(actor: Actor, petition: Petition, course: queries.Course) -> list[dict[str, str]]:
    """Steps that this person may take now."""
    kinds: list[StepKind] = []
    if actor.has(Role.SUPERVISOR):
        kinds += [kind for kind in StepKind if kind != StepKind.REPORTED]
    if queries.awaited(Petition.objects.filter(id=petition.id), actor.organ_id):
        kinds.append(StepKind.REPORTED)
    known = queries.kinds()[petition.kind]
    own = petition.organisation_id == actor.organ_id
    return [
        {"label": str(kind.label), "url": reverse("petition-step", args=[petition.id, kind.value])}
        for kind in kinds
        if not may_step(kind, done=course.kinds, own_organ=own, extendable=known.extend is not None)
    ]


@viewers(*READERS)
def one(request: HttpRequest, petition_id: uuid.UUID) -> HttpResponse:
    """A letter with its course."""
    actor = actor_of(request)
    petition = access.petition(actor, petition_id)
    course = queries.course(petition)
    calendar = deadlines.calendar(petition.jurisdiction)
    context = {
        "petition": petition,
        "kind": queries.kinds()[petition.kind],
        "course": course,
        "due": None if course.closed else terms.of_day(course.due_on, calendar, clock.today()),
        "explained": {**plainly(course.explanation), "doubt": True},
        "offered": _offered(actor, petition, course),
        "sender": access.knows_sender(actor),
        "steps": access.steps(actor, course.steps),
        "public_url": link("portal:decision", petition.publication_id) if petition.publication_id else "",
        "publication_url": reverse("disclosure-item", args=[petition.publication_id])
        if petition.publication_id
        else "",
    }
    title = f"来信 {petition.receipt}"
    return page(request, "workbench/petitions/one.html", context, title=title, crumbs=CRUMBS, active="petitions")


@officials(*READERS)
def step(request: HttpRequest, petition_id: uuid.UUID, kind: str) -> HttpResponse:
    """Take one step."""
    actor = actor_of(request)
    petition = access.petition(actor, petition_id)
    if kind not in StepKind.values:
        raise NotFound("没有这种办理方式。")
    label = StepKind(kind).label
    form = StepForm(kind, petition, request.POST or None)
    back = reverse("petition", args=[petition.id])

    def act(cleaned: dict[str, Any]) -> str:
        organ = cleaned.get("organisation_id")
        row = actions.step(
            petition.id,
            kind,
            actor=actor,
            text=cleaned["text"],
            organisation_id=uuid.UUID(organ) if organ else None,
            outcome=cleaned.get("outcome", ""),
        )
        return str(row.id)

    if request.method == "POST" and submitted(request, form, act):
        messages.success(request, f"已登记：{label}。")
        return redirect(back)
    return form_page(
        request,
        form,
        title=f"{label}　{petition.receipt}",
        submit=str(label),
        crumbs=[*CRUMBS, (petition.receipt, back)],
        active="petitions",
        cancel_url=back,
        confirm="办结后不能再办理这封来信。" if kind in FINAL else "",
        confirm_title=str(label),
        confirm_yes=str(label),
    )
