"""Third persons whose business it is (利害关系人): refused over REST, by the rule of the paper, in its own procedure.

The same pairs by rule and by the database stand in test_separation_pairs.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from mingcha.accounts import actions as accounts
from mingcha.accounts.actors import SYSTEM
from mingcha.accounts.models import Officer
from mingcha.cases import queries as cases
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.documents.models import Document
from mingcha.documents.rendering import template
from mingcha.documents.tests import test_from_case_e, test_from_case_g
from mingcha.documents.tests.test_from_case_g import Who, case, day_of, typed
from mingcha.interfaces.demo.journey import Journey
from tests.test_procedures_run import PEOPLE, take, way

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
        for to in way(cases.procedure(begun), begun.stage, place)[1:] if place else []:
            begun = take(begun, to, lambda role: actor(PEOPLE.get(role, role)))
        group = test_from_case_e if kind in test_from_case_e.MINE else test_from_case_g
        group.before(begun, kind, actor(username))
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
