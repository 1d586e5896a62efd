"""Rows of an agency's own forms (本机关文书格式): versions and what was decided on them. Nothing is ever changed."""

from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer, Organisation
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid
from mingcha.documents.agency.choices import FormAct
from mingcha.files.models import StoredFile


class AgencyForm(models.Model):
    """One version of an agency's layout of a kind of document, with the check made when it was uploaded."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    report = models.JSONField()
    usable = models.BooleanField()
    uploaded_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "kind", "number"], name="agency_form_version")]

    def __str__(self) -> str:
        return f"{self.name}（第{self.number}版）"


class AgencyFormDecision(models.Model):
    """A version put into use, or withdrawn; each at most once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    form = models.ForeignKey(AgencyForm, models.PROTECT, related_name="decisions")
    act = models.CharField(max_length=10, choices=FormAct.choices)
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["form", "act"], name="agency_form_decided_once")]


append_only("documents_agencyform", "id")
append_only("documents_agencyformdecision", "id")
forbid(
    "documents_agencyform",
    "INSERT",
    "form-version-gap",
    "NEW.number <> (SELECT COALESCE(MAX(f.number), 0) + 1 FROM documents_agencyform f "
    "WHERE f.organisation_id = NEW.organisation_id AND f.kind = NEW.kind)",
)
# Who uploads does not put into use; what failed its check is never used; only what is used can be withdrawn.
forbid(
    "documents_agencyformdecision",
    "INSERT",
    "own-form",
    "NEW.act = 'use' AND EXISTS (SELECT 1 FROM documents_agencyform f WHERE f.id = NEW.form_id "
    "AND f.uploaded_by_id = NEW.officer_id)",
)
forbid(
    "documents_agencyformdecision",
    "INSERT",
    "form-unusable",
    "NEW.act = 'use' AND EXISTS (SELECT 1 FROM documents_agencyform f WHERE f.id = NEW.form_id AND NOT f.usable)",
)
forbid(
    "documents_agencyformdecision",
    "INSERT",
    "form-not-in-use",
    "NEW.act = 'withdraw' AND NOT EXISTS (SELECT 1 FROM documents_agencyformdecision d "
    "WHERE d.form_id = NEW.form_id AND d.act = 'use')",
)
