"""What the portal reads, and the clerk's queue."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from mingcha.accounts import queries as accounts
from mingcha.accounts.models import Certificate, Officer, Organisation
from mingcha.catalogues import queries as catalogues
from mingcha.catalogues.models import Edition
from mingcha.common.errors import NotFound
from mingcha.common.paging import Page, page
from mingcha.disclosure.choices import PublicState
from mingcha.disclosure.models import PublicEntry, Publication, Release
from mingcha.ledger import queries as ledger
from mingcha.ledger.errors import NotYetSequenced

_LISTED = ("content", "search_text")


def search(
    text: str = "",
    *,
    authority: str = "",
    since: dt.date | None = None,
    until: dt.date | None = None,
    kind: str = "",
    cursor: str | None = None,
    size: int = 20,
) -> tuple[Page[PublicEntry], int]:
    """Public decisions that contain every word of `text`, newest first, with the exact count."""
    rows = PublicEntry.objects.all()
    words = text.split()[:8]
    for word in words:
        rows = rows.filter(search_text__icontains=word)
    if not words:
        rows = rows.filter(state=PublicState.VALID)
    if authority:
        rows = rows.filter(authority=authority)
    if since:
        rows = rows.filter(decided_on__gte=since)
    if until:
        rows = rows.filter(decided_on__lte=until)
    if kind:
        rows = rows.filter(search_text__icontains=kind, kinds__icontains=kind)
    return page(rows.defer(*_LISTED), order=("-decided_on", "-id"), cursor=cursor, size=size), rows.count()


def authorities() -> list[str]:
    """Authorities with public decisions, for the filter."""
    return list(PublicEntry.objects.order_by("authority").values_list("authority", flat=True).distinct())


def latest(count: int = 8) -> list[PublicEntry]:
    return list(PublicEntry.objects.defer(*_LISTED).order_by("-published_at", "-id")[:count])


def entry(entry_id: uuid.UUID) -> PublicEntry:
    """A public decision or its tombstone. Raises NotFound."""
    found = PublicEntry.objects.filter(id=entry_id).first()
    if found is None:
        raise NotFound("没有找到这份公开的决定。")
    return found


def by_number(number: str) -> list[PublicEntry]:
    """Public decisions with exactly this number; kinds of brackets and spaces do not matter."""
    wanted = _normal(number)
    if not wanted:
        return []
    tail = wanted.rsplit("〕", 1)[-1]
    return [row for row in PublicEntry.objects.filter(number__contains=tail).defer(*_LISTED) if _normal(row.number) == wanted]


def _normal(number: str) -> str:
    table = str.maketrans({"[": "〔", "]": "〕", "（": "〔", "）": "〕", "(": "〔", ")": "〕", "【": "〔", "】": "〕", "﹝": "〔", "﹞": "〕"})
    return "".join(number.split()).translate(table).removesuffix("号")


def of_document(document_id: uuid.UUID) -> PublicEntry | None:
    """The public entry of a decision letter, for the address in its QR code."""
    found = Publication.objects.filter(decision__document_id=document_id).first()
    return PublicEntry.objects.filter(id=found.id).first() if found else None


def bundle(entry_id: uuid.UUID) -> bytes | None:
    """The proof bundle of a published decision; None while no checkpoint covers it yet."""
    release = Release.objects.filter(publication_id=entry_id).first()
    row = entry(entry_id)
    if release is None or row.state != PublicState.VALID:
        return None
    try:
        return ledger.bundle_for(release.entry_id, release.content)
    except NotYetSequenced:
        return None


@dataclass(frozen=True)
class Timeliness:
    """How many publications were due in a period, and how many came in time."""

    due: int
    in_time: int
    late: int


def timeliness(since: dt.date, until: dt.date, today: dt.date) -> Timeliness:
    """Publications due between two days: in time, late (published late or overdue)."""
    rows = Publication.objects.filter(due_on__gte=since, due_on__lte=until).select_related("release")
    in_time = late = 0
    for row in rows:
        released = getattr(row, "release", None)
        day = released.released_at.astimezone().date() if released else None
        if day is not None and row.due_on is not None and day <= row.due_on:
            in_time += 1
        elif row.due_on is not None and (day is not None or today > row.due_on):
            late += 1
    return Timeliness(rows.count(), in_time, late)


def waiting(rows: QuerySet[Publication]) -> QuerySet[Publication]:
    """Publications of a queue that are not out yet, most urgent first."""
    return rows.filter(release=None).filter(Q(decision__revocation=None)).order_by("due_on", "id")


def organisations(jurisdiction: str) -> list[Organisation]:
    return list(accounts.organisations(jurisdiction))


def officers(jurisdiction: str, text: str = "") -> QuerySet[Officer]:
    """Officers with certificates, as the law makes them public (R012)."""
    rows = accounts.staff(jurisdiction).filter(certificates__isnull=False).distinct()
    return rows.filter(Q(name__icontains=text) | Q(certificates__number__iexact=text)) if text else rows


def certificate(number: str) -> Certificate | None:
    return accounts.certificate(number)


def editions(jurisdiction: str) -> QuerySet[Edition]:
    return catalogues.published(jurisdiction)


def edition(edition_id: uuid.UUID) -> Edition:
    try:
        return catalogues.edition(edition_id)
    except Edition.DoesNotExist:
        raise NotFound("没有找到这份清单。") from None


def proof(row: PublicEntry) -> dict[str, Any] | None:
    """What the log proves about a public decision: place, size of the tree, time of the checkpoint; None while pending."""
    checkpoint = ledger.latest_checkpoint(row.jurisdiction)
    if row.entry_id is None or checkpoint is None:
        return None
    try:
        found = ledger.inclusion_proof(ledger.entry(row.entry_id), checkpoint.size)
    except NotYetSequenced:
        return None
    return {
        "index": found.index,
        "size": checkpoint.size,
        "root": checkpoint.root,
        "checkpoint": checkpoint.note,
        "created": checkpoint.created,
        "log": row.jurisdiction,
    }
