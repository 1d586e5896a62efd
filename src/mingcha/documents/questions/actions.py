"""Writes of question sets: the next version of a set."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.accounts.models import Organisation
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict
from mingcha.documents.questions.models import QuestionSet
from mingcha.documents.questions.rules import read
from mingcha.ledger.actions import append

EDITORS = (Role.ADMIN, Role.UNIT_HEAD, Role.HEAD)


@transaction.atomic
def save(item_code: str, text: Any, *, actor: Actor, version_seen: int | None = None) -> QuestionSet:
    """Save the questions (one per line) for an item as the next version; none at all gives way to the shipped set.

    Raises NotPermitted, InvalidInput, Conflict when somebody else saved a version since `version_seen`.
    """
    role = actor.require(*EDITORS)
    check = Check()
    item_code = check.text("item_code", item_code, "执法事项编码", most=40, required=False)
    check.done()
    questions = read(text)
    organ = Organisation.objects.select_for_update().get(id=actor.organ_id)
    rows = QuestionSet.objects.filter(organisation=organ, item_code=item_code)
    last = rows.aggregate(last=Max("number"))["last"] or 0
    if version_seen is not None and version_seen != last:
        raise Conflict("question-set-changed", "其他人刚刚保存过这份提纲，您的修改没有覆盖它。请刷新页面对照后再保存。")
    found = QuestionSet.objects.create(
        organisation=organ,
        item_code=item_code,
        number=last + 1,
        questions=questions,
        saved_by_id=actor.officer_id,
        saved_at=clock.now(),
    )
    append(
        "question-set-saved",
        log=actor.jurisdiction,
        subject=("question-set", str(found.id)),
        actor=actor.snapshot(role),
        payload={"item": item_code, "number": found.number, "questions": questions},
    )
    return found
