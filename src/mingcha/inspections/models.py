from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer
from mingcha.cases.models import Case
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid


class VisitCode(models.Model):
    """Check-in code of a visit (入企检查码), shown by a handler; the newest of a case counts — 国办发〔2024〕54号."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="visit_codes")
    seq = models.PositiveIntegerField()
    # The code itself is derived from the key: who reads the table cannot show it.
    code_digest = models.CharField(max_length=64, unique=True)
    place = models.CharField("检查地点", max_length=200)
    shown_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    shown_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="visit_code_once")]
        indexes = [models.Index(fields=["expires_at"], name="visit_code_by_end")]


class Visit(models.Model):
    """A visit that the enterprise confirmed by the word which it alone reads after scanning (确认到访)."""

    code = models.OneToOneField(VisitCode, models.PROTECT, primary_key=True, related_name="visit")
    confirmed_by = models.CharField("现场确认人", max_length=60)
    entry_id = models.BigIntegerField(unique=True)
    entered_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


append_only("inspections_visitcode")
append_only("inspections_visit", "code_id")
forbid(
    "inspections_visitcode",
    "INSERT",
    "visit-not-inspection",
    "NOT EXISTS (SELECT 1 FROM cases_case c WHERE c.id = NEW.case_id AND c.act_type = 'inspection' "
    "AND c.closed_on IS NULL)",
)
forbid(
    "inspections_visitcode",
    "INSERT",
    "visit-code-not-handler",
    "NOT EXISTS (SELECT 1 FROM cases_duty d WHERE d.case_id = NEW.case_id AND d.officer_id = NEW.shown_by_id "
    "AND d.duty = 'handler')",
)
forbid(
    "inspections_visit",
    "INSERT",
    "visit-code-expired",
    "NOT EXISTS (SELECT 1 FROM inspections_visitcode v WHERE v.id = NEW.code_id AND NEW.at >= v.shown_at "
    "AND NEW.at <= v.expires_at)",
)
forbid(
    "inspections_visit",
    "INSERT",
    "visit-code-superseded",
    "EXISTS (SELECT 1 FROM inspections_visitcode v JOIN inspections_visitcode w ON w.case_id = v.case_id "
    "AND w.seq > v.seq WHERE v.id = NEW.code_id)",
)
forbid(
    "inspections_visit",
    "INSERT",
    "visit-without-journal",
    "NOT EXISTS (SELECT 1 FROM ledger_journalentry j JOIN inspections_visitcode v ON v.case_id = j.case_id "
    "WHERE j.id = NEW.entry_id AND v.id = NEW.code_id AND j.kind = 'visit-confirmed')",
)
