"""Disclosure over REST: the clerk's queue, and what everyone may read."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Query, Router, Schema

from mingcha.accounts.choices import Role
from mingcha.common.errors import Conflict, InvalidInput
from mingcha.disclosure import access, actions, approving, controls, preparing, queries
from mingcha.disclosure.models import Publication, PublicEntry
from mingcha.interfaces.api import shapes
from mingcha.interfaces.api.cases import made
from mingcha.interfaces.api.door import Token, actor_of, anyone, keyed

router = Router(tags=["公示"])


class TextsOut(Schema):
    short: str
    long: str


_OFFICE = (Role.CLERK, Role.HEAD, Role.SUPERVISOR)


@router.get("/publications", auth=Token(*_OFFICE), response=list[shapes.PublicationOut], summary="待公示队列")
def queue(request: HttpRequest, size: int = Query(100, ge=1, le=500)) -> list[dict[str, Any]]:
    """尚未公示的决定，期限最近的在前。"""
    return [_out(row) for row in queries.waiting(access.visible(actor_of(request)))[:size]]


def _out(row: Publication) -> dict[str, Any]:
    state = "withdrawn" if hasattr(row, "withdrawal") else "released" if hasattr(row, "release") else "waiting"
    asked = controls.open_submission(row)
    return {
        "submission_id": asked.id if asked else None,
        "id": row.id,
        "number": row.number,
        "party": row.case.party_name if row.case else "",
        "due_on": row.due_on,
        "state": state,
    }


@router.get(
    "/publications/{uuid:publication_id}/preview",
    auth=Token(*_OFFICE),
    response=shapes.PublicationPreview,
    summary="脱敏预览",
)
def preview(request: HttpRequest, publication_id: uuid.UUID, profile: str = preparing.PROFILE) -> dict[str, Any]:
    """原文，以及系统按脱敏方案拟隐去的范围（start、end 为字符位置）；leftover 为隐去后仍可疑的处数。"""
    publication = access.publication(actor_of(request), publication_id)
    if profile not in preparing.profiles():
        raise InvalidInput({"profile": [f"脱敏方案应当是{'、'.join(preparing.profiles())}之一。"]})
    text = preparing.original(publication)
    proposal = preparing.marked(publication, text, profile)
    return {
        "text": text,
        "spans": [span.as_dict() for span in proposal.spans],
        "leftover": preparing.leftover(publication, proposal.text, profile=profile),
    }


@router.post(
    "/publications/{uuid:publication_id}/release",
    auth=Token(Role.CLERK),
    response={201: shapes.Made},
    summary="签发脱敏结果并公示",
)
def publish(request: HttpRequest, publication_id: uuid.UUID, data: shapes.PublishIn) -> Any:
    """公示只能进行一次，重复提交返回冲突；幂等键在这里不起作用。

    政策参数要求另一人审核的，这里是送审：返回送审的编号，另一人审核同意以后才公开。
    """
    release = actions.publish(
        publication_id,
        actor=actor_of(request),
        attested=data.attested,
        rejected={item.index: item.reason for item in data.rejected},
        added=[item.model_dump() for item in data.added],
        profile=data.profile,
    )
    return made(release)


@router.post(
    "/publications/{uuid:publication_id}/withholding",
    auth=Token(Role.CLERK),
    response={201: shapes.Made},
    summary="申请不公示",
)
def withhold(request: HttpRequest, publication_id: uuid.UUID, data: shapes.WithholdIn) -> Any:
    """不公示要有法律依据，由另一人审核同意以后生效。"""
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(controls.withhold(publication_id, actor=actor_of(request), **fields)))


@router.post(
    "/publication-submissions/{uuid:submission_id}/answer",
    auth=Token(Role.CLERK, Role.HEAD),
    response={201: shapes.Made},
    summary="审核公示",
)
def answer(request: HttpRequest, submission_id: uuid.UUID, data: shapes.ApprovalIn) -> Any:
    """另一人审核送审的内容：同意即公开（或者不公示），退回要写理由。重复提交返回冲突。"""
    return made(approving.answer(submission_id, actor=actor_of(request), **data.model_dump()))


@router.post(
    "/publications/{uuid:publication_id}/withdrawal",
    auth=Token(Role.CLERK, Role.HEAD),
    response={201: shapes.Made},
    summary="撤下公示",
)
def withdraw(request: HttpRequest, publication_id: uuid.UUID, data: shapes.ReasonIn) -> Any:
    """撤下后保留编号和撤下理由。"""
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(actions.withdraw(publication_id, actor=actor_of(request), **fields)))


@router.get("/public/decisions", auth=None, response=shapes.PublicPage, summary="查询公开的决定")
@anyone
def search(
    request: HttpRequest,
    *,
    q: str = Query("", max_length=200),
    authority: str = Query("", max_length=200),
    area: str = Query("", max_length=12),
    act: str = Query("", max_length=20),
    kind: str = Query("", max_length=60),
    state: str = Query("", max_length=20),
    since: dt.date | None = None,
    until: dt.date | None = None,
    least: int | None = Query(None, ge=0, le=10**15),
    most: int | None = Query(None, ge=0, le=10**15),
    order: str = Query(queries.ORDERS[0]),
    cursor: str = "",
    size: int = Query(20, ge=1, le=100),
) -> dict[str, Any]:
    """任何人都可以查询，不需要令牌。

    按机关、地区（行政区划代码）、执法类别、处罚种类、状态、日期和金额（least、most，单位分）筛选；
    order 为 newest 或者 relevant；下一页用 next_cursor。
    """
    narrowed = {
        "authority": authority,
        "area": area,
        "act": act,
        "kind": kind,
        "state": state,
        "since": since,
        "until": until,
        "least": least,
        "most": most,
        "order": order if order in queries.ORDERS else queries.ORDERS[0],
    }
    found, count = queries.search(q, cursor=cursor or None, size=size, **narrowed)
    return {"items": [_public(row) for row in found.rows], "next_cursor": found.next_cursor, "count": count}


def _public(row: PublicEntry) -> dict[str, Any]:
    fields = (
        "id",
        "number",
        "party",
        "authority",
        "cause",
        "decided_on",
        "published_at",
        "state",
        "fine_fen",
        "confiscated_fen",
    )
    return {name: getattr(row, name) for name in fields}


@router.get("/public/decisions/{uuid:entry_id}", auth=None, response=shapes.PublicDetail, summary="公开的决定")
@anyone
def read(request: HttpRequest, entry_id: uuid.UUID) -> dict[str, Any]:
    row = queries.entry(entry_id)
    return {**_public(row), "withdrawn_reason": row.withdrawn_reason, "content": row.content}


@router.get("/public/decisions/{uuid:entry_id}/texts", auth=None, response=TextsOut, summary="转发文字")
@anyone
def texts(request: HttpRequest, entry_id: uuid.UUID) -> dict[str, str]:
    """微博用的短文字、微信用的长文字，只用公开的内容。撤下以后没有。"""
    row = queries.entry(entry_id)
    if not queries.stands(row):
        raise Conflict("entry-withdrawn", f"本决定已撤下。理由：{row.withdrawn_reason}")
    return queries.posts(row, settings.BASE_URL + reverse("portal:decision", args=[row.id]))


@router.get("/public/decisions/{uuid:entry_id}/bundle", auth=None, summary="证明包")
@anyone
def bundle(request: HttpRequest, entry_id: uuid.UUID) -> HttpResponse:
    """可用 mingcha verify 离线验证的证明包。"""
    data = queries.bundle(entry_id)
    if data is None:
        raise Conflict("not-yet-provable", "账本检查点尚未覆盖这份决定，或者决定已经撤下。请数秒后再试。")
    return HttpResponse(data, content_type="application/json")
