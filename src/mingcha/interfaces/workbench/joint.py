"""Cases handled together (并案、分案、共同违法): each party's own course on one page, what moved where, and the three acts."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts.actors import Actor
from mingcha.cases import access, actions
from mingcha.cases import queries as cases
from mingcha.cases.choices import DutyKind
from mingcha.cases.models import Case, Joining
from mingcha.common.errors import NotFound
from mingcha.decisions import queries as decisions
from mingcha.documents import queries as documents
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench.base import Form, form_page, page, submitted, text_area
from mingcha.interfaces.workbench.forms import PartyForm

_LATE = ("serve", "perform-wait", "publish", "close")
# So many cases of the organ are offered for joining; more are found by the search of cases.
_MOST = 100


class FurtherPartyForm(PartyForm):
    reason = forms.CharField(label="共同违法的事实和理由", widget=text_area(3), max_length=500)


class JoinForm(Form):
    other_id = forms.ChoiceField(label="并入的案件")
    reason = forms.CharField(label="并案的理由", widget=text_area(3), max_length=500)

    def __init__(self, *args: Any, offered: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["other_id"]
        if isinstance(field, forms.ChoiceField):
            field.choices = offered


class PartForm(Form):
    reason = forms.CharField(label="分案的理由", widget=text_area(3), max_length=500)


def _crumbs(case: Case, *more: tuple[str, str]) -> list[tuple[str, str]]:
    return [("案件", reverse("cases")), (str(case), reverse("case", args=[case.id])), *more]


def _handles(actor: Actor, case: Case) -> bool:
    return DutyKind.HANDLER in cases.duties_of(case, actor.officer_id) and case.step not in _LATE


@viewers()
def joint(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """All parties of one matter: who stands where, with which papers, and the evidence that each received."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    rows = cases.joinings(case)
    handles = _handles(actor, case)
    others = [_shown(actor, row, case) for row in rows]
    context = {
        "case": case,
        "others": others,
        "columns": [{"label": name} for name in ("案件", "当事人", "环节", "告知", "决定", "送达")],
        "courses": [{"cells": _cells(case, True)}, *({"cells": row["cells"]} for row in others)],
        "handles": handles,
    }
    return page(
        request, "workbench/together/joint.html", context, title="并案办理", crumbs=_crumbs(case), active="cases"
    )


def _shown(actor: Actor, row: Joining, case: Case) -> dict[str, Any]:
    other = row.other if row.case_id == case.id else row.case
    first = row.case_id == case.id
    ours, theirs = (row.received[0], row.received[1]) if first else (row.received[1], row.received[0])
    try:
        visible = access.case(actor, other.id) is not None
    except NotFound:
        visible = False
    return {
        "row": row,
        "other": other,
        "cells": _cells(other, visible),
        "ours": ours,
        "theirs": theirs,
        "part": visible and _handles(actor, case) and _handles(actor, other),
    }


def _course(case: Case) -> dict[str, str]:
    """Numbers of the papers that each party has for itself."""
    notice, letter = documents.latest(case, "penalty-notice"), documents.latest(case, "penalty-decision")
    other = decisions.outcome(case)
    served = getattr(letter, "service", None)
    return {
        "notice": notice.number if notice else "—",
        "decision": letter.number if letter else (other.document.number if other and other.document else "—"),
        "served": served.effective_on.isoformat() if served else "—",
    }


def _cells(case: Case, visible: bool) -> list[Any]:
    told = _course(case)
    name = {"text": str(case), "url": reverse("case", args=[case.id])} if visible else {"text": str(case)}
    return [name, case.party_name, cases.stage(case).name, told["notice"], told["decision"], told["served"]]


def _act(
    request: HttpRequest, case: Case, form: Form, run: Callable[[dict[str, Any]], Any], done: str, **shown: Any
) -> HttpResponse:
    here = reverse("case-joint", args=[case.id])
    if request.method == "POST" and submitted(request, form, lambda cleaned: {"id": str(run(cleaned).pk)}):
        messages.success(request, done)
        return redirect(here)
    return form_page(request, form, crumbs=_crumbs(case, ("并案办理", here)), cancel_url=here, active="cases", **shown)


@officials()
def add(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """A further party of the same matter."""
    actor = actor_of(request)
    case = access.own_case(actor, case_id)
    return _act(
        request,
        case,
        FurtherPartyForm(request.POST or None),
        lambda cleaned: actions.add_party(case.id, actor=actor, **cleaned),
        "已为这名当事人另立一案并与本案并案，证据已经移入。",
        title="增加共同违法的当事人",
        submit="增加当事人",
        lead="每名当事人各有自己的案号、告知、决定、送达和救济期限，证据共用（行政处罚法第四十四条、第五十九条）。",
    )


@officials()
def join(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Join with another case of the same handler."""
    actor = actor_of(request)
    case = access.own_case(actor, case_id)
    joined = {row.other_id if row.case_id == case.id else row.case_id for row in cases.joinings(case)}
    mine = access.visible(actor).filter(
        duties__officer_id=actor.officer_id,
        duties__duty=DutyKind.HANDLER,
        closed_on=None,
        organisation_id=case.organisation_id,
        act_type=case.act_type,
    )
    rows = mine.exclude(id__in=[case.id, *joined]).exclude(step__in=_LATE).order_by("-created_at")[:_MOST]
    offered = [(str(row.id), f"{row.number or '尚未编号'}　{row.party_name}　{row.cause}") for row in rows]
    return _act(
        request,
        case,
        JoinForm(request.POST or None, offered=offered),
        lambda cleaned: actions.join(case.id, uuid.UUID(cleaned["other_id"]), actor=actor, reason=cleaned["reason"]),
        "已经并案，两案的证据互相移入。",
        title="与另一案件并案",
        submit="并案",
        lead="可以并案的是由您承办、还没有作出决定的案件；并案不改变各案的当事人、期限和决定。",
    )


@officials()
def part(request: HttpRequest, case_id: uuid.UUID, joining_id: uuid.UUID) -> HttpResponse:
    """Part two joined cases."""
    actor = actor_of(request)
    case = access.own_case(actor, case_id)
    if all(row.id != joining_id for row in cases.joinings(case)):
        raise NotFound("没有找到这次并案，或者已经分案。")
    return _act(
        request,
        case,
        PartForm(request.POST or None),
        lambda cleaned: actions.part(joining_id, actor=actor, reason=cleaned["reason"]),
        "已经分案，两案各自保留已有的全部证据。",
        title="分案",
        submit="分案",
        danger=True,
        lead="分案以后各案单独办理；已经移入的证据不收回。",
    )
