from __future__ import annotations

from django.db import models

from mingcha.common.triggers import append_only
from mingcha.files.models_tombstones import Tombstone

__all__ = ["StoredFile", "Tombstone"]


class StoredFile(models.Model):
    """A file by its SHA-256. The bytes lie in the store; the row says that they were whole when they came in."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    sm3 = models.CharField(max_length=64, blank=True)
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=60)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(size__gt=0), name="file_not_empty")]


append_only("files_storedfile", "sha256")
