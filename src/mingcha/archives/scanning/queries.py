"""Reads of scanned paper: the list with its progress, the text of a page, search in what was read and checked — R076."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from mingcha.accounts.actors import Actor
from mingcha.archives.models_scanning import PageText, Scan, ScanCheck, ScanPage
from mingcha.archives.scanning.rules import Fields, proposed
from mingcha.common.errors import NotFound


@dataclass(frozen=True)
class Sheet:
    """A page with the text that counts: checked by a person, else as the machine read it."""

    page: ScanPage
    text: str
    checked: bool
    reader: str
    confidence: int | None
    waiting: bool


def scans(actor: Actor) -> QuerySet[Scan]:
    """Scanned papers of the organ with what was read and whether somebody checked them."""
    rows = Scan.objects.filter(organisation_id=actor.organ_id).select_related("received_by")
    return rows.annotate(
        pages_read=Count("sheets__reading", distinct=True),
        checked=Exists(ScanCheck.objects.filter(scan=OuterRef("pk"))),
    )


def scan(actor: Actor, scan_id: uuid.UUID) -> Scan:
    """One scanned paper of the organ. Raises NotFound."""
    found = scans(actor).filter(id=scan_id).first()
    if found is None:
        raise NotFound("没有找到这份扫描件。")
    return found


def found_by(actor: Actor, words: str) -> QuerySet[Scan]:
    """Papers in whose name, fields or text all `words` occur; machine-read text counts until a person has checked."""
    rows = scans(actor)
    later = ScanCheck.objects.filter(scan_id=OuterRef("scan_id"), version__gt=OuterRef("version"))
    newest = ScanCheck.objects.filter(~Exists(later))
    for word in words.split()[:5]:
        fields = Q()
        for name in ("title", "number", "party", "authority", "plain"):
            fields |= Q(**{f"{name}__icontains": word})
        in_checks = newest.filter(fields).values("scan_id")
        unchecked = PageText.objects.filter(plain__icontains=word).exclude(
            page__scan__in=ScanCheck.objects.values("scan_id")
        )
        rows = rows.filter(Q(name__icontains=word) | Q(id__in=in_checks) | Q(id__in=unchecked.values("page__scan_id")))
    return rows


def squeezed(text: str) -> str:
    """Text without any space and break, as the search reads it."""
    return "".join(text.split())


def newest_check(found: Scan) -> ScanCheck | None:
    return ScanCheck.objects.filter(scan=found).select_related("by").order_by("-version").first()


def sheets(found: Scan) -> list[Sheet]:
    """Pages in order with their text."""
    check = newest_check(found)
    result = []
    for page in ScanPage.objects.filter(scan=found).select_related("file", "reading").order_by("n"):
        reading = getattr(page, "reading", None)
        machine = reading.text if reading else ""
        text = check.texts[page.n - 1] if check else machine
        result.append(
            Sheet(
                page,
                text,
                check is not None,
                reading.reader if reading else "",
                reading.confidence if reading else None,
                reading is None,
            )
        )
    return result


def fields(found: Scan) -> Fields:
    """The fields as checked, else as the machine proposes them from the text."""
    check = newest_check(found)
    if check is not None:
        return Fields(check.title, check.number, check.party, check.authority, check.day)
    return proposed([sheet.text for sheet in sheets(found)], found.name)


def unread(limit: int) -> list[uuid.UUID]:
    """Pages that no machine has looked at, oldest first: the background process finds its work here."""
    rows = ScanPage.objects.filter(reading=None).order_by(F("scan__received_at"), "scan_id", "n")
    return list(rows.values_list("id", flat=True)[:limit])
