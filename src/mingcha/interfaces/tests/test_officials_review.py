"""The reviewer's workplace and the handler's submission, through the pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from mingcha.accounts import actions as accounts
from mingcha.accounts.actors import SYSTEM
from mingcha.accounts.choices import Role
from mingcha.accounts.models import Officer
from mingcha.interfaces.demo.journey import Journey
from mingcha.review import queries
from mingcha.review.file import gather
from mingcha.review.findings import DIFFERS, MET, Step, Worker, findings
from mingcha.review.models import Opinion, Submission
from mingcha.review.rules import checklist

Login = Callable[[str], Client]
Play = Callable[..., Journey]
OnDay = Callable[[dt.date], AbstractContextManager[None]]


def marks(journey: Journey, problem: str = "", **more: str) -> dict[str, str]:
    """A posted form: every point met on the first material, except `problem`."""
    submission = queries.open_submission(journey.case)
    assert submission is not None
    data = {"conclusion": "problems" if problem else "agree", "text": "经审核，提出如下意见。", "form_token": "t1"}
    for point in checklist():
        code = point["code"]
        data[f"mark-{code}"] = "problem" if code == problem else "met"
        data[f"link-{code}"] = "" if code == problem else submission.materials[0]["key"]
        data[f"note-{code}"] = "请补充理由。" if code == problem else ""
    return data | more


def test_the_queue_leads_to_the_workplace_with_facts(login: Login, play: Play, on_day: OnDay) -> None:
    journey = play(until="submit")
    with on_day(journey.day):
        client = login("zhouheng")
        queue = client.get(reverse("review")).content.decode()
        url = reverse("review-case", args=[journey.id])
        assert url in queue
        assert "还剩" in queue
        body = client.get(url).content.decode()
    for point in checklist():
        assert point["ask"] in body
    assert "在案卷记载的" in body
    assert "机器不能判断" in body
    assert "行政处罚决定书（送审稿）" in body


def test_an_incomplete_opinion_is_refused_and_nothing_typed_is_lost(login: Login, play: Play, on_day: OnDay) -> None:
    journey = play(until="submit")
    with on_day(journey.day):
        posted = marks(journey, **{"mark-facts": "", "link-law": "", "text": "这是我写的意见。"})
        answer = login("zhouheng").post(reverse("review-case", args=[journey.id]), posted)
    body = answer.content.decode()
    assert answer.status_code == 422
    assert "请对“事实”作出判断" in body
    assert "请选择所依据的材料" in body
    assert "这是我写的意见。" in body
    assert not Opinion.objects.exists()


def test_opening_a_material_keeps_the_marks_and_judges_nothing(login: Login, play: Play, on_day: OnDay) -> None:
    journey = play(until="submit")
    with on_day(journey.day):
        posted = {"show": queries.materials(journey.case)[1]["key"], "mark-facts": "problem", "note-facts": "事实不清"}
        answer = login("zhouheng").post(reverse("review-case", args=[journey.id]), posted)
    body = answer.content.decode()
    assert answer.status_code == 200
    assert "事实不清" in body
    assert "还不能提交" not in body
    assert "两台雾炮一台未开启" in body


def test_agreeing_moves_the_case_once_even_when_sent_twice(login: Login, play: Play, on_day: OnDay) -> None:
    journey = play(until="submit")
    with on_day(journey.day):
        client, url, posted = login("zhouheng"), reverse("review-case", args=[journey.id]), marks(journey)
        assert client.post(url, posted).status_code == 302
        assert journey.case.stage == "decide"
        client.post(url, posted)
        assert Opinion.objects.count() == 1
        assert "审核意见" in client.get(url).content.decode()


def test_problems_come_back_to_the_handler_who_must_answer_each(login: Login, play: Play, on_day: OnDay) -> None:
    journey = play(until="submit")
    with on_day(journey.day):
        login("zhouheng").post(reverse("review-case", args=[journey.id]), marks(journey, problem="discretion"))
        assert journey.case.stage == "review-return"
        client, url = login("lince"), reverse("review-submit", args=[journey.id])
        body = client.get(url).content.decode()
        assert "请补充理由。" in body
        assert "符合清单第1项" in body
        refused = client.post(url, {"attested": "on", "answer-discretion": ""})
        assert refused.status_code == 422
        assert Submission.objects.count() == 1
        unattested = client.post(url, {"answer-discretion": "已补充裁量理由。"})
        assert "真实性" in unattested.content.decode()
        assert "已补充裁量理由。" in unattested.content.decode()
        assert client.post(url, {"attested": "on", "answer-discretion": "已补充裁量理由。"}).status_code == 302
        assert journey.case.stage == "legal-review"
        assert "已补充裁量理由。" in login("zhouheng").get(reverse("review-case", args=[journey.id])).content.decode()


def test_who_handled_the_case_cannot_review_it(login: Login, play: Play, on_day: OnDay) -> None:
    journey = play(until="submit")
    officer = Officer.objects.get(name="林策")
    accounts.grant_role(officer, Role.REVIEWER, since=dt.date(2026, 1, 5), by=SYSTEM)
    accounts.record_qualification(officer, number="A20999901000099", obtained_on=dt.date(2020, 1, 1), by=SYSTEM)
    with on_day(journey.day):
        client, url = login("lince"), reverse("review-case", args=[journey.id])
        body = client.get(url).content.decode()
        assert "承办过本案，不能审核" in body
        assert "出具审核意见" not in body
        client.post(url, marks(journey))
    assert not Opinion.objects.exists()


@pytest.mark.parametrize(("username", "status"), [("lince", 403), ("sutang", 403), ("zhouheng", 200)])
def test_only_reviewers_have_the_queue(login: Login, username: str, status: int) -> None:
    assert login(username).get(reverse("review")).status_code == status


def test_a_reviewer_of_another_organ_sees_nothing(login: Login, play: Play) -> None:
    journey = play(until="submit")
    accounts.grant_role(Officer.objects.get(name="罗川"), Role.REVIEWER, since=dt.date(2026, 1, 5), by=SYSTEM)
    assert login("luochuan").get(reverse("review-case", args=[journey.id])).status_code == 404


@pytest.fixture
def file(play: Play) -> Any:
    journey = play(until="submit")
    submission = queries.open_submission(journey.case)
    assert submission is not None
    return gather(submission)


def states(file: Any, code: str) -> list[str]:
    return [row.state for row in findings(file)[code]]


def test_findings_of_a_good_file_show_no_difference(file: Any) -> None:
    assert DIFFERS not in {row.state for rows in findings(file).values() for row in rows}


def test_findings_never_decide_what_only_a_person_can(file: Any) -> None:
    for code in ("facts", "evidence", "law", "discretion", "power", "crime"):
        assert "unclear" in states(file, code)


def test_findings_see_a_day_without_certificate_and_steps_out_of_order(file: Any) -> None:
    day = dt.date(2026, 9, 15)
    gap = replace(file, handlers=[Worker("林策", ("990100-0231",), (day,)), file.handlers[1]])
    assert DIFFERS in states(gap, "subject")
    assert any(day.isoformat() in row.text for row in findings(gap)["subject"])
    turned = replace(file, steps=[Step("事先告知", day), Step("调查终结报告", day - dt.timedelta(days=1))])
    assert DIFFERS in states(turned, "procedure")


def test_findings_compare_amount_and_hearing_with_the_notice(file: Any) -> None:
    penalties = [{"kind": "fine", "amount": 3_000_000}]
    assert DIFFERS in states(replace(file, draft={**file.draft, "penalties": penalties}), "discretion")
    due = replace(file.hearing, value=True)
    assert states(replace(file, hearing=due), "procedure")[-1] == DIFFERS
    assert states(replace(file, hearing=due, hearing_offered=True), "procedure")[-1] == MET
