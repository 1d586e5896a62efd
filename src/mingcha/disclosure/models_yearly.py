"""models.py split: the annual figures of enforcement, made from the cases and signed off by somebody else."""

from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer, Organisation
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid


class YearDraft(models.Model):
    """Figures of a year of one organ as counted at one moment (年度执法数据) — 国办发〔2018〕118号."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    jurisdiction = models.CharField(max_length=12)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    content = models.JSONField()
    content_digest = models.CharField(max_length=64)
    note = models.CharField("说明", max_length=500, blank=True)
    # Empty: the system counted by itself after New Year; a person signs in any case.
    made_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()


class YearRelease(models.Model):
    """The sign-off by which figures become public (核对签发): by another person than the one who made them (R024)."""

    draft = models.OneToOneField(YearDraft, models.PROTECT, primary_key=True, related_name="release")
    seq = models.PositiveIntegerField()
    content_digest = models.CharField(max_length=64)
    entry_id = models.BigIntegerField(unique=True)
    due_on = models.DateField(null=True)
    signed_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()


class YearSent(models.Model):
    """Figures sent to the own government or the superior (上报) by the day of the profile — 国办发〔2018〕118号."""

    release = models.OneToOneField(YearRelease, models.PROTECT, primary_key=True, related_name="sent")
    receiver = models.CharField("上报对象", max_length=100)
    number = models.CharField("文号或者回执", max_length=60, blank=True)
    sent_on = models.DateField("上报日期")
    due_on = models.DateField(null=True)
    entry_id = models.BigIntegerField(unique=True)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


append_only("disclosure_yeardraft")
append_only("disclosure_yearrelease", "draft_id")
forbid(
    "disclosure_yearrelease",
    "INSERT",
    "year-own-check",
    "EXISTS (SELECT 1 FROM disclosure_yeardraft d WHERE d.id = NEW.draft_id AND d.made_by_id = NEW.signed_by_id)",
)
forbid(
    "disclosure_yearrelease",
    "INSERT",
    "year-differs-from-draft",
    "NOT EXISTS (SELECT 1 FROM disclosure_yeardraft d WHERE d.id = NEW.draft_id "
    "AND d.content_digest = NEW.content_digest) "
    "OR NOT EXISTS (SELECT 1 FROM ledger_journalentry j WHERE j.id = NEW.entry_id AND j.kind = 'year-published')",
)
append_only("disclosure_yearsent", "release_id")
forbid(
    "disclosure_yearsent",
    "INSERT",
    "year-sent-without-journal",
    "NOT EXISTS (SELECT 1 FROM ledger_journalentry j WHERE j.id = NEW.entry_id AND j.kind = 'year-sent')",
)
