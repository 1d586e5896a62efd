"""Tables of recording devices; what changes about a device is a row of its own."""

from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer, Organisation
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid
from mingcha.recordings.choices import DeviceKind, DeviceNoteKind


class Device(models.Model):
    """Recording device (执法记录仪 and others) of an organ, entered once — R065."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    jurisdiction = models.CharField(max_length=12)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="devices")
    number = models.CharField("设备编号", max_length=60)
    kind = models.CharField(max_length=20, choices=DeviceKind.choices)
    make = models.CharField("厂商", max_length=60, blank=True)
    model = models.CharField("型号", max_length=60, blank=True)
    place = models.CharField("安装地点", max_length=120, blank=True)
    purchased_on = models.DateField(null=True)
    registered_by = models.CharField(max_length=60)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "number"], name="device_number_once")]

    def __str__(self) -> str:
        return self.number


class Allocation(models.Model):
    """Who holds a device (领用) and for how long: an officer, or a unit for a shared one."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    device = models.ForeignKey(Device, models.PROTECT, related_name="allocations")
    officer = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    by = models.CharField(max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["device"], condition=models.Q(until=None), name="device_held_once"),
            models.CheckConstraint(
                condition=models.Q(officer=None, unit__isnull=False) | models.Q(officer__isnull=False, unit=None),
                name="allocation_to_one",
            ),
            models.CheckConstraint(
                condition=models.Q(until=None) | models.Q(until__gte=models.F("since")), name="allocation_in_order"
            ),
        ]


class DeviceCheck(models.Model):
    """Check before a shift (勤前检查): battery, space, clock; `drift` is the seconds by which the device's clock is fast."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    device = models.ForeignKey(Device, models.PROTECT, related_name="checks")
    results = models.JSONField()
    passed = models.BooleanField()
    drift = models.IntegerField("时钟误差（秒）", null=True)
    remarks = models.CharField(max_length=300, blank=True)
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["device", "at"], name="check_of_device")]


class DeviceNote(models.Model):
    """What befell a device: firmware, fault, repair, scrapping. The state follows from the newest."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    device = models.ForeignKey(Device, models.PROTECT, related_name="notes")
    kind = models.CharField(max_length=20, choices=DeviceNoteKind.choices)
    version = models.CharField("固件版本", max_length=60, blank=True)
    text = models.CharField("说明", max_length=300, blank=True)
    by = models.CharField(max_length=60)
    at = models.DateTimeField()


class EquipmentStandard(models.Model):
    """Standard of equipment (配备标准) that an organ has set: officers for each device — R065, R113. The newest counts."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=DeviceKind.choices)
    people = models.PositiveIntegerField("每台设备的人数")
    source = models.CharField(max_length=300)
    by = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(people__gt=0), name="standard_positive")]


for _table in ("device", "devicecheck", "devicenote", "equipmentstandard"):
    append_only(f"recordings_{_table}")

append_only("recordings_allocation", but=["until"])
forbid(
    "recordings_allocation",
    "UPDATE",
    "allocation-fixed",
    "OLD.until IS NOT NULL OR NEW.until IS NULL OR NEW.device_id <> OLD.device_id OR NEW.since <> OLD.since "
    'OR NEW."by" <> OLD."by" '
    "OR COALESCE(CAST(NEW.officer_id AS TEXT), '') <> COALESCE(CAST(OLD.officer_id AS TEXT), '') "
    "OR COALESCE(CAST(NEW.unit_id AS TEXT), '') <> COALESCE(CAST(OLD.unit_id AS TEXT), '')",
)
# A device is with one holder at a time: otherwise a recording could be laid at the door of two people.
forbid(
    "recordings_allocation",
    "INSERT",
    "allocation-overlaps",
    "EXISTS (SELECT 1 FROM recordings_allocation t WHERE t.device_id = NEW.device_id "
    "AND (t.until IS NULL OR t.until > NEW.since))",
)
for _table in ("allocation", "devicecheck", "devicenote"):
    forbid(
        f"recordings_{_table}",
        "INSERT",
        "device-scrapped",
        "EXISTS (SELECT 1 FROM recordings_devicenote n WHERE n.device_id = NEW.device_id AND n.kind = 'scrapped')",
    )
