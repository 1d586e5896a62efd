"""Parts that many documents share (文书共用内容), as the case has them now: party, officers, evidence, settings."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet

from mingcha.cases import queries as cases
from mingcha.cases.choices import EvidenceKind, PartyKind
from mingcha.cases.memory import kept
from mingcha.cases.models import Case, Evidence, Link, Party
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


def evidence_named(row: Evidence) -> str:
    """Kind and name of a piece of evidence as letters name it; said once where the name is the kind."""
    label = EvidenceKind(row.kind).label
    return label if row.name == label else f"{label}：{row.name}"


def evidence_block(case: Case) -> list[Fields]:
    return [
        {"name": evidence_named(row), "quantity": "1份", "proves": row.proves} for row in cases.counted_evidence(case)
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
        f"{_measures_said(case)}"
    )


def _measures_said(case: Case) -> str:
    """Coercive measures (行政强制措施) during the investigation, those of a linked case too, by their letters."""
    named = [f"以《{row.title}》{f'（{row.number}）' if row.number else ''}" for row in _measures(case.pk)]
    if not named:
        return "调查期间未采取行政强制措施。"
    return f"调查期间，本机关{'、'.join(named)}采取了行政强制措施。"


@prepared
def _measures(case_id: uuid.UUID) -> QuerySet[Document]:
    """Letters of seizure and freezing of a case and of the cases linked with it; none of them where they are void."""
    led = Link.objects.filter(case_id=case_id).values("other_id")
    came = Link.objects.filter(other_id=case_id).values("case_id")
    rows = Document.objects.filter(Q(case_id=case_id) | Q(case_id__in=led) | Q(case_id__in=came))
    rows = rows.filter(kind__in=("seizure-decision", "freeze-decision"), void=None, corrects=None)
    return rows.only("id", "title", "number").order_by("issued_at", "id")
