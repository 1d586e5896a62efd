"""Reads of filings."""

from __future__ import annotations

import uuid

from mingcha.documents.filings.models import FormFiling


def filed(organisation_id: uuid.UUID) -> dict[str, FormFiling]:
    """Kind → its newest filing by an organ."""
    rows = FormFiling.objects.filter(organisation_id=organisation_id).order_by("recorded_at", "id")
    return {row.kind: row for row in rows}
