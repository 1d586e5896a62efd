"""Rows of presence (在场): outside the journal, pruned after minutes."""

from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer
from mingcha.cases.models import Case
from mingcha.common.ids import uuid7


class DraftPresence(models.Model):
    """A person who has the draft of a kind open, and when the page last said so."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    officer = models.ForeignKey(Officer, models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "kind", "officer"], name="draft_presence_once")]
        indexes = [models.Index(fields=["seen_at"], name="draft_presence_by_time")]
