"""The check-in code: who comes, on whose order; bad, expired, replaced and used codes; and what the other zone holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from mingcha.accounts.actors import Actor
from mingcha.accounts.models import Certificate
from mingcha.accounts.queries import actor_named
from mingcha.cases import actions as cases
from mingcha.cases import findings
from mingcha.cases import queries as case_queries
from mingcha.cases.models import Case
from mingcha.cases.moves import advance
from mingcha.common import clock
from mingcha.common.errors import NotFound, Refused
from mingcha.disclosure import queries as public
from mingcha.inspections import actions, queries
from mingcha.interfaces.feeding import answers, codec, visits

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 9, 14)
PLACE = "明水区望江路66号"


def inspection(to: tuple[str, ...] = ("freq-check", "approve", "scan-in")) -> Case:
    lince = actor_named("lince")
    case = cases.register_lead(
        actor=lince, procedure="P-JC", source="report", cause="检查扬尘防治", facts="群众反映。", item_code="3.14",
        conduct_ended_on=DAY, discovered_on=DAY, party_kind="organisation", party_name="清和建筑工程有限公司",
        uscc="91990100MA1QH00018", legal_representative="许山河", address=PLACE,
        second_officer_id=actor_named("handu").officer_id,
    )  # fmt: skip
    for name in ("lince", "handu"):
        cases.declare_avoidance(case.id, actor=actor_named(name), conflict=False)
    for target in to:
        move = case_queries.procedure(case).move(case.stage, target)
        assert move is not None
        actor: Actor = actor_named("shenyi" if "head" in move.roles and "handler" not in move.roles else "lince")
        for guard in move.guards:
            if guard.startswith("finding-"):
                findings.record_finding(case.id, guard, actor=actor, met=True, grounds="已核对。")
        case = advance(case.id, target, actor=actor)
    return case


@pytest.fixture
def morning(district: object) -> Any:
    cache.clear()
    with clock.frozen(clock.at(DAY, 9)):
        yield


def codes(call: Callable[[], object]) -> list[str]:
    with pytest.raises(Refused) as refused:
        call()
    return [reason.code for reason in refused.value.reasons]


def test_the_enterprise_sees_who_comes_and_confirms_once(
    morning: None, client: Client, login: Callable[[str], Client]
) -> None:
    case, lince = inspection(), actor_named("lince")
    here = reverse("case-visit", args=[case.id])
    officer = login("lince")
    assert "出示检查码" in officer.get(here).content.decode()
    officer.post(reverse("case-visit-show", args=[case.id]), {"place": PLACE})
    first = queries.codes(case)[0]
    assert "data:image/svg+xml" in officer.get(here).content.decode()
    # Whoever may see the case without handling it is shown neither code nor form.
    assert "data:image/svg+xml" not in login("fangzhi").get(here).content.decode()
    assert login("heshan").get(here).status_code == 404

    def scan(code: str) -> tuple[int, str]:
        answer = client.get(reverse("portal:visit", args=[code]))
        assert answer.headers["Referrer-Policy"] == "no-referrer" and "no-store" in answer.headers["Cache-Control"]
        return answer.status_code, answer.content.decode()

    status, text = scan(queries.code_of(first.id).lower())
    assert status == 200
    for word in ("林策", "990100-0231", "清和建筑工程有限公司", "检查扬尘防治", "沈毅", "今年第几次", PLACE):
        assert word in text, word
    for word in (str(case.id), "许山河", "91990100MA1QH00018", "群众反映"):
        assert word not in text, word
    assert queries.word_of(first.id) in text

    # A new code voids the one before, with its word.
    second = actions.show_code(case.id, actor=lince, place=PLACE)
    assert scan(queries.code_of(first.id))[0] == 404
    wrong = scan("23456789ABCDEFGHJKMN")
    assert wrong[0] == 404 and "无效" in wrong[1]
    stale = queries.word_of(first.id)
    assert codes(lambda: actions.confirm(case.id, actor=lince, word=stale, confirmed_by="许山河")) == [
        "visit-word-wrong"
    ]
    with clock.frozen(second.expires_at + dt.timedelta(seconds=1)):
        word = queries.word_of(second.id)
        assert codes(lambda: actions.confirm(case.id, actor=lince, word=word, confirmed_by="许山河")) == [
            "visit-code-expired"
        ]
        assert scan(queries.code_of(second.id))[0] == 404
    answer = officer.post(reverse("case-visit-confirm", args=[case.id]), {"word": "不对", "confirmed_by": "许山河"})
    assert answer.status_code == 422 and "确认码不对" in answer.content.decode()
    officer.post(reverse("case-visit-confirm", args=[case.id]), {"word": f" {word} ", "confirmed_by": "许山河"})
    status, text = scan(queries.code_of(second.id))
    assert "已经确认到访" in text and word not in text
    assert codes(lambda: actions.confirm(case.id, actor=lince, word=word, confirmed_by="许山河")) == ["visit-confirmed"]
    record = officer.get(reverse("case", args=[case.id])).content.decode()
    assert "被检查人确认到访" in record and "出示入企检查码" in record


def test_no_code_without_order_certificates_or_inspection(morning: None, play: Callable[..., Any]) -> None:
    penalty, lince = play("file").case, actor_named("lince")
    early = inspection(("freq-check",))
    assert codes(lambda: actions.show_code(early.id, actor=lince, place=PLACE)) == ["visit-not-ordered"]
    case = inspection()
    Certificate.objects.filter(officer_id=actor_named("handu").officer_id).update(suspended_on=DAY)
    assert codes(lambda: actions.show_code(case.id, actor=lince, place=PLACE)) == ["visit-officers"]
    assert codes(lambda: actions.show_code(penalty.id, actor=lince, place=PLACE)) == ["visit-not-inspection"]


def test_the_other_zone_reads_a_code_only_with_the_code(morning: None) -> None:
    row = actions.show_code(inspection().id, actor=actor_named("lince"), place=PLACE)
    code = queries.code_of(row.id)
    told = dict(answers.small()["visit"]())
    sealed = told[visits.place(code)]()
    assert sealed == told[visits.place(code)](), "told once, not at every look"
    assert "清和" not in bytes.fromhex(sealed).decode("utf-8", "replace") and code not in sealed
    assert codec.loads(visits.opened(code, sealed), answers.CLASSES) == public.visit(code)
    with pytest.raises(ValueError):
        visits.opened("23456789ABCDEFGHJKMN", sealed)
    with clock.frozen(row.expires_at + dt.timedelta(minutes=1)), pytest.raises(NotFound):
        public.visit(code)
    with clock.frozen(row.expires_at + dt.timedelta(minutes=1)):
        assert dict(answers.small()["visit"]()) == {}
