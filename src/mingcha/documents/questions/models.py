"""Rows of question sets (询问提纲): a change is a new version, the old ones stay."""

from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer, Organisation
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid


class QuestionSet(models.Model):
    """One version of an agency's questions for an item of its list; without questions it gives way to the shipped set."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    item_code = models.CharField(max_length=40, blank=True)
    number = models.PositiveIntegerField()
    questions = models.JSONField()
    saved_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "item_code", "number"], name="question_set_version")
        ]


append_only("documents_questionset", "id")
forbid(
    "documents_questionset",
    "INSERT",
    "question-set-gap",
    "NEW.number <> (SELECT COALESCE(MAX(s.number), 0) + 1 FROM documents_questionset s "
    "WHERE s.organisation_id = NEW.organisation_id AND s.item_code = NEW.item_code)",
)
