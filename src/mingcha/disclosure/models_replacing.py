"""models.py split: the duty to replace a public text after a correction, and the release of the corrected text."""

from __future__ import annotations

from django.db import models

from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid
from mingcha.documents.models import Correction, Document


class Replacement(models.Model):
    """Duty to replace a public text (更正公示): the letter that is public was corrected — 行政处罚法 art. 48."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    publication = models.ForeignKey("disclosure.Publication", models.PROTECT, related_name="replacements")
    correction = models.OneToOneField(Correction, models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    due_on = models.DateField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["publication", "number"], name="replacement_number_once")]


class ReplacementRelease(models.Model):
    """The corrected text as made public, its digest and its place in the log. What was public before it stays on record."""

    replacement = models.OneToOneField(Replacement, models.PROTECT, primary_key=True, related_name="release")
    signoff = models.OneToOneField("disclosure.Signoff", models.PROTECT, related_name="+")
    document = models.ForeignKey(Document, models.PROTECT, related_name="+")
    content = models.JSONField()
    content_digest = models.CharField(max_length=64)
    entry_id = models.BigIntegerField(unique=True)
    released_at = models.DateTimeField()


append_only("disclosure_replacement")
append_only("disclosure_replacementrelease", "replacement_id")
_DUTY = "FROM disclosure_replacement d WHERE d.id = NEW.replacement_id"
forbid(
    "disclosure_replacement",
    "INSERT",
    "replacement-unsound",
    "NEW.number <> 1 + (SELECT COUNT(*) FROM disclosure_replacement d WHERE d.publication_id = NEW.publication_id) "
    "OR NOT EXISTS (SELECT 1 FROM disclosure_release r WHERE r.publication_id = NEW.publication_id)",
)
forbid(
    "disclosure_replacementrelease",
    "INSERT",
    "replace-without-signoff",
    "NOT EXISTS (SELECT 1 FROM disclosure_signoff s JOIN disclosure_replacement d ON d.publication_id = "
    "s.publication_id WHERE s.id = NEW.signoff_id AND s.residual = 0 AND d.id = NEW.replacement_id)",
)
# The text must be that of the newest version: the successor of this duty's correction, not corrected again since.
forbid(
    "disclosure_replacementrelease",
    "INSERT",
    "replace-not-newest",
    f"NOT EXISTS (SELECT 1 {_DUTY} AND EXISTS (SELECT 1 FROM documents_correction c "
    "WHERE c.original_id = d.correction_id AND c.successor_id = NEW.document_id)) "
    "OR EXISTS (SELECT 1 FROM documents_correction c WHERE c.original_id = NEW.document_id)",
)
forbid(
    "disclosure_replacementrelease",
    "INSERT",
    "replace-withdrawn",
    f"EXISTS (SELECT 1 {_DUTY} AND (EXISTS (SELECT 1 FROM disclosure_withdrawal w "
    "WHERE w.publication_id = d.publication_id) OR EXISTS (SELECT 1 FROM disclosure_publication p "
    "JOIN decisions_revocation r ON r.decision_id = p.decision_id WHERE p.id = d.publication_id)))",
)
forbid(
    "disclosure_replacementrelease",
    "INSERT",
    "replace-without-journal",
    "NOT EXISTS (SELECT 1 FROM ledger_journalentry j WHERE j.id = NEW.entry_id AND j.kind = 'correction-published')",
)
