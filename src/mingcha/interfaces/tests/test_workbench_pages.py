"""Pages of the workbench stay at their number of statements, whatever they list; and what each person sees waiting."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.interfaces.demo.journey import Journey, Scenario

Login = Callable[[str], Client]
Play = Callable[..., Journey]


def _statements(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(path).status_code == 200
    return len(seen)


def _parties(client: Client, path: str) -> list[str]:
    page = client.get(path).content.decode()
    return [name for name in ("甲建筑有限公司", "乙运输有限公司") if f">{name}<" in page]


@pytest.mark.parametrize(
    ("path", "most"),
    # One statement asks whether a review wants something of the person, on every page.
    [("/in/", 20), ("/in/cases/", 11), ("/in/cases/?q=%E5%B7%A5%E5%9C%B0&own=1", 11), ("/in/cases/new/", 16)],
)
def test_lists_take_the_same_statements_for_one_case_and_for_four(
    login: Login, play: Play, path: str, most: int
) -> None:
    client = login("lince")
    journey = play("file")
    with clock.frozen(clock.at(journey.day, 11)):
        few = _statements(client, path)
    for mark in (2, 3, 4):
        journey = play("file", scenario=Scenario(mark=mark))
    with clock.frozen(clock.at(journey.day, 11)):
        assert _statements(client, path) <= few
    assert few <= most


def test_the_case_page_takes_the_same_statements_when_the_record_grows(login: Login, play: Play) -> None:
    journey = play("recording")
    client = login("lince")
    url = f"/in/cases/{journey.id}/"
    with clock.frozen(clock.at(journey.day, 11)):
        few = _statements(client, url)
        for number in range(5):
            evidence = {"kind": "documentary", "name": f"材料{number}", "proves": "事实", "origin": "现场提取"}
            at = clock.now().astimezone(clock.SHANGHAI).strftime("%Y-%m-%dT%H:%M")
            assert client.post(f"{url}evidence/", {**evidence, "collected_at": at}).status_code == 302
        # The message of the last act is read from the session once.
        client.get(url)
        assert _statements(client, url) <= few
    assert few <= 55


def test_each_person_finds_only_what_waits_for_him(login: Login, play: Play) -> None:
    journey = play("submit")
    with clock.frozen(clock.at(journey.day, 11)):
        seen = {name: login(name).get("/in/").content.decode() for name in ("zhouheng", "lince", "shenyi", "luochuan")}
    party = Scenario().party
    assert "法制审核" in seen["zhouheng"] and party in seen["zhouheng"]
    assert all(party not in seen[name] for name in ("lince", "shenyi", "luochuan"))
    assert "现在没有要办的事项" in seen["luochuan"]


def test_overdue_work_stands_first_and_is_called_so(login: Login, play: Play) -> None:
    late = play("file", scenario=Scenario(party="乙运输有限公司"))
    with clock.frozen(clock.at(late.day.replace(year=late.day.year + 1), 11)):
        page = login("lince").get("/in/").content.decode()
        assert "已逾期" in page and 'class="count late"' in page
        assert "乙运输有限公司" in login("lince").get("/in/?late=1").content.decode()


def test_search_and_filters_of_the_list(login: Login, play: Play) -> None:
    play("notice", scenario=Scenario(party="甲建筑有限公司", mark=1))
    play("lead", scenario=Scenario(party="乙运输有限公司", mark=2))
    client = login("lince")
    assert _parties(client, "/in/cases/") == ["甲建筑有限公司", "乙运输有限公司"]
    assert _parties(client, "/in/cases/?q=甲建筑") == ["甲建筑有限公司"]
    assert _parties(client, "/in/cases/?q=罚告") == ["甲建筑有限公司"]
    assert _parties(client, "/in/cases/?step=lead") == ["乙运输有限公司"]
    assert "没有符合条件的案件" in client.get("/in/cases/?q=不存在的公司").content.decode()
    assert _parties(login("luochuan"), "/in/cases/") == []
    assert client.get("/in/cases/?cursor=broken").status_code == 422


def test_export_gives_the_same_rows_and_no_formulas(login: Login, play: Play) -> None:
    play("lead", scenario=Scenario(party="=cmd()公司", mark=1))
    client = login("lince")
    answer = client.get("/in/cases/export.csv")
    text = answer.getvalue().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0][:3] == ["案号", "案由", "当事人"]
    assert len(rows) == 1 + Case.objects.count() and rows[1][2] == "'=cmd()公司"


def test_pages_show_a_case_at_every_step(login: Login, play: Play) -> None:
    """The case page opens for its handler from lead to archive, and marks the present step."""
    for mark, (until, name) in enumerate(
        {
            "lead": "提请立案",
            "statement": "听取陈述申辩",
            "scope": "审核范围判断",
            "serve-decision": "履行",
            "archive": "已结案",
        }.items(),
        1,
    ):
        journey = play(until, scenario=Scenario(mark=mark))
        with clock.frozen(clock.at(journey.day, 11)):
            page = login("lince").get(f"/in/cases/{journey.id}/").content.decode()
        assert page.count('aria-current="step"') == (0 if until == "archive" else 1), until
        if until != "statement":
            assert name in page, until
