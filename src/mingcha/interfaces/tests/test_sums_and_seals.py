"""Sums from the payments on record, printed days of an unannounced year, and the seal of a public decision."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from mingcha.accounts.queries import actor_named
from mingcha.common import clock
from mingcha.decisions import queries as decisions
from mingcha.disclosure.models import Publication
from mingcha.documents.composing import compose
from mingcha.documents.models import Document
from mingcha.documents.presuming import presumed
from mingcha.documents.sealing import actions as sealing
from mingcha.interfaces.demo.journey import Journey
from mingcha.performance import actions as performance
from mingcha.performance import appealing
from mingcha.performance.queries import balance

pytestmark = pytest.mark.django_db


@pytest.fixture
def published(play: Callable[..., Journey]) -> Journey:
    return play("publish")


def test_unpaid_sums_come_from_the_payments_and_are_not_typed(published: Journey) -> None:
    case, day = published.case, published.day
    decision = decisions.of_case(case)
    assert decision is not None
    with clock.frozen(clock.at(day, 15)):
        part = {"amount_fen": 500_000, "paid_on": day, "voucher": "P-半"}
        performance.record_payment(case.id, actor=actor_named("lince"), **part)
        found = balance(decision, day)
        assert (found.paid.value, found.fine.value, found.late.value) == (500_000, 1_500_000, 0)
        assert any("P-半" in step for step in found.fine.steps)
        made = compose(published.case, "demand-notice", {"unpaid": 1, "purpose": "court"})
        assert made["unpaid"] == 1_500_000, "what was typed gives way to the ledger"
        assert "尚欠罚款15,000.00元" in made["paid_note"]
        closing = compose(published.case, "closure-approval", {"way": "performed"})
        assert closing["paid"] == 500_000
        assert closing["performance"] == [{"item": "缴纳罚款", "state": "part", "proof": "P-半"}]
        assert re.fullmatch(r"已于\d{4}-\d\d-\d\d在公示平台公开", closing["publication"])
        assert closing["remedy"] == "none"
        opened = {"kind": "reconsideration", "authority": "明水区人民政府", "number": "明复受〔2026〕3号"}
        appealing.record(published.case.id, actor=actor_named("lince"), received_on=day, **opened)
        closing = compose(published.case, "closure-approval", {"way": "performed"})
        assert (closing["remedy"], closing["remedy_note"]) == (
            "open",
            "行政复议（明水区人民政府，明复受〔2026〕3号）：正在进行",
        )


def test_days_of_an_unannounced_year_are_called_provisional(published: Journey) -> None:
    def paper(served: str, due: str) -> Document:
        fields = {"base_served_on": served, "pay_due": due}
        return Document(case=published.case, kind="demand-notice", template_version=1, fields=fields)

    (late,) = presumed(paper("2029-12-20", "2030-01-04"))
    assert late.provisional
    assert "放假安排还没有公布" in late.says
    (wrong,) = presumed(paper("2026-05-06", "2026-05-20"))
    assert not wrong.provisional
    assert wrong.now.isoformat() in wrong.says
    assert presumed(paper("2026-05-06", wrong.now.isoformat())) == []


def test_the_portal_says_how_the_seal_stands(published: Journey, client: Client, settings: Any, tmp_path: Path) -> None:
    settings.SIGNING_ROOT = tmp_path / "signing"
    publication = Publication.objects.get(decision__case_id=published.id)
    place = reverse("portal:decision", args=[publication.id])
    assert "没有电子签章" in client.get(place).content.decode()
    sealing.adopt_demo()
    decision = decisions.of_case(published.case)
    assert decision is not None
    sealing.ensure_signed(decision.document_id)
    page = client.get(place).content.decode()
    assert f"{published.case.organisation.name}的签章" in page
    # The public text hides names, so the signed original, which does not, stays with the party.
    assert "签章原件不公开" in page
    assert client.get(reverse("portal:signed", args=[publication.id])).status_code == 404
