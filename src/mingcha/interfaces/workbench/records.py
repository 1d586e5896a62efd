"""What an officer records on a case: evidence, recordings, statements, service, payment."""

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
from mingcha.cases import actions as cases
from mingcha.cases import queries as case_queries
from mingcha.cases.models import Case, Evidence, Statement
from mingcha.common import clock
from mingcha.common.errors import NotFound
from mingcha.common.money import yuan
from mingcha.decisions import queries as decisions
from mingcha.interfaces.gate import actor_of, officials
from mingcha.interfaces.workbench.base import Form, form_page, plainly, submitted
from mingcha.interfaces.workbench.forms import (
    AnswerForm,
    EvidenceForm,
    PaymentForm,
    ReasonForm,
    RecordingForm,
    StatementForm,
    recording_choices,
)
from mingcha.interfaces.workbench.uploads import uploaded
from mingcha.performance import actions as performance
from mingcha.performance.queries import standing
from mingcha.recordings import actions as recordings
from mingcha.recordings import queries as recording_queries

_PAPER = ("application/pdf", "image/")
_MEDIA = ("video/", "audio/")
_NAME = "workbench/cases/record.html"


def crumbs_of(case: Case) -> list[tuple[str, str]]:
    return [("案件", reverse("cases")), (case.number or case.cause, reverse("case", args=[case.id]))]


def show(request: HttpRequest, case: Case, form: Form, title: str, submit: str, **context: Any) -> HttpResponse:
    """A form about a case, with its casework style; back to the case on cancel."""
    context.setdefault("template", _NAME)
    return form_page(
        request,
        form,
        title=title,
        submit=submit,
        crumbs=crumbs_of(case),
        cancel_url=reverse("case", args=[case.id]),
        case=case,
        guard=True,
        **context,
    )


def back(request: HttpRequest, case: Case, told: str) -> HttpResponse:
    messages.success(request, told)
    return redirect("case", case.id)


@officials(Role.HANDLER)
def evidence(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    actor = actor_of(request)
    case = access.own_case(actor, case_id)
    form = EvidenceForm(request.POST or None, request.FILES or None, initial={"collected_at": clock.now()})
    if request.method == "POST":
        done = submitted(
            request,
            form,
            lambda cleaned: cases.record_evidence(case_id, actor=actor, **cleaned).seq,
            uploads={"file": (*_PAPER, *_MEDIA, "text/plain", "application/zip")},
        )
        if done:
            return back(request, case, f"已登记证据{done.result}。")
    return show(
        request,
        case,
        form,
        "登记证据",
        "登记",
        lead="证据须经查证属实，方可作为认定事实的根据（行政处罚法第四十六条）。登记后不能修改，非法取得的可以排除。",
    )


@officials(Role.HANDLER)
def exclude(request: HttpRequest, case_id: uuid.UUID, evidence_id: uuid.UUID) -> HttpResponse:
    actor = actor_of(request)
    case = access.own_case(actor, case_id)
    found = Evidence.objects.filter(id=evidence_id, case_id=case_id).first()
    if found is None:
        raise NotFound("没有找到这份证据。")
    form = ReasonForm(request.POST or None)
    if request.method == "POST":
        done = submitted(
            request, form, lambda cleaned: cases.exclude_evidence(evidence_id, actor=actor, reason=cleaned["reason"])
        )
        if done:
            return back(request, case, f"已排除证据{found.seq}“{found.name}”，它留存在记录中，不再作为定案根据。")
    return show(
        request,
        case,
        form,
        f"排除证据{found.seq}　{found.name}",
        "排除",
        lead="以非法手段取得的证据，不得作为认定案件事实的根据（行政处罚法第四十六条第三款）。",
        danger=True,
        confirm="排除后不能恢复，证据留存在记录中但不再作为定案根据。",
        confirm_title="确认排除证据",
        confirm_yes="排除",
    )


@officials(Role.HANDLER)
def recording(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    actor = actor_of(request)
    case = access.own_case(actor, case_id)
    flow = case_queries.procedure(case)
    edition = recording_queries.list_in_force(case)
    entries = edition.content["entries"] if edition else []
    matter = str(request.GET.get("matter", ""))
    entry = next((row for row in entries if row["code"] == matter), None)
    initial = {
        "matter": matter,
        "stage": entry["stage"] if entry else case.stage,
        "title": entry["plain"] if entry else "",
    }
    form = RecordingForm(request.POST or None, request.FILES or None, initial=initial)
    for name, choices in (
        ("stage", [(stage.id, stage.name) for stage in flow.stages.values()]),
        ("matter", recording_choices(case, entries)),
    ):
        field = form.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices
    if request.method == "POST":

        def add(cleaned: dict[str, Any]) -> str:
            ahead = cleaned.pop("upload")
            cleaned["file"] = cleaned["file"] or uploaded(actor, ahead)
            cleaned["duration_ms"] = recordings.length_of(cleaned["file"])
            return recordings.add(case_id, actor=actor, **cleaned).file_id

        done = submitted(request, form, add, uploads={"file": _MEDIA})
        if done:
            return back(request, case, f"音像已上传并计算摘要值 SHA-256 {done.result[:16]}…，之后不能替换。")
    return show(
        request,
        case,
        form,
        "上传音像",
        "上传",
        upload=True,
        lead="上传后立即计算摘要值，写入案件记录。",
    )


@officials(Role.HANDLER)
def excuse(request: HttpRequest, case_id: uuid.UUID, matter: str) -> HttpResponse:
    """State why a demanded recording is missing."""
    actor = actor_of(request)
    case = access.own_case(actor, case_id)
    edition = recording_queries.list_in_force(case)
    entry = next((row for row in (edition.content["entries"] if edition else []) if row["code"] == matter), None)
    if entry is None:
        raise NotFound("音像记录事项清单中没有这一项。")
    form = ReasonForm(request.POST or None)
    if request.method == "POST":
        done = submitted(
            request, form, lambda cleaned: str(recordings.excuse(case_id, actor=actor, matter=matter, **cleaned).id)
        )
        if done:
            return back(request, case, "已说明没有音像记录的原因，审核人员和监督机关会看到。")
    lead = f"清单第{matter}项：{entry['plain']}。请如实说明为什么没有音像，不少于10个字。"
    return show(request, case, form, "说明未作音像记录的原因", "提交说明", lead=lead)


@officials(Role.HANDLER)
def statement(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    actor = actor_of(request)
    case = access.own_case(actor, case_id)
    found = case_queries.party(case)
    initial = {"received_at": clock.now(), "speaker": found.legal_representative or found.name}
    form = StatementForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST":
        done = submitted(
            request,
            form,
            lambda cleaned: str(cases.record_statement(case_id, actor=actor, **cleaned).id),
            uploads={"file": (*_PAPER, *_MEDIA)},
        )
        if done:
            return back(request, case, "已登记当事人的意见。")
    return show(
        request,
        case,
        form,
        "登记陈述申辩、听证意见",
        "登记",
        lead="当事人有权陈述和申辩，必须充分听取；不得因陈述申辩给予更重的处罚（行政处罚法第四十五条）。",
    )


@officials()
def answer(request: HttpRequest, case_id: uuid.UUID, statement_id: uuid.UUID) -> HttpResponse:
    """The re-examination: by whoever a head named, by a handler where nobody was named."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    found = Statement.objects.filter(id=statement_id, case_id=case_id).first()
    if found is None:
        raise NotFound("没有找到这份陈述申辩。")
    form = AnswerForm(request.POST or None)
    if request.method == "POST":
        done = submitted(
            request,
            form,
            lambda cleaned: str(cases.answer_statement(statement_id, actor=actor, **cleaned).pk),
        )
        if done:
            return back(request, case, "复核意见已记录。")
    return show(request, case, form, "复核陈述申辩", "提交复核意见", template="workbench/cases/answer.html", said=found)


@officials(Role.HANDLER)
def payment(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    actor = actor_of(request)
    case = access.own_case(actor, case_id)
    decision = decisions.of_case(case)
    if decision is None:
        raise NotFound("本案还没有作出决定，没有需要缴纳的款项。")
    today = clock.today()
    now = standing(decision, today)
    form = PaymentForm(request.POST or None, initial={"paid_on": today, "amount_fen": f"{now.left / 100:.2f}"})
    if request.method == "POST":
        done = submitted(
            request, form, lambda cleaned: performance.record_payment(case_id, actor=actor, **cleaned).amount_fen
        )
        if done:
            return back(request, case, f"已登记缴款 {yuan(int(done.result))} 元。")
    return show(
        request,
        case,
        form,
        "登记缴款",
        "登记缴款",
        template="workbench/cases/payment.html",
        decision=decision,
        standing=now,
        surcharge=plainly(now.surcharge) if now.surcharge else None,
    )
