"""models.py split: cases handled together, each party with a case of its own."""

from __future__ import annotations

from django.db import models

from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid


class Joining(models.Model):
    """Two cases joined (并案): handled together from here on, evidence shared; each keeps its party, notice and decision."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="joinings")
    other = models.ForeignKey("cases.Case", models.PROTECT, related_name="joined_by")
    reason = models.CharField(max_length=500)
    # Numbers of the evidence that each received from the other: [[of the case], [of the other]].
    received = models.JSONField()
    at = models.DateTimeField()


class Parting(models.Model):
    """The end of a joining (分案): each case goes on alone with all the evidence it has by then."""

    joining = models.OneToOneField(Joining, models.PROTECT, primary_key=True, related_name="parting")
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()


append_only("cases_joining")
append_only("cases_parting", "joining_id")
forbid(
    "cases_joining",
    "INSERT",
    "joint-other-organ",
    "NEW.case_id = NEW.other_id OR NOT EXISTS (SELECT 1 FROM cases_case a JOIN cases_case b "
    "ON b.organisation_id = a.organisation_id WHERE a.id = NEW.case_id AND b.id = NEW.other_id "
    "AND a.closed_on IS NULL AND b.closed_on IS NULL)",
)
forbid(
    "cases_joining",
    "INSERT",
    "joint-other-act",
    "EXISTS (SELECT 1 FROM cases_case a JOIN cases_case b ON b.act_type <> a.act_type "
    "WHERE a.id = NEW.case_id AND b.id = NEW.other_id)",
)
forbid(
    "cases_joining",
    "INSERT",
    "joint-twice",
    "EXISTS (SELECT 1 FROM cases_joining j WHERE ((j.case_id = NEW.case_id AND j.other_id = NEW.other_id) "
    "OR (j.case_id = NEW.other_id AND j.other_id = NEW.case_id)) "
    "AND NOT EXISTS (SELECT 1 FROM cases_parting p WHERE p.joining_id = j.id))",
)
# From the service of a decision on nothing is joined or parted: what was decided stands on the file as it was.
_LATE = ("serve", "perform-wait", "publish", "close")
_STEPS = ", ".join(f"'{step}'" for step in _LATE)
forbid(
    "cases_joining",
    "INSERT",
    "joint-case-decided",
    f"EXISTS (SELECT 1 FROM cases_case c WHERE c.id IN (NEW.case_id, NEW.other_id) AND c.step IN ({_STEPS}))",
)
forbid(
    "cases_parting",
    "INSERT",
    "joint-case-decided",
    "EXISTS (SELECT 1 FROM cases_joining j JOIN cases_case c ON c.id IN (j.case_id, j.other_id) "
    f"WHERE j.id = NEW.joining_id AND c.step IN ({_STEPS}))",
)
