"""Writes of retention and holds (鉴定、冻结、依法删除); destruction by list stands in `disposing` — 档案法 art. 31."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.archives.keeping import queries, rules
from mingcha.archives.keeping.choices import HoldGround
from mingcha.archives.models_keeping import AppealHold, Appraisal, Hold, HoldLift, LastingMark
from mingcha.cases import access
from mingcha.cases.locks import lock
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, NotFound, Refused
from mingcha.ledger.actions import append
from mingcha.ledger.actors import ActorSnapshot
from mingcha.performance.models import Appeal, AppealEnd
from mingcha.recordings.models import Recording

MAY_HOLD = (Role.ARCHIVIST, Role.REVIEWER, Role.HEAD, Role.SUPERVISOR)
MAY_LIFT = (Role.REVIEWER, Role.HEAD, Role.SUPERVISOR)
MAY_APPRAISE = (Role.ARCHIVIST, Role.HEAD)
_TERMS = (10, 30, None)


@transaction.atomic
def appraise(case_id: uuid.UUID, *, actor: Actor, years: int | None, reason: str) -> Appraisal:
    """Keep a dossier longer than its list says (鉴定). A term that is not longer is refused: the longest wins anyway.

    `years`: 10, 30 or None for good. Raises NotPermitted, NotFound, InvalidInput.
    """
    role = actor.require(*MAY_APPRAISE)
    case = _locked(actor, case_id)
    check = Check()
    reason = check.text("reason", reason, "理由", most=300)
    now = queries.retention(case).value
    if years not in _TERMS:
        check.add("years", "请选择三十年或者永久。")
    elif now.years is None or (years is not None and years <= now.years):
        check.add("years", f"这件案卷现在的期限是{now.words}，鉴定只能延长，不能缩短。")
    check.done()
    row = Appraisal.objects.create(case=case, years=years, reason=reason, by_id=actor.officer_id, at=clock.now())
    _tell("dossier-appraised", case, actor, role, {"years": years or "permanent", "reason": reason})
    return row


@transaction.atomic
def keep_for_good(recording_id: uuid.UUID, *, actor: Actor, ground: str, note: str = "") -> LastingMark:
    """Keep a recording for good (永久保存), with a ground of the list. Raises NotPermitted, NotFound, Conflict."""
    role = actor.require(Role.ARCHIVIST, Role.UNIT_HEAD, Role.HEAD)
    found = Recording.objects.filter(id=recording_id).first()
    if found is None:
        raise NotFound("没有找到这段音像。")
    case = _locked(actor, found.case_id)
    check = Check()
    check.one_of("ground", ground, "永久保存的情形", rules.law()["recordings"]["lasting"])
    note = check.text("note", note, "说明", most=300, required=ground == "other")
    check.done()
    if LastingMark.objects.filter(recording=found).exists():
        raise Conflict("recording-lasting", "这段音像已经是永久保存。")
    row = LastingMark.objects.create(recording=found, ground=ground, note=note, by_id=actor.officer_id, at=clock.now())
    _tell("recording-kept-for-good", case, actor, role, {"recording": str(found.id), "ground": ground, "note": note})
    return row


@transaction.atomic
def hold(case_id: uuid.UUID, *, actor: Actor, ground: str, reason: str, reference: str = "") -> Hold:
    """Put a dossier on legal hold (冻结销毁). Raises NotPermitted, NotFound, InvalidInput."""
    role = actor.require(*MAY_HOLD)
    case = _locked(actor, case_id)
    check = Check()
    check.one_of("ground", ground, "冻结的情形", HoldGround.values)
    reason = check.text("reason", reason, "说明", most=300)
    reference = check.text("reference", reference, "案号或者来文编号", most=120, required=False)
    check.done()
    row = Hold.objects.create(
        case=case, ground=ground, reference=reference, reason=reason, by_id=actor.officer_id, at=clock.now()
    )
    payload = {"hold": str(row.id), "ground": ground, "reference": reference, "reason": reason}
    _tell("dossier-held", case, actor, role, payload)
    return row


@transaction.atomic
def lift(hold_id: uuid.UUID, *, actor: Actor, reason: str) -> HoldLift:
    """End a hold (解除冻结). Raises NotPermitted, NotFound, InvalidInput, Conflict."""
    role = actor.require(*MAY_LIFT)
    found = Hold.objects.filter(id=hold_id).first()
    if found is None:
        raise NotFound("没有找到这项冻结。")
    case = _locked(actor, found.case_id)
    check = Check()
    reason = check.text("reason", reason, "理由", most=300)
    check.done()
    if HoldLift.objects.filter(hold=found).exists():
        raise Conflict("hold-lifted", "这项冻结已经解除。")
    if reasons := rules.may_lift(queries.pending_appeal(found)):
        raise Refused(reasons)
    row = HoldLift.objects.create(hold=found, reason=reason, by_id=actor.officer_id, at=clock.now())
    _tell("dossier-hold-lifted", case, actor, role, {"hold": str(found.id), "reason": reason})
    return row


def hold_for(appeal: Appeal, by: ActorSnapshot) -> Hold:
    """The hold that an appeal brings with it; whoever recorded the appeal need not ask for it."""
    hold = Hold.objects.create(
        case=appeal.case,
        ground=appeal.kind,
        reference=appeal.number,
        reason=f"{appeal.authority}{appeal.received_on.isoformat()}受理，随登记冻结",
        by_id=appeal.by_id,
        at=clock.now(),
    )
    AppealHold.objects.create(hold=hold, appeal=appeal)
    payload = {"hold": str(hold.id), "ground": hold.ground, "reference": hold.reference, "reason": hold.reason}
    _enter("dossier-held", appeal.case, by, payload)
    return hold


def lift_for(end: AppealEnd, by: ActorSnapshot) -> None:
    """The hold of an appeal ends with it."""
    held = AppealHold.objects.filter(appeal_id=end.appeal_id, hold__lift=None).select_related("hold__case").first()
    if held is None:
        return
    reason = f"{end.ended_on.isoformat()}终结：{end.get_outcome_display()}（{end.number}）"
    HoldLift.objects.create(hold=held.hold, reason=reason, by_id=end.by_id, at=clock.now())
    _enter("dossier-hold-lifted", held.hold.case, by, {"hold": str(held.hold_id), "reason": reason})


def _locked(actor: Actor, case_id: uuid.UUID) -> Case:
    access.case(actor, case_id)
    return lock(case_id)


def _tell(kind: str, case: Case, actor: Actor, role: str, payload: Mapping[str, object]) -> None:
    _enter(kind, case, actor.snapshot(role), payload)


def _enter(kind: str, case: Case, by: ActorSnapshot, payload: Mapping[str, object]) -> None:
    append(
        kind,
        log=case.jurisdiction,
        subject=("case", str(case.id)),
        case_id=case.id,
        actor=by,
        payload=payload,
    )
