"""Golden vectors of the statutory rules, the oracle over all announced days, and independent counts."""

import datetime as dt

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mingcha.common.clock import SHANGHAI
from mingcha.common.errors import InvalidInput
from mingcha.deadlines import periods, rulebook, shipped
from mingcha.deadlines.calendar import Calendar, CalendarDay, check_days
from mingcha.deadlines.errors import CalendarUnusable, LengthMissing, RuleHasNoDate, RuleUnknown
from mingcha.deadlines.periods import Pause, compute, compute_hours, latest_notice
from mingcha.deadlines.remedies import Remedy, court_window
from mingcha.deadlines.surcharge import surcharge

CAL = shipped.calendar()
day = dt.date.fromisoformat


def due(rule_id: str, start: str, **more: object) -> dt.date:
    return compute(rulebook.rule(rule_id, day(start)), day(start), CAL, **more).value


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        ("2026-09-28", 7, "2026-10-13"),
        ("2026-09-21", 20, "2026-10-26"),
        ("2026-02-11", 7, "2026-02-27"),
        ("2026-04-29", 5, "2026-05-09"),
        ("2025-09-26", 7, "2025-10-13"),
        ("2026-02-13", 2, "2026-02-24"),
        ("2026-05-30", 3, "2026-06-03"),
        ("2026-01-26", 20, "2026-02-28"),
        ("2026-09-29", 10, "2026-10-19"),
        ("2025-01-20", 10, "2025-02-08"),
        ("2026-09-23", 10, "2026-10-14"),
        ("2026-02-13", 5, "2026-02-27"),
    ],
)
def test_golden_working_days(start: str, count: int, expected: str) -> None:
    assert CAL.nth_workday(day(start), count) == day(expected)
    by_rule = compute(rulebook.rule("PUB-01", day(start)), day(start), CAL, length=count)
    assert (by_rule.value, by_rule.provisional) == (day(expected), False)


@pytest.mark.parametrize(
    ("rule_id", "start", "expected"),
    [
        ("PEN-06", "2026-09-21", "2026-10-08"),
        ("PEN-06", "2026-09-16", "2026-10-08"),
        ("PEN-06", "2026-02-02", "2026-02-24"),
        ("PEN-12", "2026-01-20", "2026-02-19"),
        ("COE-02", "2026-01-20", "2026-02-19"),
        ("PEN-01", "2026-07-06", "2026-10-04"),
        ("REV-01", "2026-08-03", "2026-10-08"),
        ("PEN-02", "2026-09-28", "2026-10-13"),
        ("PEN-03", "2025-09-26", "2025-10-13"),
        ("PEN-04", "2026-04-29", "2026-05-09"),
        ("PEN-08", "2026-02-13", "2026-02-24"),
        ("PEN-08:2", "2026-02-13", "2026-02-24"),
        ("PEN-09", "2026-05-30", "2026-06-03"),
        ("PUB-01", "2026-02-11", "2026-02-27"),
        ("PUB-02", "2026-01-26", "2026-02-28"),
        ("R064", "2026-02-13", "2026-02-24"),
        ("REV-04", "2026-09-23", "2026-10-14"),
        ("REV-04", "2025-01-20", "2025-02-08"),
        ("REV-07", "2026-02-13", "2026-02-27"),
        ("LIT-04", "2026-09-16", "2026-10-08"),
        ("LIT-01", "2026-08-31", "2027-02-28"),
        ("PEN-10", "2024-02-29", "2026-02-28"),
        ("PEN-10:2", "2021-11-21", "2026-11-21"),
        ("COE-09", "2026-07-15", "2026-10-15"),
    ],
)
def test_golden_rules(rule_id: str, start: str, expected: str) -> None:
    assert due(rule_id, start) == day(expected)


def test_own_duty_that_rolls_also_names_a_target_before() -> None:
    result = compute(rulebook.rule("LIT-04", day("2026-09-16")), day("2026-09-16"), CAL)
    assert result.facts["internal_target"] == day("2026-09-30")
    assert any("2026-09-30" in step for step in result.steps)


def test_hearing_notice_strict_and_lenient() -> None:
    rule = rulebook.rule("PEN-05", day("2026-09-29"))
    assert compute(rule, day("2026-09-29"), CAL).value == day("2026-10-15")
    assert compute(rule, day("2026-09-29"), CAL, lenient=True).value == day("2026-10-14")
    assert latest_notice(rule, day("2026-10-15"), CAL).value == day("2026-09-29")
    assert latest_notice(rule, day("2026-10-14"), CAL, lenient=True).value == day("2026-09-29")


def test_seizure_with_stopped_clock_and_extension() -> None:
    assert due("COE-02", "2026-03-02") == day("2026-04-01")
    test_days = [Pause(day("2026-03-10"), day("2026-03-19"), "检验期间")]
    assert due("COE-02", "2026-03-02", pauses=test_days) == day("2026-04-11")
    assert due("COE-02", "2026-03-02", pauses=test_days, extra=30) == day("2026-05-11")


@pytest.mark.parametrize(
    ("remedy", "event", "opens", "last"),
    [
        (Remedy.DEFAULT, "2026-01-15", "2026-07-15", "2026-10-15"),
        (Remedy.REVIEW_FIRST, "2026-01-15", "2026-03-16", "2026-06-16"),
        (Remedy.SPECIAL, "2026-01-15", "2026-01-30", "2026-04-30"),
        (Remedy.REVIEWED, "2026-05-20", "2026-06-04", "2026-09-04"),
        (Remedy.DEFERRED, "2026-06-30", "2026-06-30", "2026-09-30"),
    ],
)
def test_window_for_the_court(remedy: Remedy, event: str, opens: str, last: str) -> None:
    window = court_window(remedy, day(event), CAL, suit_days=15)
    assert window is not None
    assert (window.opens_after.value, window.last_day.value) == (day(opens), day(last))
    assert window.alert_on <= window.last_day.value
    # Only who received a review decision is told so.
    assert ("收到复议决定书" in "".join(window.opens_after.steps)) is (remedy is Remedy.REVIEWED)


def test_untold_remedies_are_left_to_a_person() -> None:
    assert court_window(Remedy.UNTOLD, day("2026-01-15"), CAL) is None
    with pytest.raises(InvalidInput):
        court_window(Remedy.SPECIAL, day("2026-01-15"), CAL)


def test_surcharge_vectors() -> None:
    def amount(due_day: str, paid: str, *pauses: Pause) -> int:
        return surcharge(1_000_000, day(due_day), day(paid), pauses).value

    assert amount("2026-10-08", "2026-10-20") == 360_000
    assert amount("2026-10-08", "2026-10-08") == 0
    assert amount("2026-10-08", "2026-09-30") == 0
    after = [day("2026-10-08") + dt.timedelta(days=gone) for gone in (33, 34, 4000)]
    assert [surcharge(1_000_000, day("2026-10-08"), on).value for on in after] == [990_000, 1_000_000, 1_000_000]
    review = Pause(day("2026-04-11"), day("2026-05-31"), "行政复议期间")
    assert amount("2026-03-31", "2026-06-10", review) == 600_000
    overlapping = Pause(day("2026-05-01"), day("2026-05-31"), "行政诉讼期间")
    assert amount("2026-03-31", "2026-06-10", review, overlapping) == 600_000
    with pytest.raises(InvalidInput):
        surcharge(0, day("2026-10-08"), day("2026-10-20"))


def test_a_period_that_reaches_an_unannounced_year_is_provisional() -> None:
    result = compute(rulebook.rule("PEN-04", day("2026-12-28")), day("2026-12-28"), CAL)
    assert result.provisional
    assert any("尚未公布" in step for step in result.steps)
    assert not compute(rulebook.rule("PEN-04", day("2026-12-23")), day("2026-12-23"), CAL).provisional


def test_the_empty_year_2027_is_not_a_year_without_holidays() -> None:
    year = next(item for item in shipped.years() if item.year == 2027)
    assert (year.announced, year.days) == (False, ())
    assert not CAL.is_announced(day("2027-03-01"))
    assert CAL.provisional(day("2026-12-31"), day("2027-01-01"))
    # The plain natural-day count asks no calendar and is certain even there.
    assert not compute(rulebook.rule("COE-02", day("2026-12-20")), day("2026-12-20"), CAL).provisional
    # A roll that cannot be known is not presumed, and says so.
    suit = compute(rulebook.rule("LIT-01", day("2026-08-31")), day("2026-08-31"), CAL)
    assert suit.provisional and suit.value == day("2027-02-28")


def test_oracle_agrees_on_every_day_of_the_announced_years() -> None:
    start, end = day("2007-01-01"), day("2026-12-31")
    days = [start + dt.timedelta(days=gone) for gone in range((end - start).days + 1)]
    differing = [one for one in days if CAL.is_workday(one) != chinese_calendar.is_workday(one)]
    assert len(days) == 7305
    assert differing == []


DATES = st.dates(day("2007-01-01"), day("2026-06-30"))


@given(DATES, st.integers(1, 60))
@settings(max_examples=300, deadline=None)
def test_working_days_against_a_count_by_the_oracle(start: dt.date, count: int) -> None:
    answer = CAL.nth_workday(start, count)
    walked = [start + dt.timedelta(days=gone) for gone in range(1, (answer - start).days + 1)]
    assert sum(chinese_calendar.is_workday(one) for one in walked) == count
    assert chinese_calendar.is_workday(answer)
    assert CAL.workdays_between(start, answer) == count == -CAL.workdays_between(answer, start)
    result = compute(rulebook.rule("PUB-01", start), start, CAL, length=count)
    assert result.value == answer


@given(DATES, st.integers(0, 120), st.lists(st.tuples(st.integers(-5, 150), st.integers(0, 40)), max_size=3))
@settings(max_examples=300, deadline=None)
def test_natural_days_with_pauses_against_a_walk(start: dt.date, count: int, spans: list[tuple[int, int]]) -> None:
    pauses = [Pause(start + dt.timedelta(days=first), start + dt.timedelta(days=first + long)) for first, long in spans]
    held = {pause.first + dt.timedelta(days=n) for pause in pauses for n in range((pause.last - pause.first).days + 1)}
    rule = rulebook.rule("COE-02", start)
    one, left = start, count
    while left:
        one += dt.timedelta(days=1)
        left -= one not in held
    assert compute(rule, start, CAL, pauses=pauses, length=count).value == one
    works, left = start, count
    while left:
        works += dt.timedelta(days=1)
        left -= works not in held and CAL.is_workday(works)
    assert compute(rulebook.rule("PUB-01", start), start, CAL, pauses=pauses, length=count).value == works


@given(DATES, st.integers(1, 40))
@settings(max_examples=200, deadline=None)
def test_the_latest_notice_is_the_last_that_suffices(event: dt.date, count: int) -> None:
    rule = rulebook.rule("PEN-05", event)
    notice = latest_notice(rule, event, CAL).value
    assert compute(rule, notice, CAL).value <= event
    assert compute(rule, notice + dt.timedelta(days=1), CAL).value > event


@given(DATES, st.integers(1, 24))
@settings(max_examples=200, deadline=None)
def test_months_against_the_calendar_month_by_month(start: dt.date, count: int) -> None:
    year, month = start.year, start.month
    for _ in range(count):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    last = start.day
    while True:
        try:
            expected = dt.date(year, month, last)
            break
        except ValueError:
            last -= 1
    assert periods.add_months(start, count) == expected


@given(DATES, st.sampled_from(["PEN-01", "PEN-02", "PEN-06", "PUB-02", "LIT-01", "COE-09"]))
@settings(max_examples=200, deadline=None)
def test_amber_begins_when_a_third_is_left(start: dt.date, rule_id: str) -> None:
    rule = rulebook.rule(rule_id, start)
    last = compute(rule, start, CAL).value
    amber = periods.amber_on(rule, start, last, CAL)

    def left(one: dt.date) -> int:
        return CAL.workdays_between(one, last) if rule.unit == "W" else (last - one).days

    assert start <= amber <= last
    assert left(amber) * 3 <= left(start)
    assert amber == start or left(amber - dt.timedelta(days=1)) * 3 > left(start)


DATED = [rule for rule in rulebook.rules(day("2026-01-01")) if rule.has_date and rule.unit in "WN" and rule.length]


@given(DATES, st.sampled_from(DATED))
@settings(max_examples=400, deadline=None)
def test_each_rule_against_a_walk_by_the_oracle(start: dt.date, rule: rulebook.Rule) -> None:
    def works(one: dt.date) -> bool:
        return rule.unit == "N" or chinese_calendar.is_workday(one)

    step = dt.timedelta(days=1)
    if rule.kind == "before":
        assert latest_notice(rule, start, CAL).value == start - step * (rule.length or 0)
        return
    one, left = start, rule.length or 0
    while left:
        one += step
        left -= works(one)
    if rule.kind == "wait":
        one += step
        notice = latest_notice(rule, one, CAL).value
        assert compute(rule, notice, CAL).value <= one < compute(rule, notice + step, CAL).value
    while rule.roll and not chinese_calendar.is_workday(one):
        one += step
    assert compute(rule, start, CAL).value == one


@given(st.datetimes(dt.datetime(2007, 1, 1), dt.datetime(2026, 12, 31, 23, 59)), st.integers(0, 200))
@settings(max_examples=200, deadline=None)
def test_hours_against_the_clock(begun: dt.datetime, count: int) -> None:
    start = begun.replace(tzinfo=SHANGHAI)
    result = compute_hours(rulebook.rule("COE-01", begun.date()), start, length=count)
    assert (result.value - start).total_seconds() == count * 3600
    assert not result.provisional and f"{result.value:%Y-%m-%d %H:%M}" in result.steps[-1]


def test_every_step_counts_up_to_the_length() -> None:
    steps = compute(rulebook.rule("PEN-02", day("2026-09-28")), day("2026-09-28"), CAL).steps
    assert "当日不计入" in steps[0] and "行政处罚法第八十五条" in steps[0]
    assert any("国庆节放假，不计入" in step for step in steps)
    assert any("2026-10-10（周六）：国庆节调休上班，计入，第5日" in step for step in steps)
    assert any("第6至7日" in step for step in steps)


def test_rules_of_the_data_file_are_whole() -> None:
    rows = rulebook.rules(day("2026-11-21"))
    for rule in rows:
        assert rule.label and rule.trigger and rule.article and rule.consequence, rule.id
        assert rule.has_date or rule.length is None or rule.kind == "rate", rule.id
        given = rule.length is not None or rule.profile or rule.source == "document" or bool(rule.fixed)
        assert given or not rule.has_date, rule.id
        assert rule.verified or rule.source != "statute" or rule.id in UNVERIFIED, rule.id
        assert not rule.roll or "民事诉讼法" in rule.unit_article, f"{rule.id} rolls without an article that rolls"
        if rule.unit == "W" and rule.source == "statute" and rule.length is not None and rule.length <= 10:
            own = ("第八十五条", "第六十九条", "第八十二条", "第八十八条")
            assert rule.unit_article.endswith(own) or rule.id[:3] in ("PUB", "EXP"), rule.id
    ids = {rule.id for rule in rows}
    assert ids >= IN_THE_REFERENCE
    extended = {rule.id: rule.extension.length for rule in rows if rule.extension}
    assert extended == {"COE-02": 30, "COE-03": 30, "LIC-02": 10, "LIC-03": 15, "PUB-14": 20, "REV-05": 30}


# Statute, but the number of the article or the reading of the unit is still to be checked.
UNVERIFIED = {"REC-03", "SUP-01", "GM-06"}
# Every id of the statutory rules §3.1, §3.3–3.7, §3.12 and of the periods of the procedures §3.
IN_THE_REFERENCE = {
    *(f"PEN-{n:02}" for n in (*range(1, 15), 16)),
    *(f"PUB-{n:02}" for n in range(1, 19)),
    *(f"COE-{n:02}" for n in (*range(1, 16), *range(17, 22))),
    *(f"LIC-{n:02}" for n in (*range(1, 15), 16)),
    *(f"REV-{n:02}" for n in range(1, 14)),
    *(f"LIT-{n:02}" for n in range(1, 9)),
    *(f"CRM-{n:02}" for n in range(1, 10)),
    *(f"SVC-{n:02}" for n in range(1, 11)),
    *("SUP-01", "SUP-02", "INS-01", "INS-02", "INS-03", "INS-04", "FEE-01", "FEE-02", "FEE-03", "CFM-01"),
    *(f"EXP-{n:02}" for n in range(1, 8)),
    *("PIP-01", "PIP-02", "PIP-03", "REC-01", "REC-02", "REC-03"),
    *("G-24", "G-26", "GC-09", "GC-26", "GL-10", "GM-03", "GM-06"),
    *("PEN-08:2", "PEN-10:2", "COE-02:2", "LIC-02:2", "LIC-03:2", "LIC-06:2", "LIC-06:3", "LIC-12:2", "REV-04:2"),
    *("REV-05:2", "REV-05:3", "LIT-06:2", "LIT-08:2", "CRM-02:2", "PUB-14:2", "PUB-18:2", "REC-01:2", "COE-11:4"),
}


def test_refusals() -> None:
    start = day("2026-01-05")
    with pytest.raises(RuleUnknown):
        rulebook.rule("PEN-99", start)
    with pytest.raises(LengthMissing):
        compute(rulebook.rule("PEN-13", start), start, CAL)
    with pytest.raises(RuleUnknown):
        rulebook.rule("PEN-08:3", start)
    for gate in ("PEN-07", "LIC-08", "COE-07", "LIC-07"):
        with pytest.raises(RuleHasNoDate):
            compute(rulebook.rule(gate, start), start, CAL)
    with pytest.raises(RuleHasNoDate):
        rulebook.rule("G-01", start)
    with pytest.raises(InvalidInput):
        compute(rulebook.rule("PEN-01", start), start, CAL, length=-1)
    with pytest.raises(InvalidInput):
        compute(rulebook.rule("PEN-01", start), start, CAL, length=10**9)
    with pytest.raises(InvalidInput):
        compute(rulebook.rule("PEN-01", start), dt.date(1, 1, 1), CAL)
    with pytest.raises(InvalidInput):
        Pause(day("2026-02-02"), day("2026-02-01"))
    with pytest.raises(ValueError):
        rulebook.parse({"id": "X", "colour": "red"})
    assert "仅供参考" in "".join(compute(rulebook.rule("PEN-01", day("2015-01-05")), day("2015-01-05"), CAL).steps)


def test_hours_run_from_the_minute() -> None:
    row = {
        "id": "X-24",
        "label": "补办批准手续",
        "trigger": "当场实施",
        "kind": "within",
        "length": 24,
        "unit": "H",
        "roll": False,
        "counts_from": "即时",
        "consequence": "立即解除",
        "article": "行政强制法第十九条",
        "unit_article": "",
        "effective_from": "2012-01-01",
        "effective_to": None,
        "source": "statute",
        "verified": True,
        "profile": False,
    }
    start = dt.datetime(2026, 9, 30, 22, 15, tzinfo=dt.UTC)
    assert compute_hours(rulebook.parse(row), start).value == start + dt.timedelta(hours=24)
    with pytest.raises(InvalidInput):
        compute(rulebook.parse(row), start.date(), CAL)


def test_calendar_that_contradicts_itself_is_refused() -> None:
    off, on = (CalendarDay(day("2026-05-09"), mark, "劳动节") for mark in (True, False))
    with pytest.raises(CalendarUnusable, match="calendar-day-twice"):
        check_days([off, on])
    with pytest.raises(CalendarUnusable):
        CAL.nth_workday(day("2026-01-01"), -1)


def test_overlay_of_a_jurisdiction_wins() -> None:
    festival = CalendarDay(day("2026-08-07"), True, "火把节")
    local = Calendar.of([*CAL.days.values(), festival], CAL.announced)
    assert CAL.is_workday(festival.date) and not local.is_workday(festival.date)
    assert local.nth_workday(day("2026-08-06"), 1) == day("2026-08-10")
