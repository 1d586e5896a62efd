"""models.py split: commitments to letters (逐项承诺), what opens them, and what the public is shown of them."""

from __future__ import annotations

from django.db import models

from mingcha.common.triggers import append_only, forbid
from mingcha.documents.models import Document


class Commitment(models.Model):
    """Salted digests of each clause and field of an issued letter, signed and entered in the log — RFC 9901."""

    document = models.OneToOneField(Document, models.PROTECT, primary_key=True, related_name="commitment")
    # The signed token, deflated; its SHA-256 stands in the journal.
    token = models.BinaryField()
    token_digest = models.CharField(max_length=64)
    document_digest = models.CharField(max_length=64)
    key = models.JSONField()
    entry_id = models.BigIntegerField(unique=True)
    made_at = models.DateTimeField()


class Opening(models.Model):
    """What opens a commitment: the text, where it was cut, the seed of the salts. Erased, nothing more can be shown."""

    commitment = models.OneToOneField(Commitment, models.PROTECT, primary_key=True, related_name="opening")
    text = models.TextField(null=True)
    cuts = models.JSONField()
    claims = models.JSONField(null=True)
    seed = models.CharField(max_length=64, null=True)
    erased_at = models.DateTimeField(null=True)


class Uncommitted(models.Model):
    """A letter issued before there were commitments. Only the migration that brought them wrote here."""

    document = models.OneToOneField(Document, models.PROTECT, primary_key=True, related_name="+")


class Presentation(models.Model):
    """The disclosures of what is public now, for anybody to check; gone with the publication. Derived."""

    publication = models.OneToOneField(
        "disclosure.Publication", models.PROTECT, primary_key=True, related_name="presentation"
    )
    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="+")
    # Deflated, like the token that it begins with.
    text = models.BinaryField()
    made_at = models.DateTimeField()


append_only("disclosure_commitment", "document_id")
append_only("disclosure_uncommitted", "document_id")
forbid("disclosure_uncommitted", "INSERT", "uncommitted-closed", "1 = 1")
forbid(
    "disclosure_commitment",
    "INSERT",
    "commitment-without-journal",
    "NOT EXISTS (SELECT 1 FROM ledger_journalentry j JOIN documents_document d ON d.case_id = j.case_id "
    "WHERE j.id = NEW.entry_id AND j.kind = 'decision-committed' AND d.id = NEW.document_id)",
)
forbid(
    "disclosure_commitment",
    "INSERT",
    "commitment-of-another-text",
    "NOT EXISTS (SELECT 1 FROM documents_document d WHERE d.id = NEW.document_id AND d.digest = NEW.document_digest)",
)
forbid(
    "disclosure_opening",
    "UPDATE",
    "opening-changed",
    "NEW.text IS NOT NULL OR NEW.seed IS NOT NULL OR NEW.claims IS NOT NULL OR NEW.erased_at IS NULL "
    "OR NEW.commitment_id <> OLD.commitment_id",
)
forbid("disclosure_opening", "DELETE", "record-immutable", "1 = 1")
# The letter of a publication in its first version; a historic decision has none.
_LETTER = (
    "documents_document r ON r.id = COALESCE(p.letter_id, "
    "(SELECT x.document_id FROM decisions_decision x WHERE x.id = p.decision_id))"
)
# What is made public names the token of a letter of its own case.
_NAMED = (
    "EXISTS (SELECT 1 FROM disclosure_commitment c JOIN documents_document d ON d.id = c.document_id "
    "WHERE d.case_id = r.case_id AND d.kind = r.kind AND CAST(NEW.content AS TEXT) LIKE '%' || c.token_digest || '%')"
)
forbid(
    "disclosure_release",
    "INSERT",
    "release-uncommitted",
    f"EXISTS (SELECT 1 FROM disclosure_publication p JOIN {_LETTER} WHERE p.id = NEW.publication_id "
    f"AND NOT {_NAMED} AND NOT EXISTS (SELECT 1 FROM disclosure_uncommitted u WHERE u.document_id = r.id))",
)
forbid(
    "disclosure_replacementrelease",
    "INSERT",
    "replacement-uncommitted",
    "NOT EXISTS (SELECT 1 FROM disclosure_commitment c WHERE c.document_id = NEW.document_id) "
    "AND NOT EXISTS (SELECT 1 FROM disclosure_uncommitted u WHERE u.document_id = NEW.document_id)",
)
