"""Writes of the archive: custody passes, supplementary volumes. The sealing itself is in sealing.py."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.accounts.models import Officer
from mingcha.archives import queries, rules
from mingcha.archives.choices import CustodyKind, Retention
from mingcha.archives.models import Acceptance, CustodyStep, Supplement, SupplementEnd
from mingcha.cases import access
from mingcha.cases import queries as cases
from mingcha.cases.choices import DutyKind
from mingcha.cases.locks import lock
from mingcha.cases.models import Case
from mingcha.catalogues import queries as catalogues
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, NotPermitted, Refused
from mingcha.ledger.actions import append
from mingcha.ledger.actors import ActorSnapshot


@transaction.atomic
def offer(case_id: uuid.UUID, *, actor: Actor, note: str = "") -> CustodyStep:
    """Hand the dossier of a closed case over again (再次移交) after the archive sent it back. With the closing it passes by itself."""
    check = Check()
    note = check.text("note", note, "补正情况", most=500)
    check.done()
    access.case(actor, case_id)
    case = lock(case_id)
    handles = DutyKind.HANDLER in cases.duties_of(case, actor.officer_id)
    if not handles and not (actor.has(Role.UNIT_HEAD) and actor.organ_id == case.organisation_id):
        raise NotPermitted(message="只有本案的承办人员或者承办机构负责人可以移交案卷。")
    _require_closed(case)
    steps = queries.custody(case)
    if steps and steps[-1].kind != CustodyKind.RETURNED:
        raise Conflict("dossier-offered", "案卷已经移交，正等待档案部门处理。")
    return hand_over(case, by=actor.snapshot(Role.HANDLER if handles else Role.UNIT_HEAD), unit=actor.unit, note=note)


def hand_over(case: Case, *, by: ActorSnapshot, unit: str = "", note: str = "") -> CustodyStep:
    """Offer the dossier of a locked, closed case to the archive; the act of closing does it."""
    step = _step(case, CustodyKind.OFFERED, by=by, unit=unit, reason=note)
    _enter(case, "dossier-offered", by, {"unit": unit, "note": note})
    return step


@transaction.atomic
def send_back(case_id: uuid.UUID, *, actor: Actor, reason: str) -> CustodyStep:
    """Refuse a dossier (退回案卷) with the reason; the unit mends it and hands it over again."""
    actor.require(Role.ARCHIVIST)
    check = Check()
    reason = check.text("reason", reason, "退回原因", most=500)
    check.done()
    access.case(actor, case_id)
    case = lock(case_id)
    _require_closed(case)
    if queries.acceptance(case) is not None:
        raise Conflict("dossier-accepted", "案卷已经接收，不能再退回。")
    steps = queries.custody(case)
    if steps and steps[-1].kind == CustodyKind.RETURNED:
        raise Conflict("dossier-returned", "案卷已经退回，承办机构还没有重新移交。")
    if not steps:
        _unrecorded_offer(case)
    by = actor.snapshot(Role.ARCHIVIST)
    step = _step(case, CustodyKind.RETURNED, by=by, unit=actor.unit, reason=reason)
    _enter(case, "dossier-returned", by, {"reason": reason})
    return step


@transaction.atomic
def accept(
    case_id: uuid.UUID,
    *,
    actor: Actor,
    fonds_no: str = "",
    catalogue_no: str = "",
    retention: str = Retention.THIRTY,
) -> Acceptance:
    """Take a closed case into the archive (接收案卷, R070): digest over everything recorded; the sealing follows as a job."""
    actor.require(Role.ARCHIVIST)
    check = Check()
    fonds_no = check.text("fonds_no", fonds_no, "全宗号", most=30, required=False)
    catalogue_no = check.text("catalogue_no", catalogue_no, "目录号", most=30, required=False)
    retention = check.one_of("retention", retention, "保管期限", Retention.values)
    check.done()
    access.case(actor, case_id)
    case = lock(case_id)
    _require_closed(case)
    if Acceptance.objects.filter(case=case).exists():
        raise Conflict("dossier-accepted", "案卷已经接收。")
    steps = queries.custody(case)
    handled = DutyKind.HANDLER in cases.duties_of(case, actor.officer_id)
    last, why = (steps[-1].kind, steps[-1].reason) if steps else ("", "")
    if unmet := rules.may_accept(closed=True, last=last, why=why, handled=handled):
        raise Refused(unmet)
    if not steps:
        _unrecorded_offer(case)
    whole = queries.dossier(case)
    by = actor.snapshot(Role.ARCHIVIST)
    _step(case, CustodyKind.RECEIVED, by=by, unit=actor.unit)
    terms = catalogues.in_force(case.organisation_id, "retention-list", clock.today())
    row = Acceptance.objects.create(
        case=case,
        terms=terms,
        digest=whole.digest,
        entries=whole.entries,
        fonds_no=fonds_no,
        catalogue_no=catalogue_no,
        retention=retention,
        accepted_by_id=actor.officer_id,
        accepted_at=clock.now(),
    )
    _enter(
        case,
        "dossier-accepted",
        by,
        {
            "digest": whole.digest,
            "entries": whole.entries,
            "papers": len(whole.main) + len(whole.second),
            "handed_over_by": queries.custody(case)[-2].name,
            "retention": retention,
            "terms": terms.number if terms else None,
        },
    )
    return row


@transaction.atomic
def open_supplement(case_id: uuid.UUID, *, actor: Actor, reason: str) -> Supplement:
    """Open a supplementary volume (补充卷) to a sealed dossier: what comes later is added there and nowhere else."""
    actor.require(Role.ARCHIVIST, Role.HEAD)
    check = Check()
    reason = check.text("reason", reason, "补充原因", most=500)
    check.done()
    access.case(actor, case_id)
    case = lock(case_id)
    sealed = queries.packages(case).count()
    if unmet := rules.may_supplement(sealed=sealed, volumes=1 + queries.supplements(case).count()):
        raise Refused(unmet)
    row = Supplement.objects.create(
        case=case, volume_no=sealed + 1, reason=reason, opened_by_id=actor.officer_id, opened_at=clock.now()
    )
    role = Role.ARCHIVIST if actor.has(Role.ARCHIVIST) else Role.HEAD
    _enter(case, "supplement-opened", actor.snapshot(role), {"volume": row.volume_no, "reason": reason})
    return row


def supplement_for(case: Case, *, reason: str, officer_id: uuid.UUID, by: ActorSnapshot) -> Supplement | None:
    """The supplementary volume for what comes to a locked case after its sealing; None while the first volume is open.

    What the law brings into the dossier opens its volume itself; the archivist closes it when all is there.
    """
    sealed, opened = queries.packages(case).count(), list(queries.supplements(case))
    if not sealed or len(opened) >= sealed:
        # The volume that is open, or that waits for its package, takes it in.
        return next((row for row in opened if not hasattr(row, "end")), None)
    row = Supplement.objects.create(
        case=case,
        volume_no=1 + sealed,
        reason=reason,
        opened_by_id=officer_id,
        opened_at=clock.now(),
    )
    _enter(case, "supplement-opened", by, {"volume": row.volume_no, "reason": reason})
    return row


@transaction.atomic
def close_supplement(case_id: uuid.UUID, *, actor: Actor) -> SupplementEnd:
    """All of a supplementary volume is there; it is sealed next and nothing more is added."""
    actor.require(Role.ARCHIVIST)
    access.case(actor, case_id)
    case = lock(case_id)
    row = queries.supplements(case).filter(end=None).first()
    if row is None:
        raise Conflict("supplement-none", "没有正在收集材料的补充卷。")
    end = SupplementEnd.objects.create(supplement=row, by_id=actor.officer_id, at=clock.now())
    _enter(case, "supplement-closed", actor.snapshot(Role.ARCHIVIST), {"volume": row.volume_no})
    return end


def _require_closed(case: Case) -> None:
    if unmet := rules.may_accept(closed=case.closed_on is not None, last=""):
        raise Refused(unmet)


def _unrecorded_offer(case: Case) -> None:
    # Closed before hand-over was recorded: the step is entered as what it is.
    _step(case, CustodyKind.OFFERED, by=None, unit="", reason="本案结案时尚未登记移交，接收时补记。")


def _step(case: Case, kind: str, *, by: ActorSnapshot | None, unit: str, reason: str = "") -> CustodyStep:
    known = by is not None and by.officer_id
    return CustodyStep.objects.create(
        case=case,
        seq=CustodyStep.objects.filter(case=case).count() + 1,
        kind=kind,
        by=Officer.objects.get(id=by.officer_id) if known and by else None,
        name=by.name if by else "承办机构",
        unit=unit or (by.organisation if by else ""),
        reason=reason,
        at=clock.now(),
    )


def _enter(case: Case, kind: str, by: ActorSnapshot, payload: dict[str, Any]) -> None:
    append(kind, log=case.jurisdiction, subject=("case", str(case.id)), case_id=case.id, actor=by, payload=payload)
