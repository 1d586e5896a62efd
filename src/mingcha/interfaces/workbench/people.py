"""Who takes part in a case: the party, the handlers, avoidance (回避) — 行政处罚法 art. 42, 43."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse

from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.cases import actions as cases
from mingcha.cases import queries as case_queries
from mingcha.cases.choices import AvoidanceState, DutyKind
from mingcha.common.errors import NotFound
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench.base import page, submitted
from mingcha.interfaces.workbench.forms import (
    AvoidanceDecisionForm,
    AvoidanceRequestForm,
    DeclareForm,
    HandlerForm,
    PartyForm,
    staff_choices,
)
from mingcha.interfaces.workbench.records import back, crumbs_of, show


@officials(Role.HANDLER)
def party(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Correct the party; the earlier version stays in the record."""
    actor = actor_of(request)
    case = access.own_case(actor, case_id)
    first = PartyForm.of(case_queries.party(case))
    if request.method == "POST" and "look" in request.POST:
        form = PartyForm(initial=request.POST.dict())
    elif request.method == "POST":
        form = PartyForm(request.POST)
        if submitted(request, form, lambda cleaned: str(cases.correct_party(case_id, actor=actor, **cleaned).id)):
            return back(request, case, "当事人信息已更正，以前的版本留存在记录中。")
    else:
        form = PartyForm(initial=first)
    return show(
        request,
        case,
        form,
        "更正当事人",
        "保存更正",
        template="workbench/cases/party.html",
        hints=form.hints(),
        lead="更正后形成新的版本，以前的内容仍然留存。已经制作的文书不会改变。",
    )


@officials(Role.HANDLER, Role.UNIT_HEAD, Role.HEAD)
def handler(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Add a handler to the case."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    form = HandlerForm(request.POST or None)
    if request.method == "POST":
        done = submitted(
            request,
            form,
            lambda cleaned: cases.assign_handler(case_id, cleaned["officer_id"], actor=actor).officer.name,
        )
        if done:
            return back(request, case, f"{done.result}已成为本案承办人员，请其作回避声明。")
    held = frozenset(case_queries.duties(case).values_list("officer_id", flat=True))
    return show(
        request,
        case,
        form,
        "增加承办人员",
        "增加",
        template="workbench/cases/handler.html",
        staff=staff_choices(actor, held),
    )


@viewers()
def avoidance(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Avoidance (回避) on the case: declarations, requests, decisions."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    rows = list(case_queries.avoidances(case))
    last = {row.officer_id: row for row in rows}
    handles = DutyKind.HANDLER in case_queries.held_duties(case_id, actor.officer_id)
    heads = actor.has(Role.UNIT_HEAD, Role.HEAD)
    context = {
        "case": case,
        "rows": [
            (
                row,
                heads
                and last[row.officer_id].id == row.id
                and row.state == AvoidanceState.OPEN
                and row.officer_id != actor.officer_id,
            )
            for row in reversed(rows)
        ],
        "may_declare": handles and case.closed_on is None,
        "may_request": handles and case.closed_on is None,
    }
    return page(
        request, "workbench/cases/avoidance.html", context, title="回避", crumbs=crumbs_of(case), active="cases"
    )


@officials(Role.HANDLER)
def declare(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    actor = actor_of(request)
    case = access.own_case(actor, case_id)
    form = DeclareForm(request.POST or None)
    if request.method == "POST":
        done = submitted(
            request, form, lambda cleaned: cases.declare_avoidance(case_id, actor=actor, **cleaned).conflict
        )
        if done:
            told = "已提出回避，等候负责人决定。决定以前不停止调查。" if done.result else "已声明不存在应当回避的情形。"
            return back(request, case, told)
    return show(request, case, form, "回避声明", "提交声明")


@officials(Role.HANDLER)
def request_avoidance(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    actor = actor_of(request)
    case = access.own_case(actor, case_id)
    people = {row.officer_id: row for row in case_queries.duties(case)}
    initial = {"applicant": case.party_name}
    form = AvoidanceRequestForm(request.POST or None, initial=initial)
    field = form.fields["officer_id"]
    if isinstance(field, forms.ChoiceField):
        field.choices = [(str(key), f"{row.officer.name}（{row.get_duty_display()}）") for key, row in people.items()]
    if request.method == "POST":

        def act(cleaned: dict[str, Any]) -> str:
            officer_id = uuid.UUID(cleaned.pop("officer_id"))
            return str(cases.request_avoidance(case_id, officer_id, actor=actor, **cleaned).id)

        if submitted(request, form, act):
            return back(request, case, "已登记当事人的回避申请，等候负责人决定。决定以前不停止调查。")
    return show(request, case, form, "登记当事人的回避申请", "登记申请")


@officials(Role.UNIT_HEAD, Role.HEAD)
def decide_avoidance(request: HttpRequest, case_id: uuid.UUID, officer_id: uuid.UUID) -> HttpResponse:
    actor = actor_of(request)
    case = access.case(actor, case_id)
    last = case_queries.avoidances(case).filter(officer_id=officer_id).last()
    if last is None:
        raise NotFound("没有待决定的回避申请。")
    form = AvoidanceDecisionForm(request.POST or None)
    if request.method == "POST":
        done = submitted(
            request, form, lambda cleaned: cases.decide_avoidance(case_id, officer_id, actor=actor, **cleaned).state
        )
        if done:
            told = "决定回避" if done.result == AvoidanceState.GRANTED else "驳回申请"
            return back(request, case, f"已对{last.officer.name}{told}。")
    lead = f"{last.applicant}申请{last.officer.name}回避，理由：{last.ground}"
    return show(request, case, form, f"决定{last.officer.name}是否回避", "作出决定", lead=lead)
