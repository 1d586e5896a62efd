"""A secret case is shut to its own handlers too: every route with a known key, screen and REST, reads and writes — R072."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from mingcha.accounts.actors import SYSTEM
from mingcha.accounts.queries import actor_named
from mingcha.archives.lending.actions import make_secret
from mingcha.cases import access, moves
from mingcha.cases.actions import declare_avoidance
from mingcha.cases.findings import record_finding
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.errors import MingchaError
from mingcha.interfaces.tests.test_access_routes import (
    CLOSED,
    address,
    asks,
    call,
    described,
    ids,
    routes,
    rules,
    token_of,
)
from mingcha.ledger.actions import append
from mingcha.ledger.models import JournalEntry

pytestmark = pytest.mark.django_db
__all__ = ["ids"]
# Keys that lead to the case of `ids` and to nothing else.
_KEYS = ("case_id", "document_id", "evidence_id", "recording_id", "statement_id", "decision_id")
OUTSIDE = ("lince", "luming", "zhouheng", "sutang", "jiangmu", "fangzhi")


def told(case_id: str) -> int:
    return JournalEntry.objects.filter(case_id=case_id).count()


@pytest.mark.slow
def test_outside_the_circle_every_known_key_leads_nowhere(ids: dict[str, str], login: Callable[[str], Client]) -> None:
    case = Case.objects.get(id=ids["case_id"])
    head, handler = actor_named("shenyi"), actor_named("lince")
    assert access.sees(handler, case)
    make_secret(case.id, actor=head, level="business", basis="（编造）涉及商业秘密")
    before, wrong, asked = told(ids["case_id"]), [], 0
    for username in OUTSIDE:
        token, client = token_of(username), login(username)
        for method, path in described():
            if path.startswith("/public/") or not any(f"{{{key}}}" in path for key in _KEYS):
                continue
            asked += 1
            status, _ = call(Client(), method, path, ids, token)
            if status not in (403, 404):
                wrong.append((username, method, path, status))
        for route in routes():
            if rules(route)[0].audience != "officials" or not any(f":{key}>" in route.text for key in _KEYS):
                continue
            asked += 1
            for method in ("GET", "POST"):
                status = asks(client, method, address(route.text, ids))
                if status not in CLOSED:
                    wrong.append((username, method, str(route), status))
    assert asked > 500 and wrong == []
    assert told(ids["case_id"]) == before


def test_three_rings_keep_a_secret_case_shut(play: Callable[..., Any]) -> None:
    journey = play("evidence")
    case, handler = journey.case, actor_named("lince")
    with clock.frozen(clock.at(journey.day, 15)):
        make_secret(case.id, actor=actor_named("shenyi"), level="business", basis="（编造）涉及商业秘密")
        assert not access.sees(handler, Case.objects.get(id=case.id))
        tries: list[Callable[[], Any]] = [
            lambda: declare_avoidance(case.id, actor=handler, conflict=False),
            lambda: record_finding(case.id, "finding-gp-01@1", actor=handler, met=True, grounds="已出示证件"),
            lambda: moves.advance(case.id, to="notice", actor=handler),
        ]
        for attempt in tries:
            with pytest.raises(MingchaError) as refused:
                attempt()
            assert refused.value.code == "not-found"

        def write(actor: Any) -> None:
            with transaction.atomic():
                append(
                    "finding-recorded", log=case.jurisdiction, subject=("case", str(case.id)), case_id=case.id,
                    actor=actor, payload={}, occurred_at=clock.now() - dt.timedelta(minutes=1),
                )  # fmt: skip

        with pytest.raises(IntegrityError, match="secret-outside-circle"):
            write(handler.snapshot("handler"))
        write(actor_named("shenyi").snapshot("head"))
        write(SYSTEM)
