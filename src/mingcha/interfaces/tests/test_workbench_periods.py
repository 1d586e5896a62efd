"""Pages of periods: scope, filters, export, calculator, calendar with comparison and confirmation, acts on a period."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from mingcha.common import clock
from mingcha.deadlines import actions, queries
from mingcha.deadlines.actions import announcing
from mingcha.deadlines.models import Notice, PeriodExtension, RunningPeriod, WorkCalendarYear
from mingcha.interfaces.demo.journey import Journey, Scenario
from mingcha.interfaces.workbench.daylines import lines_of, parse_days

pytestmark = pytest.mark.django_db
Login = Callable[[str], Client]
Play = Callable[..., Journey]
day = dt.date.fromisoformat
YEAR = {
    "year": "2027",
    "source": "国办发明电〔2026〕0号（编造）",
    "days": "2027-01-01至2027-01-03 放假 元旦\n2027-01-09 上班 元旦",
    "announced": "on",
}


def body(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def statements(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(path).status_code == 200
    return len(seen)


@pytest.mark.parametrize(
    ("path", "most"),
    [("/in/periods/", 17), ("/in/periods/notices/", 14), ("/in/periods/rules/", 11), ("/in/periods/calendar/", 15)],
)
def test_pages_take_the_same_statements_for_one_case_and_for_four(
    login: Login, play: Play, path: str, most: int
) -> None:
    client = login("lince")
    journey = play("notice")
    with clock.frozen(clock.at(journey.day, 11)):
        actions.remind(journey.day + dt.timedelta(days=200))
        few = statements(client, path)
    for mark in (2, 3, 4):
        journey = play("notice", scenario=Scenario(mark=mark))
    with clock.frozen(clock.at(journey.day, 11)):
        actions.remind(journey.day + dt.timedelta(days=200))
        assert statements(client, path) <= few <= most


def test_the_list_shows_the_own_scope_with_filters_and_reckoning(login: Login, play: Play) -> None:
    journey = play("notice")
    with clock.frozen(clock.at(journey.day, 11)):
        page = body(login("lince"), "/in/periods/")
        assert "作出处罚决定的最后一日" in page and "当日不计入，自次日起算" in page and "行政处罚法第六十条" in page
        assert "没有正在计算的期限" in body(login("heshan"), "/in/periods/")
        assert ">PEN-01</a>" not in body(login("heshan"), "/in/periods/?rule=PEN-01")
        client = login("fangzhi")  # the supervisor
        assert ">PEN-01</a>" in body(client, "/in/periods/?rule=pen-01&q=" + journey.case.party_name)
        for query in (
            "?state=red",
            "?q=没有这样的当事人",
            "?rule=LIT-01",
            "?unit=00000000-0000-0000-0000-000000000000",
        ):
            assert "没有符合条件的期限" in body(client, f"/in/periods/{query}")
        assert client.get("/in/periods/?unit=x&state=x&cursor=").status_code == 200
        assert client.get("/in/periods/?cursor=x").status_code == 422
    with clock.frozen(clock.at(journey.day + dt.timedelta(days=200), 11)):
        assert "逾期" in body(client, "/in/periods/?state=red")


def test_the_export_holds_every_row_with_its_reckoning(login: Login, play: Play) -> None:
    journey = play("notice")
    with clock.frozen(clock.at(journey.day, 11)):
        response = login("lince").get("/in/periods/export.csv")
        text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == RunningPeriod.objects.filter(case_id=journey.id, ended_on=None).count() > 0
    found = next(row for row in rows if row["规则"] == "PEN-01")
    assert (found["案号"], found["状态"]) == (journey.case.number, "正常") and "连续计算" in found["计算过程"]


def test_notices_reach_the_handler_and_are_marked_seen(login: Login, play: Play) -> None:
    journey = play("file")
    with clock.frozen(clock.at(journey.day + dt.timedelta(days=80), 11)):
        actions.remind()
        client = login("lince")
        assert "只剩三分之一" in body(client, "/in/periods/notices/") and "未读" in body(client, "/in/periods/notices/")
        assert '提醒<span class="count">1</span>' in body(client, "/in/periods/")
        assert client.post("/in/periods/notices/").status_code == 302
        assert "未读" not in body(client, "/in/periods/notices/")
        assert "没有提醒" in body(login("heshan"), "/in/periods/notices/")


def test_rules_are_all_there_and_each_reckons(login: Login) -> None:
    client = login("lince")
    page = body(client, "/in/periods/rules/")
    assert page.count("/in/periods/rules/") > 170 and "未核实" in page and "可延长 30，一次" in page
    assert "PEN-06" in body(client, "/in/periods/rules/?group=PEN") and "没有符合" in body(
        client, "/in/periods/rules/?q=zzz"
    )
    assert "PUB-06" in body(client, "/in/periods/rules/?doubt=1")
    asked = "?start=2026-03-02&pause_from=2026-03-10&pause_to=2026-03-19&extra=30"
    assert "<strong>2026-05-11</strong>" in body(client, f"/in/periods/rules/COE-02/{asked}")
    assert "<strong>2027-01-01 22:15</strong>" in body(client, "/in/periods/rules/COE-01/?start=2026-12-31T22:15")
    assert "<strong>2026-12-01</strong>" in body(client, "/in/periods/rules/LIC-07/?event=2026-12-31")
    assert "请填写" in body(client, "/in/periods/rules/PEN-06/?start=")
    assert "停止计算的结束日不能早于开始日" in body(
        client, "/in/periods/rules/COE-02/?start=2026-03-02&pause_from=2026-03-10&pause_to=2026-03-01"
    )
    window = "/in/periods/rules/COE-09/?start=2026-01-15&remedy="
    for remedy, last in (
        ("default", "2026-10-15"),
        ("review-first", "2026-06-16"),
        ("special&suit_days=15", "2026-04-30"),
    ):
        assert f"<strong>{last}</strong>" in body(client, window + remedy)
    assert "请填写法律规定的起诉期限" in body(client, window + "special")
    assert "由承办人员判断" in body(client, window + "untold")
    assert "<strong>2026-04-15</strong>" in body(client, window)
    assert "算一算" not in body(client, "/in/periods/rules/LIC-08/")
    assert client.get("/in/periods/rules/XXX-1/").status_code == 404


def test_every_rule_has_a_page(login: Login) -> None:
    from mingcha.deadlines import rulebook

    client = login("lince")
    for row in rulebook.rules(day("2026-11-22")):
        asked = "?event=2026-03-02" if row.kind == "before" else "?start=2026-03-02T10:00" if row.unit == "H" else ""
        asked = asked or "?start=2026-03-02&length=10"
        page = body(client, f"/in/periods/rules/{row.id}/{asked}")
        assert ("<strong>20" in page) == row.has_date, row.id


def test_the_calendar_of_a_year(login: Login) -> None:
    client = login("lince")
    page = body(client, "/in/periods/calendar/2026/")
    assert page.count('class="cal-month"') == 12 and "国庆节：2026-10-01 至 2026-10-07（7 日） 放假" in page
    assert "全年 248 个工作日" in page
    assert "本年度放假安排尚未公布" in body(client, "/in/periods/calendar/2027/")
    assert client.get("/in/periods/calendar/2006/").status_code == 404
    assert client.get("/in/periods/calendar/9999/").status_code == 404
    assert client.get("/in/periods/calendar/edit/").status_code == 403
    assert client.post("/in/periods/calendar/continue/").status_code == 403


def test_a_year_is_compared_confirmed_and_then_in_force(login: Login, play: Play) -> None:
    journey = play("file")
    with clock.frozen(clock.at(journey.day, 11)):
        row = actions.start(
            "PEN-04", case_id=journey.id, jurisdiction=journey.case.jurisdiction, start=day("2026-12-28")
        )
        client = login("admin")
        assert 'value="2027"' in body(client, "/in/periods/calendar/edit/?year=2027")
        preview = client.post("/in/periods/calendar/edit/", YEAR)
        page = preview.content.decode()
        assert preview.status_code == 200 and "2027-01-09（周六）" in page and "元旦调休上班" in page
        assert "项正在计算的期限涉及本年度" in page
        assert queries.edition_in_force(2027).edition == 1  # type: ignore[union-attr]
        back = client.post("/in/periods/calendar/edit/", {**YEAR, "back": "1"})
        assert back.status_code == 200 and "2027-01-09 上班 元旦" in back.content.decode()
        done = client.post("/in/periods/calendar/edit/", {**YEAR, "confirmed": "1"})
        assert (done.status_code, done.headers["Location"]) == (302, "/in/periods/calendar/2027/")
        assert queries.edition_in_force(2027).edition == 2  # type: ignore[union-attr]
        assert queries.period(row.id).due_on == day("2027-01-05")
        assert Notice.objects.get(period=row).kind == "changed"
        assert "最近一次重新计算" in body(client, "/in/periods/calendar/2027/")
        assert "最后一日由2027-01-04改为2027-01-05" in body(login("lince"), "/in/periods/notices/")


def test_a_long_recalculation_shows_its_progress_and_can_be_carried_on(
    login: Login, play: Play, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Callable
) -> None:
    monkeypatch.setattr(announcing, "AT_ONCE", 0)
    journey = play("file")
    client = login("admin")
    with clock.frozen(clock.at(journey.day, 11)):
        actions.start("PEN-04", case_id=journey.id, jurisdiction=journey.case.jurisdiction, start=day("2026-12-28"))
        assert client.post("/in/periods/calendar/edit/", {**YEAR, "confirmed": "1"}).status_code == 302
        page = body(client, "/in/periods/calendar/2027/")
        assert "正在重新计算期限" in page and "已核对 0 项" in page and "继续重新计算" not in page
    with clock.frozen(clock.at(journey.day, 12)):
        assert "继续重新计算" in body(client, "/in/periods/calendar/2027/")
        assert "继续重新计算" not in body(login("lince"), "/in/periods/calendar/2027/")
        with django_capture_on_commit_callbacks() as begun:
            assert client.post("/in/periods/calendar/continue/").status_code == 302
        assert any(callback.__name__ == "_start" for callback in begun)
        actions.recompute()
        assert "最近一次重新计算" in body(client, "/in/periods/calendar/2027/")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"days": YEAR["days"] + "\n2027-01-02 上班 元旦"}, "2027-01-02（元旦）既列为放假又列为上班"),
        ({"days": ""}, "没有列出任何放假日"),
        ({"days": "2027-13-01 放假 元旦"}, "第1行不能识别"),
        ({"days": "2029-01-01 放假 元旦"}, "不在2027年放假安排的范围内"),
        ({"source": ""}, "请填写公布文件"),
        ({"overlay": "5323"}, "只能登记本地区"),
        ({"year": "0"}, "年度"),
    ],
)
def test_a_bad_year_changes_nothing(login: Login, more: dict[str, str], message: str) -> None:
    before = WorkCalendarYear.objects.count()
    for extra in ({}, {"confirmed": "1"}):
        answer = login("admin").post("/in/periods/calendar/edit/", {**YEAR, **more, **extra})
        assert answer.status_code == 422 and message in answer.content.decode()
    assert WorkCalendarYear.objects.count() == before


def test_the_same_year_again_is_refused(login: Login) -> None:
    client = login("admin")
    found = queries.edition_in_force(2026)
    assert found is not None
    lines = lines_of(parse_days(lines_of(_days(found))))
    again = {"year": "2026", "source": "同一安排", "days": lines, "announced": "on"}
    answer = client.post("/in/periods/calendar/edit/", again)
    assert answer.status_code == 422 and "完全相同" in answer.content.decode()


def _days(found: WorkCalendarYear) -> list:
    from mingcha.deadlines.calendar import CalendarDay

    return [CalendarDay(row.date, row.off, row.name) for row in found.days.all()]


def test_a_period_is_stopped_resumed_and_extended_on_its_page(login: Login, play: Play) -> None:
    journey = play("file")
    case = journey.case
    row = actions.start("COE-02", case_id=case.id, jurisdiction=case.jurisdiction, start=journey.day)
    place = f"/in/periods/cases/{case.id}/"
    with clock.frozen(clock.at(journey.day + dt.timedelta(days=5), 11)):
        client, head = login("lince"), login("shenyi")
        page = body(client, place)
        assert "停止计算" in page and "延长期限" not in page and "实体法" in page and "立案" in page
        stop = {
            "ground": "其他",
            "reason": "送检",
            "first_day": journey.day.isoformat(),
            "notice_document": "告知书1号",
        }
        refused = client.post(f"{place}{row.id}/pause/", stop)
        assert refused.status_code == 422 and "请填写停止计算的依据" in refused.content.decode()
        stop |= {"ground": "行政强制法第二十五条第三款", "first_day": (journey.day + dt.timedelta(days=2)).isoformat()}
        assert client.post(f"{place}{row.id}/pause/", stop).status_code == 302
        assert "尚未恢复" in body(client, place)
        last = (journey.day + dt.timedelta(days=4)).isoformat()
        assert client.post(f"{place}{row.id}/resume/", {"last_day": last}).status_code == 302
        assert client.get(f"{place}{row.id}/extend/").status_code == 403
        told = {"length": "31", "reason": "情况复杂", "notice_document": "延长通知书1号"}
        too_long = head.post(f"{place}{row.id}/extend/", told)
        assert too_long.status_code == 422 and "延长最长30日" in too_long.content.decode()
        assert head.post(f"{place}{row.id}/extend/", {**told, "length": "30"}).status_code == 302
        page = body(client, place)
    due = journey.day + dt.timedelta(days=30 + 3 + 30)
    assert due.isoformat() in page and "批准延长 30日" in page and PeriodExtension.objects.get().period_id == row.id
    assert login("heshan").get(place).status_code == 404
