"""Entered once: the fields of a document filled from the case, the profile and what only a person knows."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from mingcha.cases import queries as cases
from mingcha.cases.choices import STATEMENTS, EvidenceKind, PartyKind, Source, StatementKind
from mingcha.cases.memory import kept
from mingcha.cases.models import Case, Party
from mingcha.common.clock import legal_day
from mingcha.common.prepared import prepared
from mingcha.deadlines.rulebook import rule
from mingcha.documents.models import Document
from mingcha.documents.rules import hearing_due

Fields = dict[str, Any]
_composers: dict[str, Callable[[Case, Mapping[str, Any]], Fields]] = {}

_BLANK: tuple[Any, ...] = (None, "", [], {})

# A document starts from what was written for the one before it.
PREDECESSOR = {"penalty-notice": "investigation-report", "penalty-decision": "penalty-notice"}
_PARTY_KIND = {
    PartyKind.PERSON: "natural",
    PartyKind.ORGANISATION: "organisation",
    PartyKind.TRADER: "sole_trader",
}


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
    composed = _composers[kind](case, typed) if kind in _composers else {}
    fields = {name: value for source in (typed, composed) for name, value in source.items() if value not in _BLANK}
    fields.setdefault("organ_name", case.organisation.name)
    if document_id is not None:
        fields["verify_url"] = f"{settings.BASE_URL}/p/verify/{document_id}/"
    return fields


def party_block(party: Party) -> Fields:
    """One party as letters print it."""
    return {
        "kind": _PARTY_KIND[PartyKind(party.kind)],
        "name": party.name,
        "id_type": "公民身份号码" if party.kind == PartyKind.PERSON else "",
        "id_no": party.id_number if party.kind == PartyKind.PERSON else "",
        "legal_rep": party.legal_representative,
        "usc_code": party.uscc,
        "address": party.address,
        "phone": party.phone if party.kind == PartyKind.PERSON else "",
    }


@kept("documents_document", "documents_service")
def latest(case: Case, kind: str) -> Document | None:
    """The newest issued document of a kind, its service joined."""
    return next(iter(_latest(case.pk, kind)), None)


@prepared
def _latest(case_id: uuid.UUID, kind: str) -> QuerySet[Document]:
    rows = Document.objects.filter(case_id=case_id, kind=kind).select_related("service")
    return rows.order_by("-issued_at", "-id")[:1]


@prepared
def issued(case_id: uuid.UUID, kind: str) -> QuerySet[Document, uuid.UUID]:
    """Keys of the issued documents of a kind."""
    return Document.objects.filter(case_id=case_id, kind=kind).values_list("id", flat=True)


def officers_block(case: Case) -> list[Fields]:
    """The handlers with their certificate numbers."""
    rows = []
    for officer in cases.active_handlers(case):
        certificate = next(iter(officer.certificates.all()), None)
        rows.append(
            {
                "name": officer.name,
                "cert_no": certificate.number if certificate else "",
                "unit": officer.organisation.name,
            }
        )
    return rows


def evidence_block(case: Case) -> list[Fields]:
    return [
        {"name": f"{EvidenceKind(row.kind).label}：{row.name}", "quantity": "1份", "proves": row.proves}
        for row in cases.counted_evidence(case)
    ]


def organ(case: Case) -> Mapping[str, Any]:
    """Settings of the organ in the pinned policy profile: payee, court, reconsideration organ, contact."""
    found: Mapping[str, Any] = case.profile.content.get("organ", {})
    return found


def hearing(case: Case, penalties: list[Fields]) -> Any:
    """Whether hearing rights must be offered for these penalties, explained."""
    return hearing_due(penalties, cases.party(case).kind, case.profile.content["hearing"])


def course(case: Case) -> str:
    names = "、".join(f"{row['name']}（执法证号{row['cert_no']}）" for row in officers_block(case))
    filed = f"{case.filed_on.year}年{case.filed_on.month}月{case.filed_on.day}日" if case.filed_on else ""
    return (
        f"本案由{names}承办，自{filed}立案后依法开展调查，收集证据{len(cases.counted_evidence(case))}份。"
        "调查期间未采取行政强制措施。"
    )


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
    hearing_waived = cases.statements(case, kinds=[StatementKind.HEARING_WAIVED], round=round_)
    offered = cases.last_period(case, "PEN-04")
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
        "hearing": "waived" if hearing_waived else "none" if offered else "not_due",
        **_proposal(typed),
        "nature": typed.get("nature", ""),
        "discretion": typed.get("discretion") or {},
        "remedies": {
            "kind": "R-STD",
            "recon_organ": settings_.get("recon_organ", ""),
            "recon_address": settings_.get("recon_address", ""),
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
