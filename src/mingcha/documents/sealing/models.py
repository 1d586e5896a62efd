"""Rows of signatures (签名、拒签) and signed copies (签章版式文件). None is ever changed."""

from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid
from mingcha.files.models import StoredFile
from mingcha.recordings.models import Recording


class HandSignature(models.Model):
    """A handwritten signature (手写签名) on a touch screen, bound to the digest of the document that was shown."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    document = models.ForeignKey("documents.Document", models.PROTECT, related_name="hand_signatures")
    who = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    capacity = models.CharField(max_length=60, blank=True)
    document_digest = models.CharField(max_length=64)
    strokes = models.JSONField()
    strokes_digest = models.CharField(max_length=64)
    device = models.CharField(max_length=10)
    at = models.DateTimeField()
    taken_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "who", "name"], name="hand_signature_once")]


class SigningRefusal(models.Model):
    """A refusal to sign (拒签) with its reason, and a witness or a recording — 行政处罚法 art. 52 ¶1."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    document = models.ForeignKey("documents.Document", models.PROTECT, related_name="signing_refusals")
    who = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    reason = models.CharField(max_length=300)
    witness = models.CharField(max_length=60, blank=True)
    recording = models.ForeignKey(Recording, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    noted_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "who", "name"], name="signing_refusal_once"),
            models.CheckConstraint(
                condition=~models.Q(reason="") & (~models.Q(witness="") | models.Q(recording__isnull=False)),
                name="refusal_has_proof",
            ),
        ]


class PaperSignature(models.Model):
    """A signature in ink (纸质签名) on the printed original, shown by its scan; whoever noted it vouches for it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    document = models.ForeignKey("documents.Document", models.PROTECT, related_name="paper_signatures")
    who = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    scan = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    noted_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "who", "name"], name="paper_signature_once")]


class ElectronicSignature(models.Model):
    """An officer's electronic signature (电子签名): the will to sign; the signature itself is in the signed copy."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    document = models.ForeignKey("documents.Document", models.PROTECT, related_name="electronic_signatures")
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    who = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    title = models.CharField(max_length=60)
    document_digest = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "officer"], name="electronic_signature_once")]


class SignedCopy(models.Model):
    """The PDF of a document with signatures and seal (签章版式文件); a later signature makes a further copy."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    document = models.ForeignKey("documents.Document", models.PROTECT, related_name="signed_copies")
    seq = models.PositiveIntegerField()
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    source = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    basis = models.CharField(max_length=64)
    provider = models.CharField(max_length=40)
    sealed = models.BooleanField()
    sm2 = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "seq"], name="signed_copy_seq")]


for _table in ("handsignature", "signingrefusal", "electronicsignature", "papersignature", "signedcopy"):
    append_only(f"documents_{_table}")
for _table in ("handsignature", "electronicsignature"):
    # What was shown and what is stored are one text, or nobody has signed anything.
    forbid(
        f"documents_{_table}",
        "INSERT",
        "signed-other-text",
        "NOT EXISTS (SELECT 1 FROM documents_document d WHERE d.id = NEW.document_id AND d.digest = NEW.document_digest)",
    )
for _table in ("handsignature", "signingrefusal", "electronicsignature", "papersignature", "signedcopy"):
    forbid(
        f"documents_{_table}",
        "INSERT",
        "signed-void",
        "EXISTS (SELECT 1 FROM documents_documentvoid v WHERE v.document_id = NEW.document_id)",
    )
forbid(
    "documents_signingrefusal",
    "INSERT",
    "refused-after-signing",
    "EXISTS (SELECT 1 FROM documents_handsignature s WHERE s.document_id = NEW.document_id AND s.who = NEW.who "
    "AND s.name = NEW.name) OR EXISTS (SELECT 1 FROM documents_papersignature p "
    "WHERE p.document_id = NEW.document_id AND p.who = NEW.who AND p.name = NEW.name)",
)
forbid(
    "documents_signedcopy",
    "INSERT",
    "copy-out-of-order",
    "NEW.seq <> (SELECT COUNT(*) + 1 FROM documents_signedcopy c WHERE c.document_id = NEW.document_id) "
    "OR NOT EXISTS (SELECT 1 FROM documents_rendering r WHERE r.document_id = NEW.document_id "
    "AND r.file_id = NEW.source_id)",
)
