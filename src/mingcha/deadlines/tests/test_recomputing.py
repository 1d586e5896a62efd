"""A changed calendar, extensions, hours, reminders and colours through the real actions, on rows of real cases."""

import datetime as dt
import uuid
from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection, transaction

from mingcha.accounts.queries import actor_named
from mingcha.common import clock
from mingcha.common.errors import InvalidInput, NotPermitted, code_of_database_error
from mingcha.deadlines import actions, queries, rulebook, tasks
from mingcha.deadlines.actions import announcing
from mingcha.deadlines.calendar import CalendarDay
from mingcha.deadlines.choices import Colour, NoticeKind
from mingcha.deadlines.errors import NotExtensible, PeriodEnded, PeriodState, RuleHasNoDate
from mingcha.deadlines.lawclocks import procedural_law_date, substantive_law_date
from mingcha.deadlines.models import Notice, PeriodExtension, Recalculation, RunningPeriod
from mingcha.interfaces.demo.journey import Journey
from mingcha.ledger.actors import ActorSnapshot
from mingcha.ledger.models import JournalEntry

pytestmark = pytest.mark.django_db
day = dt.date.fromisoformat
HOME = "990100"
ADMIN = ActorSnapshot("1", "安管理", "管理员", "1", "明水区综合行政执法局")
NEW_YEAR = [CalendarDay(day("2027-01-01") + dt.timedelta(days=n), True, "元旦") for n in range(4)]


def start(rule_id: str, on: str, **more: object) -> RunningPeriod:
    values: dict = {"case_id": uuid.uuid4(), "jurisdiction": HOME, "start": day(on), **more}
    return actions.start(rule_id, **values)


def announce(days: list[CalendarDay], year: int = 2027, **more: object) -> Recalculation | None:
    return actions.announce_year(year, days, source="国办发明电（编造）", actor=ADMIN, log=HOME, **more)[1]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is reckoned in the transaction of the edition: all is left to the background."""
    monkeypatch.setattr(announcing, "AT_ONCE", 0)


def state(rows: list[RunningPeriod]) -> list[tuple[dt.date, bool]]:
    return [(row.due_on, row.provisional) for row in map(queries.period, (row.pk for row in rows))]


def test_batches_survive_a_kill_and_tell_each_change_once(later: None, play: Callable[..., Journey]) -> None:
    case = play("file").case
    rows = [
        start("PEN-04", "2026-12-28", case_id=case.id, subject=str(n), jurisdiction=case.jurisdiction) for n in range(7)
    ]
    still = start("PEN-01", "2026-12-20", case_id=case.id, subject="x")  # natural days without roll: nothing moves
    job = announce(NEW_YEAR)
    assert job is not None and (job.total, job.looked, job.finished_at) == (9, 0, None)  # the case's own PEN-01 too
    assert state(rows) == [(day("2027-01-04"), True)] * 7

    assert actions.recompute_batch(job.pk, size=3) is False
    # Killed inside the next batch: all of it is undone, nothing of the first.
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        actions.recompute_batch(job.pk, size=3)
        raise KeyboardInterrupt
    job.refresh_from_db()
    assert (job.looked, job.percent) == (3, 33)
    while not actions.recompute_batch(job.pk, size=3):
        pass
    job.refresh_from_db()
    assert (job.looked, job.changed, job.percent) == (9, 7, 100) and job.finished_at is not None
    assert state(rows) == [(day("2027-01-06"), False)] * 7
    assert queries.period(still.pk).due_on == still.due_on
    entries = JournalEntry.objects.filter(kind="period-recomputed")
    assert sorted(entries.values_list("subject_id", flat=True)) == sorted(str(row.pk) for row in rows)
    assert {entry.case_id for entry in entries} == {case.id}
    told = Notice.objects.filter(kind=NoticeKind.CHANGED)
    assert sorted(told.values_list("period_id", flat=True)) == sorted(row.pk for row in rows)
    handlers = {str(actor_named(name).officer_id) for name in ("lince", "handu")}
    assert {frozenset(row.officers) for row in told} == {frozenset(handlers)}
    assert actions.recompute_batch(job.pk) is True  # finished is finished
    assert queries.unseen(actor_named("lince").officer_id, [case.id]) == 7
    actions.mark_seen(actor_named("lince").officer_id)
    assert queries.unseen(actor_named("lince").officer_id, [case.id]) == 0
    assert queries.unseen(actor_named("handu").officer_id, [case.id]) == 7


def test_the_background_finds_what_is_open_by_itself(later: None) -> None:
    row = start("PEN-04", "2026-12-28")
    announce(NEW_YEAR)
    with clock.frozen(clock.at(day("2026-12-29"))):
        assert tasks.work_through() == (1, 0)
        assert tasks.work_through() == (0, 0)
    assert state([row]) == [(day("2027-01-06"), False)]


def test_stop_clocks_extensions_and_leniency_are_kept(later: None) -> None:
    paused = start("LIC-02", "2026-12-07")
    actions.pause(paused.pk, first_day=day("2026-12-10"), reason="鉴定", basis="行政许可法第四十五条")
    actions.resume(paused.pk, last_day=day("2026-12-16"))
    longer = start("LIC-02", "2026-12-07")
    actions.extend(longer.pk, length=10, granted_by="甲", granted_on=day("2026-12-10"), reason="案情复杂")
    easy, strict = start("PEN-05", "2026-12-25", lenient=True), start("PEN-05", "2026-12-25")
    announce(NEW_YEAR)
    actions.recompute()

    def walked(first: str, count: int, *stopped: str) -> dt.date:
        one = day(first)
        while count:
            one += dt.timedelta(days=1)
            held = bool(stopped) and stopped[0] <= one.isoformat() <= stopped[1]
            count -= one.weekday() < 5 and not held and one not in {item.date for item in NEW_YEAR}
        return one

    last = walked("2026-12-25", 7)
    expected = [walked("2026-12-07", 20, "2026-12-10", "2026-12-16"), walked("2026-12-07", 30), last]
    assert state([paused, longer, easy]) == [(due, False) for due in expected]
    assert queries.period(easy.pk).explanation["lenient"] is True
    assert state([strict]) == [(last + dt.timedelta(days=1), False)]


def test_an_overlay_reaches_only_its_places() -> None:
    here, there = start("PEN-02", "2026-08-03"), start("PEN-02", "2026-08-03", jurisdiction="532301")
    job = announce([CalendarDay(day("2026-08-07"), True, "火把节")], 2026, overlay="5323")
    assert job is not None and (job.total, job.changed) == (1, 1)
    assert queries.period(here.pk).due_on == day("2026-08-12")
    assert queries.period(there.pk).due_on == day("2026-08-13")
    assert announce([], 2026, overlay="5323") is not None  # taken back by an empty edition
    assert queries.period(there.pk).due_on == day("2026-08-12")


def test_extension_once_within_the_law() -> None:
    row = start("COE-02", "2026-03-02")
    asked: dict = {"granted_by": "甲", "granted_on": day("2026-03-20"), "reason": "情况复杂"}
    for length in (0, 31):
        with pytest.raises(InvalidInput):
            actions.extend(row.pk, length=length, **asked)
    with pytest.raises(NotExtensible):
        actions.extend(row.pk, length=30, **{**asked, "granted_on": day("2026-04-02")})
    row = actions.extend(row.pk, length=30, notice_document="延长通知书", **asked)
    assert row.due_on == day("2026-05-01") and any("经批准延长30日" in step for step in row.explanation["steps"])
    with pytest.raises(NotExtensible, match="一次"):
        actions.extend(row.pk, length=1, **asked)
    with pytest.raises(NotExtensible):
        actions.extend(start("PEN-02", "2026-03-02").pk, length=1, **asked)
    ended = start("COE-03", "2026-03-02")
    actions.end(ended.pk, on=day("2026-03-03"))
    with pytest.raises(PeriodEnded):
        actions.extend(ended.pk, length=1, **asked)
    refused(lambda: PeriodExtension.objects.create(period=ended, length=1, basis="x", **asked), "period-ended")


def test_a_period_in_hours_runs_to_the_minute() -> None:
    begun = clock.at(day("2026-12-31"), 22, 15)
    row = start("COE-01", "2026-12-31", start=begun)
    assert (row.starts_on, row.due_on) == (day("2026-12-31"), day("2027-01-01"))
    assert row.due_at == begun + dt.timedelta(hours=24) and not row.provisional
    with pytest.raises(InvalidInput):
        start("COE-01", "2026-12-31")
    with pytest.raises(PeriodState):
        actions.pause(row.pk, first_day=day("2027-01-01"), reason="x", basis="y")
    shades = []
    for moment in (begun, begun + dt.timedelta(hours=23), begun + dt.timedelta(hours=25)):
        with clock.frozen(moment):
            shades.append(queries.colour(row, clock.today()))
            assert [item.pk for item in queries.in_colour(RunningPeriod.objects.all(), shades[-1], clock.today())] == [
                row.pk
            ]
    assert shades == [Colour.GREEN, Colour.AMBER, Colour.RED]
    assert announce([*NEW_YEAR]) is None  # hours ask no calendar


def test_reminders_once_per_level_and_last_day(play: Callable[..., Journey]) -> None:
    case = play("file").case
    row = start("PEN-02", "2026-09-28", case_id=case.id)  # to 2026-10-13, amber from 2026-10-10
    start("PEN-04", "2026-09-28")  # a right of the party: no reminder to the agency
    assert row.amber_on == day("2026-10-10")

    def sent() -> list[tuple[str, dt.date]]:
        return list(Notice.objects.filter(period=row).order_by("made_at", "id").values_list("kind", "due_on"))

    actions.remind(day("2026-10-09"))
    assert sent() == []
    actions.remind(day("2026-10-10"))
    actions.remind(day("2026-10-11"))
    assert sent() == [("amber", day("2026-10-13"))]
    actions.remind(day("2026-10-14"))
    actions.remind(day("2026-12-14"))
    assert sent() == [("amber", day("2026-10-13")), ("red", day("2026-10-13"))]
    assert [len(notice.officers) for notice in Notice.objects.filter(period=row)] == [2] * len(sent())
    assert not Notice.objects.filter(period__rule="PEN-04").exists()


def test_colours_in_the_database_are_those_of_the_rows() -> None:
    for number in range(12):
        start("PEN-02", "2026-09-28", length=None)
        start("PEN-05", f"2026-09-{10 + number}")
        start("PEN-04", f"2026-09-{10 + number}")
    stopped = start("COE-02", "2026-09-10")
    actions.pause(stopped.pk, first_day=day("2026-09-20"), reason="检验", basis="行政强制法第二十五条")
    everything = RunningPeriod.objects.filter(ended_on=None)
    for on in map(day, ("2026-09-20", "2026-10-08", "2026-10-10", "2026-10-14", "2026-11-20")):
        by_row: dict[Colour, set[uuid.UUID]] = {shade: set() for shade in Colour}
        for row in everything:
            by_row[queries.colour(row, on)].add(row.pk)
        for shade in Colour:
            assert set(queries.in_colour(everything, shade, on).values_list("pk", flat=True)) == by_row[shade], shade


def refused(write: Callable[[], object], code: str) -> None:
    with pytest.raises(DatabaseError) as error, transaction.atomic():
        write()
    assert code_of_database_error(error.value) == code


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("DELETE FROM deadlines_notice", "record-immutable"),
        ("UPDATE deadlines_notice SET kind = 'red'", "record-immutable"),
        ("DELETE FROM deadlines_periodextension", "record-immutable"),
        ("UPDATE deadlines_periodextension SET length = 99", "record-immutable"),
        ("DELETE FROM deadlines_recalculation", "record-immutable"),
        ("UPDATE deadlines_recalculation SET looked = 0", "recalculation-only-forward"),
        ("UPDATE deadlines_recalculation SET total = 1", "recalculation-only-forward"),
        ("DELETE FROM deadlines_noticeseen", "record-immutable"),
        ("UPDATE deadlines_noticeseen SET seen_at = NULL", "record-immutable"),
        ("UPDATE deadlines_runningperiod SET starts_at = '2026-01-01 00:00:00'", "period-start-immutable"),
    ],
)
def test_raw_sql_is_refused(statement: str, code: str) -> None:
    row = start("COE-02", "2026-12-07")
    actions.extend(row.pk, length=30, granted_by="甲", granted_on=day("2026-12-10"), reason="情况复杂")
    start("PEN-04", "2026-12-28")
    announce(NEW_YEAR)
    actions.mark_seen(actor_named("lince").officer_id)

    def write() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    refused(write, code)


def test_stop_clock_and_extension_of_a_case_are_in_its_journal(play: Callable[..., Journey]) -> None:
    from mingcha.cases import periods as acts

    case = play("file").case
    row = start("COE-02", "2026-09-24", case_id=case.id, jurisdiction=case.jurisdiction)
    handler, head = actor_named("lince"), actor_named("shenyi")
    with clock.frozen(clock.at(day("2026-10-09"))):
        stop: dict = {"reason": "检验", "basis": "行政强制法第二十五条第三款", "notice_document": "告知书"}
        with pytest.raises(NotPermitted):
            acts.pause(case.id, row.id, actor=head, first_day=day("2026-09-28"), **stop)
        acts.pause(case.id, row.id, actor=handler, first_day=day("2026-09-28"), **stop)
        acts.resume(case.id, row.id, actor=handler, last_day=day("2026-10-07"))
        with pytest.raises(NotPermitted):
            acts.extend(case.id, row.id, actor=handler, length=30, reason="情况复杂")
        done = acts.extend(case.id, row.id, actor=head, length=30, reason="情况复杂", notice_document="延长通知书")
    assert done.due_on == day("2026-09-24") + dt.timedelta(days=30 + 10 + 30)
    kinds = list(JournalEntry.objects.filter(subject_id=str(row.id)).order_by("id").values_list("kind", flat=True))
    assert kinds == ["period-paused", "period-resumed", "period-extended"]
    assert PeriodExtension.objects.get().granted_by == head.name


def test_both_law_clocks(play: Callable[..., Journey]) -> None:
    from mingcha.cases.periods import law_clocks

    act = substantive_law_date(day("2026-06-30"), day("2026-11-22"))
    assert (act.value, act.article) == (day("2026-06-30"), "行政处罚法第三十七条") and len(act.steps) == 2
    assert procedural_law_date("送达", day("2026-10-21")).value == day("2026-10-21")
    case = play("file").case
    clocks = law_clocks(case)
    assert clocks[0].value == case.conduct_ended_on
    assert len(clocks) == 2 + case.changes.count()
    assert [item.rule for item in clocks[1:]] == ["程序法"] * (len(clocks) - 1)


def test_what_has_no_date_cannot_run() -> None:
    for name in ("COE-07", "G-24", "LIC-07"):
        with pytest.raises(RuleHasNoDate):
            start(name, "2026-09-28")
    assert start("INS-04", "2026-09-28", length=10).due_on == day("2026-10-08")  # the paper says the length
    assert start("PUB-08", "2026-12-31").due_on == day("2027-01-31")
    assert rulebook.rule("SUP-01", day("2026-09-28")).length_text == "立即、及时"


def test_a_stage_starts_what_has_a_date_as_the_profile_says(play: Callable[..., Journey]) -> None:
    from mingcha.cases import periods as acts
    from mingcha.procedures.definition import Move, Stage

    case = play("file").case
    rules = ("PEN-05", "PEN-07", "PEN-11", "COE-01", "PEN-13", "LIC-02", "COE-07")
    moves = (Move("x", "y", "下一步", ("handler",), ()),)
    stage = Stage("x", "环节", "x", "", ("handler",), "none", (), rules, ("COE-01",), moves)
    due = {}
    for lenient in (False, True):
        # The profile as pinned to the case, with the one value changed.
        case.profile.content = {**case.profile.content, "hearing_notice_lenient": lenient, "filing_days": 3}
        with clock.frozen(clock.at(day("2026-09-29"), 22)):
            acts.enter(case, stage)
            row = queries.open_period(case.id, "PEN-05")
            assert row is not None
            due[lenient] = row.due_on
            running = set(queries.periods_of(case.id).filter(ended_on=None).values_list("rule", flat=True))
            acts.leave(case, stage)
            actions.end(row.id, on=day("2026-09-29"))
    # A rate, "at once" and a length that only a paper states do not begin with the stage.
    assert running >= {"PEN-05", "COE-01", "PEN-13", "LIC-02"} and not running & {"PEN-07", "PEN-11", "COE-07"}
    assert due == {False: day("2026-10-15"), True: day("2026-10-14")}
    hours = queries.periods_of(case.id).filter(rule="COE-01").first()
    assert hours is not None and hours.due_at == clock.at(day("2026-09-30"), 22)
    three = queries.open_period(case.id, "PEN-13")
    assert three is not None and three.length == 3
