"""Destruction by list (销毁清册): made by the archivist, approved by two others, carried out after a wait — 档案法 art. 31."""

from __future__ import annotations

import datetime as dt
import logging
import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path

from django.db import transaction
from django.db.models import Max

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.accounts.models import Officer, Organisation
from mingcha.archives.keeping import queries, rules
from mingcha.archives.keeping.choices import ClosingKind
from mingcha.archives.models_keeping import (
    Disposal,
    DisposalApproval,
    DisposalClosing,
    DisposalFile,
    DisposalItem,
    DisposalRun,
)
from mingcha.archives.models_packages import Package
from mingcha.archives.queries import acceptance, dossier
from mingcha.archives.sealing import folder
from mingcha.cases import access
from mingcha.cases.locks import lock
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, MingchaError, NotFound, Reason, Refused
from mingcha.files import tombstones
from mingcha.ledger.actions import append, erase
from mingcha.ledger.actors import ActorSnapshot
from mingcha.ledger.kinds import PAYLOAD_ERASED
from mingcha.ledger.models import JournalEntry

MOST = 200
log = logging.getLogger("mingcha.archives")


@transaction.atomic
def list_up(case_ids: Sequence[uuid.UUID], *, actor: Actor, reason: str) -> Disposal:
    """Make a list of dossiers to destroy. Each must be archived, past its term and free of holds; all bytes are named.

    Raises NotPermitted, NotFound, InvalidInput, Refused with the reasons of every dossier that may not go.
    """
    role = actor.require(Role.ARCHIVIST)
    check = Check()
    reason = check.text("reason", reason, "销毁理由", most=300)
    ids = sorted(set(case_ids), key=str)
    if not 1 <= len(ids) <= MOST:
        check.add("cases", f"请选择要销毁的案卷，一份清册最多{MOST}件。")
    check.done()
    for case_id in ids:
        access.case(actor, case_id)
    today = clock.today()
    organ = Organisation.objects.select_for_update().get(id=actor.organ_id)
    rows = [lock(case_id) for case_id in ids]
    terms, reasons = {}, []
    for case in rows:
        terms[case.id] = found = queries.retention(case)
        blocked = rules.may_dispose(found, today)
        if acceptance(case) is None:
            blocked.append(Reason("disposal-not-archived", "案卷还没有归档。", rules.LAW, "请先接收案卷。"))
        if queries.listed(case) is not None or queries.destroyed(case) is not None:
            blocked.append(Reason("disposal-listed", "案卷已经在另一份清册里。", rules.LAW, "请从清册中去掉这一件。"))
        reasons += [Reason(r.code, f"{case}：{r.message}", r.articles, r.fix) for r in blocked]
    if reasons:
        raise Refused(reasons)
    last = Disposal.objects.filter(organisation=organ, year=today.year).aggregate(last=Max("seq"))["last"] or 0
    disposal = Disposal.objects.create(
        organisation=organ,
        year=today.year,
        seq=last + 1,
        reason=reason,
        waits_days=rules.law()["disposal"]["waits_days"],
        made_by_id=actor.officer_id,
        made_at=clock.now(),
    )
    items = []
    for case in rows:
        whole = dossier(case)
        until = terms[case.id].value.until
        if until is None:
            raise ValueError("may_dispose let a dossier without an end through")
        item = DisposalItem.objects.create(
            disposal=disposal,
            case=case,
            kept_until=until,
            reckoning={
                "rule": terms[case.id].rule,
                "article": terms[case.id].article,
                "steps": list(terms[case.id].steps),
            },
            digest=whole.digest,
            papers=len(whole.main) + len(whole.second),
        )
        stay = queries.lasting_files(case)
        for sha256, what in sorted(queries.files_of(case).items()):
            if sha256 not in stay:
                DisposalFile.objects.create(item=item, file_id=sha256, what=what)
        items.append({"case": str(case.id), "kept_until": item.kept_until, "digest": item.digest})
    _tell("disposal-listed", disposal, actor.jurisdiction, actor.snapshot(role), {"reason": reason, "items": items})
    return disposal


@transaction.atomic
def approve(disposal_id: uuid.UUID, *, actor: Actor, opinion: str) -> DisposalApproval:
    """The next of the two approvals, by the roles of the list and a person who had no part so far.

    Raises NotPermitted, NotFound, InvalidInput, Refused.
    """
    disposal = _locked(actor, disposal_id)
    given = list(disposal.approvals.order_by("step"))
    if len(given) == 2:
        raise Conflict("disposal-approved", "这份清册已经批准完毕。")
    step = rules.law()["disposal"]["steps"][len(given)]
    role = actor.require(*step["roles"])
    check = Check()
    opinion = check.text("opinion", opinion, "意见", most=300)
    check.done()
    if actor.officer_id in {disposal.made_by_id, *(row.by_id for row in given)}:
        message = "编制清册、审核和批准应当由不同的人办理。"
        raise Refused([Reason("disposal-same-person", message, rules.LAW, "请由其他人办理。")])
    _require_free(disposal)
    day = clock.today() + dt.timedelta(days=disposal.waits_days) if len(given) == 1 else None
    row = DisposalApproval.objects.create(
        disposal=disposal,
        step=step["step"],
        opinion=opinion,
        by_id=actor.officer_id,
        at=clock.now(),
        not_before=day,
    )
    payload = {"step": row.step, "opinion": opinion, "not_before": day.isoformat() if day else ""}
    _tell("disposal-approved", disposal, actor.jurisdiction, actor.snapshot(role), payload)
    return row


@transaction.atomic
def close(disposal_id: uuid.UUID, *, actor: Actor, reason: str) -> DisposalClosing:
    """Refuse a list (approvers) or take it back (its maker), with the reason, until it is carried out."""
    disposal = _locked(actor, disposal_id)
    own = disposal.made_by_id == actor.officer_id
    roles = [Role.ARCHIVIST] if own else sorted({r for step in rules.law()["disposal"]["steps"] for r in step["roles"]})
    role = actor.require(*roles)
    check = Check()
    reason = check.text("reason", reason, "理由", most=300)
    check.done()
    kind = ClosingKind.WITHDRAWN if own else ClosingKind.REFUSED
    row = DisposalClosing.objects.create(
        disposal=disposal, kind=kind, reason=reason, by_id=actor.officer_id, at=clock.now()
    )
    _tell("disposal-closed", disposal, actor.jurisdiction, actor.snapshot(role), {"kind": kind, "reason": reason})
    return row


@transaction.atomic
def carry_out(disposal_id: uuid.UUID, *, actor: Actor, witness_id: uuid.UUID) -> DisposalRun:
    """Destroy what the list names, watched by a second person (监销): contents of the journal now, bytes by `finish`.

    Bytes that another dossier needs stay until its turn. Raises NotPermitted, NotFound, InvalidInput, Refused.
    """
    role = actor.require(Role.ARCHIVIST)
    disposal = _locked(actor, disposal_id)
    check = Check()
    witness = Officer.objects.filter(id=witness_id).select_related("organisation").first()
    if witness is None or actor.organ_id not in (witness.organisation_id, witness.organisation.organ_id):
        check.add("witness_id", "请选择本机关的监销人。")
    elif witness.id == actor.officer_id:
        check.add("witness_id", "销毁由两人办理，监销人不能是您自己。")
    check.done()
    _require_free(disposal)
    approvals = {row.step: row for row in disposal.approvals.all()}
    today = clock.today()
    if len(approvals) < 2:
        message = "清册还没有经过两人批准。"
        raise Refused([Reason("disposal-not-approved", message, rules.LAW, "请先报审核和批准。")])
    if (day := approvals[2].not_before) is not None and today < day:
        message = f"批准后须等候{disposal.waits_days}日，{day.isoformat()}起才能销毁。"
        raise Refused([Reason("disposal-too-early", message, rules.LAW, "请到期后再办理。")])
    by = actor.snapshot(role)
    items = list(disposal.items.select_related("case").order_by("id"))
    cases = [item.case_id for item in items]
    named = set(DisposalFile.objects.filter(item__in=items).values_list("file_id", flat=True))
    going = {sha256 for sha256 in named if not queries.needed_elsewhere(sha256, cases)}
    entries = list(
        JournalEntry.objects.filter(case_id__in=cases, content__payload__isnull=False)
        .exclude(kind=PAYLOAD_ERASED)
        .order_by("id")
    )
    run = DisposalRun.objects.create(
        disposal=disposal,
        by_id=actor.officer_id,
        witness_id=witness_id,
        day=today,
        at=clock.now(),
        files=len(going),
        shared=len(named - going),
        payloads=len(entries),
    )
    for entry in entries:
        erase(entry, actor=by, ground=f"{disposal}，{'、'.join(rules.LAW)}")
    for sha256 in sorted(going):
        tombstones.bury(sha256, why=str(disposal), disposal_id=disposal.id)
    payload = {
        "witness": witness.name if witness else "",
        "destroyed": sorted(going),
        "shared": sorted(named - going),
        "payloads": len(entries),
    }
    _tell("disposal-carried-out", disposal, actor.jurisdiction, by, payload)
    return run


def finish(disposal_id: uuid.UUID) -> int:
    """Delete the bytes of a list that was carried out, outside its transaction; how many went. Safe to repeat.

    Bytes that came in again meanwhile and are needed stay.
    """
    gone = 0
    items = DisposalItem.objects.filter(disposal_id=disposal_id)
    cases = list(items.values_list("case_id", flat=True))
    for sha256 in tombstones.of_disposal(disposal_id):
        if queries.needed_elsewhere(sha256, cases):
            continue
        try:
            gone += tombstones.remove_bytes(sha256)
        except MingchaError as error:
            # An object lock ends by itself; the next look takes these bytes.
            log.warning("销毁清册的原件暂时不能删除：%s", error.code)
    for package in Package.objects.filter(case_id__in=cases):
        remove_package(folder(package.name))
    return gone


def remove_package(place: Path) -> None:
    """A sealed package holds copies of the same bytes: renamed first, so that what is left after a kill is no package."""
    aside = place.with_name(f".destroyed-{place.name}")
    if place.is_dir():
        place.rename(aside)
    if aside.is_dir():
        for path in (aside, *aside.rglob("*")):
            if path.is_dir():
                path.chmod(0o700)
        shutil.rmtree(aside)


def finish_all() -> int:
    """What a process that was killed between the record and the bytes left behind: the background process looks here."""
    return sum(finish(run.disposal_id) for run in DisposalRun.objects.order_by("-at")[:50])


def _locked(actor: Actor, disposal_id: uuid.UUID) -> Disposal:
    found = Disposal.objects.select_for_update().filter(id=disposal_id, organisation_id=actor.organ_id).first()
    if found is None:
        raise NotFound("没有找到这份销毁清册。")
    if DisposalClosing.objects.filter(disposal=found).exists() or DisposalRun.objects.filter(disposal=found).exists():
        raise Conflict("disposal-ended", "这份清册已经办结。")
    return found


def _require_free(disposal: Disposal) -> None:
    """Every dossier of the list may still go: holds and appeals that came meanwhile count."""
    reasons = []
    for item in disposal.items.select_related("case").order_by("case_id"):
        found = queries.retention(lock(item.case_id))
        reasons += [
            Reason(r.code, f"{item.case}：{r.message}", r.articles, r.fix)
            for r in rules.may_dispose(found, clock.today())
        ]
    if reasons:
        raise Refused(reasons)


def _tell(kind: str, disposal: Disposal, log: str, by: ActorSnapshot, payload: dict[str, object]) -> None:
    append(kind, log=log, subject=("disposal", str(disposal.id)), actor=by, payload=payload)
