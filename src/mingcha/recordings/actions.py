from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.cases.queries import procedure
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict
from mingcha.common.prepared import insert
from mingcha.files.actions import Incoming, keep
from mingcha.ledger.actions import append
from mingcha.recordings import queries
from mingcha.recordings.models import Excuse, Recording

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
) -> Recording:
    """Link a received recording to the stage it belongs to. Raises InvalidInput, Conflict for the same recording."""
    case = access.own_locked(actor, case_id)
    check = Check()
    check.one_of("stage", stage, "所属环节", list(procedure(case).stages))
    check.one_of("matter", matter, "音像记录事项", _matters(queries.list_in_force(case)))
    title = check.text("title", title, "名称", most=120)
    device = check.text("device", device, "设备编号", most=60, required=False)
    check.moment("started_at", started_at, "录制开始时间", latest=clock.now())
    check.done()
    if any(row.file_id == file.sha256 for row in queries.rows(case)):
        raise Conflict("recording-exists", "这段音像已经上传到本案，没有重复保存。")
    stored = keep(file)
    row = insert(
        Recording(
            case=case,
            stage=stage,
            matter=matter,
            title=title,
            file=stored,
            device=device,
            recorded_by_id=actor.officer_id,
            started_at=started_at,
            created_at=clock.now(),
        )
    )
    append(
        "recording-added",
        log=case.jurisdiction,
        subject=("recording", str(row.id)),
        case_id=case.id,
        actor=actor.snapshot(Role.HANDLER),
        occurred_at=started_at,
        payload={
            "stage": stage,
            "matter": matter,
            "title": title,
            "sha256": stored.sha256,
            "sm3": stored.sm3,
            "size": stored.size,
            "device": device,
        },
    )
    return row


@transaction.atomic
def excuse(case_id: uuid.UUID, *, actor: Actor, matter: str, reason: str) -> Excuse:
    """State why a demanded recording is missing."""
    case = access.own_locked(actor, case_id)
    check = Check()
    check.one_of("matter", matter, "音像记录事项", _matters(queries.list_in_force(case)))
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


def _matters(edition: object) -> list[str]:
    content = getattr(edition, "content", None) or {}
    return [item["code"] for item in content.get("entries", [])]
