from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from mingcha.accounts import queries as accounts
from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access as cases
from mingcha.cases.locks import lock
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, NotFound, Reason, Refused
from mingcha.ledger.actions import append
from mingcha.recordings import access
from mingcha.recordings.matching.actions import keep_apart
from mingcha.recordings.matching.queries import standing
from mingcha.recordings.models import SecretLift, SecretMark, SecretReader
from mingcha.recordings.secrets import queries


@transaction.atomic
def mark_case(case_id: uuid.UUID, *, actor: Actor, ground: str, readers: Iterable[uuid.UUID]) -> SecretMark:
    """Keep all recordings of a case apart. Only the head of the organ; `ground` names the decision on secrecy.

    Raises NotPermitted, NotFound, InvalidInput, Conflict where a mark stands.
    """
    role = actor.require(Role.HEAD)
    cases.case(actor, case_id)
    case = lock(case_id)
    if SecretMark.objects.filter(case=case, lift=None).exists():
        raise Conflict("secret-stands", "本案的音像已经另行保管。")
    return _mark(actor, role, ground, readers, case=case)


@transaction.atomic
def mark_intake(intake_id: uuid.UUID, *, actor: Actor, ground: str, readers: Iterable[uuid.UUID]) -> SecretMark:
    """Keep one received recording apart; where nobody has assigned it, this is its end in the inbox.

    Raises NotPermitted, NotFound, InvalidInput, Conflict where a mark stands.
    """
    role = actor.require(Role.HEAD)
    intake = access.intake_locked(actor, intake_id)
    if SecretMark.objects.filter(intake=intake, lift=None).exists():
        raise Conflict("secret-stands", "这段音像已经另行保管。")
    row = _mark(actor, role, ground, readers, intake=intake)
    if not standing(intake):
        keep_apart(intake, actor=actor, role=role, reason=row.ground)
    return row


def _mark(actor: Actor, role: str, ground: str, readers: Iterable[uuid.UUID], **target: Any) -> SecretMark:
    check = Check()
    ground = check.text("ground", ground, "定密依据", most=300)
    circle = _people(actor, readers, check)
    if not circle:
        check.add("readers", "请至少指定一名可以查看的人员。")
    check.done()
    now = clock.now()
    row = SecretMark.objects.create(
        jurisdiction=actor.jurisdiction,
        organisation_id=actor.organ_id,
        ground=ground,
        officer_id=actor.officer_id,
        by=actor.name,
        at=now,
        **target,
    )
    for key in circle:
        SecretReader.objects.create(mark=row, officer_id=key, by=actor.name, at=now)
    # The ground stays in the row: the journal of a case is read by more people than the circle.
    _record("recording-secret", row, actor, role, {"circle": len(circle)})
    return row


@transaction.atomic
def let_in(mark_id: uuid.UUID, *, actor: Actor, officer_id: uuid.UUID) -> SecretReader:
    """Let one more person into the circle. Raises NotPermitted, NotFound, Conflict."""
    role = actor.require(Role.HEAD)
    row = _own(actor, mark_id)
    check = Check()
    people = _people(actor, [officer_id], check)
    check.done()
    if row.readers.filter(officer_id=officer_id).exists():
        raise Conflict("secret-reader-exists", "这名人员已经可以查看。")
    reader = SecretReader.objects.create(mark=row, officer_id=people[0], by=actor.name, at=clock.now())
    _record("recording-secret-reader", row, actor, role, {"officer": str(officer_id)})
    return reader


@transaction.atomic
def lift(mark_id: uuid.UUID, *, actor: Actor, reason: str) -> SecretLift:
    """End a mark (解密): a head who did not set it. Raises NotPermitted, NotFound, InvalidInput, Refused."""
    role = actor.require(Role.HEAD)
    row = _own(actor, mark_id)
    if row.officer_id == actor.officer_id:
        message = "解除涉密标记由两人办理，设置标记的人不能自己解除。"
        article = ("保守国家秘密法第二十条",)
        raise Refused([Reason("secret-own-lift", message, article, "请另一名机关负责人核对后解除。")])
    check = Check()
    reason = check.text("reason", reason, "解除的依据", most=300)
    check.done()
    ended = SecretLift.objects.create(
        mark=row, reason=reason, officer_id=actor.officer_id, by=actor.name, at=clock.now()
    )
    _record("recording-secret-lifted", row, actor, role, {})
    return ended


def _own(actor: Actor, mark_id: uuid.UUID) -> SecretMark:
    row = queries.marks(actor).select_for_update(of=("self",)).filter(id=mark_id).first()
    if row is None:
        raise NotFound("没有找到这个涉密标记，或者已经解除。")
    return row


def _people(actor: Actor, keys: Iterable[uuid.UUID], check: Check) -> list[uuid.UUID]:
    wanted = list(dict.fromkeys(keys))
    found = accounts.officers(wanted)
    if len(found) != len(wanted) or any(
        (row.organisation.organ_id or row.organisation_id) != actor.organ_id for row in found.values()
    ):
        check.add("readers", "只能指定本机关的人员。")
    return wanted


def _record(kind: str, row: SecretMark, actor: Actor, role: str, payload: dict[str, Any]) -> None:
    append(
        kind,
        log=row.jurisdiction,
        subject=("secret-mark", str(row.id)),
        case_id=row.case_id,
        actor=actor.snapshot(role),
        payload=payload,
    )
