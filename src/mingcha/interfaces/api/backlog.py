"""A backlog signed off at once over REST, by a named clerk, and approved by another."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from mingcha.accounts.choices import Role
from mingcha.disclosure import backlog
from mingcha.interfaces.api import shapes
from mingcha.interfaces.api.door import Token, actor_of

router = Router(tags=["公示"])


class ApproveIn(shapes.Input):
    ids: Annotated[list[uuid.UUID], Field(min_length=1, max_length=1000)]
    attested: bool


class SignOffIn(ApproveIn):
    profile: Annotated[str, Field(max_length=40)] = "public"


class RefusedOut(Schema):
    id: uuid.UUID
    codes: list[str]
    messages: list[str]


class SignedOut(Schema):
    released: list[uuid.UUID]
    submitted: list[uuid.UUID]
    refused: list[RefusedOut]


@router.post("/publications/sign-off", auth=Token(Role.CLERK), response=SignedOut, summary="成批签发公示")
def sign_off(request: HttpRequest, data: SignOffIn) -> dict[str, Any]:
    """逐份判断：released已公示，submitted已送另一人审核，refused没有办理并写明原因。重复提交的列入refused。"""
    return _told(backlog.sign_off(data.ids, actor=actor_of(request), attested=data.attested, profile=data.profile))


@router.post(
    "/publication-submissions/approvals", auth=Token(Role.CLERK, Role.HEAD), response=SignedOut, summary="成批审核公示"
)
def approve(request: HttpRequest, data: ApproveIn) -> dict[str, Any]:
    """ids为送审编号；released为已公示的公示编号，refused没有办理并写明原因。本人送审的、申请不公示的列入refused。"""
    return _told(backlog.approve(data.ids, actor=actor_of(request), attested=data.attested))


def _told(found: backlog.Signed) -> dict[str, Any]:
    return {
        "released": found.released,
        "submitted": found.submitted,
        "refused": [
            {"id": key, "codes": [row.code for row in rows], "messages": [row.message for row in rows]}
            for key, rows in found.refused.items()
        ],
    }
