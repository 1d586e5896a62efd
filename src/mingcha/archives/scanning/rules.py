"""Pure rules of scanned paper: what the machine proposes for the fields; what must stand in a check — R076."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from mingcha.precedents.extract import extract


@dataclass(frozen=True)
class Fields:
    """What a paper is found by. A proposal until a person has checked it."""

    title: str = ""
    number: str = ""
    party: str = ""
    authority: str = ""
    day: dt.date | None = None


_ENDINGS = (
    "决定书",
    "通知书",
    "告知书",
    "笔录",
    "报告",
    "审批表",
    "回证",
    "清单",
    "意见书",
    "公告",
    "申请书",
    "委托书",
    "函",
)
_LONGEST_TITLE = 40


def proposed(texts: Sequence[str], name: str = "") -> Fields:
    """Fields read from the text of all pages by the extractor of decisions; the title from the first lines."""
    whole = "\n".join(texts)
    if not whole.strip():
        return Fields(title=name)
    found = extract(whole)
    return Fields(
        title=_title(whole) or name,
        number=(found.document_number or "")[:60],
        party=(found.party or "")[:120],
        authority=(found.authority or "")[:120],
        day=found.date,
    )


def _title(text: str) -> str:
    for line in text.splitlines()[:12]:
        bare = "".join(line.split())
        if len(bare) <= _LONGEST_TITLE and bare.endswith(_ENDINGS):
            return bare
    return ""
