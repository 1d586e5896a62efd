from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer, Organisation
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid
from mingcha.disclosure.models import Publication
from mingcha.petitions.choices import Outcome, Standing, StepKind


class InboxItem(models.Model):
    """A letter in the portal's inbox (收件箱): the only row that the portal writes.

    The inner zone pulls it: the content is then empty here, what stays is the receipt and what the sender may read.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    jurisdiction = models.CharField(max_length=12)
    receipt = models.CharField("受理回执号", max_length=20, unique=True)
    code_digest = models.CharField("查询码的摘要", max_length=64)
    kind = models.CharField(max_length=20)
    content = models.JSONField(null=True)
    state = models.CharField(max_length=10, choices=Standing.choices, default=Standing.WAITING)
    progress = models.JSONField(default=list)
    received_at = models.DateTimeField()
    pulled_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [
            models.Index(fields=["received_at"], condition=models.Q(pulled_at=None), name="petitions_waiting"),
        ]


class Petition(models.Model):
    """A complaint or a correction (投诉、更正申请) as it was sent — 行政处罚法 art. 75, 政府信息公开条例 art. 41."""

    id = models.UUIDField(primary_key=True, editable=False)
    jurisdiction = models.CharField(max_length=12)
    receipt = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=20)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    publication = models.ForeignKey(Publication, models.PROTECT, null=True, related_name="petitions")
    about = models.CharField("所涉文号、证号", max_length=120, blank=True)
    text = models.TextField("内容")
    evidence = models.TextField("证据", blank=True)
    name = models.CharField(max_length=60, blank=True)
    contact = models.CharField(max_length=120, blank=True)
    received_at = models.DateTimeField()
    accept_by = models.DateField()
    explanation = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["jurisdiction", "-received_at"], name="petitions_by_day")]

    def __str__(self) -> str:
        return self.receipt


class Step(models.Model):
    """What became of a letter (办理): taken up or not, referred, reported on, extended, answered."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    petition = models.ForeignKey(Petition, models.PROTECT, related_name="steps")
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=StepKind.choices)
    text = models.TextField()
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    due_on = models.DateField(null=True)
    explanation = models.JSONField(null=True)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["petition", "seq"], name="petition_step_once"),
            models.CheckConstraint(
                condition=models.Q(kind="answered") & ~models.Q(outcome="")
                | ~models.Q(kind="answered") & models.Q(outcome=""),
                name="petition_answer_with_outcome",
            ),
        ]


append_only("petitions_petition")
append_only("petitions_step")
forbid("petitions_inboxitem", "DELETE", "record-immutable")
forbid(
    "petitions_inboxitem",
    "UPDATE",
    "inbox-fixed",
    "NEW.receipt <> OLD.receipt OR NEW.code_digest <> OLD.code_digest OR NEW.kind <> OLD.kind "
    "OR (OLD.pulled_at IS NOT NULL AND (NEW.content IS NOT NULL OR NEW.pulled_at IS NULL))",
)
# What was pulled lies in the inner zone: nothing personal stays behind in the portal's table.
forbid(
    "petitions_inboxitem",
    "UPDATE",
    "inbox-not-emptied",
    "NEW.pulled_at IS NOT NULL AND NEW.content IS NOT NULL",
)
forbid(
    "petitions_step",
    "INSERT",
    "petition-closed",
    "EXISTS (SELECT 1 FROM petitions_step s WHERE s.petition_id = NEW.petition_id "
    "AND s.kind IN ('declined', 'answered'))",
)
forbid(
    "petitions_step",
    "INSERT",
    "petition-not-accepted",
    "NEW.kind NOT IN ('accepted', 'declined') AND NOT EXISTS (SELECT 1 FROM petitions_step s "
    "WHERE s.petition_id = NEW.petition_id AND s.kind = 'accepted')",
)
# Nobody judges a complaint against the organ to which he belongs.
forbid(
    "petitions_step",
    "INSERT",
    "petition-own-organ",
    "NEW.kind <> 'reported' AND EXISTS (SELECT 1 FROM petitions_petition p JOIN accounts_officer o ON o.id = NEW.by_id "
    "JOIN accounts_organisation g ON g.id = o.organisation_id WHERE p.id = NEW.petition_id "
    "AND (g.id = p.organisation_id OR g.organ_id = p.organisation_id))",
)
# An answer that says the public text is gone is false while it stands.
forbid(
    "petitions_step",
    "INSERT",
    "petition-not-withdrawn",
    "NEW.outcome = 'withdrawn' AND EXISTS (SELECT 1 FROM petitions_petition p WHERE p.id = NEW.petition_id "
    "AND p.publication_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM disclosure_withdrawal w "
    "WHERE w.publication_id = p.publication_id))",
)
