"""Third persons whose business it is (利害关系人): refused over REST, by the rule of the paper, in its own procedure.

The same pairs by rule and by the database stand in test_separation_pairs.py.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from mingcha.accounts import actions as accounts
from mingcha.accounts.actors import SYSTEM, Actor
from mingcha.accounts.models import Officer
from mingcha.cases import queries as cases
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.documents.models import Document
from mingcha.documents.rendering import template
from mingcha.documents.serving.actions import serve
from mingcha.documents.tests import test_from_case_e, test_from_case_g
from mingcha.documents.tests.sets import samples
from mingcha.documents.tests.test_from_case_g import Who, case, day_of, typed
from mingcha.interfaces.demo.journey import Journey
from mingcha.interfaces.demo.signing import all_sign
from tests.test_procedures_run import PEOPLE, take

__all__ = ["case"]
pytestmark = pytest.mark.django_db
OWN = "the organ itself"
# Procedure, where in it, the paper, what is wrong with it, and the rule that says so.
FAULTS = [
    ("P-ZX", "substitute-decide", "substitute-decision", {"interested": True}, "substitute-interest"),
    ("P-PT", "decide", "payment-slip", {"payee": OWN}, "slip-payee"),
    ("P-CS", "", "goods-early-disposal", {"method": "auction", "auctioneer": OWN}, "auction-not-own"),
    ("P-PT", "publish", "goods-disposal", {"method": "auction", "receiver": OWN}, "goods-own"),
    ("P-ZF", "", "compensation-decision", {"appraiser": OWN}, "compensation-appraiser"),
]


@pytest.mark.parametrize(("procedure", "place", "kind", "fault", "code"), FAULTS)
def test_an_interested_third_person_is_refused_over_rest(
    procedure: str, place: str, kind: str, fault: dict[str, Any], code: str, case: Callable[[str], Case], actor: Who,
    play: Callable[..., Journey],
) -> None:  # fmt: skip
    begun = play(place).case if procedure == "P-PT" else case(procedure)
    username = "zhengyi" if begun.organisation.kind == "government" else "lince"
    if procedure != "P-PT":
        while place and begun.stage != place:
            begun = take(begun, toward(begun, place), lambda role: actor(PEOPLE.get(role, role)))
        for earlier, row in samples()[kind].get("documents", {}).items():
            before(begun, earlier, row, actor(username))
    fields = typed(kind) | {name: begun.organisation.name if value == OWN else value for name, value in fault.items()}
    token = accounts.create_token(Officer.objects.get(user__username=username), label="试", by=SYSTEM)
    where = "approvals" if template(kind).about.made == "approved" else "documents"
    made = Document.objects.count()
    with clock.frozen(max(day_of(kind), clock.now())):
        answer = Client().post(
            f"/api/v1/cases/{begun.id}/{where}", json.dumps({"kind": kind, "fields": fields}),
            content_type="application/json", headers={"authorization": f"Bearer {token}"},
        )  # fmt: skip
    assert answer.status_code == 409
    assert code in {reason["code"] for reason in answer.json()["reasons"]}
    assert Document.objects.count() == made


def toward(case: Case, place: str) -> str:
    """The next stage on the shortest way to a place."""
    flow = cases.procedure(case)
    paths, seen = [[case.stage]], {case.stage}
    for path in paths:
        if path[-1] == place:
            return path[1]
        for move in flow.stage(path[-1]).own:
            if move.to not in seen and not move.parallel:
                seen.add(move.to)
                paths.append([*path, move.to])
    raise AssertionError(place)


def before(case: Case, kind: str, row: dict[str, Any], by: Actor) -> None:
    """A paper that a sample says was made, and served, before it."""
    if kind in test_from_case_e.MINE:
        on = dt.date.fromisoformat(row["on"][:10])
        document = test_from_case_e.made(case, kind, by, on, row.get("fields"))
    else:
        document = test_from_case_g.made(case, kind, by)
    if "served_on" in row:
        with clock.frozen(clock.at(dt.date.fromisoformat(row["served_on"]), 21)):
            all_sign(document, by, party="许山河", officers=["林策", "韩渡"])
            serve(
                document.id, actor=by, mode="direct", receiver="许山河", relation="legal_rep", served_at=clock.now(),
                place="明水区望江路66号",
            )  # fmt: skip
