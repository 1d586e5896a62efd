from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.accounts.queries import officers
from mingcha.cases import access
from mingcha.cases.queries import procedure
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, NotFound
from mingcha.files.actions import Incoming
from mingcha.files.queries import local_path
from mingcha.ledger.actions import append
from mingcha.recordings import queries
from mingcha.recordings.intake.actions import take_in
from mingcha.recordings.matching.actions import link_new
from mingcha.recordings.matching.rules import too_thin
from mingcha.recordings.models import Excuse, IntakeOrigin, Interruption, Recording
from mingcha.recordings.probing import probe

MEDIA = ("video/", "audio/")


@transaction.atomic
def add(
    case_id: uuid.UUID,
    *,
    actor: Actor,
    stage: str,
    matter: str,
    title: str,
    file: Incoming,
    started_at: dt.datetime,
    device: str = "",
    duration_ms: int | None = None,
) -> Recording:
    """Take a recording in at a case and link it to the stage it belongs to: `take_in` and `link` in one act.

    Raises InvalidInput, Conflict for a recording that is on the case already.
    """
    case = access.own_locked(actor, case_id)
    check = Check()
    check.one_of("stage", stage, "所属环节", list(procedure(case).stages))
    check.one_of("matter", matter, "音像记录事项", queries.matters(case))
    title = check.text("title", title, "名称", most=120)
    device = check.text("device", device, "设备编号", most=60, required=False)
    check.moment("started_at", started_at, "录制开始时间", latest=clock.now())
    check.done()
    intake = take_in(
        file,
        actor=actor,
        organisation=case.organisation,
        name=title,
        origin=IntakeOrigin.BROWSER,
        device_no=device,
        officer=officers([actor.officer_id])[actor.officer_id],
        started_at=started_at,
        duration_ms=duration_ms,
        details={"from": {"started_at": "typed", "device_no": "typed"}},
    )
    return link_new(
        intake, case, actor=actor, stage=stage, matter=matter, title=title, started_at=started_at, device=device
    )


def length_of(incoming: Incoming) -> int | None:
    """Milliseconds that a received file runs, or None where it does not say. Reads its header only."""
    with local_path(incoming.sha256) as path:
        return probe(path, incoming.media_type).duration_ms


@transaction.atomic
def excuse(case_id: uuid.UUID, *, actor: Actor, matter: str, reason: str) -> Excuse:
    """State why a demanded recording is missing."""
    case = access.own_locked(actor, case_id)
    check = Check()
    check.one_of("matter", matter, "音像记录事项", queries.matters(case))
    reason = check.text("reason", reason, "原因", most=500)
    if 0 < len(reason) < 10:
        check.add("reason", "请具体说明原因（不少于10个字），审核人员和监督机关会看到。")
    check.done()
    if Excuse.objects.filter(case=case, matter=matter).exists():
        raise Conflict("excuse-exists", "这一事项已经说明过原因。")
    row = Excuse.objects.create(case=case, matter=matter, reason=reason, by=actor.name, at=clock.now())
    append(
        "recording-excused",
        log=case.jurisdiction,
        subject=("case", str(case.id)),
        case_id=case.id,
        actor=actor.snapshot(Role.HANDLER),
        payload={"matter": matter, "reason": reason},
    )
    return row


@transaction.atomic
def explain_gap(case_id: uuid.UUID, *, actor: Actor, after: uuid.UUID, before: uuid.UUID, reason: str) -> Interruption:
    """Explain why nothing was recorded between two files of a matter. Raises NotFound where there is no such gap, Conflict."""
    case = access.own_locked(actor, case_id)
    matter, gap = next(
        (
            (matter, gap)
            for matter, (found, _) in queries.broken(case).items()
            for gap in found
            if (gap.after.key, gap.before.key) == (after, before)
        ),
        ("", None),
    )
    if gap is None:
        raise NotFound("没有找到这处中断，可能已经补充了音像。请刷新页面。")
    check = Check()
    reason = check.text("reason", reason, "原因", most=500)
    for problem in too_thin(reason):
        check.add("reason", problem.message)
    check.done()
    if Interruption.objects.filter(after_id=after, before_id=before).exists():
        raise Conflict("interruption-explained", "这处中断已经说明过原因。")
    row = Interruption.objects.create(
        case=case,
        matter=matter,
        after_id=after,
        before_id=before,
        seconds=gap.seconds,
        reason=reason,
        by=actor.name,
        at=clock.now(),
    )
    append(
        "recording-gap-explained",
        log=case.jurisdiction,
        subject=("case", str(case.id)),
        case_id=case.id,
        actor=actor.snapshot(Role.HANDLER),
        payload={"matter": matter, "after": after, "before": before, "seconds": gap.seconds, "reason": reason},
    )
    return row
