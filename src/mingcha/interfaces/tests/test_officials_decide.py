"""Deciding, returning, revoking; redaction, sign-off, withdrawal, through the pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.test import Client
from django.urls import reverse

from mingcha.decisions.models import Decision, Revocation
from mingcha.disclosure.models import Publication, Release
from mingcha.disclosure.queries import entry
from mingcha.interfaces.demo.journey import Journey, Scenario
from mingcha.interfaces.workbench import redacting

Login = Callable[[str], Client]
Play = Callable[..., Journey]
OnDay = Callable[[dt.date], AbstractContextManager[None]]


def test_the_head_sees_text_review_and_conditions_and_decides_once(login: Login, play: Play, on_day: OnDay) -> None:
    journey = play(until="approve")
    with on_day(journey.day):
        client, url = login("shenyi"), reverse("decision-case", args=[journey.id])
        assert url in client.get(reverse("decisions")).content.decode()
        body = client.get(url).content.decode()
        for text in ("贰万元整", "法制审核已通过且审核后未改动", "六、处罚决定", "data-confirm"):
            assert text in body
        empty = client.post(url, {"opinion": " ", "form_token": "a"})
        assert empty.status_code == 422
        assert not Decision.objects.exists()
        posted = {"opinion": "同意。", "form_token": "b"}
        assert client.post(url, posted).status_code == 302
        client.post(url, posted)
        assert Decision.objects.count() == 1
        assert Decision.objects.get().number in client.get(url).content.decode()


def test_before_review_the_page_says_why_not_and_nothing_can_be_posted(login: Login, play: Play, on_day: OnDay) -> None:
    journey = play(until="submit")
    with on_day(journey.day):
        client, url = login("shenyi"), reverse("decision-case", args=[journey.id])
        body = client.get(url).content.decode()
        assert "环节，还不能作出决定" in body
        assert 'name="opinion"' not in body
        assert client.post(url, {"opinion": "同意。"}).status_code == 422
    assert not Decision.objects.exists()


def test_only_a_head_decides(login: Login, play: Play, on_day: OnDay) -> None:
    journey = play(until="approve")
    with on_day(journey.day):
        client, url = login("lince"), reverse("decision-case", args=[journey.id])
        assert "处罚决定由机关负责人作出" in client.get(url).content.decode()
        assert client.post(url, {"opinion": "同意。"}).status_code == 403
        assert client.get(reverse("decision-return", args=[journey.id])).status_code == 403
    assert not Decision.objects.exists()


def test_returning_needs_a_reason(login: Login, play: Play, on_day: OnDay) -> None:
    journey = play(until="approve")
    with on_day(journey.day):
        client, url = login("shenyi"), reverse("decision-return", args=[journey.id])
        assert client.post(url, {"reason": ""}).status_code == 422
        assert journey.case.stage == "decide"
        assert client.post(url, {"reason": "请补充整改照片。"}).status_code == 302
        assert journey.case.stage == "review-return"


def test_revoking_takes_the_publication_down(login: Login, play: Play, on_day: OnDay) -> None:
    journey = play(until="publish")
    publication = Publication.objects.get(decision__case_id=journey.id)
    with on_day(journey.day):
        client, url = login("shenyi"), reverse("decision-revoke", args=[journey.id])
        assert "data-confirm" in client.get(url).content.decode()
        assert client.post(url, {"reason": ""}).status_code == 422
        assert client.post(url, {"reason": "适用依据错误。", "form_token": "r"}).status_code == 302
        assert Revocation.objects.count() == 1
        assert "这份决定已经撤销" in client.get(reverse("decision-case", args=[journey.id])).content.decode()
        assert "适用依据错误。" in client.get(reverse("disclosure-item", args=[publication.id])).content.decode()
    assert entry(publication.id).state == "withdrawn"


@pytest.fixture
def waiting(play: Play) -> tuple[Journey, Publication]:
    journey = play(until="serve-decision")
    return journey, Publication.objects.get(decision__case_id=journey.id)


def test_the_editor_shows_both_sides_and_the_residual_check(
    login: Login, waiting: tuple[Journey, Publication], on_day: OnDay
) -> None:
    journey, publication = waiting
    with on_day(journey.day):
        client = login("sutang")
        assert publication.decision is not None
        assert publication.decision.number in client.get(reverse("disclosure")).content.decode()
        body = client.get(reverse("disclosure-item", args=[publication.id])).content.decode()
    left, right = body.split('aria-labelledby="right-title"')[0], body.split('aria-labelledby="right-title"')[1]
    assert "许山河" in left
    assert "许某" in right.split("隐去的内容")[0]
    assert "许山河" not in right.split("隐去的内容")[0]
    assert "残留检查" in body
    assert "行政处罚法第五十条" in body


def test_own_text_is_hidden_everywhere_and_published(
    login: Login, waiting: tuple[Journey, Publication], on_day: OnDay
) -> None:
    journey, publication = waiting
    with on_day(journey.day):
        client, url = login("sutang"), reverse("disclosure-item", args=[publication.id])
        absent = client.post(url, {"intent": "publish", "hide": "没有这句话", "attested": "on"})
        assert absent.status_code == 422
        assert "原文中没有找到" in absent.content.decode()
        checked = client.post(url, {"intent": "check", "hide": "雾炮\n600平方米"})
        assert checked.status_code == 422  # 雾炮 is not in the letter
        checked = client.post(url, {"intent": "check", "hide": "600平方米"})
        assert checked.status_code == 200
        assert not Release.objects.exists()
        unattested = client.post(url, {"intent": "publish", "hide": "600平方米"})
        assert "请确认已逐项核对" in unattested.content.decode()
        assert not Release.objects.exists()
        assert client.post(url, {"intent": "publish", "hide": "600平方米", "attested": "on"}).status_code == 302
        body = client.get(url).content.decode()
    text = entry(publication.id).content["text"]
    assert "600平方米" not in text
    assert "许山河" not in text
    assert "经办人认定不公开的内容" in body


def test_keeping_needs_a_reason_and_a_number_is_never_kept(login: Login, play: Play, on_day: OnDay) -> None:
    facts = "当事人承建的工地未采取防尘措施，现场负责人王晓东（联系电话13912345678）在场确认，裸露土方约600平方米。"
    journey = play(until="serve-decision", scenario=Scenario(facts=facts))
    publication = Publication.objects.get(decision__case_id=journey.id)
    with on_day(journey.day):
        client, url = login("sutang"), reverse("disclosure-item", args=[publication.id])
        groups = {row.text: row for row in redacting.open_editor(publication).groups}
        number, named = groups["13912345678"], groups["王晓东"]
        assert (number.keepable, named.keepable) == (False, True)
        assert f"keep-{number.key}" not in client.get(url).content.decode()
        posted = {"intent": "publish", "attested": "on", f"keep-{named.key}": "on", f"keep-{number.key}": "on"}
        refused = client.post(url, posted)
        assert refused.status_code == 422
        assert "请填写保留原文的理由" in refused.content.decode()
        reasons = {f"reason-{named.key}": "系被公开的项目负责人。", f"reason-{number.key}": "想要公开。"}
        assert client.post(url, posted | reasons).status_code == 302
        assert "系被公开的项目负责人。" in client.get(url).content.decode()
    text = entry(publication.id).content["text"]
    assert "王晓东" in text
    assert "13912345678" not in text


def test_supervisor_and_head_read_but_cannot_sign_off(
    login: Login, waiting: tuple[Journey, Publication], on_day: OnDay
) -> None:
    journey, publication = waiting
    url = reverse("disclosure-item", args=[publication.id])
    with on_day(journey.day):
        for username in ("fangzhi", "shenyi"):
            client = login(username)
            body = client.get(url).content.decode()
            assert "签发由本机关公示员办理" in body
            assert 'value="publish"' not in body
            client.post(url, {"intent": "publish", "attested": "on"})
        assert login("lince").get(url).status_code == 403
    assert not Release.objects.exists()


def test_withdrawing_leaves_a_tombstone(login: Login, play: Play, on_day: OnDay) -> None:
    journey = play(until="publish")
    publication = Publication.objects.get(decision__case_id=journey.id)
    with on_day(journey.day):
        client, url = login("sutang"), reverse("disclosure-withdraw", args=[publication.id])
        assert client.post(url, {"reason": ""}).status_code == 422
        assert client.post(url, {"reason": "案件转入复查。", "form_token": "w"}).status_code == 302
        body = client.get(reverse("disclosure-item", args=[publication.id])).content.decode()
        assert "已经撤下" in body
        assert "案件转入复查。" in body
        assert login("fangzhi").get(url).status_code == 403
    assert entry(publication.id).withdrawn_reason == "案件转入复查。"
