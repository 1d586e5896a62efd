from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer
from mingcha.cases.models import Case
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only
from mingcha.files.models import StoredFile
from mingcha.recordings.models_deriving import (
    Derivation,
    DerivationOutcome,
    DerivationProgress,
    DerivationSignOff,
    Still,
)
from mingcha.recordings.models_devices import Allocation, Device, DeviceCheck, DeviceNote, EquipmentStandard
from mingcha.recordings.models_intake import Intake, IntakeOrigin
from mingcha.recordings.models_watching import Marker, Share, ShareEnd, Transcript, Viewing

__all__ = [
    "Allocation",
    "Derivation",
    "DerivationOutcome",
    "DerivationProgress",
    "DerivationSignOff",
    "Device",
    "DeviceCheck",
    "DeviceNote",
    "EquipmentStandard",
    "Excuse",
    "Intake",
    "IntakeOrigin",
    "Marker",
    "Recording",
    "Share",
    "ShareEnd",
    "Still",
    "Transcript",
    "Viewing",
]


class Recording(models.Model):
    """A recording linked to the stage it belongs to, with its digest at ingest."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="recordings")
    stage = models.CharField(max_length=30)
    matter = models.CharField("清单事项", max_length=30)
    title = models.CharField(max_length=120)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    device = models.CharField("设备编号", max_length=60, blank=True)
    recorded_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "file"], name="recording_once")]


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


append_only("recordings_recording")
append_only("recordings_excuse")
