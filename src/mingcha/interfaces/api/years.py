"""Annual figures over REST (年度执法数据): counted by the clerk, signed off by the head, sent to the superior."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from mingcha.accounts.choices import Role
from mingcha.common.errors import NotFound
from mingcha.disclosure import yearly
from mingcha.disclosure.models import YearDraft
from mingcha.interfaces.api import shapes
from mingcha.interfaces.api.cases import made
from mingcha.interfaces.api.door import Token, actor_of, keyed

router = Router(tags=["公示"])
_READERS = (Role.CLERK, Role.HEAD, Role.SUPERVISOR)


class YearIn(shapes.Input):
    year: int
    note: Annotated[str, Field(max_length=500)] = ""


class SentIn(shapes.Input):
    receiver: Annotated[str, Field(max_length=100)]
    sent_on: dt.date
    number: Annotated[str, Field(max_length=60)] = ""


class FiguresOut(Schema):
    id: uuid.UUID
    year: int
    organisation: str
    note: str
    made_at: dt.datetime
    due_on: dt.date | None
    signed_at: dt.datetime | None
    sent_on: dt.date | None
    receiver: str


class TablesOut(FiguresOut):
    tables: list[shapes.Fields]


@router.get("/years", auth=Token(*_READERS), response=list[FiguresOut], summary="年度数据")
def listing(request: HttpRequest, year: int | None = None) -> list[dict[str, Any]]:
    """本机关汇总的年度数据，监督人员看本地区各机关的；最近的在前，至多一百份。"""
    rows = yearly.visible(actor_of(request)).defer("content")
    return [_out(row) for row in (rows.filter(year=year) if year else rows)[:100]]


def _out(row: YearDraft) -> dict[str, Any]:
    release = getattr(row, "release", None)
    sent = getattr(release, "sent", None)
    last = yearly.due(row.organisation_id, row.year)
    return {
        **{name: getattr(row, name) for name in ("id", "year", "note", "made_at")},
        "organisation": row.organisation.name,
        "due_on": last.value if last else None,
        "signed_at": release.signed_at if release else None,
        "sent_on": sent.sent_on if sent else None,
        "receiver": sent.receiver if sent else "",
    }


@router.get("/years/{uuid:year_draft_id}", auth=Token(*_READERS), response=TablesOut, summary="一份年度数据")
def read(request: HttpRequest, year_draft_id: uuid.UUID) -> dict[str, Any]:
    """tables为各表的栏目和数字。"""
    row = yearly.visible(actor_of(request)).filter(id=year_draft_id).first()
    if row is None:
        raise NotFound("没有找到这份年度数据，或者您无权查看。")
    return {**_out(row), "tables": yearly.tables(row.content)}


@router.post("/years", auth=Token(Role.CLERK), response={201: shapes.Made}, summary="汇总年度数据")
def make(request: HttpRequest, data: YearIn) -> Any:
    """由另一人核对签发以后公布。"""
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(yearly.make(actor=actor_of(request), **fields)))


@router.post(
    "/years/{uuid:year_draft_id}/release", auth=Token(Role.HEAD), response={201: shapes.Made}, summary="签发年度数据"
)
def sign(request: HttpRequest, year_draft_id: uuid.UUID) -> Any:
    """签发以后即公布；汇总的人不能签发。"""
    return keyed(request, {}, lambda: made(yearly.sign(year_draft_id, actor=actor_of(request))))


@router.post(
    "/years/{uuid:year_draft_id}/sending",
    auth=Token(Role.CLERK, Role.HEAD),
    response={201: shapes.Made},
    summary="登记年度数据上报",
)
def send(request: HttpRequest, year_draft_id: uuid.UUID, data: SentIn) -> Any:
    """receiver为上报对象，number为文号或者回执。"""
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(yearly.send(year_draft_id, actor=actor_of(request), **fields)))
