"""models.py split: the collective discussion of the heads."""

from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer
from mingcha.cases.models import Case
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid
from mingcha.decisions.choices import Conclusion, Ground, View
from mingcha.documents.models import Document


class Discussion(models.Model):
    """A collective discussion (集体讨论) of the heads, called with its agenda — 行政处罚法 art. 57 ¶2."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="discussions")
    seq = models.PositiveIntegerField()
    ground = models.CharField(max_length=10, choices=Ground.choices)
    agenda = models.TextField("议题")
    place = models.CharField(max_length=200)
    chair = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    clerk = models.CharField("记录人", max_length=60)
    # As the policy profile said on that day; the law is silent on both.
    quorum = models.PositiveSmallIntegerField()
    vote = models.CharField(max_length=20)
    started_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "seq"], name="discussion_seq_once"),
            models.CheckConstraint(condition=models.Q(quorum__gte=2), name="discussion_of_several"),
        ]


class Voice(models.Model):
    """What one member holds and why (各人意见), entered by the member alone."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    discussion = models.ForeignKey(Discussion, models.PROTECT, related_name="voices")
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    view = models.CharField(max_length=10, choices=View.choices)
    reason = models.TextField("理由")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["discussion", "officer"], name="discussion_voice_once")]


class Resolution(models.Model):
    """The conclusion of a discussion (讨论结论) over exactly one text, with its minutes."""

    discussion = models.OneToOneField(Discussion, models.PROTECT, primary_key=True, related_name="resolution")
    outcome = models.CharField(max_length=10, choices=Conclusion.choices)
    text = models.TextField()
    content_digest = models.CharField(max_length=64, blank=True)
    minutes = models.OneToOneField(Document, models.PROTECT, related_name="+")
    at = models.DateTimeField()


append_only("decisions_discussion")
append_only("decisions_voice")
append_only("decisions_resolution", "discussion_id")
_HANDLED = (
    "EXISTS (SELECT 1 FROM cases_duty d JOIN decisions_discussion s ON s.case_id = d.case_id "
    "WHERE s.id = NEW.discussion_id AND d.officer_id = NEW.officer_id "
    "AND d.duty IN ('handler', 'reviewer', 'hearing_host'))"
)
forbid("decisions_voice", "INSERT", "discussion-by-handler", _HANDLED)
forbid(
    "cases_duty",
    "INSERT",
    "discussion-by-handler",
    "NEW.duty IN ('handler', 'reviewer', 'hearing_host') AND EXISTS (SELECT 1 FROM decisions_voice v "
    "JOIN decisions_discussion s ON s.id = v.discussion_id WHERE s.case_id = NEW.case_id "
    "AND v.officer_id = NEW.officer_id)",
)
forbid(
    "decisions_voice",
    "INSERT",
    "discussion-closed",
    "EXISTS (SELECT 1 FROM decisions_resolution r WHERE r.discussion_id = NEW.discussion_id)",
)
forbid(
    "decisions_discussion",
    "INSERT",
    "discussion-closed",
    "EXISTS (SELECT 1 FROM decisions_discussion s WHERE s.case_id = NEW.case_id AND NOT EXISTS "
    "(SELECT 1 FROM decisions_resolution r WHERE r.discussion_id = s.id)) "
    "OR EXISTS (SELECT 1 FROM decisions_decision x WHERE x.case_id = NEW.case_id)",
)
_VOICES = "(SELECT COUNT(*) FROM decisions_voice v WHERE v.discussion_id = NEW.discussion_id{more})"
_ALL, _FOR = _VOICES.format(more=""), _VOICES.format(more=" AND v.view = NEW.outcome")
forbid(
    "decisions_resolution",
    "INSERT",
    "discussion-without-quorum",
    f"{_ALL} < (SELECT s.quorum FROM decisions_discussion s WHERE s.id = NEW.discussion_id)",
)
# The conclusion is the view that carries; that none did is said only where none did.
forbid(
    "decisions_resolution",
    "INSERT",
    "discussion-against-votes",
    f"(NEW.outcome <> 'split' AND EXISTS (SELECT 1 FROM decisions_discussion s WHERE s.id = NEW.discussion_id AND ("
    f"(s.vote = 'two_thirds' AND 3 * {_FOR} < 2 * {_ALL}) OR (s.vote <> 'two_thirds' AND 2 * {_FOR} <= {_ALL})))) "
    "OR (NEW.outcome = 'split' AND EXISTS (SELECT 1 FROM decisions_voice w JOIN decisions_discussion s "
    "ON s.id = w.discussion_id WHERE w.discussion_id = NEW.discussion_id GROUP BY w.view, s.vote HAVING "
    f"(s.vote = 'two_thirds' AND 3 * COUNT(*) >= 2 * {_ALL}) OR (s.vote <> 'two_thirds' AND 2 * COUNT(*) > {_ALL})))",
)
forbid(
    "decisions_resolution",
    "INSERT",
    "discussion-minutes-mismatch",
    "NOT EXISTS (SELECT 1 FROM documents_document d JOIN decisions_discussion s ON s.case_id = d.case_id "
    "WHERE d.id = NEW.minutes_id AND s.id = NEW.discussion_id AND d.kind = 'collective-discussion')",
)
# What was concluded last binds, over exactly that text.
forbid(
    "decisions_decision",
    "INSERT",
    "decision-not-as-discussed",
    "EXISTS (SELECT 1 FROM decisions_discussion s WHERE s.case_id = NEW.case_id "
    "AND s.seq = (SELECT MAX(l.seq) FROM decisions_discussion l WHERE l.case_id = NEW.case_id) "
    "AND NOT EXISTS (SELECT 1 FROM decisions_resolution r WHERE r.discussion_id = s.id "
    "AND r.outcome = 'agree' AND r.content_digest = NEW.content_digest))",
)
# A case that went through its stage before discussions were kept here stands by that move.
forbid(
    "decisions_decision",
    "INSERT",
    "decision-not-discussed",
    "EXISTS (SELECT 1 FROM cases_statedfact f WHERE f.case_id = NEW.case_id AND f.name IN ('grave', 'complex') "
    "AND CAST(f.value AS TEXT) = 'true' AND NOT EXISTS (SELECT 1 FROM cases_statedfact g WHERE g.case_id = f.case_id "
    "AND g.name = f.name AND (g.at > f.at OR (g.at = f.at AND g.id > f.id)))) "
    "AND NOT EXISTS (SELECT 1 FROM decisions_discussion s JOIN decisions_resolution r ON r.discussion_id = s.id "
    "WHERE s.case_id = NEW.case_id) "
    "AND NOT EXISTS (SELECT 1 FROM cases_stagechange c WHERE c.case_id = NEW.case_id AND c.source = 'collective')",
)
# A suspected crime is handed over by the head who presides, not by a deputy.
forbid(
    "decisions_outcome",
    "INSERT",
    "approver-not-presiding",
    "NEW.result = 'transfer' AND NOT EXISTS (SELECT 1 FROM accounts_rolegrant g JOIN cases_case c ON c.id = NEW.case_id "
    "WHERE g.officer_id = NEW.decided_by_id AND g.organisation_id = c.organisation_id AND g.role = 'chief' "
    "AND g.since <= NEW.decided_on AND (g.until IS NULL OR g.until > NEW.decided_on))",
)
