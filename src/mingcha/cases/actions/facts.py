"""Stating facts of a case (案件情况), on record with who and when."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access, facts
from mingcha.cases.models_course import StatedFact
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.prepared import insert
from mingcha.ledger.actions import append
from mingcha.ledger.kinds import kind

kind("facts-stated", "说明案件情况")
_MOST = 10**15


@transaction.atomic
def state_facts(case_id: uuid.UUID, *, actor: Actor, said: Mapping[str, Any]) -> dict[str, Any]:
    """State facts by name (`facts.questions`); only what differs from before is stored. Returns what stands now.

    Raises InvalidInput for an unknown name or a value of the wrong kind.
    """
    case = access.own_locked(actor, case_id)
    check, values = Check(), dict[str, Any]()
    asked = {question.name: question for question in facts.questions()}
    for name, value in said.items():
        if value is None:
            continue
        question = asked.get(name)
        if question is None:
            check.add(name, "没有这一项案件情况。")
        elif question.type == "bool":
            if not isinstance(value, bool):
                check.add(name, f"请选择“{question.label}”是或者否。")
            values[name] = value
        elif question.type == "words":
            words = [str(word).strip() for word in value] if isinstance(value, list) else [str(value).strip()]
            values[name] = [word[:60] for word in words if word][:10]
        else:
            if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST:
                check.add(name, f"“{question.label}”应是不小于0的数。")
            values[name] = value
    check.done()
    before = facts.stated(case)
    fresh = {name: value for name, value in values.items() if name not in before or before[name] != value}
    for name, value in fresh.items():
        insert(StatedFact(case=case, name=name, value=value, stated_by_id=actor.officer_id, at=clock.now()))
    if fresh:
        append(
            "facts-stated",
            log=case.jurisdiction,
            subject=("case", str(case.id)),
            case_id=case.id,
            actor=actor.snapshot(Role.HANDLER),
            payload={"facts": fresh, "labels": {name: asked[name].label for name in fresh}},
        )
    return {**before, **fresh}
