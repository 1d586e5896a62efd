"""Signing in: throttled, silent about which part was wrong, never leading off the site."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache
from django.test import Client

from mingcha.accounts.queries import actor_of_token
from mingcha.common.errors import MingchaError
from mingcha.interfaces.demo.district import PASSWORD
from mingcha.interfaces.workbench.sessions import MOST_FAILURES
from mingcha.ledger.models import JournalEntry

SIGN_IN = "/in/sign-in/"


@pytest.fixture(autouse=True)
def _fresh_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def test_signs_in_and_out(district: None) -> None:
    client = Client()
    answer = client.post(SIGN_IN, {"username": "lince", "password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/in/")
    assert "林策" in client.get("/in/").content.decode()
    assert client.post("/in/sign-out/").status_code == 302
    assert client.get("/in/").headers["Location"] == "/in/sign-in/?next=/in/"


def test_does_not_say_which_was_wrong(district: None) -> None:
    client = Client()
    wrong = [
        client.post(SIGN_IN, {"username": name, "password": "not-the-password"}).content.decode()
        for name in ("lince", "nobody-here")
    ]
    assert all("用户名或者密码不正确" in text for text in wrong)


def test_tenth_failure_closes_the_door_for_this_name_only(district: None) -> None:
    client = Client()
    for _ in range(MOST_FAILURES):
        assert client.post(SIGN_IN, {"username": "lince", "password": "wrong-password"}).status_code == 422
    answer = client.post(SIGN_IN, {"username": "lince", "password": PASSWORD})
    assert answer.status_code == 429
    assert "15 分钟" in answer.content.decode()
    assert client.post(SIGN_IN, {"username": "handu", "password": PASSWORD}).status_code == 302


def test_never_leads_to_another_site(district: None) -> None:
    answer = Client().post(SIGN_IN, {"username": "lince", "password": PASSWORD, "next": "https://evil.example/"})
    assert answer.headers["Location"] == "/in/"


def test_a_token_is_shown_once_and_works(login: Callable[[str], Client]) -> None:
    client = login("lince")
    page = client.post("/in/me/", {"label": "统计报表", "days": "30"}).content.decode()
    secret = page.split('id="secret">')[1].split("<")[0]
    assert actor_of_token(secret).name == "林策"
    again = client.get("/in/me/").content.decode()
    assert secret not in again and "统计报表" in again
    assert "没有重复开通" in client.post("/in/me/", {"label": "统计报表", "days": "30"}).content.decode()


def test_an_officer_revokes_a_token_of_ones_own_and_nobody_elses(login: Callable[[str], Client]) -> None:
    client, other = login("lince"), login("handu")
    secret = (
        client.post("/in/me/", {"label": "丢失的", "days": "30"})
        .content.decode()
        .split('id="secret">')[1]
        .split("<")[0]
    )
    address = re.findall(r'action="(/in/me/tokens/[^"]+/revoke/)"', client.get("/in/me/").content.decode())[0]
    assert other.post(address).status_code == 404 and actor_of_token(secret).name == "林策"
    assert client.post(address).status_code == 302
    with pytest.raises(MingchaError):
        actor_of_token(secret)
    page = client.get("/in/me/").content.decode()
    assert "已撤销" in page and "/revoke/" not in page
    assert client.post(address).status_code == 409
    entry = JournalEntry.objects.filter(kind="token-revoked").latest("id")
    assert entry.actor["name"] == "林策"


def test_auxiliary_staff_are_told(login: Callable[[str], Client]) -> None:
    client = login("qiman")
    assert "没有行政执法资格" in client.get("/in/me/").content.decode()
    assert client.get("/in/cases/new/").status_code == 403
