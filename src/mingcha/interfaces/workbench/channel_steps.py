"""What happened on the channels outside (登记渠道公示、撤回): forms of the clerk, and the rows of the page of a decision."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.common import clock
from mingcha.common.errors import NotFound
from mingcha.decisions.models import Decision
from mingcha.disclosure import channels, credit
from mingcha.disclosure.models import ChannelEndRequest
from mingcha.disclosure.models_channels import TO_BE_CHECKED, Channel, ChannelStep, EndGround
from mingcha.interfaces.gate import actor_of, officials
from mingcha.interfaces.workbench.base import Form, form_page, plainly, submitted, text_area
from mingcha.interfaces.workbench.publication_control import AnswerForm

CRUMBS = [("公示", "/in/publications/"), ("渠道状态", "/in/credit/")]


def _day(label: str, help_text: str = "") -> forms.DateField:
    return forms.DateField(label=label, help_text=help_text, widget=forms.DateInput(attrs={"type": "date"}))


class ReportForm(Form):
    """The day on which it was on show."""

    happened_on = _day("公示日期")
    note = forms.CharField(label="说明", required=False, max_length=500, widget=text_area(2))


class EndForm(Form):
    """Which channel came down, why and when."""

    channel = forms.ChoiceField(label="渠道", choices=Channel.choices, widget=forms.RadioSelect)
    ground = forms.ChoiceField(label="撤回的理由", choices=EndGround.choices, widget=forms.RadioSelect)
    arose_on = _day("理由发生之日", "撤销、变更的日期，或者同意信用修复、提前停止公示的日期；三个工作日从次日起算。")
    happened_on = _day("实际撤回日期")
    portal = forms.BooleanField(label="同时从本机关的公示平台撤下", required=False)
    note = forms.CharField(
        label="说明",
        required=False,
        max_length=500,
        widget=text_area(2),
        help_text="信用修复、提前停止公示的，写明审批文号；由另一人审核后生效。",
    )


def _decision(request: HttpRequest, decision_id: uuid.UUID) -> Decision:
    found = credit.decisions(actor_of(request)).filter(id=decision_id).first()
    if found is None:
        raise NotFound("没有找到这份决定，或者您无权查看。")
    return found


@officials(Role.CLERK)
def report(request: HttpRequest, decision_id: uuid.UUID) -> HttpResponse:
    """Record the publication in the company register."""
    actor, row = actor_of(request), _decision(request, decision_id)
    form = ReportForm(request.POST or None, initial={"happened_on": clock.today()})
    back = reverse("credit-one", args=[row.id])

    def act(cleaned: dict[str, Any]) -> str:
        return str(channels.report(row.id, actor=actor, **cleaned).id)

    if request.method == "POST" and submitted(request, form, act):
        messages.success(request, "已登记。")
        return redirect(back)
    return form_page(
        request, form, title=f"登记企业信用信息公示　{row.number}", submit="登记", crumbs=CRUMBS, active="disclosure",
        cancel_url=back,
    )  # fmt: skip


@officials(Role.CLERK)
def end(request: HttpRequest, decision_id: uuid.UUID) -> HttpResponse:
    """Record that a channel came down."""
    actor, row = actor_of(request), _decision(request, decision_id)
    undone = channels.undone_on(row)
    first = {"happened_on": clock.today(), "arose_on": undone, "ground": EndGround.REVOKED if undone else None}
    form = EndForm(request.POST or None, initial=first)
    back = reverse("credit-one", args=[row.id])

    def act(cleaned: dict[str, Any]) -> str:
        return str(channels.end(row.id, actor=actor, **cleaned).id)

    if request.method == "POST" and submitted(request, form, act):
        waits = form.cleaned_data["ground"] in TO_BE_CHECKED
        messages.success(request, "已送审，由另一人审核后登记。" if waits else "已登记。")
        return redirect(back)
    return form_page(
        request, form, title=f"登记撤回　{row.number}", submit="登记", crumbs=CRUMBS, active="disclosure", cancel_url=back,
        lead="决定被撤销、变更的，应当在三个工作日内从各渠道撤回。",
    )  # fmt: skip


@officials(Role.CLERK, Role.HEAD)
def check_end(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Approve or send back an end that another person recorded."""
    actor = actor_of(request)
    asked = channels.to_be_checked(credit.decisions(actor)).filter(id=request_id).first()
    if asked is None:
        raise NotFound("没有找到这项登记，或者已经审核，或者您无权查看。")
    form = AnswerForm(request.POST or None)
    back = reverse("credit-one", args=[asked.decision_id])

    def act(cleaned: dict[str, Any]) -> str:
        approved = cleaned["approved"] == "yes"
        return str(channels.answer_end(asked.id, actor=actor, approved=approved, reason=cleaned["reason"]).pk)

    if request.method == "POST" and submitted(request, form, act):
        messages.success(request, "已登记审核意见。")
        return redirect(back)
    lead = (
        f"{asked.asked_by.name}登记：{asked.get_channel_display()}，{asked.get_ground_display()}，"
        f"{asked.arose_on.isoformat()}发生，{asked.happened_on.isoformat()}撤回"
        f"{'，同时从公示平台撤下' if asked.portal else ''}。说明：{asked.note}"
    )
    return form_page(
        request, form, title=f"审核撤回　{asked.decision.number}", submit="提交", crumbs=CRUMBS, active="disclosure",
        cancel_url=back, lead=lead,
    )  # fmt: skip


def rows_of(row: Decision, actor: Actor) -> list[dict[str, Any]]:
    """The channels beside the portal for the page of one decision: what each demands, and what was done."""
    done = channels.events([row.id])
    asked = ChannelEndRequest.objects.filter(decision=row).exclude(answer__approved=True)
    ends = list(asked.select_related("decision__case", "asked_by", "answer__by").order_by("asked_at"))
    reported = done.get((row.id, Channel.MARKET, ChannelStep.REPORTED))
    duty = channels.market(row, reported.happened_on if reported else None)
    found = []
    for channel, label in Channel.choices:
        told = duty if channel == Channel.MARKET else None
        found.append(
            {
                "label": label,
                "applies": told.applies if told else True,
                "why": told.why if told else "按失信程度申请，见下。",
                "due": told.due.value if told and told.due else None,
                "due_explained": plainly(told.due) if told and told.due else None,
                "until": told.until.value if told and told.until else None,
                "until_explained": plainly(told.until) if told and told.until else None,
                "reported": done.get((row.id, channel, ChannelStep.REPORTED)),
                "withdrawn": done.get((row.id, channel, ChannelStep.WITHDRAWN)),
                "ends": [
                    (end_, not hasattr(end_, "answer") and channels.checkable(actor, end_))
                    for end_ in ends
                    if end_.channel == channel
                ],
            }
        )
    return found
