"""Laws and articles by effective date (法律、条文)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from mingcha.accounts.models import Organisation
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid
from mingcha.statutes.choices import AmendmentKind, EffectiveBasis, Outcome, RuleKind, RuleState


class Law(models.Model):
    """One version of a law (法律、法规、规章) as in force from a date; `name` without 中华人民共和国."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=200)
    short_names = models.JSONField(default=list)
    authority = models.CharField(max_length=100)
    effective_from = models.DateField()
    effective_to = models.DateField(null=True)
    source = models.CharField(max_length=300)
    category = models.CharField(max_length=30, blank=True, default="")
    adopted_on = models.DateField(null=True)
    effective_basis = models.CharField(max_length=10, choices=EffectiveBasis, default=EffectiveBasis.SHIPPED)
    history = models.TextField(blank=True, default="")
    preamble = models.TextField(blank=True, default="")
    appendix = models.TextField(blank=True, default="")
    # Place and digest of each record that the text was read from; empty while only our own summaries are there.
    records = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "effective_from"], name="statutes_law_version"),
            models.CheckConstraint(
                condition=Q(effective_to__isnull=True) | Q(effective_to__gte=F("effective_from")),
                name="statutes_law_dates",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.effective_from}施行）"


class DateConfirmation(models.Model):
    """The presumed day of effect of a version confirmed or corrected (核实施行日期), with the paper that states it.

    `was` is what the import had presumed: a later import finds the version again by it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    law = models.OneToOneField(Law, models.PROTECT, related_name="confirmation")
    was = models.DateField()
    effective_from = models.DateField()
    source = models.CharField(max_length=300)
    officer_id = models.UUIDField()
    officer = models.CharField(max_length=100)
    confirmed_at = models.DateTimeField()


append_only("statutes_dateconfirmation")


class Division(models.Model):
    """A part (编、分编、章、节) of a version of a law, in the order of the text."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    law = models.ForeignKey(Law, models.PROTECT, related_name="divisions")
    position = models.PositiveIntegerField()
    level = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=30)
    title = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["law", "position"], name="statutes_division_once")]


class Article(models.Model):
    """One article (条) of a version of a law; `summary` is in our own words, `text` empty until the full import."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    law = models.ForeignKey(Law, models.PROTECT, related_name="articles")
    number = models.IntegerField()
    sub = models.IntegerField(default=0)
    heading = models.CharField(max_length=100, blank=True, default="")
    paragraph_count = models.IntegerField(default=0)
    summary = models.TextField(blank=True, default="")
    text = models.TextField(blank=True, default="")
    division = models.ForeignKey(Division, models.PROTECT, null=True, related_name="articles")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["law", "number", "sub"], name="statutes_article_once")]

    def __str__(self) -> str:
        return f"{self.law_id} {self.number}"


class Amendment(models.Model):
    """A law was amended or repealed (立改废) after it was known here: what rests on it is re-examined — R011.

    `changed` names the articles that differ as [number, sub]; empty where the texts are not both at hand, then every
    citation of the law counts.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    law_name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=AmendmentKind)
    effective_from = models.DateField()
    basis = models.CharField(max_length=300)
    changed = models.JSONField(default=list)
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=100)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["law_name", "effective_from"], name="statutes_amendment_once")]

    def __str__(self) -> str:
        return f"{self.law_name} {self.effective_from}"


append_only("statutes_amendment")


class Reexamination(models.Model):
    """One thing that rests on an amended law and must be looked at again (复核)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    amendment = models.ForeignKey(Amendment, models.PROTECT, related_name="reexaminations")
    jurisdiction = models.CharField(max_length=20)
    kind = models.CharField(max_length=30)
    key = models.CharField(max_length=120)
    target = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    place = models.CharField(max_length=200)
    citations = models.JSONField(default=list)
    listed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["amendment", "kind", "key"], name="statutes_reexamination_once")]

    def __str__(self) -> str:
        return f"{self.title} {self.place}"


append_only("statutes_reexamination")


class ReexaminationOutcome(models.Model):
    """How a re-examination ended: kept with a reason, or changed by a new edition; once, and for good."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reexamination = models.OneToOneField(Reexamination, models.PROTECT, related_name="outcome")
    result = models.CharField(max_length=10, choices=Outcome)
    reason = models.CharField(max_length=500)
    edition = models.CharField(max_length=150, blank=True, default="")
    officer_id = models.UUIDField()
    officer = models.CharField(max_length=100)
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(result=Outcome.KEPT, edition="") | (Q(result=Outcome.CHANGED) & ~Q(edition="")),
                name="statutes_outcome_names_edition",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="statutes_outcome_reason"),
        ]


append_only("statutes_reexaminationoutcome")
# UNIQUE alone would let INSERT OR REPLACE put another outcome in the place of the first.
forbid(
    "statutes_reexaminationoutcome",
    "INSERT",
    "reexamination-closed",
    "EXISTS (SELECT 1 FROM statutes_reexaminationoutcome o WHERE o.reexamination_id = NEW.reexamination_id)",
)


class InstitutionRule(models.Model):
    """A rule of the institution's own (制度文件) through all its versions — R006."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=RuleKind)
    title = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "title"], name="statutes_rule_title_once")]

    def __str__(self) -> str:
        return self.title


append_only("statutes_institutionrule")


class RuleVersion(models.Model):
    """One version of a rule: drafted, issued under a number, superseded or repealed; its text never changes once issued."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    rule = models.ForeignKey(InstitutionRule, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=RuleState, default=RuleState.DRAFT)
    body = models.TextField()
    file_sha256 = models.CharField(max_length=64, blank=True, default="")
    document_number = models.CharField(max_length=60, blank=True, default="")
    effective_from = models.DateField(null=True)
    effective_to = models.DateField(null=True)
    end_reason = models.CharField(max_length=300, blank=True, default="")
    drafted_by = models.CharField(max_length=100)
    drafted_at = models.DateTimeField()
    issued_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule", "number"], name="statutes_ruleversion_numbered_once"),
            models.UniqueConstraint(fields=["rule"], condition=Q(state=RuleState.DRAFT), name="statutes_one_draft"),
            models.UniqueConstraint(fields=["rule"], condition=Q(state=RuleState.ISSUED), name="statutes_one_issued"),
            models.CheckConstraint(
                condition=Q(state=RuleState.DRAFT, effective_from=None, issued_at=None)
                | (Q(effective_from__isnull=False, issued_at__isnull=False) & ~Q(document_number="")),
                name="statutes_ruleversion_issued_whole",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[RuleState.DRAFT, RuleState.ISSUED], effective_to=None)
                | Q(state__in=[RuleState.SUPERSEDED, RuleState.REPEALED], effective_to__isnull=False),
                name="statutes_ruleversion_ended",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule.title}（第{self.number}版）"


append_only("statutes_ruleversion", but=["state", "effective_to", "end_reason"])
forbid(
    "statutes_ruleversion",
    "INSERT",
    "rule-version-gap",
    "NEW.state <> 'draft' OR NEW.number <> "
    "(SELECT COALESCE(MAX(v.number), 0) + 1 FROM statutes_ruleversion v WHERE v.rule_id = NEW.rule_id)",
)
# While it is a draft its text may change, never its rule or number; once issued only its end is set, once.
forbid(
    "statutes_ruleversion",
    "UPDATE",
    "record-immutable",
    "NEW.id <> OLD.id OR NEW.rule_id <> OLD.rule_id OR NEW.number <> OLD.number "
    "OR (OLD.state = 'draft' AND NEW.state NOT IN ('draft', 'issued')) "
    "OR (OLD.state <> 'draft' AND (NEW.body <> OLD.body OR NEW.file_sha256 <> OLD.file_sha256 "
    "OR NEW.document_number <> OLD.document_number OR NEW.effective_from <> OLD.effective_from "
    "OR NEW.drafted_by <> OLD.drafted_by OR NEW.drafted_at <> OLD.drafted_at OR NEW.issued_at <> OLD.issued_at)) "
    "OR (OLD.state = 'issued' AND NEW.state NOT IN ('issued', 'superseded', 'repealed')) "
    "OR OLD.state IN ('superseded', 'repealed')",
)


class RuleFiling(models.Model):
    """Filing of an issued rule with the justice bureau (备案): number, day and receipt — R006."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.OneToOneField(RuleVersion, models.PROTECT, related_name="filing")
    authority = models.CharField(max_length=100)
    number = models.CharField(max_length=60)
    filed_on = models.DateField()
    receipt_sha256 = models.CharField(max_length=64, blank=True, default="")
    recorded_by = models.CharField(max_length=100)
    recorded_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.number


append_only("statutes_rulefiling")
forbid(
    "statutes_rulefiling",
    "INSERT",
    "filing-not-issued",
    "NOT EXISTS (SELECT 1 FROM statutes_ruleversion v WHERE v.id = NEW.version_id AND v.state <> 'draft') "
    "OR EXISTS (SELECT 1 FROM statutes_rulefiling f WHERE f.version_id = NEW.version_id)",
)
