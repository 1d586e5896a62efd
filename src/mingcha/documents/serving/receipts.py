"""What is said of a hand-over, and the fields of its receipt (送达回证) — 民事诉讼法 art. 87."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.explained import Explained
from mingcha.documents.blocks import officers_block
from mingcha.documents.choices import ServiceMode
from mingcha.documents.models import Consent, Document, ServiceAttempt
from mingcha.documents.rendering import spoken
from mingcha.files.actions import Incoming


@dataclass(frozen=True)
class Told:
    """What is said of one hand-over; which parts are needed follows from the mode (serving/data/modes.json)."""

    mode: str
    served_at: dt.datetime
    place: str
    receiver: str = ""
    relation: str = ""
    addressee: str = ""
    refusal: str = ""
    witnesses: Sequence[Mapping[str, str]] = ()
    sent_at: dt.datetime | None = None
    tracking: str = ""
    media: str = ""
    agency: str = ""
    letter: str = ""
    note: str = ""
    evidence: Incoming | None = field(default=None, repr=False)


def fields(
    case: Case,
    papers: Sequence[Document],
    addressee: str,
    told: Told,
    tried: Sequence[ServiceAttempt],
    effect: Explained[dt.date],
    consent: Consent | None,
    approval: Document | None,
) -> dict[str, Any]:
    """The fields of the receipt (送达回证, documents.md §1.7)."""
    named = [spoken(paper.kind, paper.title, paper.number) for paper in papers]
    last = {"left": "拒收，留置", "announcement": "公告发出"}.get(told.mode, "已送达")
    tale = [
        {
            "at": row.tried_at,
            "place": row.place,
            "result": f"{row.get_mode_display()}：{row.get_outcome_display()}。{row.account}",
        }
        for row in tried
    ]
    texts = {
        "electronic": f"{consent.account}；确认书{consent.at:%Y-%m-%d}签订" if consent else "",
        "post": f"邮件编号{told.tracking}，{clock.legal_day(told.sent_at)}交邮，{clock.legal_day(told.served_at)}收件"
        if told.sent_at
        else "",
        "announcement": f"{told.media}，{clock.legal_day(told.served_at)}发出，{effect.value}期满"
        + (f"，{approval.title}{approval.issued_at:%Y-%m-%d}批准" if approval else ""),
        "entrusted": f"{told.agency}{told.letter}",
        "forwarded": told.agency,
    }
    return {
        "organ_name": case.organisation.name,
        "cause": case.cause,
        "doc_no": named[0]["number"],
        "documents": [{"name": row["title"], "number": row["number"], "quantity": 1} for row in named],
        "addressee": addressee,
        "address": told.place,
        "mode": told.mode,
        "attempts": [*tale, {"at": told.served_at, "place": told.place, "result": last}],
        "served_at": clock.at(effect.value) if told.mode == ServiceMode.ANNOUNCEMENT else told.served_at,
        "receiver": told.receiver,
        "receiver_relation": told.relation if told.receiver else "",
        "refusal": told.refusal,
        "witnesses": list(told.witnesses),
        "recording": f"SHA-256 {told.evidence.sha256[:16]}…" if told.evidence else "",
        "entrusted" if told.mode == "forwarded" else told.mode: texts.get(told.mode, ""),
        "servers": officers_block(case),
        "note": told.note,
    } | {"mode": told.mode}
