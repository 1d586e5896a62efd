"""Which rows of disclosure change why (公示的核验), and whether each commitment is the one that the journal names."""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Iterator
from typing import Any

from mingcha.disclosure.choices import PublicState
from mingcha.disclosure.commitments import making
from mingcha.disclosure.models import Commitment, Presentation, PublicEntry
from mingcha.ledger import queries as ledger
from mingcha.ledger import rows
from mingcha.ledger.core import committed
from mingcha.ledger.core.errors import ProofError
from mingcha.ledger.soundness import Finding, Tally, sound

rows.working("disclosure_opening", "erased_at", removable=False)
rows.working("disclosure_presentation", "made_at")


@sound("commitments", "决定书的逐项承诺")
def _commitments(tally: Tally) -> Iterator[Finding]:
    for row in Commitment.objects.order_by("document_id").iterator(chunk_size=200):
        tally.add("commitments")
        said = ledger.payload(ledger.entry(row.entry_id))
        try:
            token = committed.token_digest(zlib.decompress(row.token).decode())
        except (zlib.error, UnicodeDecodeError):
            token = ""
        # An erased payload says nothing any more; the row still has to fit its own digest.
        if token != row.token_digest or (said is not None and said != making.recorded(row)):
            message = "决定书的承诺与日志记录的不是同一份。"
            yield Finding("commitment-differs", message, {"document": str(row.document_id)})


@sound("presentations", "公示内容的披露")
def _presentations(tally: Tally) -> Iterator[Finding]:
    """What is public hands out its disclosures; nothing else does. They are derived, so what is missing is derived again."""
    handed = dict(Presentation.objects.values_list("publication_id", "text"))
    for row in PublicEntry.objects.filter(state=PublicState.VALID).order_by("id").iterator(chunk_size=200):
        # A damaged read model is named by its own seal.
        content = row.content if isinstance(row.content, dict) else {}
        if content.get("commitment"):
            tally.add("presentations")
            yield from _presented(row.id, content, handed.pop(row.id, None))
    for left in sorted(handed):
        yield Finding("presentation-differs", "没有公示的决定却有披露内容。", _where(left))


def _presented(publication: uuid.UUID, content: dict[str, Any], text: bytes | memoryview | None) -> Iterator[Finding]:
    if text is None:
        yield Finding("presentation-differs", "公示中的决定缺少披露内容，被删除过。", _where(publication))
        return
    try:
        found = making.of_content(content)
        told = zlib.decompress(text).decode()
    except (zlib.error, UnicodeDecodeError, ValueError, KeyError, TypeError, AttributeError, ProofError) as error:
        yield Finding(
            "presentation-differs", f"公示中的披露内容核对不上（{type(error).__name__}）。", _where(publication)
        )
        return
    # What can no longer be opened was erased by law; it stays as it was handed out.
    if found is not None and found[1] != told:
        yield Finding("presentation-differs", "公示中的披露内容与公示的文字对不上，被改动过。", _where(publication))


def _where(publication: uuid.UUID) -> dict[str, str]:
    return {"table": Presentation._meta.db_table, "key": str(publication)}
