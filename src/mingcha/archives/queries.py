"""The dossier in legal order (documents.md §3), derived; nothing is copied. Custody, packages and their checks."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from mingcha.accounts.actors import Actor
from mingcha.archives.choices import CustodyKind
from mingcha.archives.erasing import queries as erasing
from mingcha.archives.models import (
    Acceptance,
    CustodyStep,
    DisposalItem,
    Package,
    PropertyCheck,
    Sealing,
    Supplement,
    Transfer,
)
from mingcha.archives.ordering import FRAME, MAIN, SECOND, Order, order_for
from mingcha.cases import access
from mingcha.cases import queries as cases
from mingcha.cases.models import Case, Party
from mingcha.common.canonical import digest
from mingcha.common.clock import legal_day
from mingcha.common.errors import NotFound
from mingcha.documents import queries as documents
from mingcha.documents.models import Document, Service
from mingcha.documents.rendering import template
from mingcha.files.models import StoredFile
from mingcha.ledger import queries as ledger
from mingcha.performance.models import Appeal
from mingcha.recordings import queries as recordings
from mingcha.recordings.access import open_rows
from mingcha.recordings.models import Recording

# The two papers of one appeal have one subject in the journal.
ENDED = "#end"


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
    slot: str = ""
    slot_name: str = ""
    kind: str = ""
    key: str = ""
    remark: str = ""
    stored: StoredFile | None = None
    recording: Recording | None = None


@dataclass(frozen=True)
class Dossier:
    main: list[Paper]
    second: list[Paper]
    digest: str
    entries: int

    def volume(self, name: str) -> list[Paper]:
        return self.main if name == MAIN else self.second


def dossier(case: Case) -> Dossier:
    """Both volumes in order, with the digest over all papers and journal entries. No paper is left out."""
    order = order_for(cases.procedure(case).code)
    placed: dict[tuple[str, str], list[Paper]] = {}
    rows = list(documents.of_case(case))
    services = [row.service for row in rows if hasattr(row, "service")]
    receipts = {service.receipt_id for service in services}
    loose = [row for row in rows if row.kind not in FRAME and row.id not in receipts]
    papers, blanked = {row.id: row for row in rows}, erasing.erased_papers(case.id)
    for row in loose:
        volume, slot = order.place(row.kind, template(row.kind, row.template_version).about.volume or "")
        group = placed.setdefault((volume, slot.id), [])
        group.append(replace(_document(row, row.id in blanked), slot=slot.id, slot_name=slot.name))
        if hasattr(row, "service"):
            group += [
                replace(paper, slot=slot.id, slot_name=slot.name)
                for paper in _proof_of_service(row.service, papers, blanked)
            ]
    slot = order.holder("evidence")
    placed.setdefault((MAIN, slot.id), []).extend(
        replace(paper, slot=slot.id, slot_name=slot.name) for paper in _evidence(case)
    )
    slot = order.holder("recordings")
    placed.setdefault((MAIN, slot.id), []).extend(
        replace(_recording(row), slot=slot.id, slot_name=slot.name) for row in open_rows(recordings.of_case(case))
    )
    slot = order.place("appeal", MAIN)[1]
    placed.setdefault((MAIN, slot.id), []).extend(
        replace(paper, slot=slot.id, slot_name=slot.name) for paper in _appeals(case)
    )
    main, second = _in_order(order, MAIN, placed), _in_order(order, SECOND, placed)
    entries = list(ledger.entries_of_case(case.id).values_list("digest", flat=True))
    whole = digest({"papers": [paper.digest for paper in [*main, *second]], "entries": entries})
    return Dossier(main, second, whole, len(entries))


def _in_order(order: Order, volume: str, placed: dict[tuple[str, str], list[Paper]]) -> list[Paper]:
    return [paper for slot in order.slots(volume) for paper in placed.get((volume, slot.id), [])]


def _document(row: Document, blanked: bool) -> Paper:
    remark = "作废" if hasattr(row, "void") else "补正后" if hasattr(row, "corrects") else ""
    if blanked:
        remark = "、".join(filter(None, (remark, "个人信息依法删除")))
    return Paper(
        row.title,
        row.number,
        row.issued_by,
        legal_day(row.issued_at).isoformat(),
        erasing.digest_now(row) if blanked else row.digest,
        row,
        kind=row.kind,
        key=str(row.id),
        remark=remark,
    )


def _proof_of_service(
    service: Service, papers: dict[uuid.UUID, Document], blanked: Collection[uuid.UUID]
) -> list[Paper]:
    found = []
    receipt = papers.get(service.receipt_id)
    if receipt is not None:
        found.append(_document(receipt, receipt.id in blanked))
    if service.evidence is not None:
        day = legal_day(service.served_at).isoformat()
        found.append(
            Paper(
                f"送达凭证（{service.document.title}）",
                "",
                service.receiver,
                day,
                service.evidence.sha256,
                None,
                service.evidence.sha256,
                kind="service-proof",
                key=str(service.id),
                stored=service.evidence,
            )
        )
    return found


def _evidence(case: Case) -> list[Paper]:
    return [
        Paper(
            f"证据{row.seq}　{row.name}",
            "",
            row.collected_by,
            legal_day(row.collected_at).isoformat(),
            row.digest,
            None,
            row.file_id or "",
            kind="evidence",
            key=str(row.id),
            remark="已排除" if hasattr(row, "exclusion") else "",
            stored=row.file,
        )
        for row in cases.evidence(case)
    ]


def _recording(row: Recording) -> Paper:
    return Paper(
        f"音像　{row.title}",
        "",
        row.recorded_by.name,
        legal_day(row.started_at).isoformat(),
        row.file_id,
        None,
        row.file_id,
        kind="recording",
        key=str(row.id),
        stored=row.file,
        recording=row,
    )


def _appeals(case: Case) -> list[Paper]:
    """What reconsideration organ and court sent: the paper that opened each appeal, and the one that ended it."""
    found = []
    rows = Appeal.objects.filter(case=case).select_related("file", "by", "end__file").order_by("received_on", "id")
    for row in rows:
        label = row.get_kind_display()
        day, told = row.received_on.isoformat(), {"appeal": str(row.id), "number": row.number}
        found.append(
            Paper(
                f"{label}受理、应诉通知",
                row.number,
                row.authority,
                day,
                row.file_id or digest(told),
                None,
                row.file_id or "",
                kind="appeal",
                key=str(row.id),
                stored=row.file,
            )
        )
        if hasattr(row, "end"):
            end = row.end
            found.append(
                Paper(
                    f"{label}结果（{end.get_outcome_display()}）",
                    end.number,
                    row.authority,
                    end.ended_on.isoformat(),
                    end.file_id or digest({**told, "end": end.number, "outcome": end.outcome}),
                    None,
                    end.file_id or "",
                    kind="appeal-end",
                    key=f"{row.id}{ENDED}",
                    stored=end.file,
                )
            )
    return found


def secret_recordings(case: Case) -> int:
    """How many recordings of a case are kept apart (R072): a number is all that its dossier says of them."""
    rows = recordings.of_case(case)
    return rows.count() - open_rows(rows).count()


def acceptance(case: Case) -> Acceptance | None:
    return Acceptance.objects.filter(case=case).select_related("accepted_by").first()


def awaiting(organ_id: uuid.UUID) -> QuerySet[Case]:
    """Closed cases of an organ that the archive has not taken over yet, oldest first; returned ones are the unit's."""
    later = CustodyStep.objects.filter(case_id=OuterRef("case_id"), seq__gt=OuterRef("seq"))
    returned = CustodyStep.objects.filter(case_id=OuterRef("pk"), kind=CustodyKind.RETURNED).filter(~Exists(later))
    rows = Case.objects.filter(organisation_id=organ_id, closed_on__isnull=False, acceptance=None)
    return rows.filter(~Exists(returned)).order_by("closed_on", "id")


def returned(actor: Actor) -> QuerySet[CustodyStep]:
    """Dossiers that the archive sent back and that this person may hand over again, oldest first."""
    later = CustodyStep.objects.filter(case_id=OuterRef("case_id"), seq__gt=OuterRef("seq"))
    rows = CustodyStep.objects.filter(kind=CustodyKind.RETURNED, case__in=access.visible(actor)).filter(~Exists(later))
    return rows.select_related("case").order_by("at", "id")


def accepted(organ_id: uuid.UUID) -> QuerySet[Acceptance]:
    """Dossiers of an organ that the archive holds, newest first."""
    rows = Acceptance.objects.filter(case__organisation_id=organ_id).select_related("case", "accepted_by")
    return rows.order_by("-accepted_at", "-id")


def custody(case: Case) -> list[CustodyStep]:
    """How custody of the dossier passed, oldest first."""
    return list(CustodyStep.objects.filter(case=case).order_by("seq"))


def holder(case: Case, steps: list[CustodyStep] | None = None) -> str:
    """Who holds the dossier now, in words (R070)."""
    found = custody(case) if steps is None else steps
    if not found:
        return "承办机构（在办）" if case.closed_on is None else "承办机构（已结案，尚未移交）"
    last = found[-1]
    if last.kind == CustodyKind.RECEIVED:
        return f"档案部门（{last.name}）"
    if last.kind == CustodyKind.OFFERED:
        return f"承办机构（{last.name}已提出移交，等待档案部门接收）"
    return "承办机构（档案部门已退回，等待补正后重新移交）"


def packages(case: Case) -> QuerySet[Package]:
    return Package.objects.filter(case=case).order_by("volume_no")


def package(package_id: uuid.UUID) -> Package:
    """A sealed package with its case. Raises NotFound."""
    found = Package.objects.select_related("case__organisation").filter(id=package_id).first()
    if found is None:
        raise NotFound("没有找到这个封存包。")
    return found


def packages_of(organ_id: uuid.UUID) -> QuerySet[Package]:
    """Sealed packages of an organ, newest first."""
    return Package.objects.filter(case__organisation_id=organ_id).select_related("case").order_by("-sealed_at", "-id")


def supplements(case: Case) -> QuerySet[Supplement]:
    return Supplement.objects.filter(case=case).select_related("opened_by", "end").order_by("volume_no")


def progress(case: Case) -> Sealing | None:
    return Sealing.objects.filter(case=case).first()


def unsealed(limit: int = 20) -> list[tuple[Case, int]]:
    """Volumes that wait for their package: case and number of the volume, longest waiting first."""
    first = Acceptance.objects.exclude(case__packages__volume_no=1).order_by("accepted_at", "id")
    found = [(row.accepted_at, row.case, 1) for row in first.select_related("case__organisation")[:limit]]
    sealed = Package.objects.filter(case_id=OuterRef("case_id"), volume_no=OuterRef("volume_no"))
    later = Supplement.objects.filter(~Exists(sealed), end__isnull=False).order_by("end__at", "id")
    found += [
        (row.end.at, row.case, row.volume_no) for row in later.select_related("case__organisation", "end")[:limit]
    ]
    return [(case, volume) for _, case, volume in sorted(found, key=lambda item: (item[0], str(item[1].id)))][:limit]


def checks(package: Package) -> QuerySet[PropertyCheck]:
    """Checks of a package, newest first."""
    return PropertyCheck.objects.filter(package=package).order_by("-at", "-id")


def failing(jurisdiction: str) -> QuerySet[PropertyCheck]:
    """Newest checks that found a fault, of all packages of a jurisdiction: what archivist and supervisor must see."""
    newer = PropertyCheck.objects.filter(package_id=OuterRef("package_id"), at__gt=OuterRef("at"))
    rows = PropertyCheck.objects.filter(package__case__jurisdiction=jurisdiction, failed__gt=0, package__erased=None)
    rows = rows.filter(~Exists(newer))
    return rows.select_related("package__case").order_by("at", "id")


def last_checked() -> QuerySet[Package]:
    """Packages by the time of their newest check, longest ago first; those destroyed by law are not looked for."""
    gone = DisposalItem.objects.filter(disposal__run__isnull=False).values("case_id")
    rows = Package.objects.filter(erased=None).exclude(case_id__in=gone)
    newest = PropertyCheck.objects.filter(package_id=OuterRef("pk")).order_by("-at").values("at")[:1]
    rows = rows.annotate(checked_at=newest)
    return rows.order_by(F("checked_at").asc(nulls_first=True), "id")


def transfers(organ_id: uuid.UUID) -> QuerySet[Transfer]:
    rows = Transfer.objects.filter(organisation_id=organ_id).select_related("made_by", "receipt")
    return rows.prefetch_related("items__package__case").order_by("-made_at", "-id")


def about(actor: Actor, asked: str) -> list[Case]:
    """Cases about one party or place (R074a): by name, number or words of the place, among those one may see."""
    words = asked.strip()
    if not words:
        return []
    named = Party.objects.filter(case_id=OuterRef("pk")).filter(
        Q(name__icontains=words) | Q(id_number=words) | Q(uscc=words) | Q(address__icontains=words)
    )
    rows = access.visible(actor).filter(Q(party_name__icontains=words) | Q(facts__icontains=words) | Exists(named))
    return list(rows.select_related("organisation").order_by("-created_at", "-id")[:100])


def materials(rows: Iterable[Case]) -> dict[uuid.UUID, Dossier]:
    """All documents and recordings of some cases, each in the order of its dossier."""
    return {row.id: dossier(row) for row in rows}
