"""What a record becomes (历史决定入库前的整理): extraction, and the reasons why a letter cannot stand. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from mingcha.precedents.extract import Extraction, extract
from mingcha.precedents.records import Record, Refusal

_LONGEST = {"document_number": (120, "文号"), "party": (200, "当事人"), "authority": (200, "处罚机关")}
_MOST_FEN = 10**15


@dataclass(frozen=True)
class Prepared:
    """A record that can be stored: the fields come from its text alone, never from its index."""

    record: Record
    digest: str
    extraction: Extraction


def prepare(record: Record) -> Prepared | Refusal:
    """Extract, and refuse what is no decision letter."""
    found = extract(record.text)

    def refuse(code: str, message: str) -> Refusal:
        return Refusal(record.line, record.id, code, message)

    if not found.document_number and not found.party:
        return refuse("not-a-decision", "全文中既没有文号，也没有当事人，不像行政处罚决定书。")
    for name, (most, label) in _LONGEST.items():
        if len(getattr(found, name) or "") > most:
            return refuse("field-too-long", f"全文中的{label}超过{most}个字，请核对原文。")
    if max(found.fine or 0, found.confiscated or 0) > _MOST_FEN:
        return refuse("amount-too-large", "全文中的金额超过十万亿元，请核对原文。")
    return Prepared(record, hashlib.sha256(record.text.encode()).hexdigest(), found)
