"""Derivatives (衍生件): what was ordered, what came of it, who released it. The recording itself is never touched."""

from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid
from mingcha.files.models import StoredFile


class DerivationKind(models.TextChoices):
    VIEWING = "viewing", "查看副本"
    PUBLIC = "public", "对外副本"
    TRANSCRIPT = "transcript", "文字稿"


class Derivation(models.Model):
    """An order to make something from a recording: what is done, why and by whom. The worker finds it by absence."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    recording = models.ForeignKey("recordings.Recording", models.PROTECT, related_name="derivations")
    kind = models.CharField(max_length=20, choices=DerivationKind.choices)
    purpose = models.CharField("用途", max_length=30)
    reason = models.CharField("理由", max_length=500)
    plan = models.JSONField("处理方案")
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["recording", "-at"], name="derivation_of_recording")]


class DerivationOutcome(models.Model):
    """What came of an order: the file with its sheet and the proof, or in words why there is none."""

    derivation = models.OneToOneField(Derivation, models.PROTECT, primary_key=True, related_name="outcome")
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    sheet = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    proof = models.JSONField("检验结果")
    words = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(file=None, sheet=None) & ~models.Q(words="")
                | models.Q(file__isnull=False, sheet__isnull=False),
                name="derivation_made_or_told",
            )
        ]


class DerivationSignOff(models.Model):
    """A second person has looked at a derivative and lets it leave, or does not (核对放行)."""

    derivation = models.OneToOneField(Derivation, models.PROTECT, primary_key=True, related_name="signoff")
    agreed = models.BooleanField()
    note = models.CharField("意见", max_length=500)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=60)
    at = models.DateTimeField()


class DerivationProgress(models.Model):
    """How far the worker is with an order; it also keeps a second worker away. No record of anything."""

    derivation = models.OneToOneField(Derivation, models.PROTECT, primary_key=True, related_name="progress")
    percent = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField()


class Still(models.Model):
    """A picture taken from a recording at a moment (截图), kept as an original with its parent and its time."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    recording = models.ForeignKey("recordings.Recording", models.PROTECT, related_name="stills")
    at_ms = models.BigIntegerField("时刻")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    note = models.CharField("说明", max_length=200, blank=True)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recording", "at_ms"], name="still_once"),
            models.CheckConstraint(condition=models.Q(at_ms__gte=0), name="still_after_begin"),
        ]


append_only("recordings_derivation")
append_only("recordings_derivationoutcome", "derivation_id")
append_only("recordings_derivationsignoff", "derivation_id")
append_only("recordings_still")
forbid(
    "recordings_derivationoutcome",
    "INSERT",
    "derivative-is-original",
    "EXISTS (SELECT 1 FROM recordings_derivation d JOIN recordings_recording r ON r.id = d.recording_id "
    "WHERE d.id = NEW.derivation_id AND r.file_id = NEW.file_id)",
)
forbid(
    "recordings_derivationsignoff",
    "INSERT",
    "signoff-own-work",
    "EXISTS (SELECT 1 FROM recordings_derivation d WHERE d.id = NEW.derivation_id AND d.by_id = NEW.by_id)",
)
forbid(
    "recordings_derivationsignoff",
    "INSERT",
    "signoff-not-made",
    "NOT EXISTS (SELECT 1 FROM recordings_derivationoutcome o JOIN recordings_derivation d ON d.id = o.derivation_id "
    "WHERE o.derivation_id = NEW.derivation_id AND o.file_id IS NOT NULL AND d.kind = 'public')",
)
