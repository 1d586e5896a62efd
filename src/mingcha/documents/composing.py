"""Entered once: the fields of a document filled from the case, the profile and what only a person knows."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings

from mingcha.cases import queries as cases
from mingcha.cases.choices import STATEMENTS, Source, StatementKind
from mingcha.cases.models import Case
from mingcha.common.clock import legal_day
from mingcha.deadlines.rulebook import rule
from mingcha.documents.blocks import Fields, course, evidence_block, hearing, latest, organ, party_block
from mingcha.documents.filling import filled
from mingcha.documents.models import Document
from mingcha.documents.rendering import template

_composers: dict[str, Callable[[Case, Mapping[str, Any]], Fields]] = {}

_BLANK: tuple[Any, ...] = (None, "", [], {})

# A document starts from what was written for the one before it.
PREDECESSOR = {"penalty-notice": "investigation-report", "penalty-decision": "penalty-notice"}


def composer(kind: str) -> Callable[[Callable[[Case, Mapping[str, Any]], Fields]], Any]:
    """Register how a kind of document takes its fields from the case."""

    def register(function: Callable[[Case, Mapping[str, Any]], Fields]) -> Any:
        _composers[kind] = function
        return function

    return register


def compose(case: Case, kind: str, typed: Mapping[str, Any], document_id: uuid.UUID | None = None) -> Fields:
    """All fields of a document: what was typed, over it what the case and the profile say. Late fields stay empty.

    What is computed cannot be typed over: remedies, payment, hearing rights, parties.
    """
    carried = filled(case, template(kind), typed)
    composed = _composers[kind](case, {**typed, **carried}) if kind in _composers else {}
    sources = (typed, carried, composed)
    fields = {name: value for source in sources for name, value in source.items() if value not in _BLANK}
    fields.setdefault("organ_name", case.organisation.name)
    if document_id is not None:
        fields["verify_url"] = f"{settings.BASE_URL}/p/verify/{document_id}/"
    return fields


def _proposal(typed: Mapping[str, Any]) -> Fields:
    return {
        name: typed[name]
        for name in ("facts", "broken_articles", "penalty_articles", "penalties", "correction")
        if typed.get(name)
    }


def _discretion_text(typed: Mapping[str, Any]) -> str:
    discretion = typed.get("discretion") or {}
    if not discretion:
        return ""
    effect = {
        "ordinary": "不具有从轻、减轻或者从重情节",
        "lighter": "拟从轻处罚",
        "mitigated": "拟减轻处罚",
        "heavier": "拟从重处罚",
    }.get(discretion.get("effect", ""), "")
    return f"{discretion.get('factors', '')}依照{discretion.get('standard', '')}，属于“{discretion.get('grade', '')}”阶次，{effect}。"


@composer("penalty-notice")
def _notice(case: Case, typed: Mapping[str, Any]) -> Fields:
    settings_ = organ(case)
    penalties = list(typed.get("penalties") or [])
    due = hearing(case, penalties)
    return {
        "parties": [party_block(cases.party(case))],
        "cause": case.cause,
        "evidence": evidence_block(case),
        **_proposal(typed),
        "reason": typed.get("nature", ""),
        "discretion_basis": _discretion_text(typed),
        "statement_days": case.profile.content["statement_days"],
        "hearing": due.value,
        "hearing_matter": due.steps[0].rstrip("。") if due.value else "",
        "hearing_days": rule("PEN-04", case.filed_on or legal_day(case.created_at)).length if due.value else None,
        "publicity": settings_.get("publicity", ""),
        "contact_person": settings_.get("contact_person", ""),
        "contact_phone": settings_.get("contact_phone", ""),
        "contact_address": settings_.get("contact_address", ""),
    }


def _hearing_note(record: Document) -> str:
    """That the hearing was held, when and where, for the letter that must rest on its record — art. 65."""
    day = legal_day(dt.datetime.fromisoformat(str(record.fields["start"])))
    openly = "公开" if record.fields.get("public") else "不公开"
    place = record.fields.get("place", "")
    return f"本机关于{day.year}年{day.month}月{day.day}日在{place}{openly}举行听证，听证笔录附卷。"


@composer("penalty-decision")
def _decision(case: Case, typed: Mapping[str, Any]) -> Fields:
    settings_ = organ(case)
    penalties = list(typed.get("penalties") or [])
    fine = sum(int(row.get("amount") or 0) for row in penalties if row.get("kind") == "fine")
    notice = latest(case, "penalty-notice")
    service = getattr(notice, "service", None)
    answered = [
        {
            "claim": row.text,
            "adopted": "yes" if row.answer.adopted else "no",
            "reason": row.answer.reasons,
        }
        for row in cases.statements(case, kinds=STATEMENTS)
        if hasattr(row, "answer")
    ]
    round_ = cases.notice_round(case)
    waived = cases.statements(case, kinds=[StatementKind.WAIVED], round=round_)
    given_up = (StatementKind.HEARING_WAIVED, StatementKind.HEARING_WITHDRAWN)
    hearing_waived = cases.statements(case, kinds=given_up, round=round_)
    offered = cases.last_period(case, "PEN-04")
    record = latest(case, "hearing-record")
    fields: Fields = {
        "parties": [party_block(cases.party(case))],
        # 涉嫌 until decided; the decision finds the conduct established.
        "cause": case.cause.removeprefix("涉嫌"),
        "case_source": f"本案来源于{Source(case.source).label}。",
        "filing_date": case.filed_on,
        "procedure": course(case),
        "evidence": evidence_block(case),
        "notice_no": notice.number if notice else "",
        "notice_served_on": service.effective_on if service else None,
        "response": "made" if answered else "waived" if waived else "none",
        "points": answered,
        "hearing": "held" if record else "waived" if hearing_waived else "none" if offered else "not_due",
        "hearing_note": _hearing_note(record) if record else "",
        **_proposal(typed),
        "nature": typed.get("nature", ""),
        "discretion": typed.get("discretion") or {},
        "remedies": {
            "kind": "R-STD",
            "recon_organ": settings_.get("recon_organ", ""),
            "recon_address": settings_.get("recon_address", ""),
            # Printed where the organ has such a way; without it no decision is served over the internet.
            "recon_online": settings_.get("recon_online", ""),
            "served_online": False,
            "lit_court": settings_.get("lit_court", ""),
        },
        "publicity": settings_.get("publicity", ""),
        "copies": settings_.get("copies", "本决定书一式两份，一份送达当事人，一份归档。"),
    }
    if fine:
        fields["payment"] = {
            "amount": fine,
            "payee": settings_.get("payee", ""),
            "payee_address": settings_.get("payee_address", ""),
            "account_name": settings_.get("account_name", ""),
            "bank": settings_.get("bank", ""),
            "account_no": settings_.get("account_no", ""),
            "enforcement": settings_.get("enforcement", "court"),
        }
    else:
        fields["performance"] = typed.get("performance") or "自收到本决定书之日起履行。"
    return fields
