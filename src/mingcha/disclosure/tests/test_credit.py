"""Credit publication (信用公示): terms by severity, applied by one and approved by another, three rings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from mingcha.accounts.queries import actor_named
from mingcha.common import clock
from mingcha.common.errors import Conflict, InvalidInput, NotPermitted, code_of_database_error
from mingcha.decisions.models import Decision
from mingcha.disclosure import credit
from mingcha.disclosure.models import CreditAnswer, CreditRequest

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("own_log")
def test_one_applies_and_another_approves(play: Callable[..., Any], login: Callable[[str], Client]) -> None:
    journey = play("publish")
    with clock.frozen(clock.at(journey.day, 17)):
        decision = Decision.objects.get(case_id=journey.id)
        clerk, head = actor_named("sutang"), actor_named("shenyi")

        def ask(**more: Any) -> CreditRequest:
            return credit.ask(decision.id, actor=clerk, **{"severity": "general", "publish": True, **more})

        def forged(model: Any, **fields: Any) -> str | None:
            try:
                with transaction.atomic():
                    model.objects.create(**fields)
            except IntegrityError as error:
                return code_of_database_error(error) or str(error)
            return None

        # What departs from the rule needs a reason: a minor one published, a general one not.
        for departs in ({"severity": "minor"}, {"publish": False}, {"severity": "serious", "publish": False}):
            with pytest.raises(InvalidInput, match="理由"):
                ask(**departs)
        with pytest.raises(NotPermitted):
            credit.ask(decision.id, actor=actor_named("lince"), severity="general", publish=True)
        board = login("sutang").get(reverse("credit")).content.decode()
        assert decision.number in board and "未申请" in board
        row = ask()
        day = decision.decided_on
        assert row.until == day.replace(year=day.year + 1) and row.repair_from
        assert row.due_on > day and row.explanation["due"]["steps"]
        with pytest.raises(Conflict):
            ask()
        with pytest.raises(NotPermitted):
            credit.answer(row.id, actor=clerk, approved=True)
        with pytest.raises(InvalidInput):
            credit.answer(row.id, actor=head, approved=False)
        common = {"request": row, "approved": True, "entry_id": 999_999, "at": clock.now()}
        assert forged(CreditAnswer, **common, by_id=clerk.officer_id) == "credit-own-approval"
        copied = {
            name: getattr(row, name)
            for name in (
                "jurisdiction",
                "severity",
                "publish",
                "due_on",
                "explanation",
                "until",
                "asked_by_id",
                "asked_at",
            )
        }
        assert forged(CreditRequest, decision=decision, seq=2, **copied) == "credit-request-open"
        answered = login("shenyi").post(
            reverse("credit-answer", args=[row.id]), {"approved": "no", "reason": "程度应当是轻微"}, follow=True
        )
        assert "已登记审批意见" in answered.content.decode()
        again = ask(severity="minor", publish=False)
        page = login("shenyi").post(reverse("credit-answer", args=[again.id]), {"approved": "yes"}, follow=True)
        assert "批准不公示" in page.content.decode() and "程度应当是轻微" in page.content.decode()
        assert credit.state(again, revoked=False, today=clock.today())[0] == "批准不公示"
        shown = CreditRequest.objects.select_related("answer").get(id=row.id)
        shown.answer.approved = True
        assert credit.state(shown, revoked=False, today=row.until)[1] == "ok"
        assert credit.state(shown, revoked=False, today=row.until + dt.timedelta(days=1))[0] == "到期停止"
        assert credit.state(shown, revoked=True, today=row.until)[0] == "应当撤回"
