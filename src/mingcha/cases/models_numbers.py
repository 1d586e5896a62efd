"""Tables of numbers (文号): series, voided numbers, and pads of numbers handed out beforehand."""

from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer, Organisation
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid

SCOPES = {"kind": "每种文书各自编号", "case": "一案一号，同案文书同一序号"}


class IssuedNumber(models.Model):
    """A number 机关代字〔年〕序号: its own gap-free series per organ, kind and year, or the serial of its case.

    `scope` is the custom of the organ on the day: `kind` counts each kind for itself, `case` repeats the serial of the
    case number; then `part` counts several papers of one kind in one case.
    """

    id = models.BigAutoField(primary_key=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    code = models.CharField(max_length=30)
    year = models.PositiveIntegerField()
    n = models.PositiveIntegerField()
    scope = models.CharField(max_length=4, default="kind", db_default="kind")
    case = models.ForeignKey("cases.Case", models.PROTECT, null=True, related_name="+")
    part = models.PositiveIntegerField(default=0, db_default=0)
    text = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "code", "year", "n", "part"], name="number_once"),
            models.UniqueConstraint(fields=["organisation", "text"], name="number_text_once"),
            models.CheckConstraint(
                condition=models.Q(scope="kind", case=None, part=0) | models.Q(scope="case", case__isnull=False),
                name="number_scope",
            ),
        ]


class VoidedNumber(models.Model):
    """A number made void (作废): it stays in its series with the reason and never returns (V11)."""

    number = models.OneToOneField(IssuedNumber, models.PROTECT, primary_key=True, related_name="void")
    reason = models.CharField(max_length=300)
    voided_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class Pad(models.Model):
    """A pad of numbers given out beforehand (预编号码的文书), for decisions on the spot — 行政处罚法 art. 52 ¶1."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="pads")
    kind = models.CharField(max_length=40)
    code = models.CharField(max_length=30)
    year = models.PositiveIntegerField()
    first = models.PositiveIntegerField()
    last = models.PositiveIntegerField()
    holder = models.ForeignKey(Officer, models.PROTECT, related_name="pads")
    device = models.CharField(max_length=60, blank=True)
    issued_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(last__gte=models.F("first")), name="pad_not_empty")]
        indexes = [models.Index(fields=["organisation", "-issued_at", "-id"], name="pad_by_organ")]


class PadNumber(models.Model):
    """A number that stands on a pad from the moment the pad is given out, also for a device without network."""

    number = models.OneToOneField(IssuedNumber, models.PROTECT, primary_key=True, related_name="on_pad")
    pad = models.ForeignKey(Pad, models.PROTECT, related_name="numbers")


class PadUse(models.Model):
    """The one use of a number of a pad: by its holder, for its kind, in a case. `used_at` is the hour on the spot."""

    number = models.OneToOneField(IssuedNumber, models.PROTECT, primary_key=True, related_name="use")
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="pad_uses")
    kind = models.CharField(max_length=40)
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    used_at = models.DateTimeField()
    recorded_at = models.DateTimeField()


class PadClosing(models.Model):
    """The return of a pad (交回): every number has ended, used or void."""

    pad = models.OneToOneField(Pad, models.PROTECT, primary_key=True, related_name="closing")
    closed_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


append_only("cases_issuednumber")
append_only("cases_pad")
for _table in ("voidednumber", "padnumber", "paduse"):
    append_only(f"cases_{_table}", "number_id")
append_only("cases_padclosing", "pad_id")

forbid(
    "cases_issuednumber",
    "INSERT",
    "number-gap",
    "NEW.scope = 'kind' AND NEW.n <> (SELECT COALESCE(MAX(i.n), 0) + 1 FROM cases_issuednumber i "
    "WHERE i.organisation_id = NEW.organisation_id AND i.code = NEW.code AND i.year = NEW.year AND i.scope = 'kind')",
)
# The serial of a case is that of its case number; the second paper of a kind follows the first without a gap.
forbid(
    "cases_issuednumber",
    "INSERT",
    "number-not-of-case",
    "NEW.scope = 'case' AND (NOT EXISTS (SELECT 1 FROM cases_case c JOIN cases_issuednumber b "
    "ON b.organisation_id = c.organisation_id AND b.text = c.number WHERE c.id = NEW.case_id "
    "AND c.organisation_id = NEW.organisation_id AND b.year = NEW.year AND b.n = NEW.n) "
    "OR NEW.part <> (SELECT COUNT(*) FROM cases_issuednumber i WHERE i.organisation_id = NEW.organisation_id "
    "AND i.code = NEW.code AND i.year = NEW.year AND i.n = NEW.n AND i.scope = 'case'))",
)
forbid(
    "cases_voidednumber",
    "INSERT",
    "number-in-use",
    "EXISTS (SELECT 1 FROM cases_paduse u WHERE u.number_id = NEW.number_id) OR EXISTS (SELECT 1 "
    "FROM cases_issuednumber i JOIN cases_case c ON c.organisation_id = i.organisation_id AND c.number = i.text "
    "WHERE i.id = NEW.number_id)",
)
_OF_PAD = "FROM cases_padnumber n JOIN cases_pad p ON p.id = n.pad_id WHERE n.number_id = NEW.number_id"
forbid(
    "cases_padnumber",
    "INSERT",
    "pad-other-series",
    "NOT EXISTS (SELECT 1 FROM cases_issuednumber i JOIN cases_pad p ON p.organisation_id = i.organisation_id "
    "AND p.code = i.code AND p.year = i.year AND i.n >= p.first AND i.n <= p.last "
    "WHERE i.id = NEW.number_id AND p.id = NEW.pad_id)",
)
for _code, _wrong in (
    ("pad-other-holder", "p.holder_id <> NEW.officer_id"),
    ("pad-other-kind", "p.kind <> NEW.kind"),
    ("pad-closed", "EXISTS (SELECT 1 FROM cases_padclosing k WHERE k.pad_id = p.id)"),
    ("number-voided", "EXISTS (SELECT 1 FROM cases_voidednumber v WHERE v.number_id = NEW.number_id)"),
):
    forbid("cases_paduse", "INSERT", _code, f"EXISTS (SELECT 1 {_OF_PAD} AND {_wrong})")
forbid("cases_paduse", "INSERT", "number-not-on-pad", f"NOT EXISTS (SELECT 1 {_OF_PAD})")
forbid(
    "cases_padclosing",
    "INSERT",
    "pad-numbers-open",
    "EXISTS (SELECT 1 FROM cases_padnumber n WHERE n.pad_id = NEW.pad_id "
    "AND NOT EXISTS (SELECT 1 FROM cases_paduse u WHERE u.number_id = n.number_id) "
    "AND NOT EXISTS (SELECT 1 FROM cases_voidednumber v WHERE v.number_id = n.number_id))",
)
