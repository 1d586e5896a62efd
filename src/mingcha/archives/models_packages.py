"""Tables of custody, sealed packages, their checks and their transfer (移交接收、封存包、四性检测、进馆移交)."""

from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer, Organisation
from mingcha.archives.choices import CustodyKind, Moment
from mingcha.cases.models import Case
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid


class CustodyStep(models.Model):
    """Custody of a dossier passes (案卷移交、退回、接收): brigade to legal office at closing — R070."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="custody")
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=CustodyKind.choices)
    # Empty where the platform closed the case by law; the name then says so.
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=60)
    unit = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "seq"], name="custody_once"),
            models.CheckConstraint(condition=~models.Q(kind="returned", reason=""), name="custody_return_has_reason"),
        ]


class Supplement(models.Model):
    """A supplementary volume (补充卷): the only way to add to a dossier that the archive holds, with its reason."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="supplements")
    volume_no = models.PositiveIntegerField()
    reason = models.CharField(max_length=500)
    opened_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "volume_no"], name="supplement_once"),
            models.CheckConstraint(condition=models.Q(volume_no__gte=2), name="supplement_after_first"),
        ]


class SupplementEnd(models.Model):
    """A supplementary volume is complete; from now on nothing is added and it is sealed."""

    supplement = models.OneToOneField(Supplement, models.PROTECT, primary_key=True, related_name="end")
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class Package(models.Model):
    """A sealed package (封存包): one volume of a dossier as a BagIt folder, its digests in the ledger."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="packages")
    volume_no = models.PositiveIntegerField()
    name = models.CharField(max_length=80, unique=True)
    # Over the payload manifest without recordings: the same for a copy with and without them.
    contents = models.CharField(max_length=64)
    manifest = models.CharField(max_length=64)
    papers = models.PositiveIntegerField()
    pages = models.PositiveIntegerField()
    recordings = models.PositiveIntegerField()
    files = models.PositiveIntegerField()
    size = models.BigIntegerField()
    first_entry = models.PositiveIntegerField()
    last_entry = models.PositiveIntegerField()
    entry_id = models.BigIntegerField()
    sealed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "volume_no"], name="package_once")]
        indexes = [models.Index(fields=["-sealed_at", "-id"], name="package_by_day")]

    def __str__(self) -> str:
        return self.name


class Sealing(models.Model):
    """How far the sealing of a volume has come (封存进度); a display of a running job, no record."""

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="sealing")
    step = models.CharField(max_length=60)
    done = models.BigIntegerField()
    total = models.BigIntegerField()
    error = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()


class PropertyCheck(models.Model):
    """One check of the four properties (四性检测) of a package, with each item in words — DA/T 70-2018."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    package = models.ForeignKey(Package, models.PROTECT, related_name="checks")
    moment = models.CharField(max_length=10, choices=Moment.choices)
    passed = models.PositiveIntegerField()
    failed = models.PositiveIntegerField()
    absent = models.PositiveIntegerField()
    items = models.JSONField()
    by = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["package", "-at"], name="property_check_by_package")]


class Transfer(models.Model):
    """Transfer of dossiers to the archives institution (进馆移交) — 档案法实施条例 art. 20, 40."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="transfers")
    institution = models.CharField(max_length=120)
    note = models.CharField(max_length=500, blank=True)
    packages = models.ManyToManyField(Package, through="archives.TransferItem", related_name="transfers")
    made_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()


class TransferItem(models.Model):
    """One package on the list of a transfer (移交清册), with the check that it passed that day."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    transfer = models.ForeignKey(Transfer, models.PROTECT, related_name="items")
    package = models.ForeignKey(Package, models.PROTECT, related_name="+")
    check_row = models.OneToOneField(PropertyCheck, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["transfer", "package"], name="transfer_item_once")]


class TransferReceipt(models.Model):
    """What the archives institution signed for (接收凭据)."""

    transfer = models.OneToOneField(Transfer, models.PROTECT, primary_key=True, related_name="receipt")
    number = models.CharField(max_length=60)
    receiver = models.CharField(max_length=60)
    received_on = models.DateField()
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


for _table, _key in (
    ("custodystep", "id"),
    ("supplement", "id"),
    ("supplementend", "supplement_id"),
    ("package", "id"),
    ("propertycheck", "id"),
    ("transfer", "id"),
    ("transferitem", "id"),
    ("transferreceipt", "transfer_id"),
):
    append_only(f"archives_{_table}", _key)

_ACCEPTED = "EXISTS (SELECT 1 FROM archives_acceptance a WHERE a.case_id = {case})"
_OPEN_SUPPLEMENT = (
    "EXISTS (SELECT 1 FROM archives_supplement s WHERE s.case_id = {case} AND NOT EXISTS ("
    "SELECT 1 FROM archives_supplementend e WHERE e.supplement_id = s.id))"
)
_FROZEN = f"{_ACCEPTED} AND NOT {_OPEN_SUPPLEMENT}"
_NEXT = "(SELECT COUNT(*) FROM archives_package p WHERE p.case_id = NEW.case_id) + 1"
_LAST_STEP = (
    "COALESCE((SELECT k.kind FROM archives_custodystep k WHERE k.case_id = NEW.case_id ORDER BY k.seq DESC LIMIT 1), "
    "'returned')"
)
_PAPERS = "'dossier-cover', 'dossier-index', 'dossier-note'"

# What the archive holds is not added to, except through a supplementary volume.
for _table in ("cases_evidence", "cases_statement", "recordings_recording"):
    forbid(_table, "INSERT", "dossier-sealed", _FROZEN.format(case="NEW.case_id"))
# Where a recording links to the written record is part of what was sealed.
forbid(
    "recordings_marker",
    "INSERT",
    "dossier-sealed",
    "EXISTS (SELECT 1 FROM recordings_recording r WHERE r.id = NEW.recording_id AND "
    + _FROZEN.format(case="r.case_id")
    + ")",
)
# Cover, index and note of the volume that is not sealed yet are made by the sealing itself.
forbid(
    "documents_document",
    "INSERT",
    "dossier-sealed",
    # The acceptance is asked first: on every other document of the land the answer is one look into an index.
    f"{_ACCEPTED.format(case='NEW.case_id')} AND ((NEW.kind NOT IN ({_PAPERS}) "
    f"AND NOT {_OPEN_SUPPLEMENT.format(case='NEW.case_id')}) OR (NEW.kind IN ({_PAPERS}) "
    "AND EXISTS (SELECT 1 FROM archives_package p WHERE p.case_id = NEW.case_id) "
    "AND NOT EXISTS (SELECT 1 FROM archives_supplement s WHERE s.case_id = NEW.case_id AND NOT EXISTS ("
    "SELECT 1 FROM archives_package p WHERE p.case_id = s.case_id AND p.volume_no = s.volume_no))))",
)
for _table in (
    "documents_service",
    "documents_handsignature",
    "documents_signingrefusal",
    "documents_electronicsignature",
    "documents_documentvoid",
):
    forbid(
        _table,
        "INSERT",
        "dossier-sealed",
        "EXISTS (SELECT 1 FROM documents_document d WHERE d.id = NEW.document_id AND "
        + _FROZEN.format(case="d.case_id")
        + ")",
    )
forbid(
    "archives_acceptance",
    "INSERT",
    "dossier-returned",
    "EXISTS (SELECT 1 FROM archives_custodystep k WHERE k.case_id = NEW.case_id AND k.kind = 'returned' "
    "AND NOT EXISTS (SELECT 1 FROM archives_custodystep n WHERE n.case_id = k.case_id AND n.seq > k.seq))",
)
forbid(
    "archives_custodystep",
    "INSERT",
    "custody-out-of-order",
    "NEW.seq <> (SELECT COUNT(*) + 1 FROM archives_custodystep k WHERE k.case_id = NEW.case_id) "
    f"OR {_ACCEPTED.format(case='NEW.case_id')} "
    # One after another: what is offered is received or returned, what was returned is offered again.
    # No CASE: its THEN would end the condition for PL/pgSQL.
    f"OR (NEW.kind = 'offered' AND {_LAST_STEP} <> 'returned') OR (NEW.kind <> 'offered' AND {_LAST_STEP} <> 'offered')",
)
forbid(
    "archives_supplement",
    "INSERT",
    "supplement-out-of-order",
    # The volume before must be sealed: two open ones would leave it unsaid where a paper belongs.
    f"NOT {_ACCEPTED.format(case='NEW.case_id')} OR NEW.volume_no <> {_NEXT} OR NEW.volume_no < 2",
)
forbid(
    "archives_package",
    "INSERT",
    "package-out-of-order",
    f"NOT {_ACCEPTED.format(case='NEW.case_id')} OR NEW.volume_no <> {_NEXT} OR (NEW.volume_no > 1 AND NOT EXISTS ("
    "SELECT 1 FROM archives_supplement s JOIN archives_supplementend e ON e.supplement_id = s.id "
    "WHERE s.case_id = NEW.case_id AND s.volume_no = NEW.volume_no))",
)
forbid(
    "archives_package",
    "INSERT",
    "package-not-in-ledger",
    "NOT EXISTS (SELECT 1 FROM ledger_journalentry j WHERE j.id = NEW.entry_id AND j.case_id = NEW.case_id "
    "AND j.kind = 'dossier-sealed')",
)
forbid(
    "archives_transferitem",
    "INSERT",
    "transfer-check-failed",
    "NOT EXISTS (SELECT 1 FROM archives_propertycheck c WHERE c.id = NEW.check_row_id AND c.package_id = NEW.package_id "
    "AND c.moment = 'transfer' AND c.failed = 0)",
)
forbid(
    "archives_transferitem",
    "INSERT",
    "transfer-closed",
    "EXISTS (SELECT 1 FROM archives_transferreceipt r WHERE r.transfer_id = NEW.transfer_id)",
)
