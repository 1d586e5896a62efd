"""Writes of watching: each declared purpose, share, marker and transcript is a row and an entry of the journal."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import StaffKind
from mingcha.accounts.models import Officer
from mingcha.accounts.queries import user_of
from mingcha.cases.locks import lock
from mingcha.cases.models import Evidence
from mingcha.cases.queries import procedure
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, InvalidInput, NotFound, NotPermitted, Refused
from mingcha.files.actions import Incoming, keep
from mingcha.ledger.actions import append
from mingcha.recordings.models import Derivation, Marker, Recording, Share, ShareEnd, Transcript, Viewing
from mingcha.recordings.models_watching import TranscriptOrigin, ViewingAct
from mingcha.recordings.watching import door, rules, terms
from mingcha.recordings.watching.rules import Cue


@transaction.atomic
def declare(
    recording_id: uuid.UUID,
    *,
    actor: Actor,
    session: str,
    purpose: str,
    note: str = "",
    act: str = ViewingAct.VIEW,
    derivation: Derivation | None = None,
) -> Viewing:
    """State for what a recording, or what was made of it, is opened or saved; asked once per session for opening.

    `session` is `door.session_of` the session. Raises InvalidInput, NotFound, ShareClosed, NotPermitted for a guest who
    wants to save and for a copy that nobody has released.
    """
    found = door.opened(actor, recording_id)
    purpose, note = _purpose(purpose, note)
    lock(found.recording.case_id)
    if act == ViewingAct.VIEW:
        before = door.declared(actor, found.recording, session)
        if before is not None:
            return before
    else:
        _may_save(found, derivation)
    row = Viewing.objects.create(
        recording=found.recording,
        derivation=derivation,
        share=found.share,
        act=act,
        purpose=purpose,
        note=note,
        officer_id=actor.officer_id,
        name=actor.name,
        organ=actor.organ,
        session=session,
        at=clock.now(),
    )
    _append(
        "recording-viewed" if act == ViewingAct.VIEW else "recording-downloaded",
        found.recording,
        actor,
        {
            "purpose": purpose,
            "note": note,
            "share": str(found.share.id) if found.share else None,
            "derivation": str(derivation.id) if derivation else None,
        },
    )
    return row


def _may_save(found: door.Opened, derivation: Derivation | None) -> None:
    if found.share is not None:
        raise NotPermitted(message="共享的音像只能查看，不能下载。")
    if derivation is None:
        return
    if derivation.recording_id != found.recording.id or not hasattr(derivation, "outcome"):
        raise NotFound("没有找到这份副本。")
    if derivation.outcome.file_id is None:
        raise NotFound("这份副本没有制成。")
    if derivation.kind == "public" and not (hasattr(derivation, "signoff") and derivation.signoff.agreed):
        raise NotPermitted("derivative-not-released", "这份副本还没有经另一名人员核对放行，不能下载。")


@transaction.atomic
def share(
    recording_id: uuid.UUID, *, actor: Actor, to_id: uuid.UUID, expires_at: dt.datetime, purpose: str, note: str = ""
) -> Share:
    """Show a recording to a named officer of the same jurisdiction until a time. Raises InvalidInput, Refused, NotFound."""
    found = door.opened(actor, recording_id)
    check = Check()
    moment = check.moment("expires_at", expires_at, "共享到期时间")
    check.done()
    purpose, note = _purpose(purpose, note)
    to = Officer.objects.filter(id=to_id, organisation__jurisdiction=actor.jurisdiction).first()
    if to is None:
        raise InvalidInput({"to": ["请选择本辖区的一名执法人员。"]})
    now = clock.now()
    user = user_of(to.id)
    reasons = rules.may_share(
        sees=found.share is None,
        auxiliary=to.staff_kind == StaffKind.AUXILIARY,
        oneself=to.id == actor.officer_id,
        active=user is not None and user.is_active,
        lasts=moment - now,
    )
    if reasons:
        raise Refused(reasons)
    door.worker(actor, found)
    lock(found.recording.case_id)
    row = Share.objects.create(
        recording=found.recording,
        to=to,
        to_name=to.name,
        purpose=purpose,
        note=note,
        by_id=actor.officer_id,
        by_name=actor.name,
        at=now,
        expires_at=moment,
    )
    payload = {"share": str(row.id), "to": str(to.id), "to_name": to.name, "purpose": purpose, "note": note}
    _append("recording-shared", found.recording, actor, {**payload, "expires_at": moment})
    return row


@transaction.atomic
def end_share(share_id: uuid.UUID, *, actor: Actor, reason: str) -> ShareEnd:
    """Take a share back: whoever gave it, or whoever sees the case. Raises NotFound, Conflict."""
    row = Share.objects.filter(id=share_id).select_related("recording").first()
    if row is None:
        raise NotFound("没有找到这次共享。")
    found = door.opened(actor, row.recording_id)
    if found.share is not None:
        raise NotFound("没有找到这次共享。")
    check = Check()
    reason = check.text("reason", reason, "收回的原因", most=200)
    check.done()
    lock(row.recording.case_id)
    if ShareEnd.objects.filter(share=row).exists():
        raise Conflict("share-ended", "这次共享已经收回。")
    end = ShareEnd.objects.create(share=row, reason=reason, by_id=actor.officer_id, by_name=actor.name, at=clock.now())
    _append("recording-share-ended", row.recording, actor, {"share": str(row.id), "reason": reason})
    return end


@transaction.atomic
def take_back(to_id: uuid.UUID, note: str, *, actor: Actor, reason: str) -> int:
    """Take back what was shown to a person under one note (收回共享); for the room whose own act showed it, no door is asked."""
    now = clock.now()
    rows = Share.objects.filter(to_id=to_id, note=note, end=None, expires_at__gt=now).select_related("recording__case")
    for row in rows:
        lock(row.recording.case_id)
        ShareEnd.objects.create(share=row, reason=reason, by_id=actor.officer_id, by_name=actor.name, at=now)
        _append("recording-share-ended", row.recording, actor, {"share": str(row.id), "reason": reason})
    return len(rows)


@transaction.atomic
def mark(recording_id: uuid.UUID, *, actor: Actor, session: str, values: Mapping[str, Any]) -> Marker:
    """Mark a moment. `values`: at_ms, kind, text, item, document_id, evidence_id, stage, corrects, withdrawn.

    A marker is corrected or withdrawn by a new one that names it. Raises InvalidInput, Conflict.
    """
    found = door.unlocked(actor, recording_id, session)
    door.worker(actor, found)
    recording = found.recording
    case = lock(recording.case_id)
    check = Check()
    before = _corrected(check, recording, values.get("corrects"))
    withdrawn = bool(values.get("withdrawn")) and before is not None
    moment = values.get("at_ms")
    at_ms = moment if isinstance(moment, int) and not isinstance(moment, bool) else -1
    if not 0 <= at_ms < 10**9:
        check.add("at_ms", "请填写时刻。")
    kind = check.one_of("kind", values.get("kind"), "标记种类", terms.marker_kinds())
    text = check.text("text", values.get("text"), "说明", most=300, required=kind == "note" and not withdrawn)
    item = values.get("item") or ""
    if kind == "announcement":
        check.one_of("item", item, "语音说明的项目", terms.announcement())
    elif item:
        check.add("item", "只有语音说明才选择项目。")
    stage = values.get("stage") or ""
    if stage:
        check.one_of("stage", stage, "所属环节", list(procedure(case).stages))
    evidence_id = values.get("evidence_id")
    if evidence_id and not Evidence.objects.filter(id=evidence_id, case=case).exists():
        check.add("evidence_id", "请选择本案的证据。")
    check.done()
    row = Marker.objects.create(
        recording=recording,
        at_ms=at_ms,
        kind=kind,
        item=item,
        text=text,
        document_id=values.get("document_id") or None,
        evidence_id=evidence_id or None,
        stage=stage,
        corrects=before,
        withdrawn=withdrawn,
        by_id=actor.officer_id,
        by_name=actor.name,
        at=clock.now(),
    )
    payload = {name: getattr(row, name) for name in ("at_ms", "kind", "item", "text", "stage", "withdrawn")}
    for name in ("document_id", "evidence_id", "corrects_id"):
        value = getattr(row, name)
        payload[name] = str(value) if value else None
    _append("recording-marked", recording, actor, {"marker": str(row.id), **payload})
    return row


def _corrected(check: Check, recording: Recording, marker_id: Any) -> Marker | None:
    if not marker_id:
        return None
    found = Marker.objects.filter(id=marker_id, recording=recording).first()
    if found is None:
        check.add("corrects", "没有找到要更正的标记。")
        check.done()
    elif Marker.objects.filter(corrects=found).exists():
        raise Conflict("marker-corrected", "这个标记已经更正过，请更正最新的一个。")
    return found


@transaction.atomic
def transcribe(
    recording_id: uuid.UUID, *, actor: Actor, session: str, file: Incoming, cues: list[Cue], origin: str, tool: str = ""
) -> Transcript:
    """Keep a transcript (文字稿) beside the recording; a newer one does not remove the older. Raises InvalidInput."""
    found = door.unlocked(actor, recording_id, session)
    door.worker(actor, found)
    check = Check()
    check.one_of("origin", origin, "文字稿来源", TranscriptOrigin.values)
    tool = check.text("tool", tool, "制作软件", most=60, required=origin == TranscriptOrigin.MACHINE)
    check.done()
    lock(found.recording.case_id)
    return keep_transcript(found.recording, actor=actor, file=file, cues=cues, origin=origin, tool=tool)


def keep_transcript(
    recording: Recording, *, actor: Actor, file: Incoming, cues: list[Cue], origin: str, tool: str
) -> Transcript:
    """The row and the entry of a transcript, in the caller's transaction with the case locked."""
    stored = keep(file)
    row = Transcript.objects.create(
        recording=recording,
        origin=origin,
        tool=tool,
        file=stored,
        cues=rules.as_rows(cues),
        by_id=actor.officer_id,
        by_name=actor.name,
        at=clock.now(),
    )
    payload = {"origin": origin, "tool": tool, "lines": len(cues), "sha256": stored.sha256, "sm3": stored.sm3}
    _append("recording-transcribed", recording, actor, payload)
    return row


def _purpose(purpose: str, note: str) -> tuple[str, str]:
    check = Check()
    purpose = check.one_of("purpose", purpose, "用途", terms.purposes())
    asks = purpose in terms.purposes() and terms.purposes()[purpose].asks
    note = check.text("note", note, "用途说明", most=200, required=asks)
    check.done()
    return purpose, note


def _append(kind: str, recording: Recording, actor: Actor, payload: Mapping[str, Any]) -> None:
    append(
        kind,
        log=recording.case.jurisdiction,
        subject=("recording", str(recording.id)),
        case_id=recording.case_id,
        actor=actor.snapshot(door.role_of(actor)),
        payload=payload,
    )
