"""The periods of one case (本案期限): each with its reckoning, stop-clocks and extension; both law clocks."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.cases import periods as acts
from mingcha.cases.choices import DutyKind
from mingcha.cases.models import Case
from mingcha.cases.queries import held_duties
from mingcha.common import clock
from mingcha.common.errors import NotFound
from mingcha.deadlines import queries as deadlines
from mingcha.deadlines import rulebook
from mingcha.deadlines.choices import Outcome
from mingcha.deadlines.models import RunningPeriod
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench import terms
from mingcha.interfaces.workbench.base import Form, date_field, form_page, page, plainly, submitted, text_area
from mingcha.interfaces.workbench.periods import row_of

_OTHER = "其他"


@viewers()
def case(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """All periods of a case, running ones first."""
    actor = actor_of(request)
    found = access.case(actor, case_id)
    handles = DutyKind.HANDLER in held_duties(found.id, actor.officer_id) and found.closed_on is None
    heads = actor.has(Role.HEAD) and actor.organ_id == found.organisation_id
    rows = list(deadlines.periods_of(found.id).select_related("extension"))
    running = [
        {**row_of(view, found), **_more(view.period, handles=handles, heads=heads)}
        for view in deadlines.views(row for row in rows if row.ended_on is None)
    ]
    context = {
        "case": found,
        "running": sorted(running, key=lambda item: item["row"].due_on),
        "ended": [
            {"row": row, "outcome": Outcome(row.outcome).label, "explained": terms.explained(row)}
            for row in rows
            if row.ended_on is not None
        ],
        "clocks": [
            {
                "rule": item.rule,
                "value": item.value,
                "step": item.facts.get("step", "违法行为"),
                "explained": {**plainly(item), "law_on": item.value},
            }
            for item in acts.law_clocks(found)
        ],
    }
    return page(
        request, "workbench/periods/case.html", context, title=f"{found}：期限", crumbs=_crumbs(found), active="cases"
    )


def _crumbs(found: Case) -> list[tuple[str, str]]:
    return [("案件", reverse("cases")), (str(found), reverse("case", args=[found.id]))]


def _more(row: RunningPeriod, *, handles: bool, heads: bool) -> dict[str, Any]:
    """What can be done about a running period, and what was done."""
    rule = rulebook.rule(row.rule, row.starts_on)
    extension = getattr(row, "extension", None)
    stops = row.starts_at is None and bool(rule.pauses)
    return {
        "pauses": list(row.pauses.all()),
        "extension": extension,
        "unit": rulebook.UNITS[rule.unit],
        "may_pause": handles and stops and not row.paused,
        "may_resume": handles and row.paused,
        "may_extend": heads and rule.extension is not None and extension is None and clock.today() <= row.due_on,
    }


def _period(found: Case, period_id: uuid.UUID) -> RunningPeriod:
    row = deadlines.period(period_id)
    if row.case_id != found.id:
        raise NotFound("没有找到该期限。")
    return row


class PauseForm(Form):
    ground = forms.ChoiceField(label="法定事由")
    reason = forms.CharField(label="具体情况", max_length=80, help_text="写明检测、检验、鉴定等的机构和内容。")
    basis = forms.CharField(
        label="依据", max_length=300, required=False, help_text="选“其他”时必填：法律、法规、规章名称和条款。"
    )
    first_day = date_field("停止计算自", help_text="当日起不计入期限。")
    notice_document = forms.CharField(label="告知文书", max_length=100, help_text="书面告知当事人的文书名称或者文号。")

    def __init__(self, rule: rulebook.Rule, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        grounds = [(ground.article, f"{ground.reason}（{ground.article}）") for ground in rule.pauses]
        self.fields["ground"].choices = [*grounds, (_OTHER, "其他法律、法规、规章规定的事由")]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("ground") == _OTHER and not cleaned.get("basis"):
            self.add_error("basis", "请填写停止计算的依据。")
        return cleaned


class ResumeForm(Form):
    last_day = date_field("停止计算至", help_text="当日仍不计入，次日恢复计算。")


class ExtendForm(Form):
    length = forms.IntegerField(label="延长", min_value=1)
    reason = forms.CharField(label="延长的理由", widget=text_area(3), max_length=300)
    notice_document = forms.CharField(
        label="告知文书", max_length=100, help_text="书面告知当事人理由的文书名称或者文号。"
    )


def _form(
    request: HttpRequest, found: Case, row: RunningPeriod, form: Form, title: str, submit: str, lead: str
) -> HttpResponse:
    back = reverse("periods-case", args=[found.id])
    crumbs = [*_crumbs(found), ("期限", back)]
    return form_page(
        request, form, title=title, submit=submit, crumbs=crumbs, active="cases", cancel_url=back,
        lead=f"{row.label}：现为{row.due_on.isoformat()}。{lead}", guard=True,
    )  # fmt: skip


@officials(Role.HANDLER)
def pause(request: HttpRequest, case_id: uuid.UUID, period_id: uuid.UUID) -> HttpResponse:
    """Stop the clock."""
    actor = actor_of(request)
    found = access.own_case(actor, case_id)
    row = _period(found, period_id)
    form = PauseForm(rulebook.rule(row.rule, row.starts_on), request.POST or None, initial={"first_day": clock.today()})

    def act(cleaned: dict[str, Any]) -> None:
        ground = cleaned.pop("ground")
        cleaned["basis"] = cleaned["basis"] or ground
        acts.pause(found.id, row.id, actor=actor, **cleaned)

    if form.is_bound and submitted(request, form, act):
        return redirect("periods-case", found.id)
    return _form(
        request, found, row, form, "停止计算", "停止计算", "停止计算须有法律、法规、规章依据，并书面告知当事人。"
    )


@officials(Role.HANDLER)
def resume(request: HttpRequest, case_id: uuid.UUID, period_id: uuid.UUID) -> HttpResponse:
    """Let the clock run again."""
    actor = actor_of(request)
    found = access.own_case(actor, case_id)
    row = _period(found, period_id)
    form = ResumeForm(request.POST or None, initial={"last_day": clock.today()})

    def act(cleaned: dict[str, Any]) -> None:
        acts.resume(found.id, row.id, actor=actor, **cleaned)

    if form.is_bound and submitted(request, form, act):
        return redirect("periods-case", found.id)
    return _form(request, found, row, form, "恢复计算", "恢复计算", "停止的日数加在原来的最后一日之后。")


@officials(Role.HEAD)
def extend(request: HttpRequest, case_id: uuid.UUID, period_id: uuid.UUID) -> HttpResponse:
    """Extend a period once."""
    actor = actor_of(request)
    found = access.case(actor, case_id)
    row = _period(found, period_id)
    rule = rulebook.rule(row.rule, row.starts_on)
    form = ExtendForm(request.POST or None)

    def act(cleaned: dict[str, Any]) -> None:
        acts.extend(found.id, row.id, actor=actor, **cleaned)

    if form.is_bound and submitted(request, form, act):
        return redirect("periods-case", found.id)
    most = rule.extension
    lead = (
        f"最长延长{most.length}{rulebook.UNITS[rule.unit]}，只能一次（{most.article}）。"
        if most
        else "法律没有规定延长。"
    )
    return _form(request, found, row, form, "延长期限", "批准延长", lead)
