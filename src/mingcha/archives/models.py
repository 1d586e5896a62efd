from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer
from mingcha.cases.models import Case
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid
from mingcha.documents.models import Document


class Acceptance(models.Model):
    """Custody passes to the archive (R070): the index of the dossier and the digest of all that it holds."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.OneToOneField(Case, models.PROTECT, related_name="acceptance")
    index = models.OneToOneField(Document, models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    entries = models.PositiveIntegerField()
    accepted_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField()


append_only("archives_acceptance")
forbid(
    "archives_acceptance",
    "INSERT",
    "dossier-case-open",
    "NOT EXISTS (SELECT 1 FROM cases_case c WHERE c.id = NEW.case_id AND c.closed_on IS NOT NULL)",
)
for _table in ("cases_evidence", "cases_statement", "recordings_recording"):
    forbid(
        _table,
        "INSERT",
        "dossier-sealed",
        "EXISTS (SELECT 1 FROM archives_acceptance a WHERE a.case_id = NEW.case_id)",
    )
