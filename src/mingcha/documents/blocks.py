"""Parts that many documents share (文书共用内容), as the case has them now: party, officers, evidence, settings."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from mingcha.cases import queries as cases
from mingcha.cases.choices import EvidenceKind, PartyKind
from mingcha.cases.memory import kept
from mingcha.cases.models import Case, Party
from mingcha.common.prepared import prepared
from mingcha.documents.models import Document
from mingcha.documents.rules import hearing_due

Fields = dict[str, Any]

_PARTY_KIND = {
    PartyKind.PERSON: "natural",
    PartyKind.ORGANISATION: "organisation",
    PartyKind.TRADER: "sole_trader",
}


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


@kept("documents_document", "documents_service", "documents_documentvoid", "documents_correction")
def latest(case: Case, kind: str) -> Document | None:
    """The newest issued document of a kind that counts, its service joined.

    A void one does not count, and of a corrected one the original: service and effect stand on it.
    """
    return next(iter(_latest(case.pk, kind)), None)


@prepared
def _latest(case_id: uuid.UUID, kind: str) -> QuerySet[Document]:
    rows = Document.objects.filter(case_id=case_id, kind=kind, void=None, corrects=None).select_related("service")
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
