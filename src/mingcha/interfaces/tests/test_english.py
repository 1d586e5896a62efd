"""English on request: problems of the interface by Accept-Language, and a page that says where to find what."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client

from mingcha.interfaces.api.problems import _words

pytestmark = pytest.mark.django_db
HAN = re.compile(r"[\u4e00-\u9fff]")


def asked(client: Client, language: str) -> tuple[dict[str, str], dict[str, object]]:
    answer = client.get("/api/v1/cases", headers={"accept-language": language})
    return dict(answer.headers), json.loads(answer.content)


def test_a_problem_is_told_in_the_language_that_was_asked_for(client: Client, district: None) -> None:
    for language in ("", "zh-CN,zh;q=0.9,en;q=0.8", "fr", "*"):
        headers, body = asked(client, language)
        assert "Content-Language" not in headers and HAN.search(str(body["detail"])), language
        assert "Accept-Language" in headers["Vary"]
    for language in ("en", "en-GB,en;q=0.9,zh;q=0.5"):
        headers, body = asked(client, language)
        assert headers["Content-Language"] == "en" and body["code"] == "token-missing"
        assert not HAN.search(f"{body['title']}{body['detail']}")
    missing = json.loads(client.get("/api/v1/nothing", headers={"accept-language": "en"}).content)
    assert missing["title"] == "Not found" and missing["code"] == "not-found"


def test_no_english_word_holds_another_language() -> None:
    for told in (*_words()["titles"].values(), *_words()["details"].values()):
        assert told and not HAN.search(told), told


def test_the_english_page_leads_where_it_says(client: Client, district: None) -> None:
    page = client.get("/p/en/")
    text = page.content.decode()
    assert page.status_code == 200 and 'lang="en"' in text
    main = text[text.index("<main") : text.index("</main>")]
    links = re.findall(r'href="(/p/[^"]*)"', main)
    assert len(links) >= 8
    assert all(client.get(link).status_code == 200 for link in links)
    assert 'href="/p/en/"' in client.get("/p/").content.decode()
