"""Writes of derivatives: ordering, making (without a transaction around it), releasing; stills."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import logging
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction

from mingcha.accounts.actors import SYSTEM, Actor
from mingcha.accounts.queries import actor_of, officers
from mingcha.cases.locks import lock
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, InvalidInput, MingchaError, Refused
from mingcha.files.actions import Incoming, keep, receive, receive_bytes
from mingcha.files.queries import local_path
from mingcha.ledger.actions import append
from mingcha.recordings.deriving import faces, machine, making, queries, rules
from mingcha.recordings.deriving.errors import FacesMissing, MachineMissing
from mingcha.recordings.models import (
    Derivation,
    DerivationOutcome,
    DerivationProgress,
    DerivationSignOff,
    Recording,
    Still,
)
from mingcha.recordings.models_deriving import DerivationKind
from mingcha.recordings.watching import actions as watching
from mingcha.recordings.watching import door, terms, transcribing
from mingcha.recordings.watching.rules import Cue, as_rows

log = logging.getLogger("mingcha.deriving")
# A worker that has not said anything for so long is gone; another takes the order up.
LEASE = dt.timedelta(minutes=3)


@dataclass(frozen=True)
class Made:
    """What came out of an order before its row is written."""

    file: Incoming
    sheet: Incoming
    proof: dict[str, Any]
    cues: tuple[Cue, ...] = ()
    tool: str = ""


@transaction.atomic
def order(
    recording_id: uuid.UUID,
    *,
    actor: Actor,
    session: str,
    kind: str,
    purpose: str = "",
    reason: str = "",
    plan: Mapping[str, Any] | None = None,
) -> Derivation:
    """Order a viewing copy, a copy with parts hidden, or a transcript. The worker makes it.

    Raises InvalidInput, Conflict for a second one that is the same, MachineMissing, FacesMissing.
    """
    found = door.unlocked(actor, recording_id, session)
    recording = found.recording
    if not machine.available():
        raise MachineMissing
    check = Check()
    check.one_of("kind", kind, "副本种类", DerivationKind.values)
    check.done()
    content: dict[str, Any] = {}
    if kind == DerivationKind.VIEWING:
        purpose, reason = "viewing", "浏览器不能直接播放原件"
    else:
        door.worker(actor, found)
        if kind == DerivationKind.TRANSCRIPT:
            if transcribing.transcriber() is None:
                raise InvalidInput({"kind": ["没有安装转写插件，请上传文字稿。"]})
            purpose, reason = "transcript", "制作文字稿"
        else:
            purpose = check.one_of("purpose", purpose, "用途", terms.derivation_purposes())
            reason = check.text("reason", reason, "理由", most=500)
            check.done()
            content = _plan(recording, plan or {})
    lock(recording.case_id)
    if any(row.kind == kind and row.plan == content and _stands(row) for row in queries.of_recording(recording)):
        raise Conflict("derivative-exists", "同样的副本已经申请过，请在副本列表中查看。")
    row = Derivation.objects.create(
        recording=recording,
        kind=kind,
        purpose=purpose,
        reason=reason,
        plan=content,
        by_id=actor.officer_id,
        by_name=actor.name,
        at=clock.now(),
    )
    payload = {"kind": kind, "purpose": purpose, "reason": reason, "plan": content, "parent": recording.file_id}
    _append("derivative-ordered", row, actor.snapshot(door.role_of(actor)), payload)
    return row


def _stands(row: Derivation) -> bool:
    """Whether an earlier order is still to come or came to something that nobody has refused."""
    if not hasattr(row, "outcome"):
        return True
    return row.outcome.file_id is not None and not (hasattr(row, "signoff") and not row.signoff.agreed)


def _plan(recording: Recording, value: Mapping[str, Any]) -> dict[str, Any]:
    medium = queries.medium(recording)
    found = rules.read_plan(value, medium.duration_ms, picture=bool(medium.video), sound=bool(medium.audio))
    if found.faces and not faces.available():
        raise FacesMissing
    return found.as_dict()


def grab(recording_id: uuid.UUID, *, actor: Actor, session: str, at_ms: int, note: str = "") -> Still:
    """Take the picture at a moment and keep it as an original with parent and time. Not inside a transaction.

    The same moment gives the same still. Raises InvalidInput, MediaUnreadable, MachineMissing.
    """
    found = door.unlocked(actor, recording_id, session)
    door.worker(actor, found)
    recording = found.recording
    check = Check()
    note = check.text("note", note, "说明", most=200, required=False)
    if not isinstance(at_ms, int) or isinstance(at_ms, bool) or not 0 <= at_ms < 10**9:
        check.add("at_ms", "请填写时刻。")
    check.done()
    before = Still.objects.filter(recording=recording, at_ms=at_ms).first()
    if before is not None:
        return before
    if not queries.medium(recording).video:
        raise InvalidInput({"at_ms": ["这段录音没有画面，不能截图。"]})
    with local_path(recording.file_id) as path:
        picture = making.still(path, recording.file.media_type, at_ms)
    incoming = receive_bytes(picture, allowed=("image/png",))
    with transaction.atomic():
        lock(recording.case_id)
        stored = keep(incoming)
        row = Still.objects.create(
            recording=recording,
            at_ms=at_ms,
            file=stored,
            note=note,
            by_id=actor.officer_id,
            by_name=actor.name,
            at=clock.now(),
        )
        append(
            "recording-still",
            log=recording.case.jurisdiction,
            subject=("still", str(row.id)),
            case_id=recording.case_id,
            actor=actor.snapshot(door.role_of(actor)),
            payload={
                "recording": str(recording.id),
                "parent": recording.file_id,
                "at_ms": at_ms,
                "sha256": stored.sha256,
                "sm3": stored.sm3,
                "note": note,
            },
        )
    return row


def claim(derivation_id: uuid.UUID) -> bool:
    """Take an order up unless another worker has it. One statement decides."""
    now = clock.now()
    rows = DerivationProgress.objects.filter(derivation_id=derivation_id, at__lt=now - LEASE)
    if rows.update(percent=0, at=now):
        return True
    try:
        with transaction.atomic():
            DerivationProgress.objects.create(derivation_id=derivation_id, at=now)
    except IntegrityError:
        return False
    return True


def release(derivation_id: uuid.UUID) -> None:
    """Give an order back, so that it is taken up again."""
    DerivationProgress.objects.filter(derivation_id=derivation_id).delete()


def settle(derivation_id: uuid.UUID) -> DerivationOutcome:
    """Make what was ordered and write what came of it; a failure is an outcome in words. Not inside a transaction.

    Raises MachineMissing, OSError and DatabaseError: those are tried again.
    """
    row = queries.derivation(derivation_id)
    if hasattr(row, "outcome"):
        return row.outcome
    made: Made | None = None
    words = ""
    try:
        made = _make(row)
    except (MachineMissing, DatabaseError, OSError):
        raise
    except MingchaError as error:
        words = error.message
    except Exception:
        # Whatever a library trips over on odd bytes is an outcome too: the same order must not stop the worker for ever.
        log.exception("deriving: order %s", row.id)
        words = "处理时程序出错，没有制成。请联系管理员查看后台日志。"
    with transaction.atomic():
        lock(row.recording.case_id)
        before = DerivationOutcome.objects.filter(derivation=row).first()
        if before is not None:
            return before
        if made is None:
            outcome = DerivationOutcome.objects.create(derivation=row, proof={}, words=words[:500], at=clock.now())
            _append("derivative-failed", row, SYSTEM, {"words": words})
        else:
            outcome = DerivationOutcome.objects.create(
                derivation=row, file=keep(made.file), sheet=keep(made.sheet), proof=made.proof, at=clock.now()
            )
            payload = {"sha256": made.file.sha256, "sm3": made.file.sm3, "sheet": made.sheet.sha256}
            _append("derivative-made", row, SYSTEM, {**payload, "parent": row.recording.file_id, "proof": made.proof})
            if made.cues:
                watching.keep_transcript(
                    row.recording,
                    actor=actor_of(officers([row.by_id])[row.by_id]),
                    file=made.file,
                    cues=list(made.cues),
                    origin="machine",
                    tool=made.tool,
                )
        release(row.id)
    return outcome


def _make(row: Derivation) -> Made:
    recording = row.recording
    media_type = recording.file.media_type
    said = -1

    def told(percent: int) -> None:
        nonlocal said
        if percent > said:
            said = percent
            # How far it is may be lost; what is being made may not.
            with contextlib.suppress(DatabaseError):
                DerivationProgress.objects.filter(derivation_id=row.id).update(percent=min(percent, 99), at=clock.now())

    root = Path(settings.FILES_ROOT) / "incoming"
    with local_path(recording.file_id) as path, making.scratch(root) as place:
        if row.kind == DerivationKind.TRANSCRIPT:
            return _written(row, path)
        target = place / "made.mp4"
        medium = machine.probe(path, media_type)
        if row.kind == DerivationKind.VIEWING:
            making.viewing_copy(path, media_type, medium, target, told)
            proof: dict[str, Any] = {}
        else:
            plan = rules.read_plan(row.plan, medium.duration_ms, picture=bool(medium.video), sound=bool(medium.audio))
            proof = making.public_copy(path, media_type, medium, plan, target, told)
        file = receive(_chunks(target), allowed=("video/", "audio/"))
    return Made(file, _sheet(row, file, proof), proof)


def _written(row: Derivation, path: Path) -> Made:
    program = transcribing.transcriber()
    if program is None:
        raise InvalidInput({"kind": ["没有安装转写插件。"]})
    cues = program.transcribe(path)
    if not cues:
        raise InvalidInput({"kind": ["转写插件没有写出文字。"]})
    text = json.dumps(as_rows(cues), ensure_ascii=False, indent=0)
    file = receive_bytes(text.encode())
    return Made(file, _sheet(row, file, {}), {}, tuple(cues), program.name[:60])


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as handle:
        while block := handle.read(1 << 20):
            yield block


def _sheet(row: Derivation, file: Incoming, proof: Mapping[str, Any]) -> Incoming:
    """What goes with the file: its parent, what was done to it, why, by whom, with what, and the proof."""
    recording = row.recording
    content = {
        "format": "mingcha-derivative@1",
        "id": str(row.id),
        "parent": {
            "recording": str(recording.id),
            "sha256": recording.file_id,
            "sm3": recording.file.sm3,
            "size": recording.file.size,
        },
        "file": {"sha256": file.sha256, "sm3": file.sm3, "size": file.size, "media_type": file.media_type},
        "kind": row.kind,
        "plan": row.plan,
        "done": queries.done_in_words(row),
        "purpose": row.purpose,
        "reason": row.reason,
        "by": row.by_name,
        "ordered_at": row.at.isoformat(),
        "made_at": clock.now().isoformat(),
        "tool": machine.version(),
        "detector": faces.detector().name if row.plan.get("faces") else None,
        "proof": dict(proof),
    }
    return receive_bytes(json.dumps(content, ensure_ascii=False, indent=1).encode())


@transaction.atomic
def sign_off(derivation_id: uuid.UUID, *, actor: Actor, session: str, agreed: bool, note: str) -> DerivationSignOff:
    """A second person has watched the copy and lets it leave, or does not. Raises Refused, NotFound, InvalidInput."""
    row = queries.derivation(derivation_id)
    found = door.unlocked(actor, row.recording_id, session)
    door.worker(actor, found)
    lock(row.recording.case_id)
    row = queries.derivation(derivation_id)
    reasons = rules.may_sign_off(
        made=hasattr(row, "outcome") and row.outcome.file_id is not None,
        public=row.kind == DerivationKind.PUBLIC,
        maker=row.by_id == actor.officer_id,
        already=hasattr(row, "signoff"),
    )
    if reasons:
        raise Refused(reasons)
    check = Check()
    note = check.text("note", note, "意见", most=500, required=not agreed)
    check.done()
    signed = DerivationSignOff.objects.create(
        derivation=row, agreed=agreed, note=note, by_id=actor.officer_id, by_name=actor.name, at=clock.now()
    )
    payload = {"agreed": agreed, "note": note, "sha256": row.outcome.file_id}
    _append("derivative-signed-off", row, actor.snapshot(door.role_of(actor)), payload)
    return signed


def _append(kind: str, row: Derivation, actor: Any, payload: Mapping[str, Any]) -> None:
    append(
        kind,
        log=row.recording.case.jurisdiction,
        subject=("derivation", str(row.id)),
        case_id=row.recording.case_id,
        actor=actor,
        payload={"recording": str(row.recording_id), **payload},
    )
