from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer, Organisation
from mingcha.catalogues.choices import IMPORTS_OPEN, UNFINISHED, Conclusion, DraftState, ImportState
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid


class FoundingAct(models.Model):
    """Founding act (建制): the paper decision that put an organ's first lists in force, once per organisation."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.OneToOneField(Organisation, models.PROTECT, related_name="founding_act")
    document_number = models.CharField(max_length=60)
    decided_on = models.DateField()
    decided_by = models.CharField(max_length=100)
    scan_sha256 = models.CharField(max_length=64)
    recorded_at = models.DateTimeField()


class Draft(models.Model):
    """The next edition of a list while it is being written (清单草稿). `content` is what stands outside the entries."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="list_drafts")
    kind = models.CharField(max_length=30)
    key = models.CharField(max_length=30)
    title = models.CharField(max_length=120)
    basis = models.CharField("制定依据", max_length=200, blank=True)
    base = models.ForeignKey("Edition", models.PROTECT, null=True, related_name="+")
    content = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=DraftState.choices, default=DraftState.OPEN)
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    changed_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind", "key"],
                condition=models.Q(state__in=[str(state) for state in UNFINISHED]),
                name="list_draft_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.title}（草稿）"


class DraftEntry(models.Model):
    """One entry of a draft, saved on its own so that two people lose nothing of each other's."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    draft = models.ForeignKey(Draft, models.CASCADE, related_name="entries")
    position = models.PositiveIntegerField()
    code = models.CharField(max_length=40)
    data = models.JSONField()
    inherited = models.BooleanField("来自上级", default=False)
    version = models.PositiveIntegerField(default=1)
    # The version from which on nobody but `changed_by` has written: who types on needs no fresh version.
    run_from = models.PositiveIntegerField(default=1)
    changed_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["draft", "position"], name="draft_entry_order")]


class Drafter(models.Model):
    """Who wrote on a draft; whoever stands here never reviews it."""

    id = models.BigAutoField(primary_key=True)
    draft = models.ForeignKey(Draft, models.PROTECT, related_name="drafters")
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draft", "officer"], name="drafter_once")]


class ListImport(models.Model):
    """A file read into a draft in the background (导入清单): how far it has come, what it refuses, what was chosen.

    Reading writes nothing into the draft; the entries are taken over in one transaction after somebody chose so.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    draft = models.ForeignKey(Draft, models.PROTECT, related_name="imports")
    file = models.CharField(max_length=64)
    filename = models.CharField(max_length=200)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    chosen_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.READING)
    replace = models.BooleanField("替换草稿现有的条目", default=False)
    total = models.PositiveIntegerField(default=0)
    looked = models.PositiveIntegerField(default=0)
    good = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    imported = models.PositiveIntegerField(default=0)
    problems = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    failure = models.CharField(max_length=1000, blank=True, default="")
    started_at = models.DateTimeField()
    # When the background process last moved it; empty until it begins with what is to be done now.
    beat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["draft"],
                condition=models.Q(state__in=[str(state) for state in IMPORTS_OPEN]),
                name="list_import_once",
            )
        ]

    def __str__(self) -> str:
        return f"导入{self.filename}"

    @property
    def percent(self) -> int:
        return 100 if self.finished_at else min(99, self.looked * 100 // max(self.total, 1))


class Proposal(models.Model):
    """A draft as submitted for review (送审稿): content and digest frozen, one row per round."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    draft = models.ForeignKey(Draft, models.PROTECT, related_name="proposals")
    round = models.PositiveIntegerField()
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=30)
    key = models.CharField(max_length=30)
    title = models.CharField(max_length=120)
    basis = models.CharField(max_length=200)
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    submitted_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draft", "round"], name="proposal_round_once")]


class ListReview(models.Model):
    """Review (审核) of a submitted list by the legal office of the same level or the superior department — R010, R013."""

    proposal = models.OneToOneField(Proposal, models.PROTECT, primary_key=True, related_name="review")
    reviewer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    organ = models.CharField("审核机关", max_length=100)
    conclusion = models.CharField(max_length=10, choices=Conclusion.choices)
    opinion = models.TextField()
    # The superior may answer on paper: then number and scan of its letter stand here.
    document_number = models.CharField(max_length=60, blank=True)
    scan_sha256 = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()


class Superior(models.Model):
    """From whom an organ takes fixed entries of a kind of list (上级清单) — R017; ended, never changed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=30)
    superior = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    since = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind"], condition=models.Q(until=None), name="superior_once"
            ),
            models.CheckConstraint(condition=~models.Q(organisation=models.F("superior")), name="superior_is_another"),
        ]


class Edition(models.Model):
    """One edition of one list: envelope, typed entries, approval, period in force."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="editions")
    kind = models.CharField(max_length=30)
    key = models.CharField(max_length=30)
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=120)
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    basis = models.CharField("批准依据", max_length=200)
    approved_by = models.CharField(max_length=100)
    effective_from = models.DateField()
    effective_to = models.DateField(null=True)
    published_at = models.DateTimeField()
    # On what it rests: the founding act, or the approved review of exactly this content.
    founding = models.ForeignKey(FoundingAct, models.PROTECT, null=True, related_name="editions")
    review = models.OneToOneField(ListReview, models.PROTECT, null=True, related_name="edition")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "kind", "key", "number"], name="edition_numbered_once"),
            models.CheckConstraint(
                condition=models.Q(effective_to=None) | models.Q(effective_to__gte=models.F("effective_from")),
                name="edition_dates",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}（第{self.number}版）"


class Withdrawal(models.Model):
    """Withdrawal (撤回) of an edition without a next one: it ends on its last day, the reason stays."""

    edition = models.OneToOneField(Edition, models.PROTECT, primary_key=True, related_name="withdrawal")
    reason = models.CharField(max_length=500)
    last_day = models.DateField()
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


append_only("catalogues_foundingact")
append_only("catalogues_drafter")
_MOVES = ("state", "replace", "total", "looked", "good", "refused", "imported", "problems", "notes", "failure")
append_only("catalogues_listimport", but=(*_MOVES, "chosen_by_id", "beat_at", "finished_at"))
forbid(
    "catalogues_listimport",
    "UPDATE",
    "list-import-closed",
    "OLD.state IN ('done', 'cancelled', 'failed') OR NEW.id <> OLD.id OR NEW.draft_id <> OLD.draft_id "
    "OR NEW.file <> OLD.file OR NEW.by_id <> OLD.by_id OR NEW.started_at <> OLD.started_at "
    # Nothing is taken over that was not read to its end and chosen.
    "OR (NEW.state = 'taking' AND OLD.state NOT IN ('read', 'taking')) "
    "OR (NEW.state = 'done' AND OLD.state <> 'taking')",
)
append_only("catalogues_proposal")
append_only("catalogues_listreview", "proposal_id")
append_only("catalogues_withdrawal", "edition_id")
append_only("catalogues_superior", but=["until"])
append_only("catalogues_edition", but=["effective_to"])
_SAME = "e.organisation_id = NEW.organisation_id AND e.kind = NEW.kind AND e.key = NEW.key"
_FIXED = ("organisation_id", "kind", "key", "number", "digest", "effective_from", "published_at", "title", "basis")
_LINKS = ("founding_id", "review_id")


def _changed(*names: str) -> str:
    """SQL: one of these columns, which may be null, is another than before."""
    return " OR ".join(
        f"COALESCE(CAST(NEW.{name} AS TEXT), '') <> COALESCE(CAST(OLD.{name} AS TEXT), '')" for name in names
    )


# The end of an edition is set once, when the next one follows or it is withdrawn; nothing else of it ever changes.
forbid(
    "catalogues_edition",
    "UPDATE",
    "record-immutable",
    " OR ".join(f"NEW.{name} <> OLD.{name}" for name in _FIXED)
    + f" OR OLD.effective_to IS NOT NULL OR CAST(NEW.content AS TEXT) <> CAST(OLD.content AS TEXT) OR {_changed(*_LINKS)}",
)
_NEXT = f"(SELECT COALESCE(MAX(e.number), 0) + 1 FROM catalogues_edition e WHERE {_SAME})"
_OVERLAP = (
    f"EXISTS (SELECT 1 FROM catalogues_edition e WHERE {_SAME} AND e.id <> NEW.id "
    "AND (e.effective_to IS NULL OR e.effective_to >= NEW.effective_from))"
)
forbid("catalogues_edition", "INSERT", "edition-number-gap", f"NEW.number <> {_NEXT}")
forbid("catalogues_edition", "INSERT", "edition-overlap", _OVERLAP)
# Says nothing of rows that the two triggers above refuse already, so that each refusal has one code.
forbid(
    "catalogues_edition",
    "INSERT",
    "edition-without-review",
    f"NEW.number = {_NEXT} AND NOT {_OVERLAP} "
    "AND NOT EXISTS (SELECT 1 FROM catalogues_listreview r JOIN catalogues_proposal p ON p.id = r.proposal_id "
    "WHERE r.proposal_id = NEW.review_id AND r.conclusion = 'agree' AND p.organisation_id = NEW.organisation_id "
    "AND p.kind = NEW.kind AND p.key = NEW.key AND p.digest = NEW.digest "
    "AND CAST(p.content AS TEXT) = CAST(NEW.content AS TEXT)) "
    "AND NOT EXISTS (SELECT 1 FROM catalogues_foundingact f "
    "WHERE f.id = NEW.founding_id AND f.organisation_id = NEW.organisation_id AND NEW.number = 1)",
)
forbid(
    "catalogues_proposal",
    "INSERT",
    "proposal-round-gap",
    "NEW.round <> (SELECT COALESCE(MAX(p.round), 0) + 1 FROM catalogues_proposal p WHERE p.draft_id = NEW.draft_id)",
)
forbid(
    "catalogues_listreview",
    "INSERT",
    "list-reviewer-drafted",
    "EXISTS (SELECT 1 FROM catalogues_drafter d JOIN catalogues_proposal p ON p.draft_id = d.draft_id "
    "WHERE p.id = NEW.proposal_id AND d.officer_id = NEW.reviewer_id)",
)
forbid(
    "catalogues_listreview",
    "INSERT",
    "list-review-outdated",
    "EXISTS (SELECT 1 FROM catalogues_proposal p JOIN catalogues_proposal l ON l.draft_id = p.draft_id "
    "WHERE p.id = NEW.proposal_id AND l.round > p.round)",
)
forbid(
    "catalogues_superior",
    "UPDATE",
    "record-immutable",
    f"OLD.until IS NOT NULL OR {_changed('organisation_id', 'kind', 'superior_id', 'since')}",
)
_ABOVE = "JOIN catalogues_superior {0} ON {0}.organisation_id = {1}.superior_id AND {0}.kind = NEW.kind AND {0}.until IS NULL"
# A ring of up to five organs; the action walks rings of any length.
forbid(
    "catalogues_superior",
    "INSERT",
    "inheritance-circular",
    " OR ".join(
        "EXISTS (SELECT 1 FROM catalogues_superior a "
        + " ".join(_ABOVE.format("bcd"[n], "abc"[n]) for n in range(length))
        + " WHERE a.organisation_id = NEW.superior_id AND a.kind = NEW.kind AND a.until IS NULL "
        + f"AND {'abcd'[length]}.superior_id = NEW.organisation_id)"
        for length in range(4)
    ),
)
