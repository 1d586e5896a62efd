"""Sealing (封存案卷): a job in steps, each of which can be killed and taken up again; the row comes last."""

from __future__ import annotations

import contextlib
import fcntl
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.db import transaction

from mingcha.archives import collecting, framing, properties, queries
from mingcha.archives.choices import Moment
from mingcha.archives.collecting import Volume
from mingcha.archives.erasing import queries as erasing
from mingcha.archives.errors import NotReady, SealingFailed
from mingcha.archives.models import Package, Sealing
from mingcha.archives.ordering import VOLUMES
from mingcha.archives.packing import bag as bags
from mingcha.cases.locks import lock
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.errors import Conflict, MingchaError, NotFound
from mingcha.ledger import queries as ledger
from mingcha.ledger import sequencer
from mingcha.ledger.actions import append
from mingcha.ledger.actors import ActorSnapshot, system

SYSTEM = system("封存案卷")
_STEP_BYTES = 256 << 20


def folder(name: str) -> Path:
    """Where the package of that name lies."""
    return Path(settings.ARCHIVES_ROOT) / "packages" / name


def seal(
    case_id: uuid.UUID, *, with_recordings: bool = False, sequence: bool = False, by: ActorSnapshot = SYSTEM
) -> Package:
    """Seal the next volume of a dossier that the archive holds. Runs outside a transaction.

    `sequence`: write waiting journal entries into the ledger now instead of waiting for the background process.
    Raises NotReady where something is still being made, SealingFailed with the cause, Conflict where nothing waits.
    """
    case = Case.objects.select_related("organisation").filter(id=case_id).first()
    if case is None:
        raise NotFound("没有找到这个案件。")
    with _alone():
        number = _next(case)
        try:
            volume = _prepare(case, number, sequence=sequence, by=by)
            return _pack(volume, with_recordings=with_recordings, by=by)
        except NotReady as waiting:
            _tell(case, waiting.message)
            raise
        except (MingchaError, OSError) as error:
            message = (
                error.message if isinstance(error, MingchaError) else f"写入封存包失败（{type(error).__name__}）。"
            )
            _tell(case, "封存未成", error=message)
            raise


def _next(case: Case) -> int:
    if queries.acceptance(case) is None:
        raise SealingFailed("dossier-not-accepted", "档案部门还没有接收案卷，不能封存。")
    done = queries.packages(case).count()
    if done and not queries.supplements(case).filter(volume_no=done + 1, end__isnull=False).exists():
        raise Conflict("dossier-sealed", "案卷已经封存，没有等待封存的补充卷。")
    return done + 1


def _prepare(case: Case, number: int, *, sequence: bool, by: ActorSnapshot) -> Volume:
    """Prints, page numbers, cover, index and note; then the journal as far as the ledger covers it."""
    taken = queries.acceptance(case)
    if taken is None:
        raise NotReady(message="档案部门还没有接收案卷。")
    last = erasing.last_package(case)
    before = last.last_entry if last else 0
    # Cover and index of a package that an erasure took out of use are not those of the next one.
    made = queries.packages(case).last()
    framed = made.last_entry if made else 0
    found = framing.papers(case, before)
    framing.render_all(found, lambda done, total: _tell(case, "制作版式文件", done, total))
    parts = {name: framing.leaves(found[name]) for name in VOLUMES}
    recordings = {name: [paper for paper in found[name] if paper.recording is not None] for name in VOLUMES}
    if not any(parts.values()) and not any(recordings.values()):
        raise SealingFailed("volume-empty", "这一卷没有任何材料，不能封存。请先补充材料。")
    if not framing.frame_of(case, framed):
        with transaction.atomic():
            locked = lock(case.id)
            if not framing.frame_of(locked, framed):
                counts = {name: len(rows) for name, rows in recordings.items()}
                framing.make_frame(locked, number, parts, counts, by=by)
    frames = framing.frame_of(case, framed)
    for row in (row for kinds in frames.values() for row in kinds.values()):
        framing.finish(row)
    if sequence:
        sequencer.sequence(case.jurisdiction)
    entries = list(ledger.entries_of_case(case.id).filter(case_seq__gt=before))
    if any(not hasattr(row, "leaf") for row in entries):
        raise NotReady(message="过程记录还没有全部写入账本，写入以后继续封存。")
    return Volume(
        case=case,
        number=number,
        taken=taken,
        parts=parts,
        frames=frames,
        recordings=[paper for rows in recordings.values() for paper in rows],
        secret=queries.secret_recordings(case),
        entries=entries,
        checkpoint=collecting.checkpoint_over(case.jurisdiction, max(row.leaf.index for row in entries) + 1),
        supplement=queries.supplements(case).filter(volume_no=number).first(),
    )


def _pack(volume: Volume, *, with_recordings: bool, by: ActorSnapshot) -> Package:
    case = volume.case
    bag = collecting.collect(volume, with_recordings=with_recordings)
    payload = bag.payload()
    size = sum(found.size for found in payload.values()) + sum(row.known.size for row in volume.outside.values())
    _tell(case, "核对并写入封存包", 0, size)
    told = _throttled(lambda done: _tell(case, "核对并写入封存包", done, size))
    bags.verify_all(volume.outside, told)
    target = folder(volume.name)
    manifest = bags.write(bag, target, told=told)
    read = {path: source.known for path, source in bag.sources.items()}
    checked = properties.examine(target, Moment.FILING, case=case, known=read)
    if checked.failed:
        bags.remove(target)
        raise SealingFailed("properties-failed", f"归档时四性检测没有通过：{checked.first_fault}")
    with transaction.atomic():
        lock(case.id)
        contents = bags.contents_digest(payload)
        entry = append(
            "dossier-sealed",
            log=case.jurisdiction,
            subject=("case", str(case.id)),
            case_id=case.id,
            actor=by,
            payload={
                "volume": volume.number,
                "contents": contents,
                "files": len(payload),
                "entries": [volume.first, volume.last],
                "recordings": len(volume.recordings),
            },
        )
        row = Package.objects.create(
            case=case,
            volume_no=volume.number,
            name=volume.name,
            contents=contents,
            manifest=manifest,
            papers=sum(len(rows) for rows in volume.parts.values()),
            pages=sum(leaf.pages for rows in volume.parts.values() for leaf in rows),
            recordings=len(volume.recordings),
            files=len(payload),
            size=sum(found.size for found in payload.values()),
            first_entry=volume.first,
            last_entry=volume.last,
            entry_id=entry.pk,
            sealed_at=clock.now(),
        )
        properties.record(row, checked, by=by)
        Sealing.objects.filter(case=case).delete()
    return row


def _tell(case: Case, step: str, done: int = 0, total: int = 0, *, error: str = "") -> None:
    Sealing.objects.update_or_create(
        case=case, defaults={"step": step[:60], "done": done, "total": total, "error": error[:500], "at": clock.now()}
    )


def _throttled(tell: Callable[[int], None]) -> Callable[[int], None]:
    last = 0

    def told(done: int) -> None:
        nonlocal last
        if done - last >= _STEP_BYTES:
            last = done
            tell(done)

    return told


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One sealing at a time on this disk: two would remove each other's half-written folder."""
    root = Path(settings.ARCHIVES_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".sealing.lock").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotReady(message="另一卷正在封存，随后继续。") from None
        yield
