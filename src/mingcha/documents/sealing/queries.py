"""Reads of signatures and signed copies."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from mingcha.cases.models import Case
from mingcha.common.canonical import digest
from mingcha.common.prepared import prepared
from mingcha.documents.models import (
    Document,
    ElectronicSignature,
    HandSignature,
    PaperSignature,
    SignedCopy,
    SigningRefusal,
)
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
    # In ink on the printed original: shown, and no part of the signed copy.
    paper: tuple[PaperSignature, ...] = ()

    @property
    def signed(self) -> list[tuple[str, str]]:
        """Who signed, in whichever form, as (who, name)."""
        return [
            *((row.who, row.name) for row in self.hand),
            *((row.who, row.name) for row in self.electronic),
            *((row.who, row.name) for row in self.paper),
        ]

    @property
    def basis(self) -> str:
        """Digest over the rows of a signed copy: one with another basis is out of date."""
        return digest([str(row.pk) for row in (*self.hand, *self.refusals, *self.electronic)])

    def __bool__(self) -> bool:
        return bool(self.hand or self.refusals or self.electronic)


def marks(document: Document) -> Marks:
    return Marks(
        tuple(document.hand_signatures.select_related("taken_by").order_by("at", "id")),
        tuple(document.signing_refusals.select_related("noted_by", "recording").order_by("at", "id")),
        tuple(document.electronic_signatures.order_by("at", "id")),
        tuple(document.paper_signatures.select_related("noted_by").order_by("at", "id")),
    )


def copies(document: Document) -> QuerySet[SignedCopy]:
    """Signed copies, newest first."""
    return SignedCopy.objects.filter(document=document).select_related("file").order_by("-seq")


def newest(document: Document) -> SignedCopy | None:
    return copies(document).first()


def _names(model: type[Model]) -> Callable[[uuid.UUID], list[tuple[uuid.UUID, str, str]]]:
    @prepared
    def read(case_id: uuid.UUID) -> QuerySet[Any, tuple[uuid.UUID, str, str]]:
        rows = model._default_manager.filter(document__case_id=case_id).order_by("at", "id")
        return rows.values_list("document_id", "who", "name")

    return read


_SIGNED = tuple(map(_names, (HandSignature, ElectronicSignature, PaperSignature)))
_REFUSED = (_names(SigningRefusal),)


@prepared
def signed_by_hand(document_id: uuid.UUID, who: str, name: str) -> QuerySet[HandSignature, uuid.UUID]:
    """The signature that this person has put on the pad for this document, or nothing."""
    return HandSignature.objects.filter(document_id=document_id, who=who, name=name).values_list("pk", flat=True)


@prepared
def _sealed(case_id: uuid.UUID) -> QuerySet[SignedCopy, uuid.UUID]:
    return SignedCopy.objects.filter(document__case_id=case_id, sealed=True).values_list("document_id", flat=True)


def standing(document: Document) -> list[rules.Due]:
    """Who has to sign this document and how far that has gone."""
    return standings([document])[document.pk]


def standings(documents: Sequence[Document]) -> dict[uuid.UUID, list[rules.Due]]:
    """The standing of several documents, in as many reads for each case as for one document."""
    signed: dict[uuid.UUID, list[tuple[str, str]]] = defaultdict(list)
    refused: dict[uuid.UUID, list[tuple[str, str]]] = defaultdict(list)
    sealed: set[uuid.UUID] = set()
    for case_id in {document.case_id for document in documents}:
        for reads, into in ((_SIGNED, signed), (_REFUSED, refused)):
            for read in reads:
                for key, who, name in read(case_id):
                    into[key].append((who, name))
        sealed.update(_sealed(case_id))
    return {
        document.pk: rules.standing(
            rules.demands(document.kind, document.template_version),
            has_seal=document.pk in sealed,
            signed=signed[document.pk],
            refused=refused[document.pk],
        )
        for document in documents
    }


@prepared
def _on_the_spot(case_id: uuid.UUID) -> QuerySet[Document]:
    names = [kind for kind in kinds() if rules.on_the_spot(kind)]
    rows = Document.objects.filter(case_id=case_id, kind__in=names, void=None, corrected_by=None).defer("fields")
    return rows.order_by("issued_at", "id")


def unsigned_on_the_spot(case: Case) -> list[tuple[Document, list[rules.Due]]]:
    """Records and lists of a case that are signed where they are made and lack a signature; seals come by themselves."""
    papers = _on_the_spot(case.id)
    found = standings(papers)
    open_ = [(paper, [due for due in found[paper.pk] if due.open and not due.seal]) for paper in papers]
    return [(paper, dues) for paper, dues in open_ if dues]


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
