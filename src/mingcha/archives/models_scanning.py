"""Tables of scanned paper (纸质档案): the pictures as they came, what a machine read, what a person found right — R076."""

from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer, Organisation
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid
from mingcha.files.models import StoredFile


class Scan(models.Model):
    """One paper document taken in as pictures (扫描件)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    jurisdiction = models.CharField(max_length=12)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="scans")
    name = models.CharField("扫描件名称", max_length=120)
    origin = models.CharField(max_length=10)
    pages = models.PositiveIntegerField()
    # Over the digests of all files in order: the same paper is taken in once.
    digest = models.CharField(max_length=64)
    received_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "digest"], name="scan_once")]
        indexes = [models.Index(fields=["organisation", "-received_at", "-id"], name="scan_by_organ")]

    def __str__(self) -> str:
        return self.name


class ScanPage(models.Model):
    """A page: the original file and its place in it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    scan = models.ForeignKey(Scan, models.PROTECT, related_name="sheets")
    n = models.PositiveIntegerField()
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    place = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scan", "n"], name="scan_page_once")]


class PageText(models.Model):
    """What a machine read on a page (机读文字): a proposal, never the record. Found by its absence."""

    page = models.OneToOneField(ScanPage, models.PROTECT, primary_key=True, related_name="reading")
    reader = models.CharField(max_length=40)
    text = models.TextField(blank=True)
    # Without breaks of lines, for the search: a name may be broken anywhere.
    plain = models.TextField(blank=True, default="")
    # Of a thousand; null where the reader does not say.
    confidence = models.PositiveIntegerField(null=True)
    at = models.DateTimeField()


class ScanCheck(models.Model):
    """A person has compared text and fields with the picture (核对); the newest version counts."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    scan = models.ForeignKey(Scan, models.PROTECT, related_name="checks")
    version = models.PositiveIntegerField()
    number = models.CharField("文号", max_length=60, blank=True)
    title = models.CharField("文书名称", max_length=120)
    party = models.CharField("当事人", max_length=120, blank=True)
    authority = models.CharField("机关", max_length=120, blank=True)
    day = models.DateField("日期", null=True)
    texts = models.JSONField()
    plain = models.TextField(blank=True, default="")
    digest = models.CharField(max_length=64)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scan", "version"], name="scan_check_version")]


append_only("archives_scan")
append_only("archives_scanpage")
append_only("archives_pagetext", "page_id")
append_only("archives_scancheck")
forbid(
    "archives_scancheck",
    "INSERT",
    "scan-check-gap",
    "NEW.version <> (SELECT COALESCE(MAX(c.version), 0) + 1 FROM archives_scancheck c WHERE c.scan_id = NEW.scan_id)",
)
