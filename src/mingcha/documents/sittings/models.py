"""Rows of sittings: who sat when, so that two at once are found without reading every record."""

from __future__ import annotations

from django.db import models

from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only


class Sitting(models.Model):
    """One officer at one questioning, by the number of the certificate shown, from start to end."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    document = models.ForeignKey("documents.Document", models.PROTECT, related_name="sittings")
    cert_no = models.CharField(max_length=40)
    start = models.DateTimeField()
    end = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["cert_no", "end"], name="sitting_by_officer")]


append_only("documents_sitting", "id")
