"""models.py split: what a case states about itself, and its return from another procedure."""

from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid


class StatedFact(models.Model):
    """What an officer states about the case (案件情况): public interest, gravity, amount — 行政处罚法 art. 57, 58.

    The newest row of a name counts; earlier ones stay.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="stated_facts")
    name = models.CharField(max_length=40)
    value = models.JSONField()
    stated_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["case", "name", "-at"], name="fact_by_case")]


class Return(models.Model):
    """The way back from another procedure into the middle of this case (回到原程序), as both pinned editions publish it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="returns")
    other = models.ForeignKey("cases.Case", models.PROTECT, related_name="+")
    other_stage = models.CharField(max_length=30)
    seq = models.PositiveIntegerField()
    source = models.CharField(max_length=30)
    target = models.CharField(max_length=30)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="return_once")]


append_only("cases_statedfact")
append_only("cases_return")
# The other case began from this one, stands where its published procedure leads back, and this one is interrupted.
forbid(
    "cases_return",
    "INSERT",
    "stage-not-permitted",
    "NOT EXISTS (SELECT 1 FROM cases_case c JOIN catalogues_edition p ON p.id = c.procedure_id "
    "JOIN cases_link l ON l.case_id = c.id AND l.other_id = NEW.other_id "
    "JOIN cases_case o ON o.id = NEW.other_id "
    "JOIN procedures_edge e ON e.edition_id = o.procedure_id AND e.source = NEW.other_stage "
    "AND e.target = p.key || ':' || NEW.target "
    "WHERE c.id = NEW.case_id AND c.stage = NEW.source AND c.moves + 1 = NEW.seq AND c.closed_on IS NULL "
    "AND (o.stage = NEW.other_stage OR EXISTS (SELECT 1 FROM cases_branch b WHERE b.case_id = o.id "
    "AND b.closed_at IS NULL AND b.stage = NEW.other_stage)))",
)
