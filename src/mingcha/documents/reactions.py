"""Sheets that an act of another room demands, made in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mingcha.cases import queries as cases
from mingcha.cases.locks import lock
from mingcha.common.clock import legal_day
from mingcha.documents.actions import make
from mingcha.documents.blocks import latest, officers_block
from mingcha.ledger.actors import ActorSnapshot
from mingcha.ledger.reactions import on


@on("case-filed")
def filing_approval(entry: Any, payload: Mapping[str, Any], actor: ActorSnapshot) -> None:
    """The filing leaves its approval sheet (立案审批表) with the opinion of the head — 行政处罚法 art. 54 ¶2."""
    case = lock(entry.case_id)
    if latest(case, "case-filing-approval") is None:
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
    case = lock(entry.case_id)
    found = next(row for row in cases.statements(case) if str(row.id) == entry.subject_id)
    notice = latest(case, "penalty-notice")
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
