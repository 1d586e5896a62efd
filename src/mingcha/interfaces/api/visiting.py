"""Check-in codes of inspections over REST: show one, enter what the enterprise said, read the record."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from ninja import Router, Schema

from mingcha.cases import access
from mingcha.inspections import actions, queries
from mingcha.interfaces.api import shapes
from mingcha.interfaces.api.cases import made
from mingcha.interfaces.api.door import Token, actor_of, keyed

router = Router(tags=["检查"])
_AT = "/cases/{uuid:case_id}/visits"


class ShowIn(shapes.Input):
    place: str


class ConfirmIn(shapes.Input):
    word: str
    confirmed_by: str


class ShownOut(Schema):
    id: uuid.UUID
    address: str
    expires_at: dt.datetime


class VisitOut(Schema):
    seq: int
    place: str
    shown_by: str
    shown_at: dt.datetime
    expires_at: dt.datetime
    confirmed_at: dt.datetime | None = None
    confirmed_by: str = ""


@router.get(_AT, auth=Token(), response=list[VisitOut], summary="入企检查码的记录")
def visits(request: HttpRequest, case_id: uuid.UUID) -> list[dict[str, Any]]:
    """最近的在前；没有确认的，confirmed_at为空。"""
    case = access.case(actor_of(request), case_id)
    rows = []
    for row in queries.codes(case):
        visit = row.visit if hasattr(row, "visit") else None
        rows.append(
            {
                "seq": row.seq,
                "place": row.place,
                "shown_by": row.shown_by.name,
                "shown_at": row.shown_at,
                "expires_at": row.expires_at,
                "confirmed_at": visit.at if visit else None,
                "confirmed_by": visit.confirmed_by if visit else "",
            }
        )
    return rows


@router.post(_AT, auth=Token(), response={201: ShownOut}, summary="出示入企检查码")
def show(request: HttpRequest, case_id: uuid.UUID, data: ShowIn) -> Any:
    """由承办人员办理；address印成二维码，由被检查人扫码。此前的码随即作废。"""

    def act() -> dict[str, str]:
        row = actions.show_code(case_id, actor=actor_of(request), place=data.place)
        address = settings.BASE_URL + reverse("portal:visit", args=[queries.code_of(row.id)])
        return {"id": str(row.id), "address": address, "expires_at": row.expires_at.isoformat()}

    return keyed(request, data.model_dump(), act)


@router.post(f"{_AT}/confirmation", auth=Token(), response={201: shapes.Made}, summary="登记被检查人确认到访")
def confirm(request: HttpRequest, case_id: uuid.UUID, data: ConfirmIn) -> Any:
    """确认码由被检查人在自己的手机上读出；不对、过期、已被代替或者已经用过的，不登记。"""
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(actions.confirm(case_id, actor=actor_of(request), **fields)))
