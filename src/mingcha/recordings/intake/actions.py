"""The one way in for a recording whose bytes are in the store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.accounts.models import Officer, Organisation
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import InvalidInput
from mingcha.common.prepared import insert
from mingcha.files.actions import Incoming, keep
from mingcha.ledger.actions import append
from mingcha.ledger.actors import ActorSnapshot
from mingcha.recordings.intake.queries import taken
from mingcha.recordings.models_intake import Intake, IntakeOrigin

MEDIA = ("video/", "audio/", "image/")
_ROLES = (
    Role.HANDLER,
    Role.UNIT_HEAD,
    Role.HEAD,
    Role.CLERK,
    Role.ARCHIVIST,
    Role.REVIEWER,
    Role.SUPERVISOR,
    Role.ADMIN,
)


def take_in(
    incoming: Incoming,
    *,
    actor: Actor | ActorSnapshot,
    organisation: Organisation,
    name: str,
    origin: str,
    device_no: str = "",
    officer: Officer | None = None,
    started_at: dt.datetime | None = None,
    duration_ms: int | None = None,
    place: str = "",
    details: Mapping[str, Any] | None = None,
) -> Intake:
    """Enter a received file as a recording of an organ and put it on the journal.

    The same bytes at the same organ: the row that is there comes back with `duplicate` set, and nothing is stored.
    Raises InvalidInput, also for a file that is neither picture nor sound; Destroyed for bytes that a list destroyed.
    """
    check = Check()
    if not incoming.media_type.startswith(MEDIA):
        check.add("file", "这个文件不是音像（视频、音频、图片），没有入库。")
    name = check.text("name", name, "文件名", most=200)
    check.one_of("origin", origin, "来源", IntakeOrigin.values)
    device_no = check.text("device_no", device_no, "设备编号", most=60, required=False)
    place = check.text("place", place, "位置", most=120, required=False)
    if started_at is not None:
        check.moment("started_at", started_at, "录制开始时间")
    if duration_ms is not None and duration_ms < 0:
        check.add("duration_ms", "时长不能小于零。")
    check.done()
    organ = organisation.organ or organisation
    if isinstance(actor, Actor) and actor.organ_id != organ.id:
        raise InvalidInput({"organisation": ["音像只能交到本机关。"]})
    found = taken(organ.id, incoming.sha256)
    if found is None:
        try:
            with transaction.atomic():
                return _enter(
                    Intake(
                        jurisdiction=organ.jurisdiction,
                        organisation=organ,
                        file=keep(incoming),
                        name=name,
                        origin=origin,
                        device_no=device_no,
                        officer=officer,
                        started_at=started_at,
                        duration_ms=duration_ms,
                        place=place,
                        details=dict(details or {}),
                        received_by_id=_officer_id(actor),
                        received_name=actor.name,
                        received_at=clock.now(),
                    ),
                    actor,
                )
        except IntegrityError:
            # Somebody else was faster with the same bytes; anything else is a fault.
            found = taken(organ.id, incoming.sha256)
            if found is None:
                raise
    found.duplicate = True
    return found


def _enter(row: Intake, actor: Actor | ActorSnapshot) -> Intake:
    insert(row)
    append(
        "recording-received",
        log=row.jurisdiction,
        subject=("intake", str(row.id)),
        actor=actor.snapshot(next((role for role in _ROLES if actor.has(role)), "工作人员"))
        if isinstance(actor, Actor)
        else actor,
        payload={
            "sha256": row.file.sha256,
            "sm3": row.file.sm3,
            "size": row.file.size,
            "name": row.name,
            "origin": row.origin,
            "device_no": row.device_no,
            "started_at": row.started_at.isoformat() if row.started_at else None,
        },
    )
    return row


def _officer_id(actor: Actor | ActorSnapshot) -> Any:
    return actor.officer_id or None
