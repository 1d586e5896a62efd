"""Tables of retention, legal hold and disposal (保管期限、冻结、销毁): what is on hold, open or too young cannot go."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from mingcha.accounts.models import Officer, Organisation
from mingcha.archives.keeping.choices import ClosingKind, ErasureGround, HoldGround
from mingcha.cases.models import Case
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid
from mingcha.files.models import StoredFile
from mingcha.performance.models import Appeal
from mingcha.recordings.models import Recording


class Appraisal(models.Model):
    """A dossier is to be kept longer than its list says (鉴定): the longest term wins, so it never shortens."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="appraisals")
    years = models.PositiveIntegerField(null=True, help_text="空为永久")
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class LastingMark(models.Model):
    """A recording that is kept for good (永久保存), with the ground of the list."""

    recording = models.OneToOneField(Recording, models.PROTECT, primary_key=True, related_name="lasting")
    ground = models.CharField(max_length=30)
    note = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class Hold(models.Model):
    """Legal hold (冻结销毁): nothing of the dossier goes while a reconsideration, a suit or a complaint is open."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="holds")
    ground = models.CharField(max_length=20, choices=HoldGround.choices)
    reference = models.CharField("案号或者来文编号", max_length=120, blank=True)
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class HoldLift(models.Model):
    """The end of a hold (解除冻结), with the reason."""

    hold = models.OneToOneField(Hold, models.PROTECT, primary_key=True, related_name="lift")
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class AppealHold(models.Model):
    """The hold that a reconsideration or a suit brings with it (因复议、诉讼冻结): it ends with the appeal, not before."""

    hold = models.OneToOneField(Hold, models.PROTECT, primary_key=True, related_name="appeal_hold")
    appeal = models.OneToOneField(Appeal, models.PROTECT, related_name="appeal_hold")


class Disposal(models.Model):
    """A list of dossiers to be destroyed (销毁清册) — 档案法 art. 31."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="disposals")
    seq = models.PositiveIntegerField()
    year = models.PositiveIntegerField()
    reason = models.CharField(max_length=300)
    # Natural days between the second approval and the destruction, from the list in force when it was made.
    waits_days = models.PositiveIntegerField()
    made_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "year", "seq"], name="disposal_number_once"),
            models.CheckConstraint(condition=Q(waits_days__gte=1), name="disposal_waits"),
        ]

    def __str__(self) -> str:
        return f"销毁清册〔{self.year}〕{self.seq}号"


class DisposalItem(models.Model):
    """A dossier on the list: until when it had to be kept, with the reckoning, and the digest of all it held."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    disposal = models.ForeignKey(Disposal, models.PROTECT, related_name="items")
    case = models.ForeignKey(Case, models.PROTECT, related_name="disposal_items")
    kept_until = models.DateField()
    reckoning = models.JSONField()
    digest = models.CharField(max_length=64)
    papers = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["disposal", "case"], name="disposal_item_once")]


class DisposalFile(models.Model):
    """Bytes that go with a dossier on the list, named before anybody approves."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    item = models.ForeignKey(DisposalItem, models.PROTECT, related_name="files")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    what = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "file"], name="disposal_file_once")]


class DisposalApproval(models.Model):
    """One of the two approvals of a list, by two persons who did not make it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    disposal = models.ForeignKey(Disposal, models.PROTECT, related_name="approvals")
    step = models.PositiveIntegerField()
    opinion = models.CharField(max_length=300)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    # The first day on which the list may be carried out; known with the second approval.
    not_before = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["disposal", "step"], name="disposal_step_once"),
            models.CheckConstraint(
                condition=Q(step=1, not_before__isnull=True) | Q(step=2, not_before__isnull=False),
                name="disposal_second_step_waits",
            ),
        ]


class DisposalClosing(models.Model):
    """A list that is not carried out: refused by an approver, or taken back by its maker."""

    disposal = models.OneToOneField(Disposal, models.PROTECT, primary_key=True, related_name="closing")
    kind = models.CharField(max_length=10, choices=ClosingKind.choices)
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class DisposalRun(models.Model):
    """The destruction itself (销毁): two persons watch; digests and tombstones stay."""

    disposal = models.OneToOneField(Disposal, models.PROTECT, primary_key=True, related_name="run")
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    witness = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    day = models.DateField()
    at = models.DateTimeField()
    # What was destroyed, what survived because somebody else still needs the same bytes.
    files = models.PositiveIntegerField()
    shared = models.PositiveIntegerField()
    payloads = models.PositiveIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(by=F("witness")), name="disposal_two_persons")]


class Erasure(models.Model):
    """Erasure of a person's data that the law demands (依法删除个人信息) — 个人信息保护法 art. 47."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="erasures")
    ground = models.CharField(max_length=30, choices=ErasureGround.choices)
    reason = models.CharField(max_length=300)
    # Not the person's name: that is what goes. The request on paper or file keeps it.
    reference = models.CharField("申请或者决定的编号", max_length=120)
    payloads = models.PositiveIntegerField()
    # Who asked; those of one person alone are older than the rule of two.
    request = models.OneToOneField("archives.ErasureRequest", models.PROTECT, null=True, related_name="erasure")
    rows = models.PositiveIntegerField(default=0)
    files = models.PositiveIntegerField(default=0)
    packages = models.PositiveIntegerField(default=0)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


for _table, _key in (
    ("appraisal", "id"),
    ("lastingmark", "recording_id"),
    ("hold", "id"),
    ("holdlift", "hold_id"),
    ("appealhold", "hold_id"),
    ("disposal", "id"),
    ("disposalitem", "id"),
    ("disposalfile", "id"),
    ("disposalapproval", "id"),
    ("disposalclosing", "disposal_id"),
    ("disposalrun", "disposal_id"),
    ("erasure", "id"),
):
    append_only(f"archives_{_table}", _key)

_HELD = (
    "EXISTS (SELECT 1 FROM archives_hold h WHERE h.case_id = {case} AND NOT EXISTS ("
    "SELECT 1 FROM archives_holdlift l WHERE l.hold_id = h.id))"
)
_OPEN = "EXISTS (SELECT 1 FROM cases_case c WHERE c.id = {case} AND c.closed_on IS NULL)"
_ITEMS = "EXISTS (SELECT 1 FROM archives_disposalitem i WHERE i.disposal_id = NEW.disposal_id AND {condition})"

forbid("archives_disposalitem", "INSERT", "disposal-case-open", _OPEN.format(case="NEW.case_id"))
forbid("archives_disposalitem", "INSERT", "disposal-held", _HELD.format(case="NEW.case_id"))
# What two persons approved is not added to afterwards.
_APPROVED = "EXISTS (SELECT 1 FROM archives_disposalapproval a WHERE a.disposal_id = {disposal})"
forbid("archives_disposalitem", "INSERT", "disposal-list-closed", _APPROVED.format(disposal="NEW.disposal_id"))
forbid(
    "archives_disposalfile",
    "INSERT",
    "disposal-list-closed",
    _APPROVED.format(disposal="(SELECT i.disposal_id FROM archives_disposalitem i WHERE i.id = NEW.item_id)"),
)
forbid(
    "archives_disposalapproval",
    "INSERT",
    "disposal-same-person",
    "EXISTS (SELECT 1 FROM archives_disposal d WHERE d.id = NEW.disposal_id AND d.made_by_id = NEW.by_id) "
    "OR EXISTS (SELECT 1 FROM archives_disposalapproval a WHERE a.disposal_id = NEW.disposal_id "
    "AND a.by_id = NEW.by_id)",
)
forbid(
    "archives_disposalapproval",
    "INSERT",
    "disposal-step-missing",
    "NEW.step NOT IN (1, 2) OR (NEW.step = 2 AND NOT EXISTS (SELECT 1 FROM archives_disposalapproval a "
    "WHERE a.disposal_id = NEW.disposal_id AND a.step = 1))",
)
for _table in ("archives_disposalapproval", "archives_disposalrun"):
    forbid(
        _table,
        "INSERT",
        "disposal-closed",
        "EXISTS (SELECT 1 FROM archives_disposalclosing k WHERE k.disposal_id = NEW.disposal_id)",
    )
forbid(
    "archives_disposalclosing",
    "INSERT",
    "disposal-done",
    "EXISTS (SELECT 1 FROM archives_disposalrun r WHERE r.disposal_id = NEW.disposal_id)",
)
forbid(
    "archives_disposalrun",
    "INSERT",
    "disposal-not-approved",
    "(SELECT COUNT(*) FROM archives_disposalapproval a WHERE a.disposal_id = NEW.disposal_id) < 2",
)
forbid(
    "archives_disposalrun",
    "INSERT",
    "disposal-too-early",
    "EXISTS (SELECT 1 FROM archives_disposalapproval a WHERE a.disposal_id = NEW.disposal_id AND a.step = 2 "
    "AND NEW.day < a.not_before)",
)
forbid(
    "archives_disposalrun",
    "INSERT",
    "disposal-still-kept",
    _ITEMS.format(condition="i.kept_until >= NEW.day"),
)
forbid(
    "archives_disposalrun",
    "INSERT",
    "disposal-held",
    _ITEMS.format(condition=_HELD.format(case="i.case_id")),
)
forbid(
    "archives_disposalrun",
    "INSERT",
    "disposal-case-open",
    _ITEMS.format(condition=_OPEN.format(case="i.case_id")),
)
# The time to apply for reconsideration or to sue still runs.
forbid(
    "archives_disposalrun",
    "INSERT",
    "disposal-remedy-open",
    _ITEMS.format(
        condition="EXISTS (SELECT 1 FROM deadlines_runningperiod p WHERE p.case_id = i.case_id "
        "AND p.rule IN ('REV-01', 'LIT-01', 'LIT-02') AND p.ended_on IS NULL AND p.due_on >= NEW.day)"
    ),
)
# Bytes go only with a list that was carried out and that names them, never while their dossier is on hold.
forbid(
    "files_tombstone",
    "INSERT",
    "tombstone-without-disposal",
    "NOT EXISTS (SELECT 1 FROM archives_disposalrun r JOIN archives_disposalitem i ON i.disposal_id = r.disposal_id "
    "JOIN archives_disposalfile f ON f.item_id = i.id WHERE r.disposal_id = NEW.disposal_id "
    "AND f.file_id = NEW.sha256) AND NOT EXISTS (SELECT 1 FROM archives_erasedfile x "
    "WHERE x.request_id = NEW.disposal_id AND x.file_id = NEW.sha256) "
    # A list of recordings that concern no case, and no case has come to need the bytes since.
    "AND NOT EXISTS (SELECT 1 FROM archives_purgerun k JOIN archives_purgeitem j "
    "ON j.purge_id = k.purge_id JOIN recordings_intake t ON t.id = j.intake_id "
    "WHERE k.purge_id = NEW.disposal_id AND t.file_id = NEW.sha256 "
    "AND NOT EXISTS (SELECT 1 FROM recordings_recording v WHERE v.file_id = t.file_id) "
    "AND NOT EXISTS (SELECT 1 FROM cases_evidence e WHERE e.file_id = t.file_id))",
)
forbid(
    "files_tombstone",
    "INSERT",
    "disposal-held",
    "EXISTS (SELECT 1 FROM archives_disposalitem i JOIN archives_disposalfile f ON f.item_id = i.id "
    "WHERE i.disposal_id = NEW.disposal_id AND f.file_id = NEW.sha256 AND " + _HELD.format(case="i.case_id") + ")",
)
_PAYLOAD_HELD = (
    "NEW.payload IS NULL AND OLD.payload IS NOT NULL AND EXISTS (SELECT 1 FROM ledger_journalentry e "
    "JOIN archives_hold h ON h.case_id = e.case_id WHERE e.id = OLD.entry_id AND NOT EXISTS ("
    "SELECT 1 FROM archives_holdlift l WHERE l.hold_id = h.id))"
)
forbid("ledger_journalpayload", "UPDATE", "disposal-held", _PAYLOAD_HELD)
# Nothing goes while an appeal is pending, whatever became of its hold.
_APPEALED = (
    "EXISTS (SELECT 1 FROM performance_appeal a WHERE a.case_id = {case} AND NOT EXISTS ("
    "SELECT 1 FROM performance_appealend x WHERE x.appeal_id = a.id))"
)
forbid("archives_disposalitem", "INSERT", "disposal-appealed", _APPEALED.format(case="NEW.case_id"))
forbid(
    "archives_disposalrun",
    "INSERT",
    "disposal-appealed",
    _ITEMS.format(condition=_APPEALED.format(case="i.case_id")),
)
forbid(
    "files_tombstone",
    "INSERT",
    "disposal-appealed",
    "EXISTS (SELECT 1 FROM archives_disposalitem i JOIN archives_disposalfile f ON f.item_id = i.id "
    "WHERE i.disposal_id = NEW.disposal_id AND f.file_id = NEW.sha256 AND " + _APPEALED.format(case="i.case_id") + ")",
)
forbid(
    "ledger_journalpayload",
    "UPDATE",
    "disposal-appealed",
    "NEW.payload IS NULL AND OLD.payload IS NOT NULL AND EXISTS (SELECT 1 FROM ledger_journalentry e "
    "WHERE e.id = OLD.entry_id AND " + _APPEALED.format(case="e.case_id") + ")",
)
forbid(
    "archives_holdlift",
    "INSERT",
    "hold-of-appeal",
    "EXISTS (SELECT 1 FROM archives_appealhold h WHERE h.hold_id = NEW.hold_id AND NOT EXISTS ("
    "SELECT 1 FROM performance_appealend x WHERE x.appeal_id = h.appeal_id))",
)
