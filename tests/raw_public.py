"""Attacks on what the public sends and what two people sign: letters, annual figures, credit publication."""

from __future__ import annotations

from typing import Any

from django.db import connection

from mingcha.accounts.queries import actor_named
from mingcha.common import clock
from mingcha.common.ids import uuid7
from mingcha.decisions.models import Decision
from mingcha.disclosure import credit
from mingcha.disclosure.models import CreditRequest
from mingcha.interfaces.demo.journey import Journey
from mingcha.petitions import actions, inbox
from mingcha.petitions.models import Petition

LETTER = {"kind": "conduct", "organisation": "明水区综合行政执法局", "text": "没有出示执法证。", "anonymous": True}


def _key(value: Any) -> Any:
    return value.hex if connection.vendor == "sqlite" else value


def letter() -> Petition:
    """A letter about the bureau, pulled and not yet taken up."""
    item, _ = inbox.submit(inbox.fresh_form(), LETTER, jurisdiction="990100")
    actions.pull()
    return Petition.objects.get(id=item.id)


def answer_at_once(journey: Journey) -> None:
    actions.step(letter().id, "answered", actor=actor_named("fangzhi"), text="已处理。", outcome="upheld")


def letter_sql(journey: Journey) -> list[tuple[str, list[object], str]]:
    row = letter()
    actions.step(row.id, "declined", actor=actor_named("fangzhi"), text="不属于受理范围。")
    fresh = letter()
    into = (
        "INSERT INTO petitions_step (id, petition_id, seq, kind, text, outcome, by_id, at) "
        "VALUES (%s, %s, %s, %s, 'x', %s, %s, %s)"
    )

    def step(of: Petition, kind: str, by: str, outcome: str = "") -> list[object]:
        officer = actor_named(by).officer_id
        return [_key(uuid7()), _key(of.id), 7, kind, outcome, _key(officer), clock.now()]

    return [
        (into, step(row, "accepted", "fangzhi"), "petition-closed"),
        (into, step(fresh, "answered", "fangzhi", "upheld"), "petition-not-accepted"),
        (into, step(fresh, "accepted", "lince"), "petition-own-organ"),
        ("UPDATE petitions_inboxitem SET content = '{}' WHERE id = %s", [_key(row.id)], "*"),
        ("DELETE FROM petitions_petition WHERE id = %s", [_key(row.id)], "record-immutable"),
    ]


def _asked(journey: Journey) -> CreditRequest:
    decision = Decision.objects.get(case_id=journey.id)
    found = CreditRequest.objects.filter(decision=decision).first()
    return found or credit.ask(decision.id, actor=actor_named("sutang"), severity="general", publish=True)


def ask_twice(journey: Journey) -> None:
    _asked(journey)
    decision = Decision.objects.get(case_id=journey.id)
    credit.ask(decision.id, actor=actor_named("sutang"), severity="general", publish=True)


def credit_sql(journey: Journey) -> list[tuple[str, list[object], str]]:
    row = _asked(journey)
    answer = (
        "INSERT INTO disclosure_creditanswer (request_id, approved, reason, entry_id, by_id, at) "
        "VALUES (%s, %s, '', 999999, %s, %s)"
    )
    return [
        (answer, [_key(row.id), True, _key(row.asked_by_id), clock.now()], "credit-own-approval"),
        ("UPDATE disclosure_creditrequest SET severity = 'minor' WHERE id = %s", [_key(row.id)], "record-immutable"),
    ]


def own_approval(journey: Journey) -> list[str]:
    row = _asked(journey)
    return [reason.code for reason in credit.may_answer(row, officer=row.asked_by_id, revoked=False)]
