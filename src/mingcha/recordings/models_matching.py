from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer
from mingcha.cases.models import Case
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid
from mingcha.recordings.choices import Outcome
from mingcha.recordings.models_intake import Intake


class Assignment(models.Model):
    """Where a received recording belongs (音像归属): a case and stage, no case at all, or under a secret mark — R063, R071.

    Never changed: a wrong one is corrected by a row that names it in `replaces`. `grounds` keeps the explanation of the match.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    intake = models.ForeignKey(Intake, models.PROTECT, related_name="assignments")
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="+")
    stage = models.CharField(max_length=30, blank=True)
    matter = models.CharField(max_length=30, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    grounds = models.JSONField(default=dict)
    replaces = models.OneToOneField("self", models.PROTECT, null=True, related_name="replaced_by")
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    by = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome="linked", case__isnull=False) & ~models.Q(stage="") & ~models.Q(matter="")
                | models.Q(outcome__in=["unrelated", "secret"], case=None, stage="", matter="") & ~models.Q(reason=""),
                name="assignment_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(replaces=None) | ~models.Q(reason=""), name="assignment_corrected_for_a_reason"
            ),
        ]


append_only("recordings_assignment")
# Nobody says twice, and differently, where a recording belongs: the later word names the earlier one.
forbid(
    "recordings_assignment",
    "INSERT",
    "assignment-stands",
    "EXISTS (SELECT 1 FROM recordings_assignment a WHERE a.intake_id = NEW.intake_id "
    "AND NOT EXISTS (SELECT 1 FROM recordings_assignment b WHERE b.replaces_id = a.id) "
    "AND (NEW.replaces_id IS NULL OR a.id <> NEW.replaces_id) "
    "AND (a.outcome <> 'linked' OR NEW.outcome <> 'linked' OR a.case_id = NEW.case_id))",
)
forbid(
    "recordings_assignment",
    "INSERT",
    "assignment-of-another",
    "NEW.replaces_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM recordings_assignment a "
    "WHERE a.id = NEW.replaces_id AND a.intake_id = NEW.intake_id)",
)
forbid(
    "recordings_assignment",
    "INSERT",
    "assignment-elsewhere",
    "NEW.case_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM recordings_intake i JOIN cases_case c "
    "ON c.organisation_id = i.organisation_id WHERE i.id = NEW.intake_id AND c.id = NEW.case_id)",
)
forbid(
    "recordings_assignment",
    "INSERT",
    "secret-without-mark",
    "NEW.outcome = 'secret' AND NOT EXISTS (SELECT 1 FROM recordings_secretmark m WHERE m.intake_id = NEW.intake_id "
    "AND NOT EXISTS (SELECT 1 FROM recordings_secretlift l WHERE l.mark_id = m.id))",
)
