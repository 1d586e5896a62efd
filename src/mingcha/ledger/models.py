"""Journal, payloads, leaves and checkpoints (日志、内容、叶、检查点): append-only, raw SQL included."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from mingcha.common import clock
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid


class JournalEntry(models.Model):
    """One act (日志条目): kind, subject, actor at that time, salted digests, previous digest of the same case."""

    id = models.BigAutoField(primary_key=True)
    log = models.CharField(max_length=32)  # jurisdiction code: one log, one key, one number space each
    kind = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=100)
    case_id = models.UUIDField(null=True)
    case_seq = models.IntegerField(null=True)
    prev_digest = models.CharField(max_length=64, blank=True, default="")
    actor = models.JSONField()
    # Kept beside the actor: without the salt, which may be erased, it could not be derived again.
    actor_digest = models.CharField(max_length=64)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    payload_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case_id", "case_seq"], name="ledger_entry_case_seq"),
            models.CheckConstraint(
                condition=Q(case_id__isnull=True, case_seq__isnull=True, prev_digest="")
                | Q(case_id__isnull=False, case_seq__isnull=False, case_seq__gte=1),
                name="ledger_entry_case_whole",
            ),
        ]
        indexes = [models.Index(fields=["subject_type", "subject_id"], name="ledger_entry_subject")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_type}:{self.subject_id}"


class JournalPayload(models.Model):
    """Content and salt of an entry (日志内容): may be erased where the law demands, never changed."""

    entry = models.OneToOneField(JournalEntry, models.PROTECT, primary_key=True, related_name="content")
    payload = models.TextField(null=True)
    salt = models.CharField(max_length=64, null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(payload__isnull=True, salt__isnull=True) | Q(payload__isnull=False, salt__isnull=False),
                name="ledger_payload_whole_or_erased",
            )
        ]

    def __str__(self) -> str:
        return f"payload of {self.entry_id}"


class LedgerLeaf(models.Model):
    """Place of an entry in the Merkle log (账本叶): absent until sequenced."""

    entry = models.OneToOneField(JournalEntry, models.PROTECT, primary_key=True, related_name="leaf")
    log = models.CharField(max_length=32)
    index = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["log", "index"], name="ledger_leaf_log_index")]

    def __str__(self) -> str:
        return f"{self.log}/{self.index}"


class Checkpoint(models.Model):
    """Signed tree head (检查点), kept after the file outside the database has been replaced."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    log = models.CharField(max_length=32)
    size = models.BigIntegerField()
    root = models.CharField(max_length=64)
    note = models.TextField()
    created = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["log", "size"], name="ledger_checkpoint_log_size"),
            models.CheckConstraint(condition=Q(size__gt=0) & ~Q(note=""), name="ledger_checkpoint_whole"),
        ]

    def __str__(self) -> str:
        return f"{self.log}@{self.size}"


class Cosignature(models.Model):
    """What a witness signed on a checkpoint (共签): one line of the note, kept beside it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    log = models.CharField(max_length=32)
    size = models.BigIntegerField()
    witness = models.CharField(max_length=200)
    line = models.TextField()
    seen_at = models.DateTimeField()  # the witness's own clock, as it has signed it

    class Meta:
        constraints = [models.UniqueConstraint(fields=["log", "size", "witness"], name="ledger_cosignature_once")]

    def __str__(self) -> str:
        return f"{self.witness} on {self.log}@{self.size}"


class SealSheet(models.Model):
    """Seals of rows of one table (封签单), taken together; its root stands in the payload of a journal entry."""

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(JournalEntry, models.PROTECT, related_name="+")
    table = models.CharField(max_length=63)
    columns = models.TextField()
    edition = models.CharField(max_length=64, blank=True, default="")
    after_entry = models.BigIntegerField()  # entries above this one may explain a change
    rows = models.IntegerField()
    root = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "table"], name="ledger_sheet_once")]

    def __str__(self) -> str:
        return f"{self.table} × {self.rows}"


class RowSeal(models.Model):
    """Digest of one row (记录封签) as it stood when the sheet was made."""

    id = models.BigAutoField(primary_key=True)
    sheet = models.ForeignKey(SealSheet, models.PROTECT, related_name="seals")
    table = models.CharField(max_length=63)
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=32)
    tells = models.CharField(max_length=32, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sheet", "key"], name="ledger_seal_once")]
        indexes = [models.Index(fields=["table", "key"], name="ledger_seal_of_row")]

    def __str__(self) -> str:
        return f"{self.table} {self.key}"


class CheckRun(models.Model):
    """One look of the background check (后台核验): what it covered and what it found."""

    id = models.BigAutoField(primary_key=True)
    part = models.CharField(max_length=60)
    cursor = models.CharField(max_length=200, blank=True, default="")
    counts = models.JSONField(default=dict)
    findings = models.JSONField(default=list)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.part} {self.finished_at}"


append_only("ledger_journalentry")
forbid(
    "ledger_journalentry",
    "INSERT",
    "journal-chain-broken",
    'NEW."case_id" IS NOT NULL AND (NEW."case_seq" IS NULL OR NEW."prev_digest" IS NULL OR NEW."case_seq" <> COALESCE('
    '(SELECT MAX(t."case_seq") FROM "ledger_journalentry" t WHERE t."case_id" = NEW."case_id"), 0) + 1 '
    'OR NEW."prev_digest" <> COALESCE((SELECT t."digest" FROM "ledger_journalentry" t '
    'WHERE t."case_id" = NEW."case_id" ORDER BY t."case_seq" DESC LIMIT 1), \'\'))',
)
append_only("ledger_journalpayload", "entry_id", but=["payload", "salt"])
forbid("ledger_journalpayload", "INSERT", "payload-missing", 'NEW."payload" IS NULL OR NEW."salt" IS NULL')
forbid(
    "ledger_journalpayload",
    "UPDATE",
    "payload-immutable",
    'NOT (NEW."entry_id" = OLD."entry_id" AND NEW."payload" IS NULL AND NEW."salt" IS NULL AND EXISTS ('
    'SELECT 1 FROM "ledger_journalentry" t WHERE t."subject_type" = \'journal-entry\' '
    'AND t."subject_id" = CAST(OLD."entry_id" AS TEXT) AND t."kind" = \'payload-erased\'))',
)
append_only("ledger_ledgerleaf", "entry_id")
forbid(
    "ledger_ledgerleaf",
    "INSERT",
    "leaf-out-of-order",
    'NEW."index" <> COALESCE((SELECT MAX(t."index") FROM "ledger_ledgerleaf" t WHERE t."log" = NEW."log"), -1) + 1',
)
forbid(
    "ledger_ledgerleaf",
    "INSERT",
    "leaf-not-of-entry",
    'LENGTH(NEW."hash") <> 32 OR NOT EXISTS (SELECT 1 FROM "ledger_journalentry" t '
    'WHERE t."id" = NEW."entry_id" AND t."log" = NEW."log")',
)
append_only("ledger_checkpoint")
forbid(
    "ledger_checkpoint",
    "INSERT",
    "checkpoint-out-of-order",
    'NEW."size" <= COALESCE((SELECT MAX(t."size") FROM "ledger_checkpoint" t WHERE t."log" = NEW."log"), 0) '
    'OR NEW."size" > COALESCE((SELECT MAX(t."index") FROM "ledger_ledgerleaf" t WHERE t."log" = NEW."log"), -1) + 1',
)
append_only("ledger_cosignature")
forbid(
    "ledger_cosignature",
    "INSERT",
    "cosignature-without-checkpoint",
    'NOT EXISTS (SELECT 1 FROM "ledger_checkpoint" t WHERE t."log" = NEW."log" AND t."size" = NEW."size")',
)
append_only("ledger_sealsheet")
append_only("ledger_rowseal")
append_only("ledger_checkrun")
