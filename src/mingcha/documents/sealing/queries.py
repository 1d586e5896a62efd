"""Reads of signatures and signed copies."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from mingcha.common.canonical import digest
from mingcha.documents.models import Document, ElectronicSignature, HandSignature, SignedCopy, SigningRefusal
from mingcha.documents.rendering import kinds
from mingcha.documents.sealing import rules
from mingcha.documents.signing import strokes as drawing
from mingcha.documents.signing import trust
from mingcha.documents.signing.verifying import Report, check
from mingcha.files import queries as files


@dataclass(frozen=True)
class Marks:
    """All that people have signed or refused on one document, in the order of time."""

    hand: tuple[HandSignature, ...]
    refusals: tuple[SigningRefusal, ...]
    electronic: tuple[ElectronicSignature, ...]

    @property
    def basis(self) -> str:
        """Digest over the rows: a signed copy with another basis is out of date."""
        return digest([str(row.pk) for row in (*self.hand, *self.refusals, *self.electronic)])

    def __bool__(self) -> bool:
        return bool(self.hand or self.refusals or self.electronic)


def marks(document: Document) -> Marks:
    return Marks(
        tuple(document.hand_signatures.select_related("taken_by").order_by("at", "id")),
        tuple(document.signing_refusals.select_related("noted_by", "recording").order_by("at", "id")),
        tuple(document.electronic_signatures.order_by("at", "id")),
    )


def copies(document: Document) -> QuerySet[SignedCopy]:
    """Signed copies, newest first."""
    return SignedCopy.objects.filter(document=document).select_related("file").order_by("-seq")


def newest(document: Document) -> SignedCopy | None:
    return copies(document).first()


def standing(document: Document) -> list[rules.Due]:
    """Who has to sign this document and how far that has gone."""
    found, copy = marks(document), newest(document)
    return rules.standing(
        rules.demands(document.kind, document.template_version),
        has_seal=copy is not None and copy.sealed,
        signed=[
            *((row.who, row.name) for row in found.hand),
            *((row.who, row.name) for row in found.electronic),
        ],
        refused=[(row.who, row.name) for row in found.refusals],
    )


def report(copy: SignedCopy) -> Report:
    """The check of a signed copy as it lies in the store, against today's trust and revocation lists."""
    return check(files.content_path(copy.file_id).read_bytes(), trust.load(settings.SIGNING_ROOT))


def of_file(sha256: str) -> SignedCopy | None:
    """The signed copy with these very bytes."""
    return SignedCopy.objects.filter(file_id=sha256).select_related("document").first()


def still_bound(row: HandSignature) -> bool:
    """Whether strokes, document, signer and time still give the digest that the journal keeps."""
    if row.document.digest != row.document_digest:
        return False
    strokes = drawing.read(row.strokes)
    found = drawing.bound(
        strokes,
        document=str(row.document_id),
        document_digest=row.document_digest,
        who=row.who,
        name=row.name,
        capacity=row.capacity,
        at=row.at,
    )
    return found == row.strokes_digest


def unsigned(limit: int = 20, *, since: dt.date | None = None) -> list[Document]:
    """Rendered documents whose seal or newest signature is in no signed copy yet, oldest first."""
    sealed = [kind for kind in kinds() if rules.sealed(kind)]
    later = SignedCopy.objects.filter(document_id=OuterRef("document_id"), at__gte=OuterRef("at"))
    waiting: set[object] = set()
    for model in (HandSignature, SigningRefusal, ElectronicSignature):
        waiting |= set(model.objects.filter(~Exists(later)).values_list("document_id", flat=True)[:limit])
    due = Q(kind__in=sealed, signed_copies=None)
    if since is not None:
        due &= Q(issued_at__date__gte=since)
    rows = Document.objects.filter(due | Q(id__in=waiting), rendering__isnull=False, void=None)
    return list(rows.defer("fields").order_by("issued_at")[:limit])
