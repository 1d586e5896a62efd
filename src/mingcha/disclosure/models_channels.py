"""models.py split: what happened on the channels outside the portal (其他公示渠道), and who in the superior approves."""

from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer, Organisation
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid
from mingcha.decisions.models import Decision


class Channel(models.TextChoices):
    CREDIT = "credit", "信用平台"
    MARKET = "market", "企业信用信息公示系统"


class ChannelStep(models.TextChoices):
    REPORTED = "reported", "已公示"
    WITHDRAWN = "withdrawn", "已撤回"


class EndGround(models.TextChoices):
    REVOKED = "revoked", "决定被撤销、变更、确认违法或者无效"
    REPAIRED = "repaired", "信用修复"
    EARLY = "early", "提前停止公示"
    EXPIRED = "expired", "公示期满"


# What nobody but the person who records it can know.
TO_BE_CHECKED = (EndGround.REPAIRED, EndGround.EARLY)


class CreditReferral(models.Model):
    """An application that goes up to the superior (报上级批准), where the profile says so — S0, R040."""

    request = models.OneToOneField(
        "disclosure.CreditRequest", models.PROTECT, primary_key=True, related_name="referral"
    )
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()


class ChannelEvent(models.Model):
    """Publication on another channel, and its end (渠道公示、撤回), as a person recorded it with the last day for it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="channel_events")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    step = models.CharField(max_length=10, choices=ChannelStep.choices)
    ground = models.CharField(max_length=10, choices=EndGround.choices, blank=True)
    note = models.CharField(max_length=500, blank=True)
    # The day on which it happened outside; for an end also the day from which its three working days ran.
    happened_on = models.DateField()
    arose_on = models.DateField()
    due_on = models.DateField()
    entry_id = models.BigIntegerField(unique=True)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["decision", "channel", "step"], name="channel_step_once"),
            models.CheckConstraint(
                condition=models.Q(step="withdrawn") & ~models.Q(ground="") | models.Q(step="reported", ground=""),
                name="channel_end_with_ground",
            ),
        ]


class ChannelEndRequest(models.Model):
    """An end before the term that no record of this system proves (信用修复、提前停止公示): another person checks it, R024."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="channel_end_requests")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    ground = models.CharField(max_length=10, choices=EndGround.choices)
    note = models.CharField(max_length=500)
    arose_on = models.DateField()
    happened_on = models.DateField()
    # Whether the portal comes down with it.
    portal = models.BooleanField()
    asked_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(ground__in=TO_BE_CHECKED), name="channel_end_to_be_checked")
        ]


class ChannelEndAnswer(models.Model):
    """The other person's answer: with an approval the channel's end is recorded."""

    request = models.OneToOneField(ChannelEndRequest, models.PROTECT, primary_key=True, related_name="answer")
    approved = models.BooleanField()
    reason = models.CharField(max_length=500, blank=True)
    entry_id = models.BigIntegerField(unique=True)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(approved=True) | ~models.Q(reason=""), name="channel_end_refusal_with_reason"
            )
        ]


append_only("disclosure_creditreferral", "request_id")
append_only("disclosure_channelevent")
append_only("disclosure_channelendrequest")
append_only("disclosure_channelendanswer", "request_id")
forbid(
    "disclosure_creditanswer",
    "INSERT",
    "credit-not-the-superior",
    "EXISTS (SELECT 1 FROM disclosure_creditreferral r JOIN accounts_officer o ON o.id = NEW.by_id "
    "JOIN accounts_organisation g ON g.id = o.organisation_id WHERE r.request_id = NEW.request_id "
    "AND g.id <> r.organisation_id AND COALESCE(g.organ_id, g.id) <> r.organisation_id)",
)
forbid(
    "disclosure_channelevent",
    "INSERT",
    "channel-revoked",
    "NEW.step = 'reported' AND EXISTS (SELECT 1 FROM decisions_revocation r WHERE r.decision_id = NEW.decision_id)",
)
forbid(
    "disclosure_channelevent",
    "INSERT",
    "channel-not-reported",
    "NEW.step = 'withdrawn' AND NOT EXISTS (SELECT 1 FROM disclosure_channelevent e WHERE e.decision_id = "
    "NEW.decision_id AND e.channel = NEW.channel AND e.step = 'reported') AND NOT (NEW.channel = 'credit' AND EXISTS "
    "(SELECT 1 FROM disclosure_creditrequest c JOIN disclosure_creditanswer a ON a.request_id = c.id "
    "WHERE c.decision_id = NEW.decision_id AND c.publish AND a.approved))",
)
forbid(
    "disclosure_channelevent",
    "INSERT",
    "channel-not-expired",
    "NEW.channel = 'credit' AND NEW.ground = 'expired' AND EXISTS (SELECT 1 FROM disclosure_creditrequest c "
    "JOIN disclosure_creditanswer a ON a.request_id = c.id WHERE c.decision_id = NEW.decision_id AND c.publish "
    "AND a.approved AND c.until >= NEW.arose_on)",
)
forbid(
    "disclosure_channelendrequest",
    "INSERT",
    "channel-end-open",
    "EXISTS (SELECT 1 FROM disclosure_channelendrequest c WHERE c.decision_id = NEW.decision_id "
    "AND c.channel = NEW.channel AND NOT EXISTS "
    "(SELECT 1 FROM disclosure_channelendanswer a WHERE a.request_id = c.id AND NOT a.approved))",
)
forbid(
    "disclosure_channelendanswer",
    "INSERT",
    "channel-end-own-approval",
    "EXISTS (SELECT 1 FROM disclosure_channelendrequest c WHERE c.id = NEW.request_id AND c.asked_by_id = NEW.by_id)",
)
forbid(
    "disclosure_channelevent",
    "INSERT",
    "channel-end-unapproved",
    "NEW.ground IN ('repaired', 'early') AND NOT EXISTS (SELECT 1 FROM disclosure_channelendrequest c "
    "JOIN disclosure_channelendanswer a ON a.request_id = c.id WHERE c.decision_id = NEW.decision_id "
    "AND c.channel = NEW.channel AND c.ground = NEW.ground AND a.approved)",
)
