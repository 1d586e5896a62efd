"""Lists of hearings and of collective discussions: search, filters, keyset paging, empty state, export, statements."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mingcha.accounts.queries import actor_named
from mingcha.cases import actions as cases
from mingcha.common import clock
from mingcha.hearings import queries
from mingcha.interfaces.demo import discussion
from mingcha.interfaces.demo import hearing as play_hearing
from mingcha.interfaces.demo.journey import Journey, Scenario
from mingcha.interfaces.workbench import sittings

pytestmark = pytest.mark.django_db
# Statements of one page, however many rows it has: session, person, roles, mine, rows, organs and the shell.
MOST_STATEMENTS = 22


def statements(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


def exported(client: Client, url: str) -> list[list[str]]:
    answer = client.get(url)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))


def test_the_list_of_hearings(
    play: Callable[..., Journey], login: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = reverse("hearings")
    first = play("serve-notice", Scenario(fine=6_000_000, procedure="P-TZ"))
    host = login("guyan")
    with clock.frozen(clock.at(first.day, 14)):
        assert "没有听证" in host.get(here).content.decode()
        play_hearing.demand(first)
        play_hearing.appoint(first)
        one = statements(host, here)
    first.later(1)
    with clock.frozen(clock.at(first.day, 9)):
        play_hearing.fix(first)
    second = play("serve-notice", Scenario(fine=6_000_000, procedure="P-TZ", mark=2))
    with clock.frozen(clock.at(second.day, 16)):
        play_hearing.demand(second)
        play_hearing.appoint(second)
        assert statements(host, here) == one <= MOST_STATEMENTS
        found = queries.current(first.case)
        assert found is not None
        day = queries.session(found).held_on  # type: ignore[union-attr]
        number, other = first.case.number, second.case.number
        for query, shows in (
            (f"?q={number}", {number}),
            ("?q=查无此人", set()),
            ("?state=unfixed", {other}),
            ("?state=awaited", {number}),
            ("?state=mine", {number, other}),
            ("?state=reported", set()),
            (f"?first={day}&last={day}", {number}),
            (f"?organ={first.case.organisation_id}", {number, other}),
            (f"?organ={first.id}", set()),
        ):
            text = host.get(here + query).content.decode()
            assert {name for name in (number, other) if f">{name}" in text} == shows, query
            rows = exported(host, reverse("hearings-export", args=["csv"]) + query)
            assert {row[0] for row in rows[1:]} == shows, query
        assert "没有找到与“查无此人”有关的听证" in host.get(f"{here}?q=查无此人").content.decode()
        # Whoever may not see the cases finds neither them nor their hearings.
        stranger = login("weiqing")
        assert number not in stranger.get(here).content.decode()
        assert len(exported(stranger, reverse("hearings-export", args=["csv"]))) == 1
        monkeypatch.setattr(sittings, "_SIZE", 1)
        page = host.get(here)
        assert other in page.content.decode() and number not in page.content.decode()
        following = host.get(f"{here}?cursor={page.context['page'].next_cursor}")
        assert number in following.content.decode() and following.context["page"].next_cursor is None
        stale = host.get(f"{here}?cursor=zzz")
        assert stale.status_code == 422 and other in stale.content.decode(), (
            "the first page, with a word about the mark"
        )


def test_the_list_of_discussions(play: Callable[..., Journey], login: Callable[[str], Client]) -> None:
    here = reverse("discussions")
    journey = play("submit")
    head = login("shenyi")
    with clock.frozen(clock.at(journey.day, 10)):
        assert "没有集体讨论" in head.get(here).content.decode()
        cases.state_facts(journey.id, actor=actor_named("lince"), said={"grave": True})
        journey.opine(actor_named("zhouheng"), None)
        discussion.convene(journey)
        number = journey.case.number
        for query, shows in (
            ("", True),
            ("?state=open", True),
            ("?state=agree", False),
            (f"?q={number}", True),
            (f"?first={journey.day}&last={journey.day}", True),
            ("?last=2020-01-01", False),
        ):
            assert (f">{number}" in head.get(here + query).content.decode()) is shows, query
            assert (len(exported(head, reverse("discussions-export", args=["csv"]) + query)) == 2) is shows, query
        assert statements(head, here) <= MOST_STATEMENTS
        assert head.get(reverse("discussions-export", args=["xlsx"])).content[:2] == b"PK"
        assert head.get(reverse("discussions-export", args=["pdf"])).status_code == 404
