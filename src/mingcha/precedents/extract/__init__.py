"""Fields of a published penalty decision (行政处罚决定书) read from its text alone — 行政处罚法 art. 59.

Pure: text in, fields out. The official index that accompanies a record is never an input; `agreement` compares
afterwards and shares no parser with this package.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from mingcha.precedents.extract.citations import Citation, applied_articles, violated_articles
from mingcha.precedents.extract.header import find_authority, find_date, find_document_number, find_party, find_uscc
from mingcha.precedents.extract.operative import KINDS, find_operative
from mingcha.precedents.extract.reading import Letter

__all__ = ["KINDS", "MOST_CHARACTERS", "Citation", "Extraction", "extract"]

# The longest real letters have some ten thousand characters; what lies beyond is not read.
MOST_CHARACTERS = 300_000


@dataclass(frozen=True)
class Extraction:
    """What the letter says; None or empty where it does not say it. Amounts in fen.

    `penalties` are codes of the thirteen kinds of 行政处罚法 art. 9, see `KINDS` for their names.
    """

    document_number: str | None = None
    party: str | None = None
    uscc: str | None = None
    authority: str | None = None
    date: dt.date | None = None
    violated: tuple[Citation, ...] = ()
    applied: tuple[Citation, ...] = ()
    penalties: tuple[str, ...] = ()
    fine: int | None = None
    confiscated: int | None = None

    def as_json(self) -> dict[str, Any]:
        """JSON-ready: amounts in yuan as decimal strings, the date ISO, penalties with code and Chinese name."""
        return {
            "document_number": self.document_number,
            "party": self.party,
            "uscc": self.uscc,
            "authority": self.authority,
            "date": self.date.isoformat() if self.date else None,
            "violated": [citation.as_json() for citation in self.violated],
            "applied": [citation.as_json() for citation in self.applied],
            "penalties": [{"code": code, "name": KINDS[code]} for code in self.penalties],
            "fine": _yuan(self.fine),
            "confiscated": _yuan(self.confiscated),
        }


def extract(text: str) -> Extraction:
    """The fields of one decision letter. Never raises for hostile text; time is linear in its length."""
    letter = Letter.read(text[:MOST_CHARACTERS])
    operative = find_operative(letter)
    return Extraction(
        document_number=find_document_number(letter),
        party=find_party(letter),
        uscc=find_uscc(letter),
        authority=find_authority(letter),
        date=find_date(letter),
        violated=violated_articles(letter),
        applied=applied_articles(letter, operative.end),
        penalties=operative.penalties,
        fine=operative.fine,
        confiscated=operative.confiscated,
    )


def _yuan(fen: int | None) -> str | None:
    return None if fen is None else f"{fen // 100}.{fen % 100:02d}"
