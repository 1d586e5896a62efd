"""Tables of purging (清除清册): recordings that concern no case, destroyed after their term by two persons — 档案法 art. 31."""

from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer, Organisation
from mingcha.archives.keeping.choices import ClosingKind
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid
from mingcha.recordings.models import Assignment, Intake


class Purge(models.Model):
    """A list of received recordings that concern no case and are past their term (清除清册)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="purges")
    seq = models.PositiveIntegerField()
    year = models.PositiveIntegerField()
    reason = models.CharField(max_length=300)
    made_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "year", "seq"], name="purge_number_once"),
        ]

    def __str__(self) -> str:
        return f"音像清除清册〔{self.year}〕{self.seq}号"


class PurgeItem(models.Model):
    """A recording on the list: who said that it concerns no case, until when it had to be kept, with the reckoning."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    purge = models.ForeignKey(Purge, models.PROTECT, related_name="items")
    intake = models.ForeignKey(Intake, models.PROTECT, related_name="purge_items")
    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="+")
    kept_until = models.DateField()
    reckoning = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["purge", "intake"], name="purge_item_once")]


class PurgeClosing(models.Model):
    """A list that is not carried out: refused by the second person, or taken back by its maker."""

    purge = models.OneToOneField(Purge, models.PROTECT, primary_key=True, related_name="closing")
    kind = models.CharField(max_length=10, choices=ClosingKind.choices)
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class PurgeRun(models.Model):
    """The second person approved the list and it was carried out; rows, digests and tombstones stay."""

    purge = models.OneToOneField(Purge, models.PROTECT, primary_key=True, related_name="run")
    opinion = models.CharField(max_length=300)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    day = models.DateField()
    at = models.DateTimeField()
    # What was destroyed, what survived because somebody else still needs the same bytes.
    files = models.PositiveIntegerField()
    shared = models.PositiveIntegerField()


for _table, _key in (
    ("purge", "id"),
    ("purgeitem", "id"),
    ("purgeclosing", "purge_id"),
    ("purgerun", "purge_id"),
):
    append_only(f"archives_{_table}", _key)

_RUN = "SELECT 1 FROM archives_purgerun r WHERE r.purge_id = NEW.purge_id"
_CLOSED = "SELECT 1 FROM archives_purgeclosing k WHERE k.purge_id = NEW.purge_id"
# Whatever belongs, or once belonged, to a case goes with that case and not by this list.
_OWNED = (
    "EXISTS (SELECT 1 FROM recordings_recording v WHERE v.intake_id = {intake}) "
    "OR EXISTS (SELECT 1 FROM recordings_intake t JOIN cases_evidence e ON e.file_id = t.file_id WHERE t.id = {intake})"
)
_APART = (
    "EXISTS (SELECT 1 FROM recordings_secretmark m WHERE m.intake_id = {intake} AND NOT EXISTS ("
    "SELECT 1 FROM recordings_secretlift l WHERE l.mark_id = m.id))"
)
# The word that a recording concerns no case still stands, and it is the one that the list names.
_NO_WORD = (
    "NOT EXISTS (SELECT 1 FROM recordings_assignment a WHERE a.id = {word} AND a.intake_id = {intake} "
    "AND a.outcome = 'unrelated' AND NOT EXISTS ("
    "SELECT 1 FROM recordings_assignment n WHERE n.replaces_id = a.id))"
)
_NEW = {"intake": "NEW.intake_id", "word": "NEW.assignment_id"}
_LISTED = {"intake": "i.intake_id", "word": "i.assignment_id"}
_ITEMS = "EXISTS (SELECT 1 FROM archives_purgeitem i WHERE i.purge_id = NEW.purge_id AND ({condition}))"

for _code, _condition in (
    ("purge-in-a-case", _OWNED),
    ("purge-secret", _APART),
    ("purge-not-set-aside", _NO_WORD),
):
    forbid("archives_purgeitem", "INSERT", _code, _condition.format(**_NEW))
    forbid("archives_purgerun", "INSERT", _code, _ITEMS.format(condition=_condition.format(**_LISTED)))
forbid(
    "archives_purgeitem",
    "INSERT",
    "purge-elsewhere",
    "NOT EXISTS (SELECT 1 FROM archives_purge c JOIN recordings_intake t "
    "ON t.organisation_id = c.organisation_id WHERE c.id = NEW.purge_id AND t.id = NEW.intake_id)",
)
# What is closed or carried out is not added to.
forbid("archives_purgeitem", "INSERT", "purge-ended", f"EXISTS ({_RUN}) OR EXISTS ({_CLOSED})")
forbid("archives_purgerun", "INSERT", "purge-ended", f"EXISTS ({_CLOSED})")
forbid("archives_purgeclosing", "INSERT", "purge-ended", f"EXISTS ({_RUN})")
forbid("archives_purgerun", "INSERT", "purge-still-kept", _ITEMS.format(condition="i.kept_until >= NEW.day"))
# Neither who made the list nor who said that a recording concerns no case lets it go.
forbid(
    "archives_purgerun",
    "INSERT",
    "purge-same-person",
    "EXISTS (SELECT 1 FROM archives_purge c WHERE c.id = NEW.purge_id AND c.made_by_id = NEW.by_id) OR "
    + _ITEMS.format(
        condition="EXISTS (SELECT 1 FROM recordings_assignment a WHERE a.id = i.assignment_id "
        "AND a.officer_id = NEW.by_id)"
    ),
)
# What is gone is not given to a case afterwards.
forbid(
    "recordings_assignment",
    "INSERT",
    "recording-purged",
    "EXISTS (SELECT 1 FROM archives_purgeitem i JOIN archives_purgerun r "
    "ON r.purge_id = i.purge_id WHERE i.intake_id = NEW.intake_id)",
)
