"""What remains of bytes that were destroyed by law: digest, ground, list — 档案法 art. 31."""

from __future__ import annotations

from django.db import models

from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid


class Tombstone(models.Model):
    """Bytes destroyed by law (销毁留痕): the row of the file stays, this says why its bytes are gone."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # No foreign key: the tombstone outlives whatever becomes of the row.
    sha256 = models.CharField(max_length=64, db_index=True)
    why = models.CharField(max_length=300)
    disposal_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sha256", "disposal_id"], name="tombstone_once")]


append_only("files_tombstone")
forbid(
    "files_tombstone",
    "INSERT",
    "tombstone-of-nothing",
    "NOT EXISTS (SELECT 1 FROM files_storedfile f WHERE f.sha256 = NEW.sha256)",
)
