"""The head's pages (处罚决定): what waits for a decision, deciding, returning, revoking."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts import queries as accounts
from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.cases import queries as cases
from mingcha.cases.choices import DutyKind
from mingcha.cases.models import Case
from mingcha.cases.moves import Option, advance, options
from mingcha.cases.rules import may_take_duty
from mingcha.common import clock
from mingcha.common.errors import NotFound, Reason
from mingcha.common.money import capitals, yuan
from mingcha.deadlines import queries as deadlines
from mingcha.decisions import actions, queries
from mingcha.decisions.models import Decision
from mingcha.documents import queries as documents
from mingcha.documents.rendering import template
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench import checkups, letters, terms
from mingcha.interfaces.workbench.base import Form, form_page, page, submitted, text_area
from mingcha.review import queries as review


class DecideForm(Form):
    opinion = forms.CharField(label="负责人意见", widget=text_area(4), max_length=2000)


class ReturnForm(Form):
    reason = forms.CharField(
        label="退回理由", widget=text_area(3), max_length=1000, help_text="承办人员会看到，并入卷。"
    )


class RevokeForm(Form):
    reason = forms.CharField(
        label="撤销理由",
        widget=text_area(4),
        max_length=500,
        help_text="写入撤销决定书；已公示的，公众在原页面看到这个理由。",
    )


def _cells(row: Decision) -> list[Any]:
    label = queries.state(row)
    state = {"tag": label, "tag_kind": "ok" if label == "有效" else "law"}
    return [
        {"text": row.number, "url": reverse("decision-case", args=[row.case_id]), "note": row.case.cause},
        row.case.party_name,
        f"¥{yuan(row.fine_fen + row.confiscated_fen)}",
        row.decided_on.isoformat(),
        state,
    ]


@viewers(Role.HEAD)
def listing(request: HttpRequest) -> HttpResponse:
    """What waits for a decision, and the decisions of the organ."""
    actor = actor_of(request)
    waiting = list(access.visible(actor).filter(stage="decide", organisation_id=actor.organ_id).order_by("id"))
    views = {
        view.period.case_id: view
        for view in deadlines.open_periods(case_ids=[row.id for row in waiting])
        if view.period.rule == "PEN-01"
    }
    rows = []
    for row in waiting:
        view = views.get(row.id)
        rows.append(
            {
                "late": bool(view and view.days_left < 0),
                "due_on": view.period.due_on if view else None,
                "cells": [
                    {"text": str(row), "url": reverse("decision-case", args=[row.id]), "note": row.cause},
                    row.party_name,
                    {"due": terms.of_view(view, natural=True)} if view else "—",
                ],
            }
        )
    rows.sort(key=lambda row: (row["due_on"] is None, row["due_on"]))
    made = [{"cells": _cells(row)} for row in queries.of_organ(actor.organ_id)[:50]]
    context = {
        "rows": rows,
        "columns": [{"label": name} for name in ("案件", "当事人", "办案期限")],
        "made": made,
        "made_columns": [
            {"label": "文号"},
            {"label": "当事人"},
            {"label": "金额", "num": True},
            {"label": "决定日期"},
            {"label": "状态"},
        ],
    }
    return page(request, "workbench/decisions/listing.html", context, title="处罚决定", active="decisions")


@officials()
def decide(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """What is decided, on which review, under which conditions; the head decides here. Others read."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    decision = queries.of_case(case)
    if decision is not None:
        return _decided(request, actor, case, decision)
    found = {row.move.action or row.move.to: row for row in options(case, actor)}
    option = found.get("decision-issue")
    form = DecideForm(request.POST or None)
    if request.method == "POST":
        done = submitted(request, form, lambda cleaned: _issue(actor, case, cleaned["opinion"]))
        if done:
            return redirect("decision-case", case_id)
    frozen = documents.frozen(case)
    reasons = _reasons(actor, case, option)
    context = {
        "case": case,
        "form": form,
        "reasons": reasons,
        "met": [f"{check.label}（{check.article}）" for check in option.checks if check.met] if option else [],
        "letter": letters.draft(case, frozen.content) if frozen else None,
        "digest": frozen.digest if frozen else "",
        "amounts": _amounts(frozen.content["fields"]) if frozen else [],
        "submission": review.latest(case),
        "demanded": review.demanded(case),
        "periods": [view for view in deadlines.open_periods(case_ids=[case.id]) if view.period.rule == "PEN-01"],
        "checked": checkups.summary(case),
        "may_return": "review-return" in found and actor.has(Role.HEAD),
    }
    status = 422 if form.is_bound else 200
    return page(
        request,
        "workbench/decisions/decide.html",
        context,
        title="作出处罚决定",
        crumbs=_crumbs(actor, case),
        active="decisions",
        status=status,
    )


def _crumbs(actor: Actor, case: Case) -> list[tuple[str, str]]:
    first = ("处罚决定", reverse("decisions")) if actor.has(Role.HEAD) else ("案件", reverse("cases"))
    return [first, (str(case), reverse("case", args=[case.id]))]


def _reasons(actor: Actor, case: Case, option: Option | None) -> list[Reason]:
    if option is None:
        stage = cases.stage(case).name
        return [Reason("not-decidable", f"案件现在处于“{stage}”环节，还不能作出决定。", (), "请先办完前面的环节。")]
    reasons = list(option.reasons)
    if not actor.has(Role.HEAD) or actor.organ_id != case.organisation_id:
        return [Reason("head-only", "处罚决定由机关负责人作出。", ("行政处罚法第五十七条",)), *reasons]
    officer = accounts.officers([actor.officer_id])[actor.officer_id]
    held = cases.held_duties(case.id, actor.officer_id)
    return [*may_take_duty(officer, DutyKind.DECIDER, held, clock.today()), *reasons]


def _issue(actor: Actor, case: Case, opinion: str) -> dict[str, str]:
    return {"number": actions.issue(case.id, actor=actor, opinion=opinion).number}


def _amounts(fields: dict[str, Any]) -> list[dict[str, str]]:
    """The penalties of a draft, one line each, as facts."""
    penalties = template("penalty-decision").field("penalties")
    kinds = next((field.choices for field in penalties.of if field.name == "kind"), None) if penalties else None
    rows = []
    for row in fields.get("penalties") or []:
        label = (kinds or {}).get(row["kind"], row["kind"])
        amount = row.get("amount")
        value = (
            f"{yuan(amount)}元（{capitals(amount)}）" if amount else row.get("detail") or row.get("text") or "见决定书"
        )
        rows.append({"label": label, "value": value})
    if fields.get("correction"):
        rows.append({"label": "责令改正", "value": fields["correction"]})
    return rows


def _decided(request: HttpRequest, actor: Actor, case: Case, decision: Decision) -> HttpResponse:
    context = {
        "case": case,
        "decision": decision,
        "later": queries.later_acts(decision),
        "state": queries.state(decision),
        "now": queries.amounts(decision),
        "redone": queries.redone(decision),
        "redo": queries.redo_of(case),
        "stands": queries.stands(decision),
        "may_redo": actor.has(Role.HEAD) and actor.organ_id == case.organisation_id,
        "letter": letters.issued(decision.document),
        "submission": review.latest(case),
        "may_revoke": actor.has(Role.HEAD)
        and actor.organ_id == case.organisation_id
        and not hasattr(decision, "revocation"),
    }
    title = f"处罚决定 {decision.number}"
    return page(
        request,
        "workbench/decisions/decided.html",
        context,
        title=title,
        crumbs=_crumbs(actor, case),
        active="decisions",
    )


@officials(Role.HEAD)
def send_back(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Return (退回) to the handlers with a reason instead of deciding."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    form = ReturnForm(request.POST or None)
    if request.method == "POST":
        done = submitted(request, form, lambda cleaned: _return(actor, case, cleaned["reason"]))
        if done:
            return redirect("decisions")
    return form_page(
        request,
        form,
        title="退回承办重新研究",
        submit="退回",
        crumbs=_crumbs(actor, case),
        active="decisions",
        cancel_url=reverse("decision-case", args=[case.id]),
        lead=f"{case}　{case.cause}　{case.party_name}",
    )


def _return(actor: Actor, case: Case, reason: str) -> None:
    advance(case.id, "review-return", actor=actor, reason=reason)


@officials(Role.HEAD)
def revoke(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Revoke (撤销) a decision with a reason; its publication comes down in the same act."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    decision = queries.of_case(case)
    if decision is None:
        raise NotFound("本案还没有作出决定。")
    form = RevokeForm(request.POST or None)
    if request.method == "POST":
        done = submitted(request, form, lambda cleaned: _revoke(actor, decision, cleaned["reason"]))
        if done:
            return redirect("decision-case", case_id)
    return form_page(
        request,
        form,
        title=f"撤销 {decision.number}",
        submit="撤销决定",
        crumbs=_crumbs(actor, case),
        active="decisions",
        cancel_url=reverse("decision-case", args=[case.id]),
        lead="撤销会制作撤销决定书并编号入卷。原决定保留，不会删除；已经公示的立即撤下，原页面写明撤销和理由。",
        confirm="撤销后不能恢复。确认撤销这份决定？",
        confirm_title="撤销决定",
        confirm_yes="撤销",
        danger=True,
    )


def _revoke(actor: Actor, decision: Decision, reason: str) -> None:
    actions.revoke(decision.id, actor=actor, reason=reason)
