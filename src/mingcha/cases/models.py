from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer, Organisation
from mingcha.cases.choices import AvoidanceState, DutyKind, EvidenceKind, PartyKind, Source, StatementKind
from mingcha.cases.models_apart import APPROVALS
from mingcha.cases.models_course import Return, StatedFact
from mingcha.cases.models_joint import Joining, Parting
from mingcha.cases.models_numbers import IssuedNumber, Pad, PadClosing, PadNumber, PadUse, VoidedNumber
from mingcha.catalogues.models import Edition
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid
from mingcha.files.models import StoredFile

__all__ = [
    "APPROVALS", "Avoidance", "Branch", "BranchMove", "Case", "Duty", "Evidence", "EvidenceExclusion", "Finding", "IssuedNumber", "Joining",
    "Link", "Pad", "PadClosing", "PadNumber", "PadUse", "Parting", "Party", "Return",
    "StageChange", "StatedFact", "Statement", "StatementAnswer", "VoidedNumber",
]  # fmt: skip


class Case(models.Model):
    """A case pinned to the editions in force when it began. Its number comes with the filing (立案)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    jurisdiction = models.CharField(max_length=12)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="cases")
    act_type = models.CharField(max_length=20)
    procedure = models.ForeignKey(Edition, models.PROTECT, related_name="+")
    items = models.ForeignKey(Edition, models.PROTECT, related_name="+")
    profile = models.ForeignKey(Edition, models.PROTECT, related_name="+")
    item_code = models.CharField(max_length=30)
    stage = models.CharField(max_length=30)
    step = models.CharField(max_length=30)
    moves = models.PositiveIntegerField(default=0)
    number = models.CharField("案号", max_length=60, blank=True)
    cause = models.CharField("案由", max_length=120)
    facts = models.TextField("线索内容")
    source = models.CharField(max_length=20, choices=Source.choices)
    conduct_ended_on = models.DateField("违法行为发生或者终了之日")
    discovered_on = models.DateField("发现之日")
    party_name = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    filed_on = models.DateField(null=True)
    closed_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "number"], condition=~models.Q(number=""), name="case_number_once"
            )
        ]
        indexes = [
            models.Index(fields=["organisation", "-created_at", "-id"], name="case_by_organ"),
            models.Index(fields=["jurisdiction", "-created_at", "-id"], name="case_by_jurisdiction"),
            models.Index(fields=["organisation", "step"], name="case_by_step"),
        ]

    def __str__(self) -> str:
        return self.number or self.cause


class StageChange(models.Model):
    """A move of a case along its procedure, with the journal entry that holds the guards' answers."""

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="changes")
    seq = models.PositiveIntegerField()
    source = models.CharField(max_length=30)
    target = models.CharField(max_length=30)
    entry_id = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="stage_change_once")]


class Branch(models.Model):
    """A branch beside the main line of a case (并行环节), until it comes back to where it began or to the end."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="branches")
    origin = models.CharField("从哪个环节开始", max_length=30)
    door = models.CharField("以哪个环节开始", max_length=30)
    stage = models.CharField(max_length=30)
    step = models.CharField(max_length=30)
    moves = models.PositiveIntegerField(default=0)
    entry_id = models.BigIntegerField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "door"], condition=models.Q(closed_at=None), name="branch_open_once"
            )
        ]


class BranchMove(models.Model):
    """A move of a branch along the same published procedure, with the journal entry that holds the guards' answers."""

    id = models.BigAutoField(primary_key=True)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="changes")
    seq = models.PositiveIntegerField()
    source = models.CharField(max_length=30)
    target = models.CharField(max_length=30)
    entry_id = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["branch", "seq"], name="branch_move_once")]


class Link(models.Model):
    """The way of a case into another procedure (转入其他程序): a case of its own, begun from this one."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="leads_to")
    other = models.OneToOneField(Case, models.PROTECT, related_name="comes_from")
    stage = models.CharField(max_length=30)
    entry_id = models.BigIntegerField()
    at = models.DateTimeField()


class Finding(models.Model):
    """Finding (认定): what an officer established about a condition that no machine can judge, with its grounds."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="findings")
    guard = models.CharField(max_length=60)
    met = models.BooleanField()
    grounds = models.TextField("认定的理由和证据")
    made_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class Party(models.Model):
    """Party (当事人), one row per version: a correction is a new row, the old one stays."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="parties")
    version = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=PartyKind.choices)
    name = models.CharField(max_length=120)
    id_number = models.CharField(max_length=40, blank=True)
    uscc = models.CharField(max_length=40, blank=True)
    # Real papers carry wrong digits: the value is kept as printed and flagged.
    identifier_flagged = models.BooleanField(default=False)
    legal_representative = models.CharField(max_length=60, blank=True)
    address = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "version"], name="party_version_once")]


class Duty(models.Model):
    """Who acts on a case in which capacity; incompatible duties cannot be stored — 行政处罚法 art. 42, 58, 64."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="duties")
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="duties")
    duty = models.CharField(max_length=20, choices=DutyKind.choices)
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "officer", "duty"], name="duty_once")]


class Avoidance(models.Model):
    """Avoidance (回避): declared, requested, decided — 行政处罚法 art. 43. A decision is a later row on the same officer."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="avoidances")
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    conflict = models.BooleanField(help_text="是否存在应当回避的情形")
    ground = models.CharField(max_length=300, blank=True)
    applicant = models.CharField(max_length=60)
    state = models.CharField(max_length=10, choices=AvoidanceState.choices)
    # Empty for a declaration and a request; the head who decided otherwise (rows from before this column: empty).
    decided_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()


class Evidence(models.Model):
    """A piece of evidence (证据) — 行政处罚法 art. 46. Never changed; what is illegal is excluded by a row of its own."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="evidence")
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=EvidenceKind.choices)
    name = models.CharField(max_length=120)
    proves = models.CharField("证明内容", max_length=500)
    origin = models.CharField("来源", max_length=200)
    collected_at = models.DateTimeField()
    collected_by = models.CharField(max_length=120)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="evidence_seq_once")]


class EvidenceExclusion(models.Model):
    """Evidence obtained illegally is excluded, with the reason — 行政处罚法 art. 46 ¶3."""

    evidence = models.OneToOneField(Evidence, models.PROTECT, primary_key=True, related_name="exclusion")
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()


class Statement(models.Model):
    """What the party said to the notice: statement, defence, waiver, request for a hearing — art. 45, 63, 64."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="statements")
    kind = models.CharField(max_length=20, choices=StatementKind.choices)
    speaker = models.CharField(max_length=60)
    text = models.TextField()
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    received_at = models.DateTimeField()
    # Statements answer one round of notice; a new notice opens a new round.
    round = models.PositiveIntegerField()
    created_at = models.DateTimeField()


class StatementAnswer(models.Model):
    """The re-examination (复核) of a statement: adopted or not, and why — art. 45 ¶1."""

    statement = models.OneToOneField(Statement, models.PROTECT, primary_key=True, related_name="answer")
    adopted = models.BooleanField()
    reasons = models.TextField()
    by = models.CharField(max_length=60)
    # Empty on what was answered before the person was kept.
    officer = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()


for _table in ("stagechange", "party", "duty", "avoidance", "evidence", "statement"):
    append_only(f"cases_{_table}")
append_only("cases_evidenceexclusion", "evidence_id")
append_only("cases_statementanswer", "statement_id")

forbid("cases_case", "DELETE", "record-immutable")
forbid("cases_case", "INSERT", "record-immutable", "EXISTS (SELECT 1 FROM cases_case t WHERE t.id = NEW.id)")
forbid(
    "cases_case",
    "INSERT",
    "stage-not-permitted",
    "NEW.moves <> 0 OR NOT EXISTS (SELECT 1 FROM procedures_edge e WHERE e.edition_id = NEW.procedure_id "
    "AND e.source = '' AND e.target = NEW.stage)",
)
forbid(
    "cases_case",
    "UPDATE",
    "stage-not-permitted",
    "(NEW.stage <> OLD.stage OR NEW.moves <> OLD.moves) AND (NEW.moves <> OLD.moves + 1 OR NOT EXISTS ("
    "SELECT 1 FROM cases_stagechange s JOIN procedures_edge e ON e.edition_id = OLD.procedure_id "
    "AND e.source = s.source AND e.target = s.target "
    "WHERE s.case_id = OLD.id AND s.seq = NEW.moves AND s.source = OLD.stage AND s.target = NEW.stage) "
    "AND NOT EXISTS (SELECT 1 FROM cases_stagechange s JOIN cases_return r ON r.case_id = s.case_id AND r.seq = s.seq "
    "AND r.source = s.source AND r.target = s.target "
    "WHERE s.case_id = OLD.id AND s.seq = NEW.moves AND s.source = OLD.stage AND s.target = NEW.stage))",
)
forbid(
    "cases_stagechange",
    "INSERT",
    "stage-not-permitted",
    "NOT EXISTS (SELECT 1 FROM cases_case c JOIN procedures_edge e ON e.edition_id = c.procedure_id "
    "WHERE c.id = NEW.case_id AND c.stage = NEW.source AND c.moves + 1 = NEW.seq "
    "AND e.source = NEW.source AND e.target = NEW.target) "
    "AND NOT EXISTS (SELECT 1 FROM cases_return r WHERE r.case_id = NEW.case_id AND r.seq = NEW.seq "
    "AND r.source = NEW.source AND r.target = NEW.target)",
)
_EDGE = (
    "NOT EXISTS (SELECT 1 FROM cases_case c JOIN procedures_edge e ON e.edition_id = c.procedure_id "
    "WHERE c.id = {case} AND e.source = {source} AND e.target = {target})"
)
append_only("cases_branch", but=["stage", "step", "moves", "closed_at"])
forbid(
    "cases_branch",
    "UPDATE",
    "record-immutable",
    " OR ".join(f"NEW.{name} <> OLD.{name}" for name in ("case_id", "origin", "door", "entry_id", "opened_at")),
)
append_only("cases_branchmove")
append_only("cases_link")
append_only("cases_finding")
forbid(
    "cases_branch",
    "INSERT",
    "stage-not-permitted",
    "NEW.moves <> 0 OR NEW.stage <> NEW.door OR "
    + _EDGE.format(case="NEW.case_id", source="NEW.origin", target="NEW.stage"),
)
forbid(
    "cases_branchmove",
    "INSERT",
    "stage-not-permitted",
    "NOT EXISTS (SELECT 1 FROM cases_branch b JOIN cases_case c ON c.id = b.case_id "
    "JOIN procedures_edge e ON e.edition_id = c.procedure_id WHERE b.id = NEW.branch_id AND b.closed_at IS NULL "
    "AND b.stage = NEW.source AND b.moves + 1 = NEW.seq AND e.source = NEW.source AND e.target = NEW.target)",
)
forbid(
    "cases_branch",
    "UPDATE",
    "stage-not-permitted",
    "OLD.closed_at IS NOT NULL OR ((NEW.stage <> OLD.stage OR NEW.moves <> OLD.moves) AND "
    "(NEW.moves <> OLD.moves + 1 OR NOT EXISTS (SELECT 1 FROM cases_branchmove m WHERE m.branch_id = OLD.id "
    "AND m.seq = NEW.moves AND m.source = OLD.stage AND m.target = NEW.stage)))",
)
for _table, _kind in (("cases_branch", "branch-opened"), ("cases_branchmove", "branch-moved")):
    forbid(
        _table,
        "INSERT",
        "move-without-journal",
        "NOT EXISTS (SELECT 1 FROM ledger_journalentry j WHERE j.id = NEW.entry_id "
        f"AND j.kind = '{_kind}' AND j.case_id IS NOT NULL)",
    )
# All branches reach their end before the case closes.
forbid(
    "cases_case",
    "UPDATE",
    "branch-open",
    "NEW.stage <> OLD.stage AND NEW.stage = 'close' AND EXISTS ("
    "SELECT 1 FROM cases_branch b WHERE b.case_id = NEW.id AND b.closed_at IS NULL)",
)
# A move without its journal entry is no move.
forbid(
    "cases_stagechange",
    "INSERT",
    "move-without-journal",
    "NOT EXISTS (SELECT 1 FROM ledger_journalentry j WHERE j.id = NEW.entry_id AND j.case_id = NEW.case_id "
    "AND j.kind = 'case-moved')",
)
_PINNED = ("jurisdiction", "organisation_id", "act_type", "procedure_id", "items_id", "profile_id", "item_code")
_SAID_ONCE = ("cause", "facts", "source", "conduct_ended_on", "discovered_on", "created_at")
forbid(
    "cases_case",
    "UPDATE",
    "case-pinned",
    " OR ".join(f"NEW.{name} <> OLD.{name}" for name in (*_PINNED, *_SAID_ONCE))
    + " OR (OLD.number <> '' AND NEW.number <> OLD.number)"
    + " OR (OLD.filed_on IS NOT NULL AND (NEW.filed_on IS NULL OR NEW.filed_on <> OLD.filed_on))"
    + " OR (OLD.closed_on IS NOT NULL AND (NEW.closed_on IS NULL OR NEW.closed_on <> OLD.closed_on))",
)
