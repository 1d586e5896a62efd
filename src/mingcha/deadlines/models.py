"""Working-day calendar, running periods, stop-clocks (工作日历、期限、停止计算)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from mingcha.accounts.models import Officer
from mingcha.common import clock
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid
from mingcha.deadlines.choices import NoticeKind, Outcome, PeriodKind


class WorkCalendarYear(models.Model):
    """One edition of a year of the working-day calendar (工作日历) — 全国年节及纪念日放假办法.

    A correction is a new edition; the highest edition of a year counts. `overlay` is empty for the nation, else the
    leading digits of the jurisdictions to which the extra days apply (放假办法 art. 4: festivals of minorities).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    overlay = models.CharField(max_length=12, blank=True, default="")
    year = models.IntegerField()
    edition = models.IntegerField()
    announced = models.BooleanField()
    source = models.TextField()
    recorded_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["overlay", "year", "edition"], name="deadlines_year_edition"),
            models.CheckConstraint(condition=Q(edition__gte=1), name="deadlines_year_edition_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.year}年第{self.edition}版"


class WorkCalendarDay(models.Model):
    """A day that differs from the plain week (放假或调休上班) in one edition of a year."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    year = models.ForeignKey(WorkCalendarYear, models.PROTECT, related_name="days")
    date = models.DateField()
    off = models.BooleanField()
    name = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["year", "date"], name="deadlines_day_once")]

    def __str__(self) -> str:
        return f"{self.date} {self.name}"


class RunningPeriod(models.Model):
    """A period that runs in a case (期限): rule, start, last day, its explanation, how it ended.

    `due_on` is the last day, for a waiting rule the earliest day to act. `subject` tells periods of one rule in
    one case apart (a party, a document). Entries are keys of the journal. A period in hours also keeps its instants.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case_id = models.UUIDField()
    jurisdiction = models.CharField(max_length=32)
    rule = models.CharField(max_length=20)
    subject = models.CharField(max_length=100, blank=True, default="")
    label = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=PeriodKind.choices)
    article = models.CharField(max_length=200)
    length = models.IntegerField()
    basis = models.CharField(max_length=300, blank=True, default="")
    starts_on = models.DateField()
    due_on = models.DateField()
    amber_on = models.DateField()
    starts_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    provisional = models.BooleanField(default=False)
    paused = models.BooleanField(default=False)
    explanation = models.JSONField()
    started_by_entry = models.BigIntegerField(null=True)
    ended_by_entry = models.BigIntegerField(null=True)
    ended_on = models.DateField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["case_id", "starts_on"], name="deadlines_period_case"),
            models.Index(
                fields=["jurisdiction", "due_on"], condition=Q(ended_on__isnull=True), name="deadlines_period_open"
            ),
            models.Index(fields=["amber_on"], condition=Q(ended_on__isnull=True), name="deadlines_period_amber"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case_id", "rule", "subject"],
                condition=Q(ended_on__isnull=True),
                name="deadlines_one_open_period",
            ),
            models.CheckConstraint(condition=Q(due_on__gte=F("starts_on")), name="deadlines_due_after_start"),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True, outcome="") | (Q(ended_on__isnull=False) & ~Q(outcome="")),
                name="deadlines_end_has_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.due_on}"


class PeriodPause(models.Model):
    """Stop-clock (停止计算): the days from `first_day` to `last_day`, both included, do not count."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    period = models.ForeignKey(RunningPeriod, models.PROTECT, related_name="pauses")
    reason = models.CharField(max_length=100)
    basis = models.CharField(max_length=300)
    notice_document = models.CharField(max_length=100, blank=True, default="")
    first_day = models.DateField()
    last_day = models.DateField(null=True)
    opened_by_entry = models.BigIntegerField(null=True)
    closed_by_entry = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["period"], condition=Q(last_day__isnull=True), name="deadlines_one_open_pause"
            ),
            models.CheckConstraint(
                condition=Q(last_day__isnull=True) | Q(last_day__gte=F("first_day")), name="deadlines_pause_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.first_day}"


class PeriodExtension(models.Model):
    """Extension (延长): once per period, by the person whom the law names, with reason and notice to the party."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    period = models.OneToOneField(RunningPeriod, models.PROTECT, related_name="extension")
    length = models.IntegerField()
    granted_by = models.CharField(max_length=100)
    granted_on = models.DateField()
    reason = models.CharField(max_length=300)
    basis = models.CharField(max_length=300)
    notice_document = models.CharField(max_length=100, blank=True, default="")
    entry = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(length__gte=1), name="deadlines_extension_positive")]

    def __str__(self) -> str:
        return f"延长{self.length}"


class Recalculation(models.Model):
    """Open periods reckoned anew after a change of the calendar (重新计算): how far it has come, so that a kill loses nothing.

    `cursor` is the key of the last period looked at; `actor` is who changed the calendar.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    edition = models.OneToOneField(WorkCalendarYear, models.PROTECT, related_name="recalculation")
    actor = models.JSONField()
    total = models.IntegerField()
    looked = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    cursor = models.UUIDField(null=True)
    started_at = models.DateTimeField(default=clock.now)
    beat_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["started_at"], condition=Q(finished_at__isnull=True), name="deadlines_recalc_open")
        ]

    def __str__(self) -> str:
        return f"重新计算{self.looked}/{self.total}"

    @property
    def percent(self) -> int:
        return 100 if self.finished_at else min(99, self.looked * 100 // max(self.total, 1))


class Notice(models.Model):
    """A notice about a period (期限提醒): its last day changed, a third is left, or it has passed. One per occasion.

    `officers` are those on duty at that time, by key; who takes the case later finds the notice through the case.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    period = models.ForeignKey(RunningPeriod, models.PROTECT, related_name="notices")
    case_id = models.UUIDField()
    officers = models.JSONField()
    kind = models.CharField(max_length=10, choices=NoticeKind.choices)
    due_on = models.DateField()
    was_due_on = models.DateField(null=True)
    recalculation = models.ForeignKey(Recalculation, models.PROTECT, null=True, related_name="notices")
    made_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["case_id", "-made_at"], name="deadlines_notice_case")]
        constraints = [
            models.UniqueConstraint(
                fields=["period", "kind", "due_on"],
                condition=Q(recalculation__isnull=True),
                name="deadlines_reminder_once",
            ),
            models.UniqueConstraint(
                fields=["period", "recalculation"],
                condition=Q(recalculation__isnull=False),
                name="deadlines_change_told_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.due_on}"


class NoticeSeen(models.Model):
    """An officer has looked at the notices up to this instant (已阅提醒); the newest row counts."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    seen_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["officer", "-seen_at"], name="deadlines_seen_by")]

    def __str__(self) -> str:
        return f"{self.officer_id} {self.seen_at}"


append_only("deadlines_workcalendaryear")
append_only("deadlines_workcalendarday")
forbid(
    "deadlines_workcalendaryear",
    "INSERT",
    "edition-not-next",
    'NEW."edition" <> (SELECT COALESCE(MAX(t."edition"), 0) + 1 FROM "deadlines_workcalendaryear" t '
    'WHERE t."overlay" = NEW."overlay" AND t."year" = NEW."year")',
)

append_only("deadlines_runningperiod", but=("due_on", "ended_on"))
forbid(
    "deadlines_runningperiod",
    "UPDATE",
    "period-start-immutable",
    'NEW."id" <> OLD."id" OR NEW."case_id" <> OLD."case_id" OR NEW."jurisdiction" <> OLD."jurisdiction" '
    'OR NEW."rule" <> OLD."rule" OR NEW."subject" <> OLD."subject" OR NEW."kind" <> OLD."kind" '
    'OR NEW."length" <> OLD."length" OR NEW."starts_on" <> OLD."starts_on" '
    'OR COALESCE(NEW."started_by_entry", -1) <> COALESCE(OLD."started_by_entry", -1) '
    'OR (NEW."starts_at" IS NULL AND OLD."starts_at" IS NOT NULL) '
    'OR (NEW."starts_at" IS NOT NULL AND (OLD."starts_at" IS NULL OR NEW."starts_at" <> OLD."starts_at"))',
)
forbid("deadlines_runningperiod", "UPDATE", "period-ended", 'OLD."ended_on" IS NOT NULL')

append_only("deadlines_periodpause", but=("last_day",))
forbid(
    "deadlines_periodpause",
    "UPDATE",
    "pause-immutable",
    'OLD."last_day" IS NOT NULL OR NEW."id" <> OLD."id" OR NEW."period_id" <> OLD."period_id" '
    'OR NEW."first_day" <> OLD."first_day" OR NEW."reason" <> OLD."reason" OR NEW."basis" <> OLD."basis" '
    'OR NEW."notice_document" <> OLD."notice_document"',
)

append_only("deadlines_periodextension")
forbid(
    "deadlines_periodextension",
    "INSERT",
    "period-ended",
    'EXISTS (SELECT 1 FROM "deadlines_runningperiod" p WHERE p."id" = NEW."period_id" AND p."ended_on" IS NOT NULL)',
)

append_only("deadlines_recalculation", but=("looked", "changed", "cursor", "beat_at", "finished_at"))
forbid(
    "deadlines_recalculation",
    "UPDATE",
    "recalculation-only-forward",
    'OLD."finished_at" IS NOT NULL OR NEW."id" <> OLD."id" OR NEW."edition_id" <> OLD."edition_id" '
    'OR NEW."total" <> OLD."total" OR NEW."looked" < OLD."looked" OR NEW."changed" < OLD."changed"',
)

append_only("deadlines_notice")
append_only("deadlines_noticeseen")
