from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Organisation
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid


class FoundingAct(models.Model):
    """Founding act (建制): the paper decision that put an organ's first lists in force, once per organisation."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.OneToOneField(Organisation, models.PROTECT, related_name="founding_act")
    document_number = models.CharField(max_length=60)
    decided_on = models.DateField()
    decided_by = models.CharField(max_length=100)
    scan_sha256 = models.CharField(max_length=64)
    recorded_at = models.DateTimeField()


class Edition(models.Model):
    """One edition of one list: envelope, typed entries, approval, period in force."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="editions")
    kind = models.CharField(max_length=30)
    key = models.CharField(max_length=30)
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=120)
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    basis = models.CharField("批准依据", max_length=200)
    approved_by = models.CharField(max_length=100)
    effective_from = models.DateField()
    effective_to = models.DateField(null=True)
    published_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "kind", "key", "number"], name="edition_numbered_once"),
            models.CheckConstraint(
                condition=models.Q(effective_to=None) | models.Q(effective_to__gte=models.F("effective_from")),
                name="edition_dates",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}（第{self.number}版）"


append_only("catalogues_foundingact")
append_only("catalogues_edition", but=["effective_to"])
_SAME = "e.organisation_id = NEW.organisation_id AND e.kind = NEW.kind AND e.key = NEW.key"
_FIXED = ("organisation_id", "kind", "key", "number", "digest", "effective_from", "published_at", "title", "basis")
# The end of an edition is set once, when the next one follows; nothing else of it ever changes.
forbid(
    "catalogues_edition",
    "UPDATE",
    "record-immutable",
    " OR ".join(f"NEW.{name} <> OLD.{name}" for name in _FIXED)
    + " OR OLD.effective_to IS NOT NULL OR CAST(NEW.content AS TEXT) <> CAST(OLD.content AS TEXT)",
)
forbid(
    "catalogues_edition",
    "INSERT",
    "edition-number-gap",
    f"NEW.number <> (SELECT COALESCE(MAX(e.number), 0) + 1 FROM catalogues_edition e WHERE {_SAME})",
)
forbid(
    "catalogues_edition",
    "INSERT",
    "edition-overlap",
    f"EXISTS (SELECT 1 FROM catalogues_edition e WHERE {_SAME} AND e.id <> NEW.id "
    "AND (e.effective_to IS NULL OR e.effective_to >= NEW.effective_from))",
)
