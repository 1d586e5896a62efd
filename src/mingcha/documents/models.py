from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer
from mingcha.cases.models import Case
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid
from mingcha.documents.choices import Relation, ServiceMode
from mingcha.files.models import StoredFile


class Draft(models.Model):
    """A document being written: what a person typed, saved as one writes. One per case and kind."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="drafts")
    kind = models.CharField(max_length=40)
    fields = models.JSONField()
    version = models.PositiveIntegerField()
    saved_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "kind"], name="draft_once")]


class Document(models.Model):
    """An issued document (文书): complete fields under one template edition, never changed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=40)
    template_version = models.PositiveIntegerField()
    title = models.CharField(max_length=60)
    number = models.CharField(max_length=60, blank=True)
    fields = models.JSONField()
    digest = models.CharField(max_length=64)
    issued_by = models.CharField(max_length=60)
    issued_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["case", "issued_at"], name="document_by_case"),
            models.Index(fields=["number"], condition=~models.Q(number=""), name="document_by_number"),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.number}".strip()


class Rendering(models.Model):
    """The PDF/A of a document, made after the transaction; found by its absence."""

    document = models.OneToOneField(Document, models.PROTECT, primary_key=True, related_name="rendering")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    template_digest = models.CharField(max_length=64)
    at = models.DateTimeField()


class Service(models.Model):
    """Service (送达) of a document with its proof and the day on which it takes effect — 民事诉讼法 art. 87–95."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    document = models.OneToOneField(Document, models.PROTECT, related_name="service")
    mode = models.CharField(max_length=20, choices=ServiceMode.choices)
    receiver = models.CharField(max_length=60)
    relation = models.CharField(max_length=20, choices=Relation.choices)
    served_at = models.DateTimeField()
    effective_on = models.DateField()
    evidence = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    receipt = models.ForeignKey(Document, models.PROTECT, related_name="+")
    note = models.CharField(max_length=300, blank=True)


for _table, _key in (
    ("document", "id"),
    ("rendering", "document_id"),
    ("service", "id"),
):
    append_only(f"documents_{_table}", _key)
# A number is given by the series, never typed: a numbered document without its row in the series cannot be stored.
forbid(
    "documents_document",
    "INSERT",
    "number-not-issued",
    "NEW.number <> '' AND NOT EXISTS (SELECT 1 FROM cases_issuednumber i JOIN cases_case c ON c.id = NEW.case_id "
    "WHERE i.organisation_id = c.organisation_id AND i.text = NEW.number)",
)
forbid(
    "documents_document",
    "INSERT",
    "number-used",
    "NEW.number <> '' AND EXISTS (SELECT 1 FROM documents_document d JOIN cases_case a ON a.id = d.case_id "
    "JOIN cases_case b ON b.id = NEW.case_id WHERE d.number = NEW.number AND a.organisation_id = b.organisation_id)",
)
