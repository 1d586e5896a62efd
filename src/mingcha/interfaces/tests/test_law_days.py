"""Citations on the pages of a case open the text of the day that counts: substance by the conduct, procedure by the step."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.template import Context, Template
from django.test import Client
from django.urls import reverse

from mingcha.common import clock
from mingcha.decisions.queries import of_case
from mingcha.interfaces.demo.journey import Journey
from mingcha.statutes import clocks

pytestmark = pytest.mark.django_db
Login = Callable[[str], Client]
Play = Callable[..., Journey]


def links(html: str) -> list[dict[str, str]]:
    """Each citation of a page: what is cited, as on which day, by which clock."""
    found = [urlsplit(unescape(href)) for href in re.findall(r'<a class="art" href="([^"]+)"', html)]
    return [{name: values[0] for name, values in parse_qs(url.query).items()} for url in found]


@pytest.mark.parametrize(
    ("law", "clock_"),
    [
        ("大气污染防治法", clocks.SUBSTANCE),
        ("行政处罚法", clocks.PROCEDURE),
        ("市场监督管理行政处罚程序规定", clocks.PROCEDURE),
        ("建设工程质量管理条例", clocks.SUBSTANCE),
    ],
)
def test_which_clock_a_law_follows(law: str, clock_: str) -> None:
    conduct, step = dt.date(2025, 3, 1), dt.date(2026, 9, 14)
    found = clocks.law_day(law, conduct=conduct, step=step)
    assert found == clocks.LawDay(conduct if clock_ == clocks.SUBSTANCE else step, clock_)


def test_a_letter_opens_each_article_as_on_its_day(login: Login, play: Play) -> None:
    journey = play("serve-decision")
    case, decision = journey.case, of_case(journey.case)
    assert decision is not None and case.conduct_ended_on < decision.decided_on
    with clock.frozen(clock.at(dt.date(2027, 3, 1), 10)):
        page = login("shenyi").get(reverse("decision-case", args=[case.id])).content.decode()
    days: dict[str, set[str]] = {}
    for link in links(page):
        days.setdefault(link["clock"], set()).add(link["on"])
    assert days == {
        "substance": {case.conduct_ended_on.isoformat()},
        "procedure": {decision.decided_on.isoformat()},
    }


def test_the_case_page_names_its_basis_as_on_the_day_of_the_conduct(login: Login, play: Play) -> None:
    case = play("serve-decision").case
    with clock.frozen(clock.at(dt.date(2027, 3, 1), 10)):
        page = login("lince").get(reverse("case", args=[case.id])).content.decode()
        found = links(page)
        basis = [link for link in found if link.get("clock") == "substance"]
        assert basis and {link["on"] for link in basis} == {case.conduct_ended_on.isoformat()}
        periods = [link for link in found if "clock" not in link and "on" in link]
        assert periods and all(link["on"] < "2027-01-01" for link in periods)
        shown = login("lince").get(reverse("statute-article"), {**basis[0], "panel": "1"}).content.decode()
    assert "有效的文本" in shown and "实体适用违法行为发生" in shown and "现行文本" in shown


@pytest.mark.parametrize(
    ("text", "count"),
    [("依照《行政处罚法》第五十八条、《大气污染防治法》第一百一十五条办理。", 2), ("没有引用。", 0), ("<b>", 0)],
)
def test_citations_in_a_text(text: str, count: int) -> None:
    html: Any = Template("{% load case_citations %}{% cited text %}").render(Context({"text": text}))
    assert len(links(html)) == count
    assert "<b>" not in html
    assert unescape(re.sub("<[^>]+>", "", html)) == text
