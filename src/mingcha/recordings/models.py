from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer
from mingcha.cases.models import Case
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid
from mingcha.files.models import StoredFile
from mingcha.recordings.models_deriving import (
    Derivation,
    DerivationOutcome,
    DerivationProgress,
    DerivationSignOff,
    Still,
)
from mingcha.recordings.models_devices import Allocation, Device, DeviceCheck, DeviceNote, EquipmentStandard
from mingcha.recordings.models_handover import HandOver, HandOverItem, HandOverReceipt, HandOverSignature
from mingcha.recordings.models_intake import Intake, IntakeOrigin
from mingcha.recordings.models_matching import Assignment
from mingcha.recordings.models_secrets import SecretLift, SecretMark, SecretReader
from mingcha.recordings.models_watching import Marker, Share, ShareEnd, Transcript, Viewing

__all__ = [
    "Allocation",
    "Assignment",
    "Derivation",
    "DerivationOutcome",
    "DerivationProgress",
    "DerivationSignOff",
    "Device",
    "DeviceCheck",
    "DeviceNote",
    "EquipmentStandard",
    "Excuse",
    "HandOver",
    "HandOverItem",
    "HandOverReceipt",
    "HandOverSignature",
    "Intake",
    "IntakeOrigin",
    "Interruption",
    "Marker",
    "Recording",
    "SecretLift",
    "SecretMark",
    "SecretReader",
    "Share",
    "ShareEnd",
    "Still",
    "Transcript",
    "Viewing",
]  # fmt: skip


class Recording(models.Model):
    """A recording linked to the stage it belongs to, with its digest at ingest. `started_at` is free of the clock's error.

    One whose assignment was replaced counts no more; the row stays.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="recordings")
    stage = models.CharField(max_length=30)
    matter = models.CharField("清单事项", max_length=30)
    title = models.CharField(max_length=120)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    intake = models.ForeignKey(Intake, models.PROTECT, null=True, related_name="recordings")
    assignment = models.OneToOneField(Assignment, models.PROTECT, null=True, related_name="recording")
    device = models.CharField("设备编号", max_length=60, blank=True)
    recorded_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    duration_ms = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()


class Excuse(models.Model):
    """Stated reason why a demanded recording is missing; reviewer and supervisor see it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="excuses")
    matter = models.CharField(max_length=30)
    reason = models.CharField(max_length=500)
    by = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "matter"], name="excuse_once")]


class Interruption(models.Model):
    """Explanation of a gap in a whole-process recording (全程记录中断说明): between the end of one file and the next — R060."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="interruptions")
    matter = models.CharField(max_length=30)
    after = models.ForeignKey(Recording, models.PROTECT, related_name="+")
    before = models.ForeignKey(Recording, models.PROTECT, related_name="+")
    seconds = models.PositiveIntegerField()
    reason = models.CharField(max_length=500)
    by = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["after", "before"], name="interruption_once"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="interruption_explained"),
        ]


append_only("recordings_recording")
append_only("recordings_excuse")
append_only("recordings_interruption")
# One way in: a recording on a case is a received one that somebody assigned to exactly this case.
forbid(
    "recordings_recording",
    "INSERT",
    "recording-not-assigned",
    "NEW.assignment_id IS NULL OR NOT EXISTS (SELECT 1 FROM recordings_assignment a JOIN recordings_intake i "
    "ON i.id = a.intake_id WHERE a.id = NEW.assignment_id AND a.outcome = 'linked' AND a.case_id = NEW.case_id "
    "AND a.stage = NEW.stage AND a.matter = NEW.matter AND i.id = NEW.intake_id AND i.file_id = NEW.file_id)",
)
forbid(
    "recordings_interruption",
    "INSERT",
    "interruption-elsewhere",
    "NOT EXISTS (SELECT 1 FROM recordings_recording a JOIN recordings_recording b ON b.id = NEW.before_id "
    "WHERE a.id = NEW.after_id AND a.case_id = NEW.case_id AND b.case_id = NEW.case_id)",
)
