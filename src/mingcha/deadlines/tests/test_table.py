"""The calendar table, running periods and stop-clocks through the real actions, and attacks on the rows."""

import datetime as dt
import json
import uuid

import pytest
from click.testing import CliRunner
from django.db import DatabaseError, connection, transaction

from mingcha.common.canonical import plain
from mingcha.common.errors import InvalidInput, NotFound, code_of_database_error
from mingcha.deadlines import actions, commands, queries, shipped
from mingcha.deadlines.calendar import CalendarDay
from mingcha.deadlines.choices import Colour, Outcome
from mingcha.deadlines.errors import (
    CalendarUnusable,
    LengthMissing,
    PeriodEnded,
    PeriodState,
    RuleHasNoDate,
    RuleNotInForce,
    RuleUnknown,
)
from mingcha.deadlines.models import Notice, PeriodPause, RunningPeriod, WorkCalendarDay, WorkCalendarYear
from mingcha.ledger.actors import ActorSnapshot
from mingcha.ledger.models import JournalEntry

pytestmark = pytest.mark.django_db
day = dt.date.fromisoformat
HOME = "990100"
ADMIN = ActorSnapshot("1", "安管理", "管理员", "1", "明水区综合行政执法局")
YEAR_2027 = [
    CalendarDay(day("2027-01-01"), True, "元旦"),
    CalendarDay(day("2027-01-04"), True, "元旦"),
    CalendarDay(day("2027-01-09"), False, "元旦"),
]


@pytest.fixture(autouse=True)
def table() -> None:
    actions.load_shipped_calendar()


def start(rule_id: str, on: str, **more: object) -> RunningPeriod:
    values: dict = {"case_id": uuid.uuid4(), "jurisdiction": HOME, "start": day(on), **more}
    return actions.start(rule_id, **values)


def announce(days: list[CalendarDay], year: int = 2027, **more: object) -> tuple:
    return actions.announce_year(year, days, source="国办发明电（编造）", actor=ADMIN, log=HOME, **more)


def test_loading_twice_changes_nothing() -> None:
    before = WorkCalendarYear.objects.count(), WorkCalendarDay.objects.count()
    assert actions.load_shipped_calendar() == 0
    assert (WorkCalendarYear.objects.count(), WorkCalendarDay.objects.count()) == before
    assert before[0] == 21 and before[1] == sum(len(year.days) for year in shipped.years())
    table = queries.calendar(HOME)
    assert table.days == shipped.calendar().days and table.announced == shipped.calendar().announced


def test_an_edit_reaches_the_kept_calendar_at_once_and_the_entry_is_written() -> None:
    assert not queries.calendar(HOME).is_announced(day("2027-01-04"))
    edition, _ = announce(YEAR_2027)
    assert not queries.calendar(HOME).is_workday(day("2027-01-04"))
    assert edition.edition == 2
    entry = JournalEntry.objects.get(kind="calendar-announced")
    assert (entry.subject_id, entry.log) == (str(edition.pk), HOME)
    announce([CalendarDay(day("2027-01-01"), True, "元旦")])
    assert queries.calendar(HOME).is_workday(day("2027-01-04"))


def test_an_edit_by_another_process_is_seen() -> None:
    assert not queries.calendar(HOME).is_announced(day("2027-01-04"))
    row = WorkCalendarYear(year=2027, edition=2, announced=True, source="另一进程")
    with connection.cursor() as cursor:
        key = row.pk if connection.features.has_native_uuid_field else row.pk.hex
        cursor.execute(
            "INSERT INTO deadlines_workcalendaryear (id, overlay, year, edition, announced, source, recorded_at) "
            "VALUES (%s, '', 2027, 2, %s, 'x', %s)",
            [key, True, connection.ops.adapt_datetimefield_value(row.recorded_at)],
        )
    assert queries.calendar(HOME).is_announced(day("2027-01-04"))


def test_overlay_reaches_only_its_jurisdictions() -> None:
    festival = day("2026-08-07")
    announce([CalendarDay(festival, True, "火把节")], 2026, overlay="5323")
    assert not queries.calendar("532301").is_workday(festival)
    assert queries.calendar(HOME).is_workday(festival)
    assert queries.calendar("532301").is_announced(day("2026-01-01"))


def test_an_overlay_alone_does_not_announce_the_year() -> None:
    announce([CalendarDay(day("2027-07-27"), True, "火把节")], overlay="5323")
    assert not queries.calendar("532301").is_announced(day("2027-07-27"))


def test_announcing_recomputes_the_provisional_periods_only() -> None:
    open_row = start("PEN-04", "2026-12-28", entry=7)
    untouched = start("PEN-04", "2026-11-02")
    ended = start("PEN-04", "2026-12-28")
    actions.end(ended.pk, on=day("2026-12-30"))
    assert (open_row.provisional, open_row.due_on) == (True, day("2027-01-04"))
    _, job = announce(YEAR_2027)
    assert job is not None and job.finished_at is not None
    assert (job.total, job.looked, job.changed) == (1, 1, 1)
    entry = JournalEntry.objects.get(kind="period-recomputed")
    assert (entry.case_id, entry.subject_id) == (open_row.case_id, str(open_row.pk))
    told = Notice.objects.get()
    assert (told.period_id, told.kind, told.was_due_on) == (open_row.pk, "changed", day("2027-01-04"))
    again = queries.period(open_row.pk)
    assert (again.provisional, again.due_on) == (False, day("2027-01-06"))
    assert again.explanation["value"] == "2027-01-06"
    assert queries.period(untouched.pk).due_on == untouched.due_on
    assert queries.period(ended.pk).due_on == day("2027-01-04")


@pytest.mark.parametrize(
    ("days", "more", "error"),
    [
        ([], {}, CalendarUnusable),
        ([YEAR_2027[0], CalendarDay(day("2027-01-01"), False, "元旦")], {}, CalendarUnusable),
        ([], {"overlay": "5323"}, CalendarUnusable),
        (list(shipped.years()[19].days), {"year": 2026}, CalendarUnusable),
        ([CalendarDay(day("2029-01-01"), True, "元旦")], {}, InvalidInput),
        ([CalendarDay(day("2027-01-01"), True, "")], {}, InvalidInput),
        (YEAR_2027, {"overlay": "云南"}, InvalidInput),
        (YEAR_2027, {"year": 20270}, InvalidInput),
    ],
)
def test_a_bad_announcement_changes_nothing(days: list, more: dict, error: type[Exception]) -> None:
    before = WorkCalendarYear.objects.count(), JournalEntry.objects.count()
    with pytest.raises(error):
        announce(days, **more)
    assert (WorkCalendarYear.objects.count(), JournalEntry.objects.count()) == before


def test_start_end_and_outcome() -> None:
    row = start("PEN-06", "2026-09-21", entry=41)
    assert (row.due_on, row.started_by_entry, row.label) == (day("2026-10-08"), 41, "缴纳罚款的最后一日")
    assert json.dumps(row.explanation) and row.explanation["steps"]
    with pytest.raises(PeriodState):
        start("PEN-06", "2026-09-22", case_id=row.case_id)
    start("PEN-06", "2026-09-22", case_id=row.case_id, subject="第二当事人")
    assert actions.end(row.pk, on=day("2026-10-08"), entry=42).outcome == Outcome.MET
    with pytest.raises(PeriodEnded):
        actions.end(row.pk, on=day("2026-10-09"))
    late = start("PEN-06", "2026-09-22", case_id=row.case_id)
    assert actions.end(late.pk, on=day("2026-10-20")).outcome == Outcome.LATE
    lapsed = start("PEN-04", "2026-09-22")
    assert actions.end(lapsed.pk, on=day("2026-10-12")).outcome == Outcome.LAPSED
    dropped = start("PEN-04", "2026-09-22")
    assert actions.end(dropped.pk, on=day("2026-09-23"), outcome=Outcome.CANCELLED).outcome == "cancelled"
    assert len(queries.periods_of(row.case_id)) == 3


def test_refused_starts() -> None:
    with pytest.raises(RuleNotInForce):
        start("PEN-01", "2021-07-14")
    with pytest.raises(RuleUnknown):
        start("PEN-77", "2026-01-05")
    with pytest.raises(LengthMissing):
        start("PEN-13", "2026-01-05")
    with pytest.raises(InvalidInput):
        start("PEN-01", "2026-01-05", length=120)
    with pytest.raises(RuleHasNoDate):
        start("PEN-07", "2026-01-05")
    with pytest.raises(InvalidInput):
        actions.start("PEN-01", case_id=uuid.uuid4(), jurisdiction=HOME, start="2026-01-05")  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        actions.end(uuid.uuid4(), on=day("2026-01-05"))
    assert RunningPeriod.objects.count() == 0


def test_profile_and_statute_override() -> None:
    assert start("PEN-16", "2026-09-28", length=7).due_on == day("2026-10-13")
    by_rule = start("PEN-01", "2026-01-05", length=120, basis="某行业程序规定第十条（编造）")
    assert by_rule.due_on == day("2026-05-05")
    lenient = start("PEN-05", "2026-09-29", lenient=True)
    announce(YEAR_2027, 2027)
    assert queries.period(lenient.pk).due_on == day("2026-10-14")


def test_pause_and_resume() -> None:
    row = start("COE-02", "2026-03-02")
    actions.pause(row.pk, first_day=day("2026-03-10"), reason="检验期间", basis="行政强制法第二十五条第三款", entry=5)
    with pytest.raises(PeriodState):
        actions.pause(row.pk, first_day=day("2026-03-11"), reason="检验", basis="同上")
    assert queries.open_periods(case_ids=[row.case_id], on=day("2026-04-05"))[0].colour == Colour.PAUSED
    with pytest.raises(InvalidInput):
        actions.resume(row.pk, last_day=day("2026-03-09"))
    row = actions.resume(row.pk, last_day=day("2026-03-19"), entry=6)
    assert (row.due_on, row.paused) == (day("2026-04-11"), False)
    assert any("检验期间，不计入" in step for step in row.explanation["steps"])
    with pytest.raises(PeriodState):
        actions.resume(row.pk, last_day=day("2026-03-20"))
    with pytest.raises(InvalidInput):
        actions.pause(row.pk, first_day=day("2026-03-15"), reason="再次检验", basis="同上")
    with pytest.raises(InvalidInput):
        actions.pause(row.pk, first_day=day("2026-03-25"), reason="", basis="")
    assert PeriodPause.objects.count() == 1


def test_ending_closes_an_open_pause() -> None:
    row = start("COE-02", "2026-03-02")
    actions.pause(row.pk, first_day=day("2026-03-10"), reason="检验期间", basis="行政强制法第二十五条第三款")
    row = actions.end(row.pk, on=day("2026-03-20"))
    assert (row.outcome, row.paused, row.due_on) == (Outcome.MET, False, day("2026-04-11"))
    assert row.pauses.get().last_day == day("2026-03-19")


def test_colours_over_time() -> None:
    row = start("PUB-01", "2026-09-28")  # seven working days: …30, 8, 9, 10, 12, 13 October
    wait = start("PEN-05", "2026-09-28")
    right = start("PEN-04", "2026-09-28")
    shades = [queries.colour(row, day(on)) for on in ("2026-09-28", "2026-10-09", "2026-10-10", "2026-10-13")]
    assert shades == [Colour.GREEN, Colour.GREEN, Colour.AMBER, Colour.AMBER]
    assert queries.colour(row, day("2026-10-14")) == Colour.RED
    assert queries.colour(right, day("2026-12-01")) == Colour.OVER
    assert wait.due_on == day("2026-10-14") and queries.colour(wait, day("2026-10-14")) == Colour.OVER
    views = queries.open_periods(jurisdiction=HOME, on=day("2026-10-09"))
    assert [view.period.pk for view in views] == [right.pk, row.pk, wait.pk]
    assert (views[1].days_left, views[1].workdays_left) == (4, 3)
    assert queries.open_periods(jurisdiction=HOME, on=day("2026-10-20"), colours=[Colour.RED])[0].period == row
    assert queries.open_periods(jurisdiction="990200") == []
    assert queries.open_period(row.case_id, "PUB-01:1") == row
    with pytest.raises(ValueError):
        queries.open_periods()


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE deadlines_runningperiod SET starts_on = '2026-09-01'", "period-start-immutable"),
        ("UPDATE deadlines_runningperiod SET rule = 'PEN-01'", "period-start-immutable"),
        ("UPDATE deadlines_runningperiod SET started_by_entry = NULL", "period-start-immutable"),
        ("DELETE FROM deadlines_runningperiod", "record-immutable"),
        ("DELETE FROM deadlines_periodpause", "record-immutable"),
        ("UPDATE deadlines_periodpause SET first_day = '2026-01-01'", "pause-immutable"),
        ("DELETE FROM deadlines_workcalendarday", "record-immutable"),
        ("UPDATE deadlines_workcalendarday SET off = (1 = 0)", "record-immutable"),
        ("UPDATE deadlines_workcalendaryear SET announced = (1 = 1)", "record-immutable"),
        ("DELETE FROM deadlines_workcalendaryear", "record-immutable"),
    ],
)
def test_raw_sql_is_refused(statement: str, code: str) -> None:
    row = start("COE-02", "2026-03-02", entry=3)
    actions.pause(row.pk, first_day=day("2026-03-10"), reason="检验期间", basis="行政强制法第二十五条第三款")
    refused(statement, code)


def refused(statement: str, code: str) -> None:
    with pytest.raises(DatabaseError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert code_of_database_error(error.value) == code


def test_an_ended_period_and_a_closed_pause_are_final() -> None:
    row = start("COE-02", "2026-03-02")
    actions.pause(row.pk, first_day=day("2026-03-10"), reason="检验期间", basis="行政强制法第二十五条第三款")
    actions.end(row.pk, on=day("2026-03-20"))
    refused("UPDATE deadlines_runningperiod SET ended_on = NULL, outcome = ''", "period-ended")
    refused("UPDATE deadlines_runningperiod SET due_on = '2027-01-01'", "period-ended")
    refused("UPDATE deadlines_periodpause SET last_day = '2026-03-30'", "pause-immutable")


def test_a_row_cannot_be_replaced_nor_an_edition_skipped() -> None:
    row = start("PEN-06", "2026-09-21")
    with pytest.raises(DatabaseError), transaction.atomic():
        RunningPeriod.objects.bulk_create([row])
    if connection.vendor == "sqlite":
        refused(
            "INSERT OR REPLACE INTO deadlines_runningperiod SELECT * FROM deadlines_runningperiod", "record-immutable"
        )
    with pytest.raises(DatabaseError) as error, transaction.atomic():
        WorkCalendarYear.objects.create(year=2027, edition=9, announced=True, source="跳号")
    assert code_of_database_error(error.value) == "edition-not-next"


def run(*arguments: str) -> dict:
    group = commands.workdays if arguments[0] == "workdays" else commands.deadline
    result = CliRunner().invoke(group, [*arguments[1:], "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def test_commands() -> None:
    assert run("workdays", "2026-09-28", "7") == {"date": "2026-10-13", "provisional": False}
    assert run("workdays", "2026-12-28", "5")["provisional"] is True
    answer = run("deadline", "PEN-06", "--from", "2026-09-21")
    assert (answer["date"], answer["provisional"], answer["rule"]) == ("2026-10-08", False, "PEN-06")
    assert answer["article"] == "行政处罚法第六十七条第三款" and len(answer["steps"]) == 4
    assert (
        run("deadline", "COE-02", "--from", "2026-03-02", "--pause", "2026-03-10..2026-03-19")["date"] == "2026-04-11"
    )
    assert run("deadline", "PEN-05", "--from", "2026-09-29")["date"] == "2026-10-15"
    assert run("deadline", "PEN-05", "--event", "2026-10-15")["date"] == "2026-09-29"
    assert run("deadline", "PEN-05", "--from", "2026-09-29", "--lenient")["date"] == "2026-10-14"
    assert run("deadline", "LIC-07", "--event", "2026-12-31")["date"] == "2026-12-01"
    assert run("deadline", "COE-01", "--from", "2026-12-31T22:15")["date"] == "2027-01-01T22:15:00+08:00"
    assert run("deadline", "PUB-08", "--from", "2026-12-31")["date"] == "2027-01-31"
    stop = ("--pause", "2026-03-10..2026-03-19")
    assert run("deadline", "COE-02", "--from", "2026-03-02", *stop, "--extend", "30")["date"] == "2026-05-11"
    assert run("deadline", "COE-02:2", "--from", "2026-04-11")["date"] == "2026-05-11"
    untold = run("deadline", "COE-09", "--from", "2026-01-15", "--remedy", "untold")
    assert (untold["date"], untold["unknown"]) == (None, True)
    window = run("deadline", "COE-09", "--from", "2026-01-15", "--remedy", "review-first")
    assert (window["opens_after"], window["date"]) == ("2026-03-16", "2026-06-16")
    listed = run("deadline", "--list")
    assert {"PEN-01", "PEN-08:2", "REV-01", "R064"} <= {row["id"] for row in listed}
    assert plain(listed) == listed


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["PEN-06", "--from", "2026-13-01"], "不是日期"),
        (["PEN-99", "--from", "2026-01-01"], "deadline-rule-unknown"),
        (["PEN-07", "--from", "2026-01-01"], "deadline-rule-without-date"),
        (["G-01", "--from", "2026-01-01"], "办理条件"),
        (["LIC-08", "--from", "2026-01-01"], "办理条件"),
        (["COE-07", "--from", "2026-01-01"], "立即或者及时"),
        (["PEN-08:3", "--from", "2026-01-01"], "只有2个期限"),
        (["PEN-11", "--from", "2026-01-01"], "deadline-length-missing"),
        (["LIC-07", "--from", "2026-01-01"], "--event"),
        (["PEN-06", "--event", "2026-01-01"], "至少提前若干日"),
        (["COE-01", "--from", "2026-01-01"], "须带时间"),
        (["COE-02", "--from", "2026-01-01", "--extend", "31"], "period-not-extensible"),
        (["PEN-02", "--from", "2026-01-01", "--extend", "1"], "没有规定延长"),
        (["PEN-06", "--from", "2026-01-01", "--remedy", "default"], "COE-09"),
        (["PEN-06"], "--from"),
        (["PEN-06", "--from", "2026-01-01", "--pause", "2026-02-02..2026-02-01"], "不是起止日期"),
    ],
)
def test_commands_refuse_with_a_clear_message(arguments: list[str], word: str) -> None:
    result = CliRunner().invoke(commands.deadline, arguments)
    assert result.exit_code != 0 and word in result.output


def test_text_output_reads_day_by_day() -> None:
    result = CliRunner().invoke(commands.deadline, ["PEN-02", "--from", "2026-09-28"])
    assert result.exit_code == 0 and "国庆节调休上班，计入，第5日" in result.output
    listing = CliRunner().invoke(commands.deadline, ["--list"])
    assert "未核实，可配置" in listing.output and "缴纳罚款的最后一日" in listing.output
    assert "2026-10-13（周二）" in CliRunner().invoke(commands.workdays, ["2026-09-28", "7"]).output
