"""Rows of filings: which edition of which form was filed, under which number."""

from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer, Organisation
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only


class FormFiling(models.Model):
    """One form as filed (备案): the digest says which edition, also after the form has changed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="form_filings")
    kind = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    filed_with = models.CharField("备案机关", max_length=100)
    number = models.CharField("备案编号", max_length=60)
    filed_on = models.DateField("备案日期")
    recorded_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "kind", "version", "digest"], name="form_filed_once")
        ]


append_only("documents_formfiling", "id")
