"""An inspection begins from the plan, from a tip or urgently; what began urgently is approved in time or is void."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from mingcha.accounts import actions as accounts
from mingcha.accounts.actors import SYSTEM
from mingcha.accounts.models import Officer
from mingcha.accounts.queries import actor_named
from mingcha.cases import actions as cases
from mingcha.cases import findings
from mingcha.cases import queries as case_queries
from mingcha.cases.models import Case
from mingcha.cases.moves import advance
from mingcha.common import clock
from mingcha.common.errors import InvalidInput, Refused
from mingcha.deadlines import queries as deadlines

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 9, 14)
LEAD = {
    "procedure": "P-JC", "source": "report", "cause": "检查扬尘防治", "facts": "群众反映。", "item_code": "3.14",
    "party_kind": "organisation", "party_name": "清和建筑工程有限公司", "uscc": "91990100MA1QH00018",
    "legal_representative": "许山河", "address": "明水区望江路66号",
}  # fmt: skip


def begun(entry: str) -> Case:
    case = cases.register_lead(
        actor=actor_named("lince"), conduct_ended_on=DAY, discovered_on=DAY, entry=entry,
        second_officer_id=actor_named("handu").officer_id, **LEAD,
    )  # fmt: skip
    for name in ("lince", "handu"):
        cases.declare_avoidance(case.id, actor=actor_named(name), conflict=False)
    return case


def go(case: Case, to: str, by: str = "lince") -> Case:
    case.refresh_from_db()
    move = case_queries.procedure(case).move(case.stage, to)
    assert move is not None, (case.stage, to)
    for guard in move.guards:
        if guard.startswith("finding-"):
            findings.record_finding(case.id, guard, actor=actor_named(by), met=True, grounds="已核对。")
    return advance(case.id, to, actor=actor_named(by), reason="按程序办理。")


def refused(call: Callable[[], object]) -> set[str]:
    with pytest.raises(Refused) as error:
        call()
    return {reason.code for reason in error.value.reasons}


def test_an_inspection_begins_from_a_tip(district: None) -> None:
    with clock.frozen(clock.at(DAY, 9)):
        case = begun("case-source")
        assert case.stage == "case-source"
        go(case, "freq-check")
        with pytest.raises(InvalidInput) as error:
            begun("inspect")
        assert "个案线索" in str(error.value.data["fields"]["entry"])


def test_an_urgent_inspection_is_approved_within_its_time(district: None) -> None:
    with clock.frozen(clock.at(DAY, 9)):
        case = begun("urgent-entry")
        period = deadlines.open_period(case.id, "INS-02")
        assert period is not None and period.due_at == clock.at(DAY + dt.timedelta(days=1), 9)
        for to in ("scan-in", "inspect", "record"):
            go(case, to)
        assert refused(lambda: go(case, "result"))
        go(case, "ratify-urgent")
    with clock.frozen(clock.at(DAY, 20)):
        go(case, "result", "shenyi")
    case.refresh_from_db()
    assert case.stage == "result" and deadlines.open_period(case.id, "INS-02") is None


def test_an_urgent_inspection_that_nobody_approved_in_time_is_void(district: None) -> None:
    with clock.frozen(clock.at(DAY, 9)):
        case = begun("urgent-entry")
        for to in ("scan-in", "inspect", "record", "ratify-urgent"):
            go(case, to)
    with clock.frozen(clock.at(DAY + dt.timedelta(days=1), 10)):
        assert refused(lambda: go(case, "result", "shenyi")) == {"period-not-settled"}
        go(case, "close", "shenyi")
    case.refresh_from_db()
    assert case.stage == "close"


def test_both_doors_ask_where_it_begins(district: None, login: Callable[[str], Client]) -> None:
    days = {"conduct_ended_on": str(DAY), "discovered_on": str(DAY)}
    with clock.frozen(clock.at(DAY, 9)):
        screen, url = login("lince"), reverse("case-new")
        shown = screen.get(url).content.decode()
        assert "紧急当场检查" in shown and "个案线索" in shown
        assert screen.post(url, {**LEAD, **days, "entry": "urgent-entry"}).status_code == 302
        assert Case.objects.get().stage == "urgent-entry"
        # A beginning of another procedure is refused where it stands on the form.
        answer = screen.post(url, {**LEAD, **days, "procedure": "P-PT", "entry": "urgent-entry"})
        assert answer.status_code == 422 and "不能从这一步开始" in answer.content.decode()
        token = accounts.create_token(Officer.objects.get(user__username="lince"), label="试", by=SYSTEM)
        told = Client().post(
            "/api/v1/cases", {**LEAD, **days, "entry": "case-source"}, content_type="application/json",
            headers={"authorization": f"Bearer {token}"},
        )  # fmt: skip
        assert (told.status_code, told.json()["stage"]) == (201, "case-source")
