"""Credit publication and the other channels over REST: application, another person's approval, repair and end."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from mingcha.accounts.choices import Role
from mingcha.common.errors import NotFound
from mingcha.disclosure import channels, credit
from mingcha.disclosure.models import ChannelEndRequest, CreditRequest
from mingcha.disclosure.models_channels import Channel, ChannelStep
from mingcha.interfaces.api import shapes
from mingcha.interfaces.api.cases import made
from mingcha.interfaces.api.door import Token, actor_of, keyed

router = Router(tags=["公示"])
_READERS = (Role.CLERK, Role.UNIT_HEAD, Role.HEAD, Role.SUPERVISOR)
_Words = Annotated[str, Field(max_length=500)]


class CreditIn(shapes.Input):
    severity: Annotated[str, Field(max_length=20)]
    publish: bool
    reason: _Words = ""


class ReportedIn(shapes.Input):
    happened_on: dt.date
    note: _Words = ""


class EndedIn(ReportedIn):
    channel: Annotated[str, Field(max_length=20)]
    ground: Annotated[str, Field(max_length=20)]
    arose_on: dt.date
    portal: bool = False


class CreditOut(Schema):
    id: uuid.UUID
    severity: str
    publish: bool
    reason: str
    due_on: dt.date
    repair_from: dt.date | None
    until: dt.date | None
    superior: str
    approved: bool | None
    answer_reason: str


class ChannelOut(Schema):
    channel: str
    reported_on: dt.date | None
    withdrawn_on: dt.date | None
    ground: str


class EndOut(Schema):
    id: uuid.UUID
    channel: str
    ground: str
    note: str
    arose_on: dt.date
    happened_on: dt.date
    portal: bool
    approved: bool | None
    answer_reason: str


class StandingOut(Schema):
    due_on: dt.date
    requests: list[CreditOut]
    channels: list[ChannelOut]
    ends: list[EndOut]


class OwedOut(Schema):
    decision_id: uuid.UUID
    number: str
    channel: str
    what: str
    due_on: dt.date


@router.get("/channels/owed", auth=Token(*_READERS), response=list[OwedOut], summary="各渠道应当办理的")
def owed(request: HttpRequest) -> list[dict[str, Any]]:
    """信用公示的申请、审批，各渠道的公示和撤回，期限最近的在前。"""
    return [
        {
            "decision_id": row.decision.id,
            "number": row.decision.number,
            "channel": row.channel,
            "what": row.what,
            "due_on": row.due,
        }
        for row in channels.owed(credit.decisions(actor_of(request)))
    ]


@router.get(
    "/decisions/{uuid:decision_id}/channels", auth=Token(*_READERS), response=StandingOut, summary="各渠道的公示"
)
def standing(request: HttpRequest, decision_id: uuid.UUID) -> dict[str, Any]:
    """信用公示的历次申请和审批，各渠道的公示和撤回，送审的撤回（approved为null的待审批、待审核）。"""
    row = credit.decisions(actor_of(request)).filter(id=decision_id).first()
    if row is None:
        raise NotFound("没有找到这份决定，或者您无权查看。")
    done = channels.events([row.id])
    requests = CreditRequest.objects.filter(decision=row).select_related("answer", "referral__organisation")
    return {
        "due_on": credit.due(row),
        "requests": [_request(asked) for asked in requests.order_by("seq")],
        "channels": [
            {
                "channel": channel,
                "reported_on": reported.happened_on if reported else None,
                "withdrawn_on": withdrawn.happened_on if withdrawn else None,
                "ground": withdrawn.ground if withdrawn else "",
            }
            for channel in Channel.values
            for reported, withdrawn in [
                (done.get((row.id, channel, ChannelStep.REPORTED)), done.get((row.id, channel, ChannelStep.WITHDRAWN)))
            ]
        ],
        "ends": [_end(asked) for asked in row.channel_end_requests.select_related("answer").order_by("asked_at")],
    }


def _end(row: ChannelEndRequest) -> dict[str, Any]:
    answer = getattr(row, "answer", None)
    names = ("id", "channel", "ground", "note", "arose_on", "happened_on", "portal")
    return {
        **{name: getattr(row, name) for name in names},
        "approved": answer.approved if answer else None,
        "answer_reason": answer.reason if answer else "",
    }


def _request(row: CreditRequest) -> dict[str, Any]:
    answer, referral = getattr(row, "answer", None), getattr(row, "referral", None)
    names = ("id", "severity", "publish", "reason", "due_on", "repair_from", "until")
    return {
        **{name: getattr(row, name) for name in names},
        "superior": referral.organisation.name if referral else "",
        "approved": answer.approved if answer else None,
        "answer_reason": answer.reason if answer else "",
    }


@router.post(
    "/decisions/{uuid:decision_id}/credit",
    auth=Token(Role.CLERK, Role.UNIT_HEAD),
    response={201: shapes.Made},
    summary="申请信用公示",
)
def ask(request: HttpRequest, decision_id: uuid.UUID, data: CreditIn) -> Any:
    """severity为失信程度；publish为false的是申请不公示。由另一人审批，政策参数写明的由上级审批。"""
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(credit.ask(decision_id, actor=actor_of(request), **fields)))


@router.post(
    "/credit-requests/{uuid:credit_request_id}/answer",
    auth=Token(Role.HEAD),
    response={201: shapes.Made},
    summary="审批信用公示",
)
def answer(request: HttpRequest, credit_request_id: uuid.UUID, data: shapes.ApprovalIn) -> Any:
    """不同意的要写理由。"""
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(credit.answer(credit_request_id, actor=actor_of(request), **fields)))


@router.post(
    "/decisions/{uuid:decision_id}/channels/report",
    auth=Token(Role.CLERK),
    response={201: shapes.Made},
    summary="登记企业信用信息公示",
)
def report(request: HttpRequest, decision_id: uuid.UUID, data: ReportedIn) -> Any:
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(channels.report(decision_id, actor=actor_of(request), **fields)))


@router.post(
    "/decisions/{uuid:decision_id}/channels/end",
    auth=Token(Role.CLERK),
    response={201: shapes.Made},
    summary="登记信用修复、撤回",
)
def end(request: HttpRequest, decision_id: uuid.UUID, data: EndedIn) -> Any:
    """ground为revoked、repaired（信用修复）、early或者expired；portal为true的同时从公示平台撤下。

    repaired、early的先送审，返回送审的标识，另一人审核后登记。
    """
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(channels.end(decision_id, actor=actor_of(request), **fields)))


@router.post(
    "/channel-ends/{uuid:channel_end_id}/answer",
    auth=Token(Role.CLERK, Role.HEAD),
    response={201: shapes.Made},
    summary="审核渠道撤回",
)
def answer_end(request: HttpRequest, channel_end_id: uuid.UUID, data: shapes.ApprovalIn) -> Any:
    """由登记人以外的人审核，退回的要写理由；同意的同时登记撤回。"""
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(channels.answer_end(channel_end_id, actor=actor_of(request), **fields)))
