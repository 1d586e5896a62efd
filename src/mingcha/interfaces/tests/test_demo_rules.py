"""The demonstration: the bureau's own rules are issued and filed; the street publishes only what is its own."""

from __future__ import annotations

import datetime as dt

import pytest

from mingcha.catalogues.models import Edition
from mingcha.interfaces.demo import own_rules
from mingcha.interfaces.demo.district import FOUNDED
from mingcha.statutes.models import RuleVersion

pytestmark = pytest.mark.django_db


def test_three_rules_are_issued_and_filed(district: None) -> None:
    own_rules.issue(FOUNDED)
    rows = RuleVersion.objects.select_related("rule", "filing").order_by("document_number")
    assert {row.rule.kind for row in rows} == {"disclosure", "recording", "review"}
    assert all(row.state == "issued" and row.effective_from == FOUNDED + dt.timedelta(days=1) for row in rows)
    assert all(row.filing.authority == "明水区司法局" for row in rows)


def test_no_two_organs_publish_the_same_plan_fee_or_standard(district: None) -> None:
    rows = Edition.objects.filter(kind__in=("discretion", "fee-list", "guide", "inspection-plan", "random-list"))
    assert {row.organisation.name for row in rows.select_related("organisation")} == {"明水区综合行政执法局"}
