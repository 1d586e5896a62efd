"""Duties of the organ in 今天要办, notices in the header, and what the policy profile makes of the same district and case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from mingcha.accounts.queries import actor_named
from mingcha.catalogues.tests.putting import put
from mingcha.catalogues.tests.test_profiles import begin_with
from mingcha.common import clock
from mingcha.common.errors import NotPermitted
from mingcha.deadlines import actions as deadlines
from mingcha.files.actions import receive_bytes
from mingcha.interfaces.demo.journey import Journey
from mingcha.interfaces.demo.paper import recording as sound
from mingcha.interfaces.workbench import tasks
from mingcha.ledger.models import JournalEntry
from mingcha.recordings import actions as recordings
from mingcha.statutes import actions as statutes

pytestmark = pytest.mark.django_db
Login = Callable[[str], Client]
DAY = dt.date(2026, 9, 14)


@pytest.fixture(autouse=True)
def on_that_day() -> Iterator[None]:
    with clock.frozen(clock.at(DAY, 10)):
        yield


def text(response: Any) -> str:
    return str(response.content.decode())


def waits(name: str) -> list[str]:
    return [
        f"{task.what}：{task.case}" for task in tasks.waiting_for(actor_named(name)) if task.group in ("law", "policy")
    ]


@pytest.mark.parametrize(
    ("often", "missing"), [("quarterly", ["2026年第2季度", "2026年第3季度", "2026年第4季度"]), ("none", [])]
)
def test_plans_of_inspection_wait_where_the_profile_wants_them(district: None, often: str, missing: list[str]) -> None:
    begin_with("inspection_plan", often)
    first = {"code": "1", "object": "工地", "item": "扬尘", "plain": "查工地", "basis": "b", "mode": "site", "count": 1,
             "begins": "2026-01-05", "ends": "2026-03-31", "unit": "一大队"}  # fmt: skip
    put("inspection-plan", {"entries": [first]}, key="2026Q1")
    assert waits("admin") == [f"公布检查计划：{term}" for term in missing]
    assert waits("lince") == []


@pytest.mark.parametrize(("share", "short"), [(5, 0), (60, 1)])
def test_too_few_reviewers(login: Login, share: int, short: int) -> None:
    begin_with("reviewer_ratio", share)
    assert len(waits("shenyi")) == short
    page = text(login("shenyi").get(reverse("home")))
    assert ("配足法制审核人员" in page and "还差" in page) is bool(short)


@pytest.mark.parametrize(
    ("rule", "late"), [({"mode": "workdays", "n": 2}, True), ({"mode": "year_end"}, False), ({"mode": "none"}, False)]
)
def test_a_recording_handed_in_late(
    login: Login, play: Callable[..., Journey], rule: dict[str, Any], late: bool
) -> None:
    begin_with("av.upload_deadline", rule)
    journey = play("inquiry-record")
    journey.later(4)
    with clock.frozen(clock.at(journey.day, 15)):
        recordings.add(
            journey.id, actor=actor_named("handu"), stage="investigate", matter="1", title="现场检查",
            file=receive_bytes(sound()), started_at=clock.now() - dt.timedelta(days=6),
        )  # fmt: skip
        page = text(login("lince").get(reverse("case", args=[journey.id])))
        assert ("逾期入库" in page) is late
        watched = text(login("fangzhi").get(reverse("supervision"), {"kind": "upload"}))
        assert ("现场检查：应于" in watched) is late


def test_an_amendment_waits_for_its_keepers_until_all_is_looked_at(login: Login) -> None:
    day = dt.date(2027, 3, 1)
    amended = statutes.record_amendment(
        "大气法", kind="amended", effective_from=day, basis="修", actor=actor_named("admin")
    )
    count = amended.reexaminations.count()
    assert count and waits("zhouheng") == [f"复核受法律变动影响的{count}项：《{amended.law_name}》修改"]
    assert waits("lince") == []
    assert "复核受法律变动影响的" in text(login("zhouheng").get(reverse("home")))
    for row in amended.reexaminations.all():
        statutes.close(row.id, result="kept", reason="不受影响", actor=actor_named("zhouheng"))
    assert waits("zhouheng") == []


def test_lists_published_since_are_added_by_a_button(login: Login) -> None:
    admin = login("admin")
    day = dt.date(2027, 3, 1)
    amended = statutes.record_amendment(
        "大气法", kind="amended", effective_from=day, basis="修", actor=actor_named("admin")
    )
    page = reverse("amendment", args=[amended.id])
    address = reverse("amendment-again", args=[amended.id])
    assert "没有新的内容" in text(admin.post(address, follow=True))
    item = {"code": "9.9", "name": "新事项", "plain": "新", "basis": "《中华人民共和国大气污染防治法》第一百一十五条"}
    put("items", {"entries": [item]})
    before = amended.reexaminations.count()
    assert "重新查找引用" in text(admin.get(page))
    assert "补列" in text(admin.post(address, follow=True))
    assert amended.reexaminations.count() > before
    assert JournalEntry.objects.filter(kind="reexaminations-listed").count() == 1
    assert login("lince").post(address).status_code == 403
    with pytest.raises(NotPermitted):
        statutes.list_again(amended.id, actor=actor_named("lince"))


def test_unread_notices_stand_in_the_header(login: Login, play: Callable[..., Journey]) -> None:
    journey = play("serve-notice")
    period = journey.case
    with clock.frozen(clock.at(journey.day + dt.timedelta(days=120), 10)):
        assert deadlines.remind() > 0
        for name in ("lince", "handu"):
            page = text(login(name).get(reverse("case", args=[period.id])))
            assert "条未读" in page
        assert "条未读" not in text(login("sutang").get(reverse("home")))
        client = login("lince")
        client.post(reverse("periods-notices"), {"form_token": "a" * 32})
    with clock.frozen(clock.at(journey.day + dt.timedelta(days=121), 10)):
        assert "条未读" not in text(login("lince").get(reverse("home")))
        assert "条未读" in text(login("handu").get(reverse("home")))
