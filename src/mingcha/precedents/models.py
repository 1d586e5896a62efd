from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only


class ImportBatch(models.Model):
    """One import of historic decisions from one source file."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    jurisdiction = models.CharField(max_length=12)
    source_digest = models.CharField(max_length=64)
    imported_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    imported_at = models.DateTimeField()
    read = models.PositiveIntegerField()
    imported = models.PositiveIntegerField()


class HistoricDecision(models.Model):
    """A decision published elsewhere before (历史决定): fields extracted from its text, the text as it came."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    batch = models.ForeignKey(ImportBatch, models.PROTECT, related_name="decisions")
    record = models.CharField(max_length=60)
    text_digest = models.CharField(max_length=64, unique=True)
    text = models.TextField()
    fields = models.JSONField()
    number = models.CharField(max_length=120, blank=True)
    party = models.CharField(max_length=200, blank=True)
    authority = models.CharField(max_length=200, blank=True)
    decided_on = models.DateField(null=True)
    fine_fen = models.BigIntegerField(null=True)
    confiscated_fen = models.BigIntegerField(null=True)


append_only("precedents_importbatch")
append_only("precedents_historicdecision")
