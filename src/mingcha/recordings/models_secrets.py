from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer, Organisation
from mingcha.cases.models import Case
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid
from mingcha.recordings.models_intake import Intake


class SecretMark(models.Model):
    """Recordings kept apart (涉密音像另行保管): all of a case, or one; only the named circle sees them — R072, 保守国家秘密法 art. 20."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    jurisdiction = models.CharField(max_length=12)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="secret_marks")
    intake = models.ForeignKey(Intake, models.PROTECT, null=True, related_name="secret_marks")
    ground = models.CharField("依据", max_length=300)
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    by = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(case=None, intake__isnull=False) | models.Q(case__isnull=False, intake=None),
                name="secret_of_one",
            ),
            models.CheckConstraint(condition=~models.Q(ground=""), name="secret_on_ground"),
        ]


class SecretReader(models.Model):
    """A person of the circle that may see what is marked."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    mark = models.ForeignKey(SecretMark, models.PROTECT, related_name="readers")
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    by = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mark", "officer"], name="secret_reader_once")]


class SecretLift(models.Model):
    """The end of a secret mark, with its ground, by a head who did not set it."""

    mark = models.OneToOneField(SecretMark, models.PROTECT, primary_key=True, related_name="lift")
    reason = models.CharField(max_length=300)
    # Empty in rows that are older than the rule of two.
    officer = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    by = models.CharField(max_length=60)
    at = models.DateTimeField()


append_only("recordings_secretmark")
append_only("recordings_secretreader")
append_only("recordings_secretlift", "mark_id")
# What was kept apart is released by a second person.
forbid(
    "recordings_secretlift",
    "INSERT",
    "secret-own-lift",
    "NEW.officer_id IS NULL OR EXISTS (SELECT 1 FROM recordings_secretmark m WHERE m.id = NEW.mark_id "
    "AND m.officer_id = NEW.officer_id)",
)
# A circle is closed with its mark: nobody is let in afterwards by a row on an ended one.
forbid(
    "recordings_secretreader",
    "INSERT",
    "secret-lifted",
    "EXISTS (SELECT 1 FROM recordings_secretlift l WHERE l.mark_id = NEW.mark_id)",
)
# People of another organ are never of the circle.
forbid(
    "recordings_secretreader",
    "INSERT",
    "secret-circle-elsewhere",
    "NOT EXISTS (SELECT 1 FROM recordings_secretmark m JOIN accounts_officer f ON f.id = NEW.officer_id "
    "JOIN accounts_organisation o ON o.id = f.organisation_id WHERE m.id = NEW.mark_id "
    "AND o.jurisdiction = m.jurisdiction)",
)
