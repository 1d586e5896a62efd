"""Writes of reconsideration and suits; the archive answers with a legal hold in the same transaction."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.cases.locks import lock
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, NotFound
from mingcha.files.actions import Incoming, keep
from mingcha.ledger.actions import append
from mingcha.performance.choices import AppealKind, AppealOutcome
from mingcha.performance.models import Appeal, AppealEnd

MAY_RECORD = (Role.HANDLER, Role.REVIEWER, Role.ARCHIVIST, Role.UNIT_HEAD, Role.HEAD)
# The end frees the dossier for destruction: never the word of whoever handled the case alone.
MAY_END = (Role.REVIEWER, Role.HEAD)


@transaction.atomic
def record(
    case_id: uuid.UUID,
    *,
    actor: Actor,
    kind: str,
    authority: str,
    number: str,
    received_on: dt.date,
    file: Incoming | None = None,
) -> Appeal:
    """Record that a reconsideration or a suit is pending (登记复议、诉讼). Raises NotPermitted, InvalidInput, Conflict."""
    role = actor.require(*MAY_RECORD)
    case = _locked(actor, case_id)
    check = Check()
    check.one_of("kind", kind, "种类", AppealKind.values)
    authority = check.text("authority", authority, "复议机关或者人民法院", most=120)
    number = check.text("number", number, "受理通知书文号或者案号", most=120)
    check.date("received_on", received_on, "收到日期", latest=clock.today())
    check.done()
    if Appeal.objects.filter(case=case, kind=kind, number=number).exists():
        raise Conflict("appeal-exists", "这件复议或者诉讼已经登记。")
    row = Appeal.objects.create(
        case=case,
        kind=kind,
        authority=authority,
        number=number,
        received_on=received_on,
        file=keep(file) if file else None,
        by_id=actor.officer_id,
        at=clock.now(),
    )
    payload = {"kind": kind, "authority": authority, "number": number, "received_on": received_on, "file": row.file_id}
    _tell("appeal-recorded", row, case, actor, role, payload)
    return row


@transaction.atomic
def end(
    appeal_id: uuid.UUID,
    *,
    actor: Actor,
    outcome: str,
    number: str,
    ended_on: dt.date,
    note: str = "",
    file: Incoming | None = None,
) -> AppealEnd:
    """Record how it ended (登记结果), by the paper of the authority. Raises NotPermitted, NotFound, Conflict."""
    role = actor.require(*MAY_END)
    found = seen(actor, appeal_id)
    case = _locked(actor, found.case_id)
    check = Check()
    check.one_of("outcome", outcome, "结果", AppealOutcome.values)
    number = check.text("number", number, "决定书或者裁判文书文号", most=120)
    note = check.text("note", note, "说明", most=300, required=False)
    check.date("ended_on", ended_on, "终结日期", latest=clock.today())
    if not check.errors and ended_on < found.received_on:
        check.add("ended_on", f"终结日期不能早于收到日期{found.received_on.isoformat()}。")
    check.done()
    if AppealEnd.objects.filter(appeal=found).exists():
        raise Conflict("appeal-ended", "这件复议或者诉讼已经登记结果。")
    row = AppealEnd.objects.create(
        appeal=found,
        outcome=outcome,
        number=number,
        ended_on=ended_on,
        note=note,
        file=keep(file) if file else None,
        by_id=actor.officer_id,
        at=clock.now(),
    )
    payload = {"outcome": outcome, "number": number, "ended_on": ended_on, "note": note, "file": row.file_id}
    _tell("appeal-ended", found, case, actor, role, payload)
    return row


def seen(actor: Actor, appeal_id: uuid.UUID) -> Appeal:
    """An appeal against a case that this person may see. Raises NotFound for absent and hidden ones alike."""
    found = Appeal.objects.filter(id=appeal_id, case__in=access.visible(actor)).first()
    if found is None:
        raise NotFound("没有找到这件复议或者诉讼。")
    return found


def _locked(actor: Actor, case_id: uuid.UUID) -> Case:
    access.case(actor, case_id)
    case = lock(case_id)
    if case.organisation_id != actor.organ_id:
        raise NotFound("没有找到这个案件，或者您无权办理。")
    return case


def _tell(kind: str, row: Appeal, case: Case, actor: Actor, role: str, payload: dict[str, Any]) -> None:
    append(
        kind,
        log=case.jurisdiction,
        subject=("appeal", str(row.id)),
        case_id=case.id,
        actor=actor.snapshot(role),
        payload=payload,
    )
