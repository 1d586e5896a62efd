"""What the published list wants whole is asked in every procedure, as the list says it, and of nobody whose list says nothing."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from mingcha.accounts.queries import actor_named
from mingcha.cases import actions as cases
from mingcha.cases.models import Case
from mingcha.cases.moves import advance, options
from mingcha.catalogues import conditions
from mingcha.catalogues.tests.putting import put
from mingcha.common import clock
from mingcha.common.errors import Refused
from mingcha.files.actions import receive_bytes
from mingcha.interfaces.demo.paper import recording as sound
from mingcha.procedures.shipped import codes
from mingcha.recordings import actions
from mingcha.recordings.models import Recording

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 9, 14)


def _list(stages: set[str], **more: Any) -> None:
    entry = {"mode": "full", "plain": "现场全程音像", "means": ["video"], **more}
    put("recording-list", {"entries": [{"code": stage, "stage": stage, **entry} for stage in sorted(stages)]})


def _begun(code: str) -> Case:
    return cases.register_lead(
        actor=actor_named("lince"), procedure=code, source="report", cause="试办一件", facts="按程序试办。",
        item_code="3.14", conduct_ended_on=DAY, discovered_on=DAY, second_officer_id=actor_named("handu").officer_id,
        party_kind="person", party_name="许山河", id_number="110101199003070011", address="望江路66号",
    )  # fmt: skip


def _codes(case: Case) -> list[list[str]]:
    """For each move of the main line that is no branch: what the list holds against it."""
    rows = [row for row in options(case, actor_named("lince")) if row.branch is None and not row.move.parallel]
    return [[r.code for c in row.checks if c.name == "recordings-listed@1" for r in c.reasons] for row in rows]


def _add(case: Case, mark: int, seconds: int) -> Recording:
    return actions.add(
        case.id, actor=actor_named("lince"), stage=case.stage, matter=case.stage, title=f"第{mark}段",
        file=receive_bytes(sound(mark=mark)), started_at=clock.now() - dt.timedelta(hours=2, seconds=-seconds),
        duration_ms=5_000,
    )  # fmt: skip


def test_every_procedure_asks_what_the_list_wants_whole(district: None) -> None:
    later = DAY + dt.timedelta(days=1)
    with clock.frozen(clock.at(DAY, 8)):
        _list({"elsewhere"})
    with clock.frozen(clock.at(DAY, 15)):
        # P-TZ only continues an ordinary case, whose own definition asks.
        begun = [_begun(code) for code in codes() if code not in ("P-TZ", "P-PT")]
        assert not any(any(_codes(case)) for case in begun), "a list that does not say it holds nothing back"
    with clock.frozen(clock.at(later, 8)):
        _list({case.stage for case in begun}, leave="checked", act_types=[*conditions.keys()["act_type"].choices])
    asked, explained = set(), 0
    with clock.frozen(clock.at(later, 15)):
        for mark, case in enumerate(begun):
            if case.filed_on is not None:
                assert not any(_codes(case)), "a filed case goes by the list of its day"
                continue
            ways = _codes(case)
            assert ways and all(found == ["recording-missing"] for found in ways), case.stage
            asked.add(case.procedure.key)
            target = next((row.move for row in options(case, actor_named("lince")) if row.permitted), None)
            if target is None or case.procedure.key not in ("P-CS", "P-JC", "P-ZX"):
                continue
            with pytest.raises(Refused) as refused:
                advance(case.id, target.to, actor=actor_named("lince"), reason="按程序办理", action=target.action)
            assert "recording-missing" in {reason.code for reason in refused.value.reasons}
            first, second = _add(case, 100 + mark, 0), _add(case, 150 + mark, 600)
            assert all(found == ["recording-interrupted"] for found in _codes(case)), case.stage
            actions.explain_gap(
                case.id,
                actor=actor_named("lince"),
                after=first.id,
                before=second.id,
                reason="电池耗尽，更换后立即继续录制。",
            )
            assert not any(_codes(case))
            explained += 1
    assert len(asked) >= 12 and explained
