"""Tables of reconsideration and suits (行政复议、行政诉讼): the paper that opens one, the paper that ends it."""

from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer
from mingcha.cases.models import Case
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid
from mingcha.files.models import StoredFile
from mingcha.performance.choices import AppealKind, AppealOutcome


class Appeal(models.Model):
    """A reconsideration or a suit against what was done in a case (复议、诉讼) — 行政复议法 art. 30, 行政诉讼法 art. 67."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="appeals")
    kind = models.CharField(max_length=20, choices=AppealKind.choices)
    authority = models.CharField("复议机关或者人民法院", max_length=120)
    number = models.CharField("受理通知书文号或者案号", max_length=120)
    received_on = models.DateField()
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "kind", "number"], name="appeal_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"


class AppealEnd(models.Model):
    """How it ended (终结), by the paper of the authority."""

    appeal = models.OneToOneField(Appeal, models.PROTECT, primary_key=True, related_name="end")
    outcome = models.CharField(max_length=20, choices=AppealOutcome.choices)
    number = models.CharField("决定书或者裁判文书文号", max_length=120)
    ended_on = models.DateField()
    note = models.CharField(max_length=300, blank=True)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


append_only("performance_appeal")
append_only("performance_appealend", "appeal_id")
forbid(
    "performance_appealend",
    "INSERT",
    "appeal-ends-early",
    "EXISTS (SELECT 1 FROM performance_appeal a WHERE a.id = NEW.appeal_id AND NEW.ended_on < a.received_on)",
)
