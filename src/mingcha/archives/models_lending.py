"""Tables of reading dossiers (调阅): request, answer, end, each page looked at, marked copies — R077."""

from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer, Organisation
from mingcha.archives.lending.choices import EndKind, Reader, Volume
from mingcha.archives.schemas import unpinned
from mingcha.cases.models import Case
from mingcha.catalogues.models import Edition
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, day_of, forbid
from mingcha.files.models import StoredFile


class Secrecy(models.Model):
    """A dossier with state or business secrets (涉密案卷): only its circle reads it — R072."""

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="secrecy")
    level = models.CharField(max_length=20)
    basis = models.CharField(max_length=300)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class CircleEntry(models.Model):
    """A person comes into the circle of a secret dossier, or leaves it; the newest entry counts."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    secrecy = models.ForeignKey(Secrecy, models.PROTECT, related_name="circle")
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    inside = models.BooleanField()
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class Loan(models.Model):
    """A request to read a dossier or parts of it (调阅申请). Outsiders are asked for by a person of the archive."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="loans")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    reader = models.CharField(max_length=10, choices=Reader.choices)
    reader_name = models.CharField(max_length=60)
    reader_unit = models.CharField(max_length=120, blank=True)
    # What was shown at the counter: a letter of introduction, a power of attorney. No identity numbers.
    credential = models.CharField("介绍信、委托书等凭据", max_length=120, blank=True)
    purpose = models.CharField(max_length=30)
    purpose_text = models.CharField(max_length=300)
    volume = models.CharField(max_length=10, choices=Volume.choices)
    # Keys of single papers; empty for the whole volume.
    papers = models.JSONField(default=list)
    until = models.DateField()
    rule = models.CharField(max_length=40)
    # The published rules (调阅规则) of the day of the request; none where the organ had published none.
    edition = models.ForeignKey(Edition, models.PROTECT, null=True, related_name="+")
    asked_by = models.ForeignKey(Officer, models.PROTECT, related_name="loans")
    asked_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["organisation", "-asked_at", "-id"], name="loan_by_organ")]

    def __str__(self) -> str:
        return f"{self.case} 调阅"


class LoanDecision(models.Model):
    """The answer to a request: by rule at once (no person), or by somebody who did not ask."""

    loan = models.OneToOneField(Loan, models.PROTECT, primary_key=True, related_name="decision")
    granted = models.BooleanField()
    reason = models.CharField(max_length=300, blank=True)
    until = models.DateField()
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()


class LoanEnd(models.Model):
    """A reading that ended before its day: given back, or taken back with a reason."""

    loan = models.OneToOneField(Loan, models.PROTECT, primary_key=True, related_name="end")
    kind = models.CharField(max_length=10, choices=EndKind.choices)
    reason = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class PageView(models.Model):
    """One look at one page (逐页记录); the journal has an entry for each paper and day."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    loan = models.ForeignKey(Loan, models.PROTECT, related_name="views")
    paper = models.CharField(max_length=80)
    title = models.CharField(max_length=120)
    page = models.PositiveIntegerField()
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["loan", "at"], name="pageview_by_loan")]


class MarkedCopy(models.Model):
    """A marked copy handed to an outsider (带水印复制件), made by a person of the archive."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    loan = models.ForeignKey(Loan, models.PROTECT, related_name="copies")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    pages = models.PositiveIntegerField()
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


for _table, _key in (
    ("secrecy", "case_id"),
    ("circleentry", "id"),
    ("loan", "id"),
    ("loandecision", "loan_id"),
    ("loanend", "loan_id"),
    ("pageview", "id"),
    ("markedcopy", "id"),
):
    append_only(f"archives_{_table}", _key)

forbid(
    "archives_loan",
    "INSERT",
    "loan-list-not-pinned",
    unpinned("loan-list", "NEW.edition_id", "NEW.organisation_id", "NEW.asked_at"),
)
forbid(
    "archives_loandecision",
    "INSERT",
    "loan-own-decision",
    "EXISTS (SELECT 1 FROM archives_loan l WHERE l.id = NEW.loan_id AND l.asked_by_id = NEW.by_id)",
)
# Without a person only the rule for one's own closed cases decides, and never over a secret dossier.
forbid(
    "archives_loandecision",
    "INSERT",
    "loan-without-approver",
    "NEW.by_id IS NULL AND NOT EXISTS (SELECT 1 FROM archives_loan l JOIN cases_duty d ON d.case_id = l.case_id "
    "AND d.officer_id = l.asked_by_id WHERE l.id = NEW.loan_id AND l.reader = 'self' "
    "AND NOT EXISTS (SELECT 1 FROM archives_secrecy s WHERE s.case_id = l.case_id))",
)
# The secondary volume leaves the house only with the head's word.
_HEAD = (
    "EXISTS (SELECT 1 FROM accounts_rolegrant g WHERE g.officer_id = NEW.by_id AND g.organisation_id = l.organisation_id "
    "AND g.role = 'head')"
)
forbid(
    "archives_loandecision",
    "INSERT",
    "loan-second-volume",
    "NEW.granted AND EXISTS (SELECT 1 FROM archives_loan l WHERE l.id = NEW.loan_id AND l.volume = 'whole' "
    f"AND l.reader IN ('court', 'party', 'lawyer') AND NOT {_HEAD})",
)
forbid(
    "archives_loandecision",
    "INSERT",
    "loan-secret",
    "NEW.granted AND EXISTS (SELECT 1 FROM archives_loan l JOIN archives_secrecy s ON s.case_id = l.case_id "
    f"WHERE l.id = NEW.loan_id AND (l.reader <> 'self' OR NOT {_HEAD} OR NOT EXISTS (SELECT 1 FROM "
    "archives_circleentry e WHERE e.secrecy_id = s.case_id AND e.officer_id = l.asked_by_id AND e.inside "
    "AND NOT EXISTS (SELECT 1 FROM archives_circleentry n WHERE n.secrecy_id = e.secrecy_id "
    "AND n.officer_id = e.officer_id AND n.id > e.id))))",
)
_ENDED = (
    "NOT EXISTS (SELECT 1 FROM archives_loandecision d WHERE d.loan_id = NEW.loan_id AND d.granted) "
    "OR EXISTS (SELECT 1 FROM archives_loanend e WHERE e.loan_id = NEW.loan_id)"
)
for _table in ("archives_pageview", "archives_markedcopy"):
    forbid(_table, "INSERT", "loan-not-open", _ENDED)
    forbid(
        _table,
        "INSERT",
        "loan-expired",
        "EXISTS (SELECT 1 FROM archives_loandecision d WHERE d.loan_id = NEW.loan_id "
        f"AND {day_of('NEW.at')} > CAST(d.until AS text))",
    )
forbid(
    "archives_loanend",
    "INSERT",
    "loan-not-open",
    "NOT EXISTS (SELECT 1 FROM archives_loandecision d WHERE d.loan_id = NEW.loan_id AND d.granted)",
)
# Every act on a case leaves an entry: on a secret case only those of the circle leave one, and the platform itself.
_INSIDE = (
    "SELECT 1 FROM archives_circleentry e WHERE e.secrecy_id = NEW.case_id AND e.inside "
    "AND NOT EXISTS (SELECT 1 FROM archives_circleentry n WHERE n.secrecy_id = e.secrecy_id "
    "AND n.officer_id = e.officer_id AND n.id > e.id) AND REPLACE(CAST(NEW.actor AS TEXT), '-', '') "
    "LIKE '%' || REPLACE(CAST(e.officer_id AS TEXT), '-', '') || '%'"
)
forbid(
    "ledger_journalentry",
    "INSERT",
    "secret-outside-circle",
    "NEW.case_id IS NOT NULL AND EXISTS (SELECT 1 FROM archives_secrecy s WHERE s.case_id = NEW.case_id) "
    "AND REPLACE(CAST(NEW.actor AS TEXT), ' ', '') NOT LIKE '%\"officer_id\":\"\"%' "
    f"AND NOT EXISTS ({_INSIDE})",
)
