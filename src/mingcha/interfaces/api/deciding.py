"""Review, decision, performance, archive over REST."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.http import HttpRequest
from ninja import Router

from mingcha.accounts.choices import Role
from mingcha.archives import actions as archives
from mingcha.archives import queries as archive_queries
from mingcha.archives.queries import Paper
from mingcha.cases import access
from mingcha.common import clock
from mingcha.common.errors import NotFound
from mingcha.decisions import actions as decisions
from mingcha.decisions import queries as decision_queries
from mingcha.interfaces.api import shapes
from mingcha.interfaces.api.cases import case_out, made
from mingcha.interfaces.api.door import Token, actor_of, keyed
from mingcha.performance import actions as performance
from mingcha.performance import queries as performance_queries
from mingcha.review import actions as review
from mingcha.review import queries as review_queries

router = Router(tags=["审核、决定、履行、归档"])


class AcceptanceIn(shapes.Input):
    fonds_no: str = ""
    catalogue_no: str = ""
    retention: str = "thirty"


class OfferIn(shapes.Input):
    note: str = ""


@router.get("/cases/{uuid:case_id}/reviews", auth=Token(), response=list[shapes.SubmissionOut], summary="法制审核各轮")
def list_reviews(request: HttpRequest, case_id: uuid.UUID) -> list[dict[str, Any]]:
    case = access.case(actor_of(request), case_id)
    rows = []
    for row in review_queries.rounds(case.pk):
        opinion = getattr(row, "opinion", None)
        rows.append(
            {
                "id": row.id,
                "round": row.round,
                "digest": row.digest,
                "submitted_at": row.submitted_at,
                "materials": row.materials,
                "changes": review_queries.changed_since_last(row),
                "conclusion": opinion.conclusion if opinion else None,
                "opinion": opinion.text if opinion else None,
            }
        )
    return rows


@router.post("/cases/{uuid:case_id}/reviews", auth=Token(), response={201: shapes.Made}, summary="提交法制审核")
def submit(request: HttpRequest, case_id: uuid.UUID, data: shapes.SubmissionIn) -> Any:
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(review.submit(case_id, actor=actor_of(request), **fields)))


@router.post(
    "/cases/{uuid:case_id}/reviews/opinion",
    auth=Token(Role.REVIEWER),
    response={201: shapes.Made},
    summary="出具审核意见",
)
def give_opinion(request: HttpRequest, case_id: uuid.UUID, data: shapes.OpinionIn) -> Any:
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(review.give_opinion(case_id, actor=actor_of(request), **fields)))


@router.get("/cases/{uuid:case_id}/decision", auth=Token(), response=shapes.DecisionOut, summary="处罚决定和履行情况")
def get_decision(request: HttpRequest, case_id: uuid.UUID) -> dict[str, Any]:
    found = decision_queries.of_case(access.case(actor_of(request), case_id))
    if found is None:
        raise NotFound("本案还没有作出决定。")
    standing = performance_queries.standing(found, clock.today())
    return {
        "id": found.id,
        "number": found.number,
        "document_id": found.document_id,
        "decided_on": found.decided_on,
        "fine_fen": found.fine_fen,
        "confiscated_fen": found.confiscated_fen,
        "revoked": hasattr(found, "revocation"),
        "state": decision_queries.state(found),
        "later": [
            {
                "what": act.what,
                "at": act.at,
                "reason": act.reason,
                "document_id": act.letter.id,
                "number": act.letter.number,
                "title": act.letter.title,
            }
            for act in decision_queries.later_acts(found)
        ],
        "paid_fen": standing.paid,
        "surcharge_fen": standing.surcharge.value if standing.surcharge else 0,
        "left_fen": standing.left,
    }


@router.post(
    "/cases/{uuid:case_id}/decision", auth=Token(Role.HEAD), response={201: shapes.Made}, summary="作出处罚决定"
)
def decide(request: HttpRequest, case_id: uuid.UUID, data: shapes.DecisionIn) -> Any:
    """没有对这一文本的审核同意意见，不能作出决定。"""
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(decisions.issue(case_id, actor=actor_of(request), **fields)))


@router.post(
    "/decisions/{uuid:decision_id}/revocation",
    auth=Token(Role.HEAD),
    response={201: shapes.Made},
    summary="撤销处罚决定",
)
def revoke(request: HttpRequest, decision_id: uuid.UUID, data: shapes.ReasonIn) -> Any:
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(decisions.revoke(decision_id, actor=actor_of(request), **fields)))


class RedoIn(shapes.Input):
    ordered_by: str
    fault: str
    reason: str
    handlers: list[uuid.UUID]
    order_ref: str = ""
    until: dt.date | None = None
    same_people: str = ""


@router.post(
    "/decisions/{uuid:decision_id}/redo",
    auth=Token(Role.HEAD),
    response={201: shapes.CaseOut},
    summary="重新办理（重作）",
)
def redo(request: HttpRequest, decision_id: uuid.UUID, data: RedoIn) -> Any:
    """原决定已经撤销或者确认无效的，另立一案重新办理；原案保留。"""
    asked = data.model_dump(mode="json")
    fields = data.model_dump()
    return keyed(request, asked, lambda: case_out(decisions.redo(decision_id, actor=actor_of(request), **fields)))


@router.post("/cases/{uuid:case_id}/payments", auth=Token(), response={201: shapes.Made}, summary="登记缴款")
def pay(request: HttpRequest, case_id: uuid.UUID, data: shapes.PaymentIn) -> Any:
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(performance.record_payment(case_id, actor=actor_of(request), **fields)))


@router.get("/cases/{uuid:case_id}/dossier", auth=Token(), response=shapes.DossierOut, summary="案卷")
def dossier(request: HttpRequest, case_id: uuid.UUID) -> dict[str, Any]:
    """按法定顺序排列的正卷、副卷，以及全卷摘要值。"""
    case = access.case(actor_of(request), case_id)
    whole, accepted = archive_queries.dossier(case), archive_queries.acceptance(case)
    return {
        "digest": accepted.digest if accepted else whole.digest,
        "entries": accepted.entries if accepted else whole.entries,
        "accepted_at": accepted.accepted_at if accepted else None,
        "main": [_paper(paper) for paper in whole.main],
        "second": [_paper(paper) for paper in whole.second],
    }


def _paper(paper: Paper) -> dict[str, str]:
    return {
        "title": paper.title,
        "number": paper.number,
        "maker": paper.maker,
        "day": paper.day,
        "digest": paper.digest,
        "document_id": str(paper.document.id) if paper.document else "",
    }


@router.post(
    "/cases/{uuid:case_id}/acceptance", auth=Token(Role.ARCHIVIST), response={201: shapes.Made}, summary="接收案卷"
)
def accept(request: HttpRequest, case_id: uuid.UUID, data: AcceptanceIn | None = None) -> Any:
    fields = data.model_dump(exclude_unset=True) if data else {}
    return keyed(request, fields, lambda: made(archives.accept(case_id, actor=actor_of(request), **fields)))


@router.post(
    "/cases/{uuid:case_id}/dossier/return", auth=Token(Role.ARCHIVIST), response={201: shapes.Made}, summary="退回案卷"
)
def send_back(request: HttpRequest, case_id: uuid.UUID, data: shapes.ReasonIn) -> Any:
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(archives.send_back(case_id, actor=actor_of(request), **fields)))


@router.post(
    "/cases/{uuid:case_id}/dossier/offer", auth=Token(), response={201: shapes.Made}, summary="补正后再次移交案卷"
)
def offer(request: HttpRequest, case_id: uuid.UUID, data: OfferIn) -> Any:
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(archives.offer(case_id, actor=actor_of(request), **fields)))
