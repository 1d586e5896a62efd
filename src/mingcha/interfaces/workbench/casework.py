"""The case page: where the case stands, what comes next and why not yet, all that has been done; and the moves."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from mingcha.cases import access
from mingcha.cases.moves import advance
from mingcha.common.errors import Conflict, InvalidInput, Refused
from mingcha.interfaces.gate import actor_of, officials
from mingcha.interfaces.workbench.base import acted, page
from mingcha.interfaces.workbench.casepage import CasePage


def _page(request: HttpRequest, view: CasePage, status: int = 200) -> HttpResponse:
    return page(
        request,
        "workbench/cases/case.html",
        view.context(),
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


@require_POST
@officials()
def move(request: HttpRequest, case_id: uuid.UUID, to: str) -> HttpResponse:
    """Take a move of the pinned procedure that has no page of its own."""
    actor = actor_of(request)
    found = access.case(actor, case_id)
    reason = str(request.POST.get("reason", ""))
    before = found.stage
    try:
        acted(request, lambda: str(advance(case_id, to, actor=actor, reason=reason).stage))
    except (InvalidInput, Refused, Conflict) as error:
        found = access.case(actor, case_id)
        view = CasePage(found, actor, failed=to, typed=reason, error=error)
        return _page(request, view, status=error.status)
    flow = CasePage.flow_of(found)
    done = flow.move(before, to)
    # A move can take the case out of this person's sight (sent to review, closed and handed to the archive).
    told = f"已办理“{done.label if done else '流转'}”，案件转入“{flow.stage(to).name}”。"
    if not access.visible(actor).filter(id=case_id).exists():
        messages.success(request, told + "这个案件已不在您的职责范围内。")
        return redirect("home")
    messages.success(request, told)
    return redirect("case", case_id)
