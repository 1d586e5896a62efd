"""The case page: where the case stands, what comes next and why not yet, all that has been done; and the moves."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from mingcha.cases import access
from mingcha.cases import queries as cases
from mingcha.cases.actions import link as begin_link
from mingcha.cases.findings import record_finding
from mingcha.cases.moves import advance
from mingcha.common.errors import Conflict, InvalidInput, NotFound, Refused
from mingcha.interfaces.gate import actor_of, officials
from mingcha.interfaces.workbench.base import acted, form_page, page, submitted
from mingcha.interfaces.workbench.casepage import CasePage
from mingcha.interfaces.workbench.forms import FindingForm
from mingcha.interfaces.workbench.review_submit import scope_of
from mingcha.procedures.guards import catalogue


def _page(request: HttpRequest, view: CasePage, status: int = 200) -> HttpResponse:
    return page(
        request,
        "workbench/cases/case.html",
        {**view.context(), "review": scope_of(view.case)},
        title=view.case.number or view.case.cause,
        crumbs=[("案件", reverse("cases"))],
        active="cases",
        status=status,
    )


@officials()
def case(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    actor = actor_of(request)
    found = access.case(actor, case_id)
    return _page(request, CasePage(found, actor, show=str(request.GET.get("show", ""))))


def _branch(request: HttpRequest) -> uuid.UUID | None:
    text = str(request.POST.get("branch", ""))
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        raise NotFound("没有这个并行环节，请刷新页面。") from None


@require_POST
@officials()
def link(request: HttpRequest, case_id: uuid.UUID, procedure: str, to: str) -> HttpResponse:
    """Begin the case of another procedure that a move opens."""
    actor = actor_of(request)
    found = access.case(actor, case_id)
    reason = str(request.POST.get("reason", ""))
    branch = _branch(request)
    try:
        other = acted(
            request,
            lambda: str(begin_link(case_id, procedure, to, actor=actor, reason=reason, branch=branch).id),
        )
    except (InvalidInput, Refused, Conflict) as error:
        view = CasePage(found, actor, failed=to, typed=reason, error=error)
        return _page(request, view, status=error.status)
    messages.success(request, f"已从“{found.number or found.cause}”转入，这是新的关联案件。")
    return redirect("case", other)


@officials()
def finding(request: HttpRequest, case_id: uuid.UUID, guard: str) -> HttpResponse:
    """Establish a condition that no machine can judge alone."""
    actor = actor_of(request)
    found = access.case(actor, case_id)
    entry = catalogue().get(guard)
    if entry is None or entry.mode != "finding":
        raise NotFound("这个条件不需要认定。")
    form = FindingForm(request.POST or None)

    def act(cleaned: dict[str, Any]) -> None:
        record_finding(case_id, guard, actor=actor, met=cleaned["met"] == "yes", grounds=cleaned["grounds"])

    if request.method == "POST" and submitted(request, form, act):
        messages.success(request, f"已认定“{entry.label}”。")
        return redirect("case", case_id)
    return form_page(
        request,
        form,
        title=f"认定：{entry.label}",
        submit="作出认定",
        crumbs=[("案件", reverse("cases")), (found.number or found.cause, reverse("case", args=[case_id]))],
        cancel_url=reverse("case", args=[case_id]),
        lead=f"依据：{entry.article}。认定作出后不能修改；情况有变的，另作新的认定，以最新的为准。",
    )


@require_POST
@officials()
def move(request: HttpRequest, case_id: uuid.UUID, to: str) -> HttpResponse:
    """Take a move of the pinned procedure that has no page of its own."""
    actor = actor_of(request)
    found = access.case(actor, case_id)
    reason = str(request.POST.get("reason", ""))
    branch = _branch(request)
    before = cases.stage_of(found, branch)
    try:
        stage = acted(request, lambda: str(advance(case_id, to, actor=actor, reason=reason, branch=branch).stage))
    except (InvalidInput, Refused, Conflict) as error:
        found = access.case(actor, case_id)
        view = CasePage(found, actor, failed=to, typed=reason, error=error)
        return _page(request, view, status=error.status)
    flow = CasePage.flow_of(found)
    done = flow.move(before, to)
    # A move can take the case out of this person's sight (sent to review, closed and handed to the archive).
    beside = bool(branch) or bool(done and done.parallel)
    line = "开始并行环节" if done and done.parallel else "并行环节转入" if branch else "案件转入"
    told = f"已办理“{done.label if done else '流转'}”，{line}“{flow.stage(to if beside else stage).name}”。"
    if not access.visible(actor).filter(id=case_id).exists():
        messages.success(request, told + "这个案件已不在您的职责范围内。")
        return redirect("home")
    messages.success(request, told)
    return redirect("case", case_id)
