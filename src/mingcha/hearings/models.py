from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer
from mingcha.cases.models import Case, Evidence, Statement
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid
from mingcha.documents.models import Document
from mingcha.hearings.choices import Attending, Ending, Proposal, Secret


class Hearing(models.Model):
    """A hearing (听证) that a party demanded; it begins with the naming of its host — 行政处罚法 art. 63."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="hearings")
    request = models.OneToOneField(Statement, models.PROTECT, related_name="hearing")
    agents_most = models.PositiveSmallIntegerField("委托代理人的最多人数")
    opened_at = models.DateTimeField()


class Session(models.Model):
    """Time and place of a hearing as told to the party (听证通知) — art. 64 (2), (3). A new date is a new row."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    hearing = models.ForeignKey(Hearing, models.PROTECT, related_name="sessions")
    seq = models.PositiveIntegerField()
    host = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    # The host's own word that no direct interest binds him to the case (art. 64 (4)).
    disinterested = models.BooleanField()
    clerk = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    held_at = models.DateTimeField()
    held_on = models.DateField()
    earliest_on = models.DateField("最早可以举行之日")
    place = models.CharField(max_length=200)
    public = models.BooleanField()
    secret = models.CharField(max_length=10, choices=Secret.choices, blank=True)
    secret_why = models.CharField(max_length=300, blank=True)
    reason = models.CharField("改期的理由", max_length=500, blank=True)
    notice = models.OneToOneField(Document, models.PROTECT, related_name="+")
    announcement = models.OneToOneField(Document, models.PROTECT, null=True, related_name="+")
    # The host's word that the day lies in a year whose holidays are not announced yet, and will be looked at again.
    unannounced = models.BooleanField(default=False)
    calendar_version = models.CharField(max_length=40)
    fixed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hearing", "seq"], name="hearing_session_once"),
            models.CheckConstraint(condition=models.Q(disinterested=True), name="hearing_host_disinterested"),
            models.CheckConstraint(
                condition=models.Q(public=True, secret="") | models.Q(public=False) & ~models.Q(secret=""),
                name="hearing_closed_with_ground",
            ),
            models.CheckConstraint(
                condition=models.Q(held_on__gte=models.F("earliest_on")), name="hearing_not_before_time"
            ),
            models.CheckConstraint(condition=models.Q(seq=1) | ~models.Q(reason=""), name="hearing_moved_with_reason"),
        ]


class Attendee(models.Model):
    """Who takes part in a hearing and by what authority (听证参加人) — art. 64 (5)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    hearing = models.ForeignKey(Hearing, models.PROTECT, related_name="attendees")
    role = models.CharField(max_length=12, choices=Attending.choices)
    name = models.CharField(max_length=60)
    authority = models.CharField("证件、授权", max_length=200, blank=True)
    registered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hearing", "role", "name"], name="hearing_attendee_once"),
            models.CheckConstraint(
                condition=~models.Q(role="agent") | ~models.Q(authority=""), name="hearing_agent_authorised"
            ),
        ]


class Closing(models.Model):
    """The end of a hearing: held with its record, or terminated (听证结束) — art. 64 (6), (8)."""

    hearing = models.OneToOneField(Hearing, models.PROTECT, primary_key=True, related_name="closing")
    session = models.OneToOneField(Session, models.PROTECT, related_name="+")
    ending = models.CharField(max_length=10, choices=Ending.choices)
    record = models.OneToOneField(Document, models.PROTECT, null=True, related_name="+")
    reason = models.TextField("终止的情况", blank=True)
    held_on = models.DateField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ending="held", record__isnull=False)
                | models.Q(ending__in=["absent", "left"]) & ~models.Q(reason=""),
                name="hearing_ends_on_record",
            )
        ]


class Examined(models.Model):
    """A piece of evidence shown and examined at the hearing (质证) — art. 64 (7), 65."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    closing = models.ForeignKey(Closing, models.PROTECT, related_name="examined")
    evidence = models.ForeignKey(Evidence, models.PROTECT, related_name="+")
    opinion = models.TextField("质证意见")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["closing", "evidence"], name="hearing_examined_once")]


class Report(models.Model):
    """The host's report with his opinion (听证报告), on which the decision rests — art. 65."""

    hearing = models.OneToOneField(Hearing, models.PROTECT, primary_key=True, related_name="report")
    document = models.OneToOneField(Document, models.PROTECT, related_name="+")
    proposal = models.CharField(max_length=10, choices=Proposal.choices)
    reported_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


for _table in ("hearing", "session", "attendee", "examined"):
    append_only(f"hearings_{_table}")
append_only("hearings_closing", "hearing_id")
append_only("hearings_report", "hearing_id")

forbid(
    "hearings_hearing",
    "INSERT",
    "hearing-not-asked",
    "NOT EXISTS (SELECT 1 FROM cases_statement s WHERE s.id = NEW.request_id AND s.case_id = NEW.case_id "
    "AND s.kind = 'hearing_requested')",
)
# The host holds that duty and no other, and nobody decided that he stays away (art. 64 (4)).
_NO_HOST = (
    "NOT EXISTS (SELECT 1 FROM hearings_hearing h JOIN cases_duty d ON d.case_id = h.case_id "
    "WHERE h.id = {hearing} AND d.officer_id = {officer} AND d.duty = 'hearing_host') "
    "OR EXISTS (SELECT 1 FROM hearings_hearing h JOIN cases_duty d ON d.case_id = h.case_id "
    "WHERE h.id = {hearing} AND d.officer_id = {officer} AND d.duty IN ('handler', 'reviewer', 'decider')) "
    "OR EXISTS (SELECT 1 FROM hearings_hearing h JOIN cases_avoidance a ON a.case_id = h.case_id "
    "WHERE h.id = {hearing} AND a.officer_id = {officer} AND a.state = 'granted')"
)
forbid(
    "hearings_session",
    "INSERT",
    "hearing-host-unfit",
    _NO_HOST.format(hearing="NEW.hearing_id", officer="NEW.host_id")
    + " OR NEW.clerk_id = NEW.host_id OR EXISTS (SELECT 1 FROM hearings_hearing h JOIN cases_duty d "
    "ON d.case_id = h.case_id WHERE h.id = NEW.hearing_id AND d.officer_id = NEW.clerk_id AND d.duty = 'handler')",
)
forbid(
    "hearings_report",
    "INSERT",
    "hearing-host-unfit",
    _NO_HOST.format(hearing="NEW.hearing_id", officer="NEW.reported_by_id"),
)
# A day that is announced as a holiday in the newest edition of its year, for the nation.
forbid(
    "hearings_session",
    "INSERT",
    "hearing-on-day-off",
    "EXISTS (SELECT 1 FROM deadlines_workcalendarday d JOIN deadlines_workcalendaryear y ON y.id = d.year_id "
    "WHERE d.date = NEW.held_on AND d.\"off\" AND y.overlay = '' AND y.edition = (SELECT MAX(z.edition) "
    "FROM deadlines_workcalendaryear z WHERE z.year = y.year AND z.overlay = ''))",
)
# A year that nobody has announced is never read as a year without holidays.
forbid(
    "hearings_session",
    "INSERT",
    "hearing-year-unannounced",
    "NOT NEW.unannounced AND NOT EXISTS (SELECT 1 FROM deadlines_workcalendaryear y WHERE y.overlay = '' AND y.announced "
    "AND y.year = CAST(SUBSTR(CAST(NEW.held_on AS TEXT), 1, 4) AS INTEGER) AND y.edition = (SELECT MAX(z.edition) "
    "FROM deadlines_workcalendaryear z WHERE z.year = y.year AND z.overlay = ''))",
)
# A day that was announced as a holiday after it was fixed, and before it came: nobody is heard on it.
forbid(
    "hearings_closing",
    "INSERT",
    "hearing-on-day-off",
    "EXISTS (SELECT 1 FROM hearings_session s JOIN deadlines_workcalendarday d ON d.date = s.held_on "
    "JOIN deadlines_workcalendaryear y ON y.id = d.year_id WHERE s.id = NEW.session_id AND d.\"off\" AND y.overlay = '' "
    "AND y.recorded_at <= s.held_at AND y.edition = (SELECT MAX(z.edition) FROM deadlines_workcalendaryear z "
    "WHERE z.year = y.year AND z.overlay = ''))",
)
forbid(
    "hearings_session",
    "INSERT",
    "hearing-ended",
    "EXISTS (SELECT 1 FROM hearings_closing c WHERE c.hearing_id = NEW.hearing_id) "
    "OR EXISTS (SELECT 1 FROM hearings_session s WHERE s.hearing_id = NEW.hearing_id AND s.seq >= NEW.seq)",
)
forbid(
    "hearings_session",
    "INSERT",
    "hearing-notice-mismatch",
    "NOT EXISTS (SELECT 1 FROM documents_document d JOIN hearings_hearing h ON h.case_id = d.case_id "
    "WHERE d.id = NEW.notice_id AND h.id = NEW.hearing_id AND d.kind = 'hearing-notice')",
)
forbid(
    "hearings_attendee",
    "INSERT",
    "hearing-agents-too-many",
    "NEW.role = 'agent' AND (SELECT COUNT(*) FROM hearings_attendee a WHERE a.hearing_id = NEW.hearing_id "
    "AND a.role = 'agent') >= (SELECT h.agents_most FROM hearings_hearing h WHERE h.id = NEW.hearing_id)",
)
# Nobody is heard whom no notice reached, and none before the first day that the seven working days allow.
forbid(
    "hearings_closing",
    "INSERT",
    "hearing-before-its-day",
    "NOT EXISTS (SELECT 1 FROM hearings_session s JOIN documents_service v ON v.document_id = s.notice_id "
    "WHERE s.id = NEW.session_id AND s.hearing_id = NEW.hearing_id AND s.held_on <= NEW.held_on) "
    "OR EXISTS (SELECT 1 FROM hearings_hearing h JOIN deadlines_runningperiod p ON p.case_id = h.case_id "
    "WHERE h.id = NEW.hearing_id AND p.rule = 'PEN-05' AND p.ended_on IS NULL AND p.due_on > NEW.held_on)",
)
forbid(
    "hearings_closing",
    "INSERT",
    "hearing-record-mismatch",
    "NEW.record_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM documents_document d JOIN hearings_hearing h "
    "ON h.case_id = d.case_id WHERE d.id = NEW.record_id AND h.id = NEW.hearing_id AND d.kind = 'hearing-record')",
)
forbid(
    "hearings_report",
    "INSERT",
    "hearing-not-held",
    "NOT EXISTS (SELECT 1 FROM hearings_closing c JOIN hearings_hearing h ON h.id = c.hearing_id "
    "JOIN documents_document d ON d.case_id = h.case_id WHERE c.hearing_id = NEW.hearing_id AND c.ending = 'held' "
    "AND d.id = NEW.document_id AND d.kind = 'hearing-report')",
)
