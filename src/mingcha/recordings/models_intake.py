from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer, Organisation
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid
from mingcha.files.models import StoredFile


class IntakeOrigin(models.TextChoices):
    BROWSER = "browser", "网页上传"
    FIELD = "field", "移动端上传"
    DOCK = "dock", "采集站导入"
    FOLDER = "folder", "文件夹导入"


class Intake(models.Model):
    """A recording as it was handed in (音像入库), before anybody says which case it belongs to — R064, R074a.

    `started_at` is the device's own clock, uncorrected; `details` says where each value was read. The same bytes are
    taken in once per organ.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    jurisdiction = models.CharField(max_length=12)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    name = models.CharField("原文件名", max_length=200)
    origin = models.CharField(max_length=10, choices=IntakeOrigin.choices)
    device_no = models.CharField("设备编号", max_length=60, blank=True)
    officer = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField("录制开始时间", null=True)
    duration_ms = models.BigIntegerField(null=True)
    place = models.CharField("纬度，经度", max_length=120, blank=True)
    details = models.JSONField(default=dict)
    received_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    received_name = models.CharField(max_length=60)
    received_at = models.DateTimeField()

    # Whether `take_in` found these bytes already there; not a column.
    duplicate = False

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "file"], name="intake_once"),
            models.CheckConstraint(
                condition=models.Q(duration_ms=None) | models.Q(duration_ms__gte=0), name="intake_lasts"
            ),
        ]
        indexes = [models.Index(fields=["organisation", "-received_at"], name="intake_newest")]

    def __str__(self) -> str:
        return self.name


append_only("recordings_intake")
# One shard per jurisdiction: a recording lies in the log of the organ that received it.
forbid(
    "recordings_intake",
    "INSERT",
    "intake-elsewhere",
    "NOT EXISTS (SELECT 1 FROM accounts_organisation o WHERE o.id = NEW.organisation_id "
    "AND o.jurisdiction = NEW.jurisdiction)",
)
