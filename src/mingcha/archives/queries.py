"""The dossier in legal order (documents.md §3.1), derived; nothing is copied."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db.models import QuerySet

from mingcha.archives.models import Acceptance
from mingcha.cases import queries as cases
from mingcha.cases.models import Case
from mingcha.common.canonical import digest
from mingcha.common.clock import legal_day
from mingcha.documents import queries as documents
from mingcha.documents.models import Document
from mingcha.ledger import queries as ledger
from mingcha.recordings import queries as recordings

# Main volume (正卷): what party, court and reviewing organ may read. The others go to the secondary volume (副卷).
_MAIN = (
    "case-filing-approval",
    "penalty-decision",
    "penalty-notice",
    "service-receipt",
    "revocation-decision",
    "site-record",
    "inquiry-record",
    "evidence-list",
    "statement-record",
    "recording-list",
)
_SECOND = (
    "investigation-report",
    "review-submission",
    "review-opinion",
    "review-resubmission",
    "statement-review",
    "decision-approval",
    "dossier-index",
)


@dataclass(frozen=True)
class Paper:
    """One item of a volume: document, evidence or recording."""

    title: str
    number: str
    maker: str
    day: str
    digest: str
    document: Document | None = None
    file: str = ""


@dataclass(frozen=True)
class Dossier:
    main: list[Paper]
    second: list[Paper]
    digest: str
    entries: int


def dossier(case: Case) -> Dossier:
    """Both volumes in order, with the digest over all papers and journal entries."""
    papers: dict[str, list[Paper]] = {}
    for row in documents.of_case(case):
        paper = Paper(row.title, row.number, row.issued_by, legal_day(row.issued_at).isoformat(), row.digest, row)
        papers.setdefault(row.kind, []).append(paper)
    main: list[Paper] = []
    for kind in _MAIN:
        if kind == "service-receipt":
            continue
        for paper in papers.get(kind, []):
            main.append(paper)
            service = getattr(paper.document, "service", None)
            if service is not None:
                main += [
                    item
                    for item in papers.get("service-receipt", [])
                    if item.document and item.document.id == service.receipt_id
                ]
    main += [
        Paper(
            f"证据{row.seq}　{row.name}",
            "",
            row.collected_by,
            legal_day(row.collected_at).isoformat(),
            row.digest,
            None,
            row.file_id or "",
        )
        for row in cases.evidence(case)
    ]
    main += [
        Paper(
            f"音像　{row.title}",
            "",
            row.recorded_by.name,
            legal_day(row.started_at).isoformat(),
            row.file_id,
            None,
            row.file_id,
        )
        for row in recordings.of_case(case)
    ]
    second = [paper for kind in _SECOND for paper in papers.get(kind, [])]
    entries = list(ledger.entries_of_case(case.id).values_list("digest", flat=True))
    whole = digest({"papers": [paper.digest for paper in [*main, *second]], "entries": entries})
    return Dossier(main, second, whole, len(entries))


def acceptance(case: Case) -> Acceptance | None:
    return Acceptance.objects.filter(case=case).select_related("accepted_by").first()


def awaiting(organ_id: uuid.UUID) -> QuerySet[Case]:
    """Closed cases of an organ that the archive has not taken over yet, oldest first."""
    rows = Case.objects.filter(organisation_id=organ_id, closed_on__isnull=False, acceptance=None)
    return rows.order_by("closed_on", "id")


def accepted(organ_id: uuid.UUID) -> QuerySet[Acceptance]:
    """Dossiers of an organ that the archive holds, newest first."""
    rows = Acceptance.objects.filter(case__organisation_id=organ_id).select_related("case", "accepted_by")
    return rows.order_by("-accepted_at", "-id")
