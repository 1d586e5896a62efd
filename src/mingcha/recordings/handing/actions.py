from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases.queries import procedure
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, NotFound, Reason, Refused
from mingcha.files.actions import keep, receive_bytes
from mingcha.ledger.actions import append
from mingcha.recordings.handing import queries, rules
from mingcha.recordings.models import HandOver, HandOverItem, HandOverReceipt, HandOverSignature, Recording

PREPARERS = (Role.ARCHIVIST, Role.UNIT_HEAD)


def prepare(*, actor: Actor, year: int, receiver: str) -> HandOver:
    """Draw up the hand-over of a year's recordings (音像年度上报): all that were not handed over yet, with a manifest of digests.

    Raises NotPermitted, InvalidInput, Refused where nothing is owed, Conflict where a recording came in meanwhile.
    Not inside a transaction: the manifest is written to the store first.
    """
    role = actor.require(*PREPARERS)
    check = Check()
    receiver = check.text("receiver", receiver, "接收机关", most=120)
    if not isinstance(year, int) or isinstance(year, bool) or not 2000 <= year <= clock.today().year:
        check.add("year", "请选择已经开始的年度。")
    check.done()
    rows = list(queries.owed(actor.organ_id, year))
    if not rows:
        reason = Reason("handover-empty", f"{year}年没有需要上报的音像。", (), "全部已经上报，或者还没有音像入库。")
        raise Refused([reason])
    withheld = queries.withheld(actor.organ_id, year)
    seq = HandOver.objects.filter(organisation_id=actor.organ_id, year=year).count() + 1
    content = rules.manifest(actor.organ, year, seq, receiver, [_line(row) for row in rows], withheld)
    incoming = receive_bytes(content)
    with transaction.atomic():
        if set(queries.owed(actor.organ_id, year).values_list("id", flat=True)) != {row.id for row in rows}:
            raise Conflict("handover-changed", "音像刚刚有变动，请重新制作上报清单。")
        handover = HandOver.objects.create(
            jurisdiction=actor.jurisdiction,
            organisation_id=actor.organ_id,
            year=year,
            seq=seq,
            receiver=receiver,
            manifest=keep(incoming),
            count=len(rows),
            withheld=withheld,
            officer_id=actor.officer_id,
            by=actor.name,
            at=clock.now(),
        )
        HandOverItem.objects.bulk_create([HandOverItem(handover=handover, recording=row) for row in rows])
        payload = {"year": year, "seq": seq, "receiver": receiver, "count": len(rows), "manifest": incoming.sha256}
        _record("recordings-handover-prepared", handover, actor, role, payload)
    return handover


def _line(row: Recording) -> dict[str, Any]:
    stages = procedure(row.case).stages
    return {
        "case": row.case.number,
        "cause": row.case.cause,
        "stage": stages[row.stage].name if row.stage in stages else row.stage,
        "matter": row.matter,
        "title": row.title,
        "started_at": row.started_at.astimezone(clock.SHANGHAI).isoformat(timespec="seconds"),
        "seconds": None if row.duration_ms is None else row.duration_ms // 1000,
        "device": row.device,
        "officer": row.recorded_by.name,
        "received_at": row.created_at.astimezone(clock.SHANGHAI).isoformat(timespec="seconds"),
        "size": row.file.size,
        "sha256": row.file.sha256,
        "sm3": row.file.sm3,
    }


@transaction.atomic
def sign(handover_id: uuid.UUID, *, actor: Actor) -> HandOverSignature:
    """Sign a hand-over off (签发). The head, and never who drew it up. Raises NotPermitted, NotFound, Refused, Conflict."""
    role = actor.require(Role.HEAD)
    row = _own(actor, handover_id)
    if row.officer_id == actor.officer_id:
        reason = Reason("handover-same-person", "清单由您制作，应由另一名负责人签发。", (), "请另一名机关负责人签发。")
        raise Refused([reason])
    if HandOverSignature.objects.filter(handover=row).exists():
        raise Conflict("handover-signed", "这批音像已经签发。")
    signature = HandOverSignature.objects.create(
        handover=row, officer_id=actor.officer_id, by=actor.name, at=clock.now()
    )
    _record("recordings-handover-signed", row, actor, role, {"manifest": row.manifest_id})
    return signature


@transaction.atomic
def note_receipt(
    handover_id: uuid.UUID, *, actor: Actor, number: str, received_by: str, received_on: dt.date
) -> HandOverReceipt:
    """Note the receipt of the organ above. Raises NotPermitted, NotFound, InvalidInput, Refused, Conflict."""
    role = actor.require(*PREPARERS, Role.HEAD)
    row = _own(actor, handover_id)
    check = Check()
    number = check.text("number", number, "回执编号", most=60)
    received_by = check.text("received_by", received_by, "接收人", most=60)
    check.date("received_on", received_on, "接收日期", latest=clock.today())
    check.done()
    signature = HandOverSignature.objects.filter(handover=row).first()
    if signature is None:
        raise Refused([Reason("handover-unsigned", "清单还没有签发。", (), "请机关负责人先签发。")])
    if received_on < clock.legal_day(signature.at):
        check.add("received_on", "接收日期不能早于签发日期。")
        check.done()
    if HandOverReceipt.objects.filter(handover=row).exists():
        raise Conflict("handover-received", "回执已经登记。")
    receipt = HandOverReceipt.objects.create(
        handover=row, number=number, received_by=received_by, received_on=received_on, by=actor.name, at=clock.now()
    )
    _record("recordings-handover-received", row, actor, role, {"number": number, "received_on": received_on})
    return receipt


def _own(actor: Actor, handover_id: uuid.UUID) -> HandOver:
    rows = HandOver.objects.select_for_update(of=("self",)).filter(organisation_id=actor.organ_id)
    row = rows.filter(id=handover_id).first()
    if row is None:
        raise NotFound("没有找到这批音像。")
    return row


def _record(kind: str, row: HandOver, actor: Actor, role: str, payload: dict[str, Any]) -> None:
    append(
        kind,
        log=row.jurisdiction,
        subject=("recordings-handover", str(row.id)),
        actor=actor.snapshot(role),
        payload=payload,
    )
