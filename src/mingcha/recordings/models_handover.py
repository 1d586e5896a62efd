from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer, Organisation
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid
from mingcha.files.models import StoredFile


class HandOver(models.Model):
    """Year-end hand-over of recordings upward (年底集中上报归档), with a manifest of digests — R068."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    jurisdiction = models.CharField(max_length=12)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    year = models.PositiveIntegerField()
    seq = models.PositiveIntegerField("第几批")
    receiver = models.CharField("接收机关", max_length=120)
    manifest = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    count = models.PositiveIntegerField()
    withheld = models.PositiveIntegerField("涉密另行移交的数量")
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    by = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "year", "seq"], name="handover_once")]


class HandOverItem(models.Model):
    """A recording of a hand-over; each is handed over once."""

    handover = models.ForeignKey(HandOver, models.PROTECT, related_name="items")
    recording = models.OneToOneField("recordings.Recording", models.PROTECT, primary_key=True, related_name="+")


class HandOverSignature(models.Model):
    """Sign-off of a hand-over by somebody else than who prepared it."""

    handover = models.OneToOneField(HandOver, models.PROTECT, primary_key=True, related_name="signature")
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    by = models.CharField(max_length=60)
    at = models.DateTimeField()


class HandOverReceipt(models.Model):
    """Receipt of the organ above."""

    handover = models.OneToOneField(HandOver, models.PROTECT, primary_key=True, related_name="receipt")
    number = models.CharField("回执编号", max_length=60)
    received_by = models.CharField("接收人", max_length=60)
    received_on = models.DateField()
    by = models.CharField(max_length=60)
    at = models.DateTimeField()


append_only("recordings_handover")
append_only("recordings_handoveritem", "recording_id")
append_only("recordings_handoversignature", "handover_id")
append_only("recordings_handoverreceipt", "handover_id")
forbid(
    "recordings_handoversignature",
    "INSERT",
    "handover-same-person",
    "EXISTS (SELECT 1 FROM recordings_handover h WHERE h.id = NEW.handover_id AND h.officer_id = NEW.officer_id)",
)
forbid(
    "recordings_handoverreceipt",
    "INSERT",
    "handover-unsigned",
    "NOT EXISTS (SELECT 1 FROM recordings_handoversignature s WHERE s.handover_id = NEW.handover_id)",
)
# What is signed is whole.
forbid(
    "recordings_handoveritem",
    "INSERT",
    "handover-signed",
    "EXISTS (SELECT 1 FROM recordings_handoversignature s WHERE s.handover_id = NEW.handover_id)",
)
