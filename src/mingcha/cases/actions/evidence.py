"""Evidence (证据): registered, never changed, excluded when illegal — 行政处罚法 art. 46."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.cases.choices import (
    EvidenceKind,
)
from mingcha.cases.models import (
    Case,
    Evidence,
    EvidenceExclusion,
)
from mingcha.common import clock
from mingcha.common.canonical import digest
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, NotFound
from mingcha.common.prepared import insert, prepared
from mingcha.files.actions import Incoming, keep
from mingcha.ledger.actions import append


@prepared
def _last(case_id: uuid.UUID) -> QuerySet[Evidence, int]:
    return Evidence.objects.filter(case_id=case_id).order_by("-seq").values_list("seq", flat=True)[:1]


@transaction.atomic
def record_evidence(
    case_id: uuid.UUID,
    *,
    actor: Actor,
    kind: str,
    name: str,
    proves: str,
    origin: str,
    collected_at: dt.datetime,
    collected_by: Sequence[str] = (),
    file: Incoming | None = None,
) -> Evidence:
    """Register a piece of evidence (证据登记) — art. 46. Raises InvalidInput."""
    case = access.own_locked(actor, case_id)
    check = Check()
    check.one_of("kind", kind, "证据种类", EvidenceKind.values)
    name = check.text("name", name, "证据名称", most=120)
    proves = check.text("proves", proves, "证明内容", most=500)
    origin = check.text("origin", origin, "来源", most=200)
    check.moment("collected_at", collected_at, "收集时间", latest=clock.now())
    if file is None and kind in (EvidenceKind.AUDIOVISUAL, EvidenceKind.ELECTRONIC):
        check.add("file", f"{EvidenceKind(kind).label}应当上传原件或者复制件。")
    check.done()
    stored = keep(file) if file else None
    seq = next(iter(_last(case.pk)), 0) + 1
    collectors = "、".join(collected_by) or actor.name
    content = {
        "seq": seq,
        "kind": kind,
        "name": name,
        "proves": proves,
        "origin": origin,
        "collected_at": collected_at,
        "collected_by": collectors,
        "file": stored.sha256 if stored else None,
    }
    row = insert(
        Evidence(
            case=case,
            seq=seq,
            kind=kind,
            name=name,
            proves=proves,
            origin=origin,
            collected_at=collected_at,
            collected_by=collectors,
            file=stored,
            digest=digest(content),
            created_at=clock.now(),
        )
    )
    append(
        "evidence-recorded",
        log=case.jurisdiction,
        subject=("evidence", str(row.id)),
        case_id=case.id,
        actor=actor.snapshot(Role.HANDLER),
        occurred_at=collected_at,
        payload=content,
    )
    return row


@transaction.atomic
def exclude_evidence(evidence_id: uuid.UUID, *, actor: Actor, reason: str) -> None:
    """Exclude illegally obtained evidence — art. 46 ¶3. The piece stays in the record and no longer counts."""
    found = Evidence.objects.filter(id=evidence_id).first()
    if found is None:
        raise NotFound("没有找到这份证据。")
    case = access.own_locked(actor, found.case_id)
    check = Check()
    reason = check.text("reason", reason, "排除理由", most=500)
    check.done()
    if EvidenceExclusion.objects.filter(evidence=found).exists():
        raise Conflict("evidence-excluded", "这份证据已经排除。")
    EvidenceExclusion.objects.create(evidence=found, reason=reason, at=clock.now())
    append(
        "evidence-excluded",
        log=case.jurisdiction,
        subject=("evidence", str(found.id)),
        case_id=case.id,
        actor=actor.snapshot(Role.HANDLER),
        payload={"reason": reason, "name": found.name},
    )


def adopt(case: Case, row: Evidence, source: Case, actor: Actor) -> Evidence:
    """Take a piece of evidence of a joined case into a locked case: the same file, its origin told (并案移入)."""
    seq = next(iter(_last(case.pk)), 0) + 1
    origin = f"并案移入，原为{source.number or source.party_name}证据{row.seq}；{row.origin}"[:200]
    content = {
        "seq": seq,
        "kind": row.kind,
        "name": row.name,
        "proves": row.proves,
        "origin": origin,
        "collected_at": row.collected_at,
        "collected_by": row.collected_by,
        "file": row.file_id,
    }
    stored = {name: value for name, value in content.items() if name != "file"}
    copy = insert(Evidence(case=case, file_id=row.file_id, digest=digest(content), created_at=clock.now(), **stored))
    append(
        "evidence-recorded",
        log=case.jurisdiction,
        subject=("evidence", str(copy.id)),
        case_id=case.id,
        actor=actor.snapshot(Role.HANDLER),
        payload={**content, "digest": copy.digest, "adopted_from": str(row.id)},
    )
    return copy
