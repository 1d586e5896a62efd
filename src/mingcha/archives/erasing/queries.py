"""Reads of erasure (依法删除个人信息): requests that wait, papers whose print is made anew, packages whose bytes went."""

from __future__ import annotations

import uuid

from django.db.models import Exists, OuterRef, Q, QuerySet

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.archives.erasing import blanking
from mingcha.archives.models import ErasedFile, ErasedPackage, ErasureRequest, Package, Reprint
from mingcha.cases.models import Case
from mingcha.common.canonical import digest
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
