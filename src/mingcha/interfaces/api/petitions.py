"""Letters of citizens over REST: the supervisor's list and steps, the report of the organ that was asked."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from mingcha.accounts.choices import Role
from mingcha.common import clock
from mingcha.interfaces.api import shapes
from mingcha.interfaces.api.cases import made
from mingcha.interfaces.api.door import Token, actor_of, keyed
from mingcha.petitions import access, actions, queries

router = Router(tags=["来信"])
_READERS = (Role.SUPERVISOR, Role.HEAD, Role.CLERK)


class LetterRow(Schema):
    id: uuid.UUID
    receipt: str
    kind: str
    organisation: str
    about: str
    received_at: dt.datetime
    last_step: str
    due_on: dt.date | None
    overdue: bool


class StepOut(Schema):
    seq: int
    kind: str
    text: str
    organisation: str
    outcome: str
    due_on: dt.date | None
    at: dt.datetime


class LetterOut(LetterRow):
    text: str
    evidence: str
    name: str
    contact: str
    publication_id: uuid.UUID | None
    steps: list[StepOut]


class StepIn(shapes.Input):
    kind: Annotated[str, Field(max_length=20)]
    text: Annotated[str, Field(max_length=2000)]
    organisation_id: uuid.UUID | None = None
    outcome: Annotated[str, Field(max_length=20)] = ""


def _row(row: Any, *, last: str, due_on: dt.date | None) -> dict[str, Any]:
    return {
        "id": row.id,
        "receipt": row.receipt,
        "kind": row.kind,
        "organisation": row.organisation.name if row.organisation else "",
        "about": row.about,
        "received_at": row.received_at,
        "last_step": last,
        "due_on": due_on,
        "overdue": due_on is not None and due_on < clock.today(),
    }


@router.get("/petitions", auth=Token(*_READERS), response=list[LetterRow], summary="来信")
def listing(
    request: HttpRequest, state: Literal["", "open", "closed"] = "", size: int = Query(100, ge=1, le=500)
) -> list[dict[str, Any]]:
    """监督人员看本地的来信，机关看交其说明情况的；新收到的在前。due_on为办理的最后一日，办结的没有。"""
    actions.pull()
    rows = queries.with_course(access.visible(actor_of(request))).order_by("-received_at", "-id")
    if state:
        rows = rows.filter(closed=state == "closed")
    return [
        _row(row, last=row.last or "", due_on=None if row.closed else row.step_due or row.accept_by)
        for row in rows[:size]
    ]


@router.get("/petitions/{uuid:petition_id}", auth=Token(*_READERS), response=LetterOut, summary="一封来信")
def one(request: HttpRequest, petition_id: uuid.UUID) -> dict[str, Any]:
    """被要求说明情况的机关看不到来信人（name、contact为空），也看不到监督人员的其他办理。"""
    actor = actor_of(request)
    row = access.petition(actor, petition_id)
    course, sender = queries.course(row), access.knows_sender(actor)
    steps = access.steps(actor, course.steps)
    return {
        **_row(row, last=steps[-1].kind if steps else "", due_on=None if course.closed else course.due_on),
        "text": row.text,
        "evidence": row.evidence,
        "name": row.name if sender else "",
        "contact": row.contact if sender else "",
        "publication_id": row.publication_id,
        "steps": [
            {
                **{name: getattr(step, name) for name in ("seq", "kind", "text", "outcome", "due_on", "at")},
                "organisation": step.organisation.name if step.organisation else "",
            }
            for step in steps
        ],
    }


@router.post(
    "/petitions/{uuid:petition_id}/steps", auth=Token(*_READERS), response={201: shapes.Made}, summary="办理来信"
)
def step(request: HttpRequest, petition_id: uuid.UUID, data: StepIn) -> Any:
    """kind为accepted、declined、referred、extended、answered（监督人员），或者reported（被要求说明情况的机关）。"""
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(actions.step(petition_id, actor=actor_of(request), **fields)))
