"""Tables of erasure that the law demands (依法删除个人信息): asked by one, carried out by another, everything on record."""

from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer
from mingcha.archives.keeping.choices import ErasureGround
from mingcha.archives.models_packages import Package
from mingcha.cases.models import Case
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid, waive
from mingcha.documents.models import Document
from mingcha.files.models import StoredFile


class ErasureRequest(models.Model):
    """Somebody asks that a person's data go (删除申请); whose, stands in `ErasureWords` until it is done — 个人信息保护法 art. 47."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="erasure_requests")
    ground = models.CharField(max_length=30, choices=ErasureGround.choices)
    reason = models.CharField(max_length=300)
    reference = models.CharField("申请或者决定的编号", max_length=120)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class ErasureWords(models.Model):
    """Names and numbers to be erased, one a line: removed with the erasure or its refusal, so that they are in no record."""

    request = models.OneToOneField(ErasureRequest, models.CASCADE, primary_key=True, related_name="words")
    text = models.TextField()


class ErasureRefusal(models.Model):
    """A request that a second person refused, or its maker took back."""

    request = models.OneToOneField(ErasureRequest, models.PROTECT, primary_key=True, related_name="refusal")
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class ErasurePass(models.Model):
    """The second person carries the request out: from here to the row of `Erasure`, one transaction, records give way."""

    request = models.OneToOneField(ErasureRequest, models.PROTECT, primary_key=True, related_name="opened")
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class ErasedRow(models.Model):
    """A row of any table whose text was blanked: digests before and after, so that the seals of rows still answer."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    request = models.ForeignKey(ErasureRequest, models.PROTECT, related_name="rows")
    table_name = models.CharField(max_length=63)
    key = models.CharField(max_length=64)
    columns = models.JSONField()
    before = models.CharField(max_length=32)
    after = models.CharField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request", "table_name", "key"], name="erased_row_once")]
        indexes = [models.Index(fields=["table_name", "key"], name="erased_row_found")]


class ErasedFile(models.Model):
    """Bytes that go with an erasure: the print of a paper whose text was blanked."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    request = models.ForeignKey(ErasureRequest, models.PROTECT, related_name="files")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    document = models.ForeignKey(Document, models.PROTECT, related_name="erased_files")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request", "file"], name="erased_file_once")]


class ErasedPackage(models.Model):
    """A sealed package that held the person's data: its bytes go, its row, digests and journal entry stay."""

    package = models.OneToOneField(Package, models.PROTECT, primary_key=True, related_name="erased")
    request = models.ForeignKey(ErasureRequest, models.PROTECT, related_name="packages")


class Reprint(models.Model):
    """The print of a paper from its blanked text (删除后的版式文件), made by the worker; found by its absence."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    document = models.ForeignKey(Document, models.PROTECT, related_name="reprints")
    request = models.ForeignKey(ErasureRequest, models.PROTECT, related_name="reprints")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "request"], name="reprint_once")]


for _table, _key in (
    ("erasurerequest", "id"),
    ("erasurerefusal", "request_id"),
    ("erasurepass", "request_id"),
    ("erasedrow", "id"),
    ("erasedfile", "id"),
    ("erasedpackage", "package_id"),
    ("reprint", "id"),
):
    append_only(f"archives_{_table}", _key)
forbid("archives_erasurewords", "UPDATE", "erasure-words-fixed")

# Between the pass of a second person and the row that ends it: never longer than one transaction.
_UNDER_WAY = (
    "EXISTS (SELECT 1 FROM archives_erasurepass p WHERE {which}NOT EXISTS ("
    "SELECT 1 FROM archives_erasure e WHERE e.request_id = p.request_id))"
)
waive(_UNDER_WAY.format(which=""))
_CASE = "(SELECT q.case_id FROM archives_erasurerequest q WHERE q.id = NEW.request_id)"
forbid(
    "archives_erasurepass",
    "INSERT",
    "erasure-same-person",
    "EXISTS (SELECT 1 FROM archives_erasurerequest q WHERE q.id = NEW.request_id AND q.by_id = NEW.by_id)",
)
forbid(
    "archives_erasurepass",
    "INSERT",
    "erasure-ended",
    "EXISTS (SELECT 1 FROM archives_erasurerefusal r WHERE r.request_id = NEW.request_id)",
)
forbid(
    "archives_erasurerefusal",
    "INSERT",
    "erasure-ended",
    "EXISTS (SELECT 1 FROM archives_erasurepass p WHERE p.request_id = NEW.request_id)",
)
forbid(
    "archives_erasurepass",
    "INSERT",
    "disposal-held",
    f"EXISTS (SELECT 1 FROM archives_hold h WHERE h.case_id = {_CASE} AND NOT EXISTS ("
    "SELECT 1 FROM archives_holdlift l WHERE l.hold_id = h.id))",
)
forbid(
    "archives_erasurepass",
    "INSERT",
    "disposal-appealed",
    f"EXISTS (SELECT 1 FROM performance_appeal a WHERE a.case_id = {_CASE} AND NOT EXISTS ("
    "SELECT 1 FROM performance_appealend x WHERE x.appeal_id = a.id))",
)
forbid(
    "archives_erasure",
    "INSERT",
    "erasure-not-approved",
    "NEW.request_id IS NULL OR NOT EXISTS (SELECT 1 FROM archives_erasurepass p "
    "WHERE p.request_id = NEW.request_id AND p.by_id = NEW.by_id)",
)
for _table in ("erasedrow", "erasedfile", "erasedpackage"):
    forbid(
        f"archives_{_table}",
        "INSERT",
        "erasure-not-under-way",
        "NOT " + _UNDER_WAY.format(which="p.request_id = NEW.request_id AND "),
    )
