"""What a decision says of the course of its case is true: measures that were taken stand in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mingcha.accounts.queries import actor_named
from mingcha.cases.models import Link
from mingcha.common import clock
from mingcha.documents import blocks
from mingcha.documents.tests.test_from_case_e import day_of, made
from mingcha.interfaces.demo.journey import Journey, Scenario

pytestmark = pytest.mark.django_db
NONE = "调查期间未采取行政强制措施。"


def test_a_seizure_in_the_case_or_a_linked_one_is_not_denied(play: Callable[..., Journey]) -> None:
    case, other = (
        play("file").case,
        play("file", Scenario(party="另案有限公司", uscc="91990100MA1QH00026", mark=2)).case,
    )
    assert blocks.course(case).endswith(NONE) and blocks.course(other).endswith(NONE)
    letter = made(other, "seizure-decision", actor_named("lince"), day_of("seizure-decision"))
    assert blocks.course(case).endswith(NONE)
    told = f"以《{letter.title}》（{letter.number}）采取了行政强制措施。"
    assert blocks.course(other).endswith(told)
    with clock.frozen(clock.at(day_of("seizure-decision"), 18)):
        Link(case=case, other=other, stage="investigate", entry_id=1, at=clock.now()).save(force_insert=True)
    assert blocks.course(case).endswith(told) and NONE not in blocks.course(case)
