"""Reads of service: what waits to be served and until when, attempts, consent, hand-overs (待送达)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from functools import cache
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from mingcha.accounts.actors import Actor
from mingcha.cases import access
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.explained import Explained
from mingcha.common.prepared import prepared
from mingcha.deadlines import queries as deadlines
from mingcha.deadlines.periods import compute
from mingcha.deadlines.rulebook import rule
from mingcha.documents import access as papers
from mingcha.documents.choices import LATER_ACTS
from mingcha.documents.models import Consent, Correction, Document, HandOver, ServiceAttempt
from mingcha.documents.rendering import kinds
from mingcha.documents.rendering.about import about
from mingcha.documents.serving.rules import law

# Handed to the party and kept track of until then; those signed on the spot (S5) carry the signature themselves.
_AWAITED = ("S1", "S2", "S3", "S4")
_ALWAYS = ("penalty-notice", "penalty-decision", "revocation-decision")


@cache
def served_kinds() -> tuple[str, ...]:
    """Kinds of documents that have to reach the party, by their templates."""
    return tuple(kind for kind in kinds() if kind in _ALWAYS or about(kind).service in _AWAITED)


def waiting(actor: Actor) -> QuerySet[Document]:
    """Issued papers of cases that this person may see which have not reached the party, oldest first to act on."""
    rows = Document.objects.filter(kind__in=served_kinds(), void=None, corrects=None, service=None)
    # What a later act on a decision writes after the closing is served too; the days of a closed case narrow the look.
    later = Document.objects.filter(case=OuterRef("pk"), issued_at__gte=OuterRef("closed_on"), kind__in=LATER_ACTS)
    open_or_later = Q(closed_on=None) | Exists(later.filter(service=None, void=None))
    rows = rows.filter(case__in=access.visible(actor).filter(open_or_later))
    rows = rows.filter(Q(case__closed_on=None) | Q(kind__in=LATER_ACTS))
    replaced = Document.objects.filter(
        case=OuterRef("case"), kind=OuterRef("kind"), issued_at__gt=OuterRef("issued_at")
    )
    # A notice that was written anew takes the place of the one nobody served.
    rows = rows.filter(~Q(kind="penalty-notice") | ~Exists(replaced.filter(void=None)))
    return papers.visible(actor, rows).select_related("case").defer("fields")


def matching(
    rows: QuerySet[Document], *, words: str = "", kind: str = "", tried: bool | None = None
) -> QuerySet[Document]:
    """Narrow a list of papers by words (number, case number, party, cause), kind, and whether service was tried."""
    for word in words.split()[:5]:
        rows = rows.filter(
            Q(number__icontains=word)
            | Q(case__number__icontains=word)
            | Q(case__party_name__icontains=word)
            | Q(case__cause__icontains=word)
        )
    if kind:
        rows = rows.filter(kind=kind)
    if tried is not None:
        attempted = Exists(ServiceAttempt.objects.filter(document=OuterRef("pk")))
        rows = rows.filter(attempted if tried else ~attempted)
    return rows


def due(document: Document) -> Explained[dt.date] | None:
    """The last day to serve a decision, explained; None for papers without a period of their own — 处罚法 art. 61."""
    name = law()["pending"]["kinds"].get(document.kind)
    if name is None:
        return None
    day = clock.legal_day(document.issued_at)
    return compute(rule(name, day), day, deadlines.calendar(document.case.jurisdiction))


def attempts(documents: Iterable[Document], addressee: str) -> list[ServiceAttempt]:
    """Attempts on papers for an addressee, oldest first."""
    found = [row for paper in documents for row in _attempts(paper.pk, addressee)]
    return sorted(found, key=lambda row: (row.tried_at, row.pk))


@prepared
def _attempts(document_id: uuid.UUID, addressee: str) -> QuerySet[ServiceAttempt]:
    return ServiceAttempt.objects.filter(document_id=document_id, addressee=addressee)


def attempts_on(documents: Iterable[Document]) -> list[uuid.UUID]:
    """Keys of the documents, once per attempt on each."""
    return list(ServiceAttempt.objects.filter(document__in=list(documents)).values_list("document_id", flat=True))


def attempts_of(case: Case) -> QuerySet[ServiceAttempt]:
    return ServiceAttempt.objects.filter(document__case=case).select_related("document").order_by("tried_at", "id")


def consent(case: Case, addressee: str, at: dt.datetime) -> Consent | None:
    """The newest signed confirmation of address of an addressee up to an instant, electronic or not."""
    return Consent.objects.filter(case=case, addressee=addressee, at__lte=at).order_by("-at", "-id").first()


def approval(case: Case, at: dt.datetime) -> Document | None:
    """The approval of public notice (有关事项审批表, 公告) up to an instant, agreed to by the head; None without."""
    rows = Document.objects.filter(case=case, kind="matter-approval", issued_at__lte=at, void=None)
    for row in rows.order_by("-issued_at", "-id"):
        if row.fields.get("matter") == "announcement" and row.fields.get("head_choice") in (None, "", "agree"):
            return row
    return None


def announced(case: Case, at: dt.datetime) -> set[str]:
    """Numbers of the papers that the public notices of a case (送达公告) name, up to an instant."""
    rows = Document.objects.filter(case=case, kind="service-announcement", void=None, issued_at__lte=at)
    return {str(fields.get("doc_number", "")) for fields in rows.values_list("fields", flat=True)}


def entrusting(case: Case, at: dt.datetime) -> set[str]:
    """Numbers of the letters by which the organ asked others to serve (委托送达函), up to an instant."""
    rows = Document.objects.filter(case=case, kind="entrusted-service", void=None, issued_at__lte=at)
    return {row.number for row in rows if row.fields.get("variant") == "entrust"}


def handovers(case: Case) -> QuerySet[HandOver]:
    """Hand-overs of a case with their papers, oldest first."""
    rows = HandOver.objects.filter(case=case).prefetch_related("papers__document").select_related("receipt")
    return rows.order_by("served_at", "id")


def handovers_of(document: Document) -> QuerySet[HandOver]:
    """Hand-overs of one paper, to the party and to others, oldest first."""
    rows = HandOver.objects.filter(papers__document=document).select_related("receipt")
    return rows.order_by("served_at", "id")


def consents(case: Case) -> QuerySet[Consent]:
    return Consent.objects.filter(case=case).select_related("document").order_by("at", "id")


def together(document: Document) -> QuerySet[Document]:
    """Other papers of the same case that wait for the party and may go in the same hand-over."""
    rows = Document.objects.filter(
        case_id=document.case_id, kind__in=served_kinds(), void=None, corrects=None, service=None
    )
    return rows.exclude(id=document.id).defer("fields").order_by("issued_at", "id")


def corrections(case: Case) -> dict[Any, Correction]:
    """Corrections of a case by the key of the original and of the successor."""
    found: dict[Any, Correction] = {}
    rows = Correction.objects.filter(original__case=case).select_related("original", "successor", "letter")
    for row in rows.order_by("at"):
        found[row.original_id] = row
        found.setdefault(row.successor_id, row)
    return found
