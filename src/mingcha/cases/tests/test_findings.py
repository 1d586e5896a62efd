"""Who may establish a condition (认定): whoever may act where the case stands; the screen links nobody else to it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mingcha.accounts.actors import Actor
from mingcha.cases.findings import record_finding, role_to_record
from mingcha.common.errors import NotPermitted
from mingcha.interfaces.demo.journey import Journey

pytestmark = pytest.mark.django_db


def test_a_finding_is_made_by_who_may_act_at_the_stage(
    play: Callable[..., Journey], actor: Callable[[str], Actor]
) -> None:
    case = play(until="submit").case
    assert role_to_record(case, actor("zhouheng")) == "reviewer"
    for name in ("lince", "sutang", "luochuan"):
        assert role_to_record(case, actor(name)) == "", name
    with pytest.raises(NotPermitted):
        record_finding(case.id, "finding-gp-10@1", actor=actor("lince"), met=True, grounds="从旧兼从轻。")
    filed = play(until="file").case
    assert role_to_record(filed, actor("lince")) == "handler" and role_to_record(filed, actor("zhouheng")) == ""
