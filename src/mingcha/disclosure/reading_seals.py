"""queries.py split: what the portal says of the seal of a public decision, of its signed original, and of slips corrected since."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db.models import QuerySet

from mingcha.common.clock import legal_day
from mingcha.common.prepared import prepared
from mingcha.disclosure.models import Publication, PublicEntry
from mingcha.documents.models import Correction, Document
from mingcha.documents.sealing import queries as sealing
from mingcha.files import queries as files


@dataclass(frozen=True)
class Sealed:
    """The state of the seal in words; `offered`: nothing is hidden in public, so the signed original may be had."""

    kind: str
    words: str
    says: tuple[str, ...]
    offered: bool
    why_not: str


@dataclass(frozen=True)
class Slip:
    """A slip corrected in the decision: when, by which letter, where; `shown`: whether the public text has it."""

    on: dt.date
    letter: str
    places: tuple[str, ...]
    shown: bool


@prepared
def _publications(entry_id: uuid.UUID) -> QuerySet[Publication]:
    return Publication.objects.filter(id=entry_id).select_related("decision__document", "letter")


def _first(row: PublicEntry) -> Document | None:
    found = next(iter(_publications(row.id)), None)
    return found.document if found else None


def _letter(row: PublicEntry) -> Document | None:
    """The version of the letter whose text is public."""
    first = letter = _first(row)
    while letter is not None and letter.digest != row.content.get("document_digest"):
        found = Correction.objects.filter(original_id=letter.id).select_related("successor").first()
        letter = found.successor if found else None
    return letter or first


def seal(row: PublicEntry) -> Sealed | None:
    """The check of the signed original now; None where the decision was issued elsewhere (historic ones)."""
    letter = _letter(row)
    if letter is None:
        return None
    copy = sealing.newest(letter)
    if copy is None or not copy.sealed:
        return Sealed("empty", "没有电子签章", ("这份决定书用纸质印章，或者还没有加盖电子印章。",), False, "")
    report = sealing.report(copy)
    kind = {"valid": "ok", "invalid": "late", "unsure": "warn"}.get(report.state, "late")
    says = tuple(f"{one.who}的签章：{one.words}。" for one in report.signatures)
    hidden = bool(row.content.get("hidden"))
    why_not = "公示文本依法隐去了部分内容，所以签章原件不公开；当事人持有的原件可以在本站核验签章。" if hidden else ""
    return Sealed(kind, report.words, says, not hidden and report.state == "valid", why_not)


def original(row: PublicEntry) -> bytes | None:
    """The signed original where it may be had by anybody."""
    found, letter = seal(row), _letter(row)
    copy = sealing.newest(letter) if letter is not None else None
    if found is None or not found.offered or copy is None:
        return None
    with files.open_stored(copy.file_id) as data:
        return data.read()


def slips(row: PublicEntry) -> list[Slip]:
    """Corrections (补正) of the decision, oldest first; their words may hold what is hidden in public and are not shown."""
    found: list[Slip] = []
    public, letter = _letter(row), _first(row)
    shown = letter != public
    while letter is not None:
        correction = Correction.objects.filter(original_id=letter.id).select_related("letter", "successor").first()
        if correction is None:
            break
        places = tuple(dict.fromkeys(str(slip["where"]) for slip in correction.slips))
        told = correction.letter.number or correction.letter.title
        found.append(Slip(legal_day(correction.at), told, places, shown))
        letter = correction.successor
        shown = shown and letter != public
    return found
