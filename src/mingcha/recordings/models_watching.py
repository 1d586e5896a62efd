"""Watching recordings (音像查看): who saw what and why, markers, shares, transcripts. All append-only — R063, R077."""

from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer
from mingcha.cases.models import Evidence
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid
from mingcha.files.models import StoredFile


class ViewingAct(models.TextChoices):
    VIEW = "view", "查看"
    DOWNLOAD = "download", "下载"


class TranscriptOrigin(models.TextChoices):
    MACHINE = "machine", "机器生成"
    TYPED = "typed", "人工整理"


class Share(models.Model):
    """A recording shown to a named officer for a time and a purpose (共享)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    recording = models.ForeignKey("recordings.Recording", models.PROTECT, related_name="shares")
    to = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    to_name = models.CharField(max_length=60)
    purpose = models.CharField(max_length=30)
    note = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=60)
    at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(expires_at__gt=models.F("at")), name="share_lasts")]


class ShareEnd(models.Model):
    """A share taken back before its time."""

    share = models.OneToOneField(Share, models.PROTECT, primary_key=True, related_name="end")
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=60)
    at = models.DateTimeField()


class Viewing(models.Model):
    """A purpose declared before a recording or a derivative is opened or saved, in one session of one person."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    recording = models.ForeignKey("recordings.Recording", models.PROTECT, related_name="viewings")
    derivation = models.ForeignKey("recordings.Derivation", models.PROTECT, null=True, related_name="viewings")
    share = models.ForeignKey(Share, models.PROTECT, null=True, related_name="viewings")
    act = models.CharField(max_length=10, choices=ViewingAct.choices)
    purpose = models.CharField("用途", max_length=30)
    note = models.CharField("说明", max_length=200, blank=True)
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    organ = models.CharField(max_length=120)
    session = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["recording", "officer", "session"], name="viewing_of_session"),
            models.Index(fields=["-at", "-id"], name="viewing_newest"),
        ]


class Marker(models.Model):
    """A moment of a recording that matters (标记), linked to the written record; corrected by a new one — R063."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    recording = models.ForeignKey("recordings.Recording", models.PROTECT, related_name="markers")
    at_ms = models.BigIntegerField("时刻")
    kind = models.CharField(max_length=30)
    # Item of the spoken announcement that is heard at this moment.
    item = models.CharField(max_length=30, blank=True)
    text = models.CharField(max_length=300, blank=True)
    # Documents stand above recordings: the key without a foreign key, kept right by a trigger.
    document_id = models.UUIDField(null=True)
    evidence = models.ForeignKey(Evidence, models.PROTECT, null=True, related_name="+")
    stage = models.CharField(max_length=30, blank=True)
    corrects = models.OneToOneField("self", models.PROTECT, null=True, related_name="corrected_by")
    withdrawn = models.BooleanField(default=False)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(at_ms__gte=0), name="marker_after_begin"),
            models.CheckConstraint(
                condition=models.Q(withdrawn=False) | models.Q(corrects__isnull=False), name="marker_withdraws_another"
            ),
        ]
        indexes = [
            models.Index(fields=["recording", "at_ms"], name="marker_of_recording"),
            models.Index(fields=["document_id"], name="marker_of_document"),
        ]


class Transcript(models.Model):
    """What is said in a recording, in writing, line by line with its time: typed by a person or made by a machine."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    recording = models.ForeignKey("recordings.Recording", models.PROTECT, related_name="transcripts")
    origin = models.CharField(max_length=10, choices=TranscriptOrigin.choices)
    tool = models.CharField("制作软件", max_length=60, blank=True)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    cues = models.JSONField()
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=60)
    at = models.DateTimeField()


for _table in ("share", "viewing", "marker", "transcript"):
    append_only(f"recordings_{_table}")
append_only("recordings_shareend", "share_id")
forbid(
    "recordings_share",
    "INSERT",
    "share-not-officer",
    "NOT EXISTS (SELECT 1 FROM accounts_officer o WHERE o.id = NEW.to_id AND o.staff_kind = 'officer') "
    "OR NEW.to_id = NEW.by_id",
)
# A share opens this recording to this person until its time, and not a moment longer.
forbid(
    "recordings_viewing",
    "INSERT",
    "share-closed",
    "NEW.share_id IS NOT NULL AND (EXISTS (SELECT 1 FROM recordings_shareend e WHERE e.share_id = NEW.share_id) "
    "OR NOT EXISTS (SELECT 1 FROM recordings_share s WHERE s.id = NEW.share_id AND s.recording_id = NEW.recording_id "
    "AND s.to_id = NEW.officer_id AND s.expires_at > NEW.at))",
)
forbid(
    "recordings_viewing",
    "INSERT",
    "derivative-not-released",
    "NEW.derivation_id IS NOT NULL AND NEW.act = 'download' AND EXISTS (SELECT 1 FROM recordings_derivation d "
    "WHERE d.id = NEW.derivation_id AND d.kind = 'public') AND NOT EXISTS (SELECT 1 FROM recordings_derivationsignoff g "
    "WHERE g.derivation_id = NEW.derivation_id AND g.agreed)",
)
forbid(
    "recordings_marker",
    "INSERT",
    "marker-elsewhere",
    "(NEW.document_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM documents_document d JOIN recordings_recording r "
    "ON r.case_id = d.case_id WHERE d.id = NEW.document_id AND r.id = NEW.recording_id)) "
    "OR (NEW.evidence_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM cases_evidence e JOIN recordings_recording r "
    "ON r.case_id = e.case_id WHERE e.id = NEW.evidence_id AND r.id = NEW.recording_id)) "
    "OR (NEW.corrects_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM recordings_marker m WHERE m.id = NEW.corrects_id "
    "AND m.recording_id = NEW.recording_id))",
)
