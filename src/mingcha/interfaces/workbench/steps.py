"""A move that wants judgments first (办理并认定), the facts of a case (案件情况), the host of a hearing (听证主持人)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts import queries as accounts
from mingcha.accounts.choices import Role
from mingcha.cases import access, facts
from mingcha.cases import actions as cases
from mingcha.cases import queries as case_queries
from mingcha.cases.findings import record_findings
from mingcha.cases.models import Case
from mingcha.cases.moves import Option, options
from mingcha.cases.rules import may_be_rechecker
from mingcha.common.errors import Conflict, NotFound
from mingcha.common.money import yuan
from mingcha.interfaces.gate import actor_of, officials
from mingcha.interfaces.workbench.base import Crumb, Form, PersonField, form_page, submitted, text_area
from mingcha.interfaces.workbench.nextsteps import asked_findings, asks_facts
from mingcha.procedures.guards import Entry, catalogue
from mingcha.review.rules import source

_YES_NO = [("yes", "是"), ("no", "否")]
_GROUND = "行政处罚法第五十七条、第五十八条"


class StepForm(Form):
    """What a person must judge for a move: each condition, each open fact of the case, the grounds, the reason."""

    def __init__(self, *args: Any, option: Option, case: Case, **kwargs: Any) -> None:
        self.findings: list[Entry] = [catalogue()[name] for name in asked_findings(option)]
        self.facts = facts.missing(case) if asks_facts(option) else []
        super().__init__(*args, **kwargs)
        for question in self.facts:
            self.fields[f"fact-{question.name}"] = _choice(
                question.label, _YES_NO, f"案件情况，依据{source(case.act_type, _GROUND)}。"
            )
        for entry in self.findings:
            applies = f"只在{entry.applies}时有要求，其他情形请选“符合”并写明。" if entry.applies else ""
            self.fields[f"met-{entry.name}"] = _choice(
                entry.label, [("yes", "符合"), ("no", "不符合")], f"{entry.article}。{applies}"
            )
        if self.findings:
            self.fields["grounds"] = forms.CharField(
                label="认定的理由和证据",
                max_length=5000,
                widget=text_area(5),
                help_text="一并写明以上各项的事实和证据，存入办理记录，不能修改。",
            )
            self.fields["grounds"].error_messages["required"] = "请填写认定的理由和证据。"
        if option.move.needs_reason:
            self.fields["reason"] = forms.CharField(label="理由", max_length=1000, widget=text_area(3))
            self.fields["reason"].error_messages["required"] = "请填写理由。"

    def found(self) -> list[dict[str, Any]]:
        return [
            {
                "guard": entry.name,
                "met": self.cleaned_data[f"met-{entry.name}"] == "yes",
                "grounds": self.cleaned_data["grounds"],
            }
            for entry in self.findings
        ]

    def said(self) -> dict[str, bool]:
        return {question.name: self.cleaned_data[f"fact-{question.name}"] == "yes" for question in self.facts}


def _choice(label: str, choices: list[tuple[str, str]], help_text: str) -> forms.ChoiceField:
    field = forms.ChoiceField(label=label, choices=choices, widget=forms.RadioSelect, help_text=help_text)
    field.error_messages["required"] = f"请选择：{label}。"
    return field


def _crumbs(case: Case) -> list[Crumb]:
    return [("案件", reverse("cases")), (case.number or case.cause, reverse("case", args=[case.id]))]


def _option(request: HttpRequest, case: Case, to: str) -> Option:
    branch = str(request.GET.get("branch", ""))
    for option in options(case, actor_of(request)):
        plain = not option.move.procedure and not option.move.action
        if plain and option.move.to == to and str(option.branch or "") == branch:
            return option
    raise NotFound("案件现在的环节没有这一步，可能他人刚刚办理过。请回到案件查看。")


@officials()
def step(request: HttpRequest, case_id: uuid.UUID, to: str) -> HttpResponse:
    """Judge what the move asks and take it, in one act. What is judged against is kept, and the move refused."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    option = _option(request, case, to)
    form = StepForm(request.POST if request.method == "POST" else None, option=option, case=case)

    def act(cleaned: dict[str, Any]) -> str:
        found, reason = form.found(), str(cleaned.get("reason", ""))
        if not all(item["met"] for item in found):
            record_findings(case_id, found, actor=actor)
            return ""
        moved = cases.take_step(
            case_id, to, actor=actor, reason=reason, branch=option.branch, said=form.said(), found=found
        )
        return str(moved.stage)

    done = submitted(request, form, act) if request.method == "POST" else None
    if done is not None:
        stage = case_queries.procedure(case).stage(done.result).name if done.result else ""
        if stage:
            messages.success(request, f"已办理“{option.move.label}”，案件转入“{stage}”。")
        else:
            messages.warning(request, f"认定已记录，其中有不符合的，没有办理“{option.move.label}”。")
        seen = access.visible(actor).filter(id=case_id).exists()
        return redirect("case", case_id) if seen else redirect("home")
    lead = "请逐项判断。认定作出后不能修改；情况有变的，另作新的认定，以最新的为准。"
    return form_page(
        request,
        form,
        title=option.move.label,
        submit=option.move.label,
        crumbs=_crumbs(case),
        cancel_url=reverse("case", args=[case_id]),
        lead=lead if form.findings else "",
        confirm=f"“{option.move.label}”办理后不能撤回。" if option.move.irreversible else "",
    )


class FactsForm(Form):
    """All facts that somebody must state; what was stated stands."""

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stated = facts.stated(case)
        for question in facts.questions():
            value = stated.get(question.name)
            if question.type == "bool":
                field: forms.Field = _choice(question.label, _YES_NO, "")
                field.initial = None if value is None else "yes" if value else "no"
            elif question.type == "words":
                field = forms.CharField(label=question.label, max_length=200, required=False)
                field.help_text = "多个领域用顿号隔开，例如：食品、药品。"
                field.initial = "、".join(value or [])
            elif question.type == "amount":
                field = forms.DecimalField(
                    label=f"{question.label}（元）", min_value=0, decimal_places=2, max_digits=15, required=False
                )
                field.initial = None if value is None else f"{value / 100:.2f}"
            else:
                field = forms.IntegerField(label=question.label, min_value=0, max_value=10**6, required=False)
                field.initial = value
            self.fields[question.name] = field

    def said(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for question in facts.questions():
            value = self.cleaned_data.get(question.name)
            if value in (None, ""):
                continue
            read: dict[str, Callable[[Any], Any]] = {
                "bool": lambda given: given == "yes",
                "words": lambda given: [word for word in str(given).replace("，", "、").split("、") if word.strip()],
                "amount": lambda given: int(given * 100),
                "count": int,
            }
            found[question.name] = read[question.type](value)
        return found


@officials()
def state_facts(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """State what the published lists and the law ask of the case and nobody computes."""
    actor = actor_of(request)
    case = access.own_case(actor, case_id)
    form = FactsForm(request.POST if request.method == "POST" else None, case=case)

    def act(cleaned: dict[str, Any]) -> None:
        cases.state_facts(case_id, actor=actor, said=form.said())

    if request.method == "POST" and submitted(request, form, act):
        messages.success(request, "案件情况已记录。")
        return redirect("case", case_id)
    return form_page(
        request,
        form,
        title="案件情况",
        submit="记录案件情况",
        crumbs=_crumbs(case),
        cancel_url=reverse("case", args=[case_id]),
        lead=f"这些情况决定案件是否应当法制审核、集体讨论（{source(case.act_type, _GROUND)}）。"
        "没有说明的按应当审核办理；更改后以前的说明仍然留存。",
    )


def stated_rows(case: Case) -> list[dict[str, Any]]:
    """What was stated last of each fact, with who and when, for the case page."""
    labels = {question.name: question for question in facts.questions()}
    rows: dict[str, dict[str, Any]] = {}
    for row in facts.of_case(case):
        question = labels.get(row.name)
        if question is not None and row.name not in rows:
            rows[row.name] = {"label": question.label, "value": _said(question.type, row.value), "row": row}
    return [rows[name] for name in labels if name in rows]


def _said(kind: str, value: Any) -> str:
    if kind == "bool":
        return "是" if value else "否"
    if kind == "words":
        return "、".join(value) or "未填"
    return f"{yuan(value)}元" if kind == "amount" else str(value)


class HostForm(Form):
    officer_id = PersonField(label="听证主持人", widget=forms.RadioSelect)

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["officer_id"]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices


@officials(Role.HEAD, Role.UNIT_HEAD)
def rechecker(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Name who looks at the statements again; whoever handles the case is refused."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    if not case_queries.statements(case, kinds=case_queries.SPOKEN):
        raise Conflict("statement-missing", "当事人还没有提出陈述、申辩，没有需要复核的意见。请先登记当事人的意见。")
    on_case = {row.officer_id for row in case_queries.duties(case)}
    roles: dict[uuid.UUID, set[str]] = {}
    for role in Role.values:
        for row in accounts.officers_with_role(actor.organ_id, role):
            roles.setdefault(row.id, set()).add(role)
    staff = [
        (str(row.id), f"{row.name}　{row.organisation.name}")
        for row in accounts.staff(actor.jurisdiction)
        if row.id not in on_case
        and (row.organisation.organ_id or row.organisation_id) == actor.organ_id
        and not may_be_rechecker(row, roles.get(row.id, ()), 1)
    ]
    form = HostForm(request.POST if request.method == "POST" else None, choices=staff)
    form.fields["officer_id"].label = "申辩复核人员"

    def act(cleaned: dict[str, Any]) -> None:
        cases.name_rechecker(case_id, uuid.UUID(cleaned["officer_id"]), actor=actor)

    if request.method == "POST" and submitted(request, form, act):
        messages.success(request, "已指定申辩复核人员。")
        return redirect("case", case_id)
    return form_page(
        request,
        form,
        title="指定申辩复核人员",
        submit="指定",
        crumbs=_crumbs(case),
        cancel_url=reverse("case", args=[case_id]),
        lead="当事人的陈述申辩应当复核（行政处罚法第四十五条第一款）。指定以后，只能由被指定的人员复核，承办人员不能再复核。",
    )


@officials(Role.HEAD)
def host(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Name who hosts the hearing; whoever handled or reviewed the case is refused."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    on_case = {row.officer_id for row in case_queries.duties(case)}
    staff = [
        (str(officer.id), f"{officer.name}　{officer.organisation.name}")
        for officer in accounts.officers_with_role(actor.organ_id, Role.REVIEWER)
        if officer.id not in on_case
    ]
    form = HostForm(request.POST if request.method == "POST" else None, choices=staff)

    def act(cleaned: dict[str, Any]) -> None:
        cases.name_host(case_id, uuid.UUID(cleaned["officer_id"]), actor=actor)

    if request.method == "POST" and submitted(request, form, act):
        messages.success(request, "已指定听证主持人。")
        return redirect("case", case_id)
    return form_page(
        request,
        form,
        title="指定听证主持人",
        submit="指定",
        crumbs=_crumbs(case),
        cancel_url=reverse("case", args=[case_id]),
        lead="由没有参与本案调查、审核的人员主持（行政处罚法第六十四条第四项）。主持听证的人员不再审核本案。",
    )
