"""Which rows of disclosure change why (公示的核验), and whether each commitment is the one that the journal names."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from mingcha.disclosure.commitments import making
from mingcha.disclosure.models import Commitment
from mingcha.ledger import queries as ledger
from mingcha.ledger import rows
from mingcha.ledger.core import committed
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
