"""Reads of erasure (依法删除个人信息): requests that wait, papers whose print is made anew, packages whose bytes went."""

from __future__ import annotations

import uuid
from collections import Counter

from django.db.models import Exists, OuterRef, Q, QuerySet

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.archives.erasing import blanking
from mingcha.archives.keeping import queries as keeping
from mingcha.archives.models import ErasedFile, ErasedPackage, ErasureRequest, Package, Reprint, TransferItem
from mingcha.cases.models import Case
from mingcha.common.canonical import digest
from mingcha.disclosure.models import Release
from mingcha.documents.models import Document
from mingcha.files.models import StoredFile
from mingcha.ledger.kinds import PAYLOAD_ERASED
from mingcha.ledger.models import JournalEntry


def waiting(case: Case) -> QuerySet[ErasureRequest]:
    """Requests that nobody has decided, oldest first."""
    rows = ErasureRequest.objects.filter(case=case, refusal=None, opened=None)
    return rows.select_related("by", "words").order_by("at", "id")


def to_decide(actor: Actor) -> QuerySet[ErasureRequest]:
    """Requests of the organ that wait for this person: a head who did not ask, oldest first."""
    rows = ErasureRequest.objects.filter(case__organisation_id=actor.organ_id, refusal=None, opened=None)
    rows = rows.exclude(by_id=actor.officer_id) if actor.has(Role.HEAD) else rows.none()
    return rows.select_related("by", "case").order_by("at", "id")


def entries_naming(case: Case, words: list[str]) -> QuerySet[JournalEntry]:
    """Journal entries of a case whose content names a person by one of `words`."""
    match = Q()
    for word in words:
        match |= Q(content__payload__contains=word)
    rows = JournalEntry.objects.filter(case_id=case.id).exclude(kind=PAYLOAD_ERASED)
    return rows.filter(match).order_by("case_seq") if words else rows.none()


def extent(case: Case, words: list[str]) -> dict[str, int]:
    """How much would go: contents of the journal, rows, papers, sealed packages."""
    rows = list(blanking.standing(case, words))
    return {
        "entries": entries_naming(case, words).count(),
        "rows": len(rows),
        "papers": sum(row.model is Document for row in rows),
        "packages": packages(case).count(),
    }


def remains(case: Case) -> list[str]:
    """What an erasure does not reach, and what is to be done about it, in sentences that name nobody.

    Originals under retention are not destroyed before the list of destruction: within the term of the law only
    storing goes on (个人信息保护法 art. 47 ¶2). What is public or handed over is not in the hands of the archive.
    """
    prints = ("文书", "签章的文书")
    count = Counter(label for label in keeping.files_of(case).values() if label not in prints)
    found = []
    if count:
        told = "、".join(f"{label}{n}件" for label, n in sorted(count.items()))
        found.append(f"原件（{told}）里的画面、声音和字迹不在删除之列：保管期限内只保存，期满按销毁清册办理")
    public = Release.objects.filter(publication__withdrawal=None)
    if public.filter(Q(publication__decision__case=case) | Q(publication__letter__case=case)).exists():
        found.append("本案有公示中的文书：公示文本另行核对，仍能认出本人的，请撤回或者更正")
    away = TransferItem.objects.filter(package__case=case).values_list("transfer__institution", flat=True)
    for institution in sorted(set(away)):
        found.append(f"封存包已移交{institution}：请书面通知该单位一并删除或者封存")
    return found


def packages(case: Case) -> QuerySet[Package]:
    """Sealed packages whose bytes are still there."""
    return Package.objects.filter(case=case, erased=None).order_by("volume_no")


def last_package(case: Case) -> Package | None:
    """The newest package that counts for what comes next: without any, the next volume holds the whole dossier again."""
    return packages(case).last()


def erased_papers(case_id: uuid.UUID) -> set[uuid.UUID]:
    """Papers of a case whose text was blanked; each had a print, which went with it."""
    return set(ErasedFile.objects.filter(document__case_id=case_id).values_list("document_id", flat=True))


def digest_now(document: Document) -> str:
    """The digest of what the paper says since its text was blanked."""
    return digest({"kind": document.kind, "template": document.template_version, "fields": document.fields})


def reprint(document_id: uuid.UUID) -> StoredFile | None:
    """The print of a blanked paper; None where the paper was not blanked, or the worker has not made it yet."""
    row = Reprint.objects.filter(document_id=document_id).select_related("file").order_by("-at", "-id").first()
    newer = ErasedFile.objects.filter(document_id=document_id).order_by("-request__at").first()
    return row.file if row is not None and (newer is None or newer.request_id == row.request_id) else None


def unprinted(limit: int = 20) -> list[ErasedFile]:
    """One erased print per paper and erasure that has no new one yet."""
    made = Reprint.objects.filter(document_id=OuterRef("document_id"), request_id=OuterRef("request_id"))
    rows = ErasedFile.objects.filter(~Exists(made)).select_related("document__case").order_by("request__at", "id")
    return list(rows[:limit])


def unremoved_packages() -> list[Package]:
    """Packages that an erasure took out of use; whether their bytes are gone, the disk says."""
    return [row.package for row in ErasedPackage.objects.select_related("package").order_by("-request__at")[:200]]
