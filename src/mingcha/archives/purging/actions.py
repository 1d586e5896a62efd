"""Writes of purging: the archivist makes the list, another person lets it go, nothing silently — 档案法 art. 31."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.accounts.models import Organisation
from mingcha.archives.keeping.choices import ClosingKind
from mingcha.archives.models_purging import Purge, PurgeClosing, PurgeItem, PurgeRun
from mingcha.archives.purging import queries, rules
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, MingchaError, NotFound, Refused
from mingcha.files import tombstones
from mingcha.ledger.actions import append
from mingcha.recordings.models import Intake

MOST = 500
log = logging.getLogger("mingcha.archives")


@transaction.atomic
def list_up(intake_ids: Sequence[uuid.UUID], *, actor: Actor, reason: str) -> Purge:
    """Make a list of recordings that concern no case and are past their term.

    Raises NotPermitted, InvalidInput, NotFound, Refused with the reasons of every recording that may not go.
    """
    role = actor.require(Role.ARCHIVIST)
    check = Check()
    reason = check.text("reason", reason, "清除理由", most=300)
    ids = sorted(set(intake_ids), key=str)
    if not 1 <= len(ids) <= MOST:
        check.add("intakes", f"请选择要清除的音像，一份清册最多{MOST}段。")
    check.done()
    organ = Organisation.objects.select_for_update().get(id=actor.organ_id)
    rows = _locked_intakes(ids, organ.id)
    if len(rows) != len(ids):
        raise NotFound("有的音像没有找到，请刷新页面后再选。")
    if found := [reason for row in rows for reason in queries.reasons(row)]:
        raise Refused(found)
    year = clock.today().year
    last = Purge.objects.filter(organisation=organ, year=year).aggregate(last=Max("seq"))["last"] or 0
    purge = Purge.objects.create(
        organisation=organ, year=year, seq=last + 1, reason=reason, made_by_id=actor.officer_id, made_at=clock.now()
    )
    items = []
    for row in rows:
        said = queries.word(row)
        if said is None:
            raise ValueError("may_purge let a recording without a word through")
        found_until = rules.until(queries.facts_of(row, said))
        PurgeItem.objects.create(
            purge=purge,
            intake=row,
            assignment=said,
            kept_until=found_until.value,
            reckoning={"rule": found_until.rule, "article": found_until.article, "steps": list(found_until.steps)},
        )
        items.append({"intake": str(row.id), "sha256": row.file_id, "kept_until": found_until.value})
    _tell("purge-listed", purge, actor, role, {"reason": reason, "items": items})
    return purge


@transaction.atomic
def carry_out(purge_id: uuid.UUID, *, actor: Actor, opinion: str) -> PurgeRun:
    """The second person lets the list go: tombstones now, bytes by `finish`. What came to a case meanwhile refuses the whole.

    Raises NotPermitted, NotFound, InvalidInput, Conflict, Refused.
    """
    role = actor.require(*queries.MAY_APPROVE)
    purge = _locked(actor, purge_id)
    check = Check()
    opinion = check.text("opinion", opinion, "意见", most=300)
    check.done()
    items = list(purge.items.select_related("assignment").order_by("id"))
    found = rules.may_carry_out(
        own=purge.made_by_id == actor.officer_id,
        set_aside=any(item.assignment.officer_id == actor.officer_id for item in items),
    )
    ids = [item.intake_id for item in items]
    rows = _locked_intakes(sorted(ids, key=str), purge.organisation_id)
    if found := found + [reason for row in rows for reason in queries.reasons(row, on=purge)]:
        raise Refused(found)
    named = {row.file_id for row in rows}
    going = {sha256 for sha256 in named if not queries.needed(sha256, ids)}
    run = PurgeRun.objects.create(
        purge=purge,
        opinion=opinion,
        by_id=actor.officer_id,
        day=clock.today(),
        at=clock.now(),
        files=len(going),
        shared=len(named - going),
    )
    for sha256 in sorted(going):
        tombstones.bury(sha256, why=str(purge), disposal_id=purge.id)
    payload = {"opinion": opinion, "destroyed": sorted(going), "shared": sorted(named - going)}
    _tell("purge-carried-out", purge, actor, role, payload)
    return run


@transaction.atomic
def close(purge_id: uuid.UUID, *, actor: Actor, reason: str) -> PurgeClosing:
    """Refuse a list (the second person) or take it back (its maker), with the reason."""
    purge = _locked(actor, purge_id)
    own = purge.made_by_id == actor.officer_id
    role = actor.require(*((Role.ARCHIVIST,) if own else queries.MAY_APPROVE))
    check = Check()
    reason = check.text("reason", reason, "理由", most=300)
    check.done()
    kind = ClosingKind.WITHDRAWN if own else ClosingKind.REFUSED
    row = PurgeClosing.objects.create(purge=purge, kind=kind, reason=reason, by_id=actor.officer_id, at=clock.now())
    _tell("purge-closed", purge, actor, role, {"kind": kind, "reason": reason})
    return row


def finish(purge_id: uuid.UUID) -> int:
    """Delete the bytes of a list that was carried out, outside its transaction; how many went. Safe to repeat."""
    gone = 0
    ids = list(PurgeItem.objects.filter(purge_id=purge_id).values_list("intake_id", flat=True))
    for sha256 in tombstones.of_disposal(purge_id):
        if queries.needed(sha256, ids):
            continue
        try:
            gone += tombstones.remove_bytes(sha256)
        except MingchaError as error:
            # An object lock ends by itself; the next look takes these bytes.
            log.warning("音像清除清册的原件暂时不能删除：%s", error.code)
    return gone


def finish_all() -> int:
    """What a process that was killed between the record and the bytes left behind."""
    return sum(finish(run.purge_id) for run in PurgeRun.objects.order_by("-at")[:50])


def _locked_intakes(ids: Sequence[uuid.UUID], organ_id: uuid.UUID) -> list[Intake]:
    rows = Intake.objects.select_for_update(of=("self",)).filter(id__in=ids, organisation_id=organ_id)
    return list(rows.order_by("id"))


def _locked(actor: Actor, purge_id: uuid.UUID) -> Purge:
    found = Purge.objects.select_for_update().filter(id=purge_id, organisation_id=actor.organ_id).first()
    if found is None:
        raise NotFound("没有找到这份音像清除清册。")
    if PurgeClosing.objects.filter(purge=found).exists() or PurgeRun.objects.filter(purge=found).exists():
        raise Conflict("purge-ended", "这份清册已经办结。")
    return found


def _tell(kind: str, purge: Purge, actor: Actor, role: str, payload: dict[str, Any]) -> None:
    append(
        kind,
        log=actor.jurisdiction,
        subject=("purge", str(purge.id)),
        actor=actor.snapshot(role),
        payload=payload,
    )
