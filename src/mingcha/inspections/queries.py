"""Reads of visits: codes of a case, who comes, on whose order, how often this year."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from mingcha.accounts.models import Officer
from mingcha.accounts.rules import may_enforce
from mingcha.cases import queries as cases
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.documents import queries as documents
from mingcha.documents.composers.inspecting import done_this_year
from mingcha.inspections.models import VisitCode
from mingcha.inspections.rulebook import rulebook
from mingcha.ledger import queries as ledger

# Without letters and figures that are mistaken for one another.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE, _WORD = 20, 6
APPROVAL = "inspection-approval"


def _derived(key: uuid.UUID, what: str) -> int:
    return int.from_bytes(salted_hmac(f"mingcha.visit.{what}", key.hex, algorithm="sha256").digest(), "big")


def code_of(key: uuid.UUID) -> str:
    """The code in the address that the enterprise scans (98 bits); kept nowhere."""
    number, found = _derived(key, "code"), ""
    for _ in range(_CODE):
        number, place = divmod(number, len(_ALPHABET))
        found += _ALPHABET[place]
    return found


def word_of(key: uuid.UUID) -> str:
    """Six figures that the enterprise reads on its own screen and says to the officer when it agrees."""
    return f"{_derived(key, 'word') % 10**_WORD:0{_WORD}}"


def digest(code: str) -> str:
    return hashlib.sha256(b"mingcha-visit|" + code.encode()).hexdigest()


def normal(code: str) -> str:
    """A code as somebody typed it."""
    return "".join(code.split()).replace("-", "").upper()[:40]


def codes(case: Case) -> list[VisitCode]:
    """Codes of a case, newest first, with what was confirmed."""
    return list(_codes().filter(case=case).order_by("-seq"))


def _codes() -> QuerySet[VisitCode]:
    return VisitCode.objects.select_related("case__organisation", "case__procedure", "shown_by", "visit")


def standing() -> list[VisitCode]:
    """Codes whose time has not run out."""
    return list(_codes().filter(expires_at__gte=clock.now()).order_by("shown_at", "id"))


def by_code(code: str) -> VisitCode | None:
    """The code that somebody scanned, whatever has become of it."""
    return _codes().filter(code_digest=digest(normal(code))).first()


def is_newest(row: VisitCode) -> bool:
    return not VisitCode.objects.filter(case_id=row.case_id, seq__gt=row.seq).exists()


def certified(officers: Sequence[Officer], day: dt.date) -> int:
    """How many of them may enforce on a day."""
    return sum(1 for officer in officers if not may_enforce(officer, day))


@dataclass(frozen=True)
class Order:
    """On whose order officers come: the paper where there is one, else who took the step of approval."""

    text: str
    items: list[str]


def order(case: Case) -> Order:
    """What was approved, by whom and when; an urgent visit says that it is approved afterwards."""
    paper = documents.latest(case, APPROVAL)
    items = [row["name"] for row in paper.fields.get("items", ())] if paper else []
    if paper is not None and paper.fields.get("head_choice") == "agree":
        head, on = paper.fields.get("head", ""), paper.fields.get("head_at", "")
        return Order(f"{on} {head}批准（{paper.number or paper.title}）", items)
    for row in reversed(cases.changes(case)):
        if row.source == "approve" and row.target in rulebook()["stages"]:
            name = ledger.entry(row.entry_id).actor["name"]
            return Order(f"{clock.legal_day(row.at).isoformat()} {name}批准", items)
    return Order("情况紧急，先行检查，依照规定及时补办审批", items)


@dataclass(frozen=True)
class Often:
    """How often the enterprise was inspected this year by this organ, and the published cap."""

    nth: int
    cap: int | None


def often(case: Case) -> Often:
    cap = case.profile.content.get("organ", {}).get("inspection_cap")
    return Often(done_this_year(case) + 1, int(cap) if cap else None)
