"""Sheets that an act of another room demands, made in the same transaction."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from mingcha.cases.models import Case, Statement
from mingcha.common.clock import legal_day
from mingcha.documents.actions import make
from mingcha.documents.composing import officers_block
from mingcha.documents.models import Document
from mingcha.ledger.actors import ActorSnapshot
from mingcha.ledger.reactions import on


@on("case-filed")
def filing_approval(entry: Any, payload: Mapping[str, Any], actor: ActorSnapshot) -> None:
    """The filing leaves its approval sheet (立案审批表) with the opinion of the head — 行政处罚法 art. 54 ¶2."""
    case = Case.objects.select_related("organisation", "items", "profile").get(id=entry.case_id)
    if not Document.objects.filter(case=case, kind="case-filing-approval").exists():
        make(
            case,
            "case-filing-approval",
            {
                "handler_opinion": "经核查，符合立案条件，建议立案。",
                "head_choice": "agree",
                "head_opinion": payload["reason"] or "同意立案。",
                "head": actor.name,
            },
            by=actor,
        )


@on("statement-answered")
def statement_review(entry: Any, payload: Mapping[str, Any], actor: ActorSnapshot) -> None:
    """Each answer leaves its sheet (陈述申辩复核意见书) — art. 45 ¶1."""
    found = Statement.objects.select_related("case__organisation", "case__profile").get(id=uuid.UUID(entry.subject_id))
    case = found.case
    notice = Document.objects.filter(case=case, kind="penalty-notice").order_by("-issued_at").first()
    make(
        case,
        "statement-review",
        {
            "case_no": case.number,
            "cause": case.cause,
            "party": case.party_name,
            "notice_no": notice.number if notice else "",
            "received_on": legal_day(found.received_at),
            "points": [
                {
                    "claim": found.text,
                    "check": "承办人员对照证据逐项复核。",
                    "adopted": "yes" if payload["adopted"] else "no",
                    "reason": payload["reasons"],
                }
            ],
            "effect": "采纳，相应调整拟处罚内容。" if payload["adopted"] else "不影响拟处罚内容，也不因申辩加重处罚。",
            "handler_opinion": payload["reasons"],
            "handlers": officers_block(case),
            "handler_at": legal_day(entry.recorded_at),
        },
        by=actor,
    )
