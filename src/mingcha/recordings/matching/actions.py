from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access as cases
from mingcha.cases.models import Case
from mingcha.cases.queries import procedure
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, NotFound, NotPermitted, Reason, Refused
from mingcha.common.prepared import insert
from mingcha.files import tombstones
from mingcha.ledger.actions import append
from mingcha.recordings import access, queries
from mingcha.recordings.choices import Outcome
from mingcha.recordings.matching import rules
from mingcha.recordings.matching.queries import corrected_start, standing
from mingcha.recordings.models import Assignment, Intake, Recording

_LOOKERS = (Role.HANDLER, Role.UNIT_HEAD, Role.HEAD, Role.SUPERVISOR)


@transaction.atomic
def link(
    intake_id: uuid.UUID,
    *,
    actor: Actor,
    case_id: uuid.UUID,
    stage: str,
    matter: str,
    title: str = "",
    started_at: dt.datetime | None = None,
    device: str = "",
    reason: str = "",
    replaces: uuid.UUID | None = None,
    grounds: Mapping[str, Any] | None = None,
) -> Recording:
    """Say that a received recording belongs to a stage of a case. `replaces` names the assignment that was wrong, with `reason`.

    `started_at` is typed where the recording carries no time. `grounds` keeps the explanation that was shown.
    Raises NotFound, NotPermitted, Refused for a closed case, Conflict for one assigned already, InvalidInput.
    """
    before = _replaced(intake_id, replaces)
    # Two cases are locked in one order, whoever moves what where.
    locked = {key: cases.own_locked(actor, key) for key in sorted({case_id, *_case_of(before)})}
    return _link(
        access.intake_locked(actor, intake_id), locked[case_id], actor, stage=stage, matter=matter, title=title,
        started_at=started_at, device=device, reason=reason, before=before, grounds=grounds,
    )  # fmt: skip


def link_new(
    intake: Intake,
    case: Case,
    *,
    actor: Actor,
    stage: str,
    matter: str,
    title: str,
    started_at: dt.datetime,
    device: str,
) -> Recording:
    """Assign what was just taken in to a case that the caller has locked."""
    return _link(
        intake, case, actor, stage=stage, matter=matter, title=title, started_at=started_at, device=device,
        reason="", before=None, grounds=None,
    )  # fmt: skip


def _link(
    intake: Intake,
    case: Case,
    actor: Actor,
    *,
    stage: str,
    matter: str,
    title: str,
    started_at: dt.datetime | None,
    device: str,
    reason: str,
    before: Assignment | None,
    grounds: Mapping[str, Any] | None,
) -> Recording:
    check = Check()
    check.one_of("stage", stage, "所属环节", list(procedure(case).stages))
    check.one_of("matter", matter, "音像记录事项", queries.matters(case))
    title = check.text("title", title or intake.name[:120], "名称", most=120)
    device = check.text("device", device or intake.device_no, "设备编号", most=60, required=False)
    reason = check.text("reason", reason, "更正的原因", most=300, required=before is not None)
    began = started_at or corrected_start(intake)
    check.moment("started_at", began, "录制开始时间", latest=clock.now())
    check.done()
    if began is None or intake.organisation_id != case.organisation_id:
        raise NotFound("没有找到这段音像，或者您无权查看。")
    # Only what stood as unrelated can have been cleared.
    if before and before.outcome == Outcome.UNRELATED and tombstones.buried([intake.file_id]):
        message = "这段音像已按清册清除，原件不在了。"
        raise Refused([Reason("recording-purged", message, ("档案法第三十一条",), "请查阅清除清册。")])
    _free(intake, before, case_id=case.id)
    row = _assign(intake, Outcome.LINKED, actor, case=case, stage=stage, matter=matter, reason=reason, before=before,
                  grounds=grounds)  # fmt: skip
    recording = insert(
        Recording(
            case=case,
            stage=stage,
            matter=matter,
            title=title,
            file_id=intake.file_id,
            intake=intake,
            assignment=row,
            device=device,
            recorded_by_id=intake.officer_id or actor.officer_id,
            started_at=began,
            duration_ms=intake.duration_ms,
            created_at=clock.now(),
        )
    )
    stored = intake.file
    append(
        "recording-added",
        log=case.jurisdiction,
        subject=("recording", str(recording.id)),
        case_id=case.id,
        actor=actor.snapshot(Role.HANDLER),
        occurred_at=began,
        payload={
            "stage": stage,
            "matter": matter,
            "title": title,
            "sha256": stored.sha256,
            "sm3": stored.sm3,
            "size": stored.size,
            "device": device,
            "intake": str(intake.id),
            **({"replaces": str(before.id), "reason": reason} if before else {}),
        },
    )
    return recording


@transaction.atomic
def set_aside(intake_id: uuid.UUID, *, actor: Actor, reason: str, replaces: uuid.UUID | None = None) -> Assignment:
    """Say with a reason that a recording concerns no case (与案件无关). Its holder, or a head of the organ, says so.

    Raises NotPermitted, NotFound, Conflict, InvalidInput; Refused where it is taken out of a closed case.
    """
    before = _replaced(intake_id, replaces)
    for key in _case_of(before):
        cases.own_locked(actor, key)
    intake = access.intake_locked(actor, intake_id)
    role = answers_for(actor, intake)
    check = Check()
    reason = check.text("reason", reason, "原因", most=300)
    if reasons := rules.too_thin(reason):
        check.add("reason", reasons[0].message)
    check.done()
    _free(intake, before)
    row = _assign(intake, Outcome.UNRELATED, actor, reason=reason, before=before)
    _record("recording-set-aside", row, actor, role, {"reason": reason})
    return row


@transaction.atomic
def look(intake_id: uuid.UUID, *, actor: Actor) -> Intake:
    """Put on record that a person looks at a received recording to find out where it belongs. Raises NotFound."""
    intake = access.intake(actor, intake_id)
    append(
        "recording-looked-at",
        log=intake.jurisdiction,
        subject=("intake", str(intake.id)),
        actor=actor.snapshot(next((role for role in _LOOKERS if actor.has(role)), "领用人")),
        payload={"purpose": "确认归属"},
    )
    return intake


def keep_apart(intake: Intake, *, actor: Actor, role: str, reason: str) -> Assignment:
    """Assign a recording to its secret mark, which stands already, in the caller's transaction."""
    row = _assign(intake, Outcome.SECRET, actor, reason=reason)
    _record("recording-kept-apart", row, actor, role, {"reason": reason})
    return row


def answers_for(actor: Actor, intake: Intake) -> str:
    """The role in which a person says that a recording concerns no case. Raises NotPermitted."""
    if actor.officer_id in (intake.officer_id, intake.received_by_id):
        return str(next((role for role in (Role.HANDLER, Role.UNIT_HEAD, Role.HEAD) if actor.has(role)), "领用人"))
    for role in (Role.UNIT_HEAD, Role.HEAD):
        if actor.has(role):
            return str(role)
    raise NotPermitted(message="只有录制人、交来音像的人或者机构负责人可以确定这段音像与案件无关。")


def _replaced(intake_id: uuid.UUID, replaces: uuid.UUID | None) -> Assignment | None:
    if replaces is None:
        return None
    found = Assignment.objects.filter(id=replaces, intake_id=intake_id, replaced_by=None).first()
    if found is None:
        raise Conflict("assignment-changed", "这段音像的归属刚刚已被更正，请刷新页面后再办理。")
    if found.outcome == Outcome.SECRET:
        raise Refused([Reason("secret-stands", "这段音像涉密另行保管。", (), "请先由负责人解除涉密标记。")])
    return found


def _case_of(before: Assignment | None) -> set[uuid.UUID]:
    return {before.case_id} if before and before.case_id else set()


def _free(intake: Intake, before: Assignment | None, case_id: uuid.UUID | None = None) -> None:
    """Raise Conflict where another word about this recording stands."""
    for row in standing(intake):
        if before is not None and row.id == before.id:
            continue
        if row.outcome == Outcome.LINKED and case_id is not None and row.case_id != case_id:
            continue  # one recording may show two cases
        if row.outcome == Outcome.LINKED and row.case_id == case_id:
            raise Conflict("recording-exists", "这段音像已经上传到本案，没有重复保存。")
        raise Conflict("assignment-stands", f"这段音像已经{row.get_outcome_display()}。要改变，请在它的页面更正。")


def _assign(
    intake: Intake,
    outcome: str,
    actor: Actor,
    *,
    case: Case | None = None,
    stage: str = "",
    matter: str = "",
    reason: str = "",
    before: Assignment | None = None,
    grounds: Mapping[str, Any] | None = None,
) -> Assignment:
    return insert(
        Assignment(
            intake=intake,
            outcome=outcome,
            case=case,
            stage=stage,
            matter=matter,
            reason=reason,
            grounds=dict(grounds or {}),
            replaces=before,
            officer_id=actor.officer_id,
            by=actor.name,
            at=clock.now(),
        )
    )


def _record(kind: str, row: Assignment, actor: Actor, role: str, payload: dict[str, Any]) -> None:
    append(
        kind,
        log=row.intake.jurisdiction,
        subject=("intake", str(row.intake_id)),
        actor=actor.snapshot(role),
        case_id=row.replaces.case_id if row.replaces else None,
        payload={**payload, "replaces": str(row.replaces_id) if row.replaces_id else None},
    )
