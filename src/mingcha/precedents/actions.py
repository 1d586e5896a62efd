"""Writes of precedents: one batch of historic decisions."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import IntegrityError, transaction

from mingcha.common import clock
from mingcha.common.ids import uuid7
from mingcha.ledger.actions import append
from mingcha.ledger.actors import ActorSnapshot
from mingcha.precedents.errors import ImportedMeanwhile
from mingcha.precedents.importing import Prepared
from mingcha.precedents.models import HistoricDecision, ImportBatch

_CHUNK = 200


def store(
    prepared: Sequence[Prepared], *, source_digest: str, read: int, jurisdiction: str, by: ActorSnapshot
) -> list[HistoricDecision]:
    """Store one batch and its journal entry in the caller's transaction; all or nothing. Raises ImportedMeanwhile."""
    batch = ImportBatch.objects.create(
        id=uuid7(),
        jurisdiction=jurisdiction,
        source_digest=source_digest,
        imported_by_id=by.officer_id,
        imported_at=clock.now(),
        read=read,
        imported=len(prepared),
    )
    rows = [
        HistoricDecision(
            batch=batch,
            record=item.record.id,
            text_digest=item.digest,
            text=item.record.text,
            fields=item.extraction.as_json(),
            number=item.extraction.document_number or "",
            party=item.extraction.party or "",
            authority=item.extraction.authority or "",
            decided_on=item.extraction.date,
            fine_fen=item.extraction.fine,
            confiscated_fen=item.extraction.confiscated,
        )
        for item in prepared
    ]
    try:
        with transaction.atomic():
            HistoricDecision.objects.bulk_create(rows, batch_size=_CHUNK)
    except IntegrityError as error:
        raise ImportedMeanwhile(message="同样的文书刚刚由他人导入，本批没有写入。请重新运行一次。") from error
    append(
        "precedents-imported",
        log=jurisdiction,
        subject=("import-batch", str(batch.id)),
        actor=by,
        payload={"source_digest": source_digest, "read": read, "imported": len(rows)},
    )
    return rows
