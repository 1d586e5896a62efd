"""Courses that are lawful and unusual: nothing is invented on them either."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from mingcha.accounts.queries import actor_named
from mingcha.cases import actions as cases
from mingcha.cases.moves import advance
from mingcha.common import clock
from mingcha.hearings import queries as hearings
from mingcha.interfaces.demo import hearing as demo_hearing
from mingcha.interfaces.demo.journey import Scenario
from mingcha.review import actions as review
from mingcha.review import queries
from mingcha.review.file import gather
from mingcha.review.findings import DIFFERS, findings
from mingcha.review.tests.world import Variation

pytestmark = pytest.mark.django_db
START = dt.date(2026, 9, 14)


def invented(journey: Variation) -> list[str]:
    with clock.frozen(clock.at(journey.day, 16)):
        found = queries.open_submission(journey.case)
        assert found is not None
        rows = findings(gather(found))
    return [f"{point}/{row.code}: {row.text}" for point, said in rows.items() for row in said if row.state == DIFFERS]


def play(journey: Variation, until: str, after: dict[str, Callable[[Variation], None]] | None = None) -> Variation:
    """The journey's steps, with something else happening after some of them."""
    journey.day = journey.start
    for name, who, _, step in journey.steps():
        with clock.frozen(clock.at(journey.day, 9, 30)):
            step(actor_named(who))
        if after and name in after:
            with clock.frozen(clock.at(journey.day, 14)):
                after[name](journey)
        if name == until:
            break
    return journey


def replaced(journey: Variation) -> None:
    """The second handler is told to stay away; another one takes over."""
    away, head = actor_named("handu"), actor_named("shenyi")
    cases.request_avoidance(
        journey.id, away.officer_id, actor=actor_named("lince"), applicant="许山河", ground="近亲属在该单位任职"
    )
    cases.decide_avoidance(journey.id, away.officer_id, actor=head, granted=True, ground="属实")
    cases.assign_handler(journey.id, actor_named("weiqing").officer_id, actor=actor_named("luming"))
    cases.declare_avoidance(journey.id, actor=actor_named("weiqing"), conflict=False)


def test_a_handler_who_left_the_case_spoils_nothing_that_was_done_before(district: None) -> None:
    journey = play(Variation(START, Scenario()), "submit", {"serve-notice": replaced})
    assert invented(journey) == []


@pytest.mark.slow
def test_a_hearing_that_was_held_by_law_is_no_defect(district: None) -> None:
    scenario = Scenario(fine=6_000_000, procedure="P-TZ")
    journey = play(Variation(START, scenario, effect="heavier"), "serve-notice")
    officer, head = actor_named("lince"), actor_named("shenyi")
    with clock.frozen(clock.at(journey.day, 15)):
        demo_hearing.demand(journey)
        demo_hearing.appoint(journey)
        demo_hearing.fix(journey)
        demo_hearing.attend(journey)
    hearing = hearings.current(journey.case)
    session = hearings.session(hearing) if hearing else None
    assert session is not None and head
    journey.day = session.held_on
    with clock.frozen(clock.at(journey.day, 15)):
        demo_hearing.hold(journey)
        demo_hearing.report(journey)
        advance(journey.id, "review-scope", actor=officer)
        journey.draft(officer)
        review.submit(journey.id, actor=officer, attested=True)
    assert invented(journey) == []
