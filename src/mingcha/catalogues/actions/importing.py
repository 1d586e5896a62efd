"""A file into a draft in the background (导入清单): read and reported first, taken over whole or not at all."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Callable

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Greatest

from mingcha.accounts.actors import Actor
from mingcha.accounts.models import Officer
from mingcha.accounts.queries import actor_of
from mingcha.catalogues import tables
from mingcha.catalogues.actions import drafting
from mingcha.catalogues.choices import IMPORTS_WORKING, ImportState
from mingcha.catalogues.models import Draft, ListImport
from mingcha.catalogues.schemas import schema
from mingcha.catalogues.sheets import Reading
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, MingchaError, NotFound
from mingcha.files.actions import Incoming, keep, path_of

log = logging.getLogger("mingcha.worker")
# Whoever has not moved a job for so long was killed; another may take it up.
STILL = dt.timedelta(seconds=30)
_MOST_PROBLEMS = 20_000


class ImportEnded(MingchaError):
    """The job was cancelled, or the process is to stop, while a file was being read."""

    code = "list-import-ended"


@transaction.atomic
def begin_import(draft_id: uuid.UUID, *, file: Incoming, filename: str, actor: Actor) -> ListImport:
    """Have a received file read for an open draft; one that waits for a decision is given up for it.

    Raises NotPermitted, NotFound, Refused for a closed draft; Conflict `list-import-running` (data: job) while another
    file is being read or written.
    """
    check = Check()
    filename = check.text("sheet", filename, "文件名", most=200)
    check.done()
    draft = drafting.writable(draft_id, actor)
    now = clock.now()
    ListImport.objects.filter(draft=draft, state=ImportState.READ).update(state=ImportState.CANCELLED, finished_at=now)
    running = ListImport.objects.filter(draft=draft, state__in=IMPORTS_WORKING).first()
    try:
        with transaction.atomic():
            if running is None:
                return ListImport.objects.create(
                    draft=draft, file=keep(file).sha256, filename=filename, by_id=actor.officer_id, started_at=now
                )
    except IntegrityError:
        running = ListImport.objects.get(draft=draft, state__in=IMPORTS_WORKING)
    raise Conflict(
        "list-import-running",
        f"“{running.filename}”还在导入。请等它完成，或者先取消。",
        {"job": str(running.id)},
    )


@transaction.atomic
def take_import(draft_id: uuid.UUID, job_id: uuid.UUID, *, replace: bool, actor: Actor) -> ListImport:
    """Have the good rows of a file that was read written into the draft. Raises NotFound, Refused, Conflict."""
    draft = drafting.writable(draft_id, actor)
    job = _job(draft, job_id)
    if job.state != ImportState.READ or not job.good:
        raise Conflict("list-import-not-read", f"“{job.filename}”{job.get_state_display()}，不能写入草稿。")
    job.state, job.replace, job.looked, job.beat_at = ImportState.TAKING, replace, 0, None
    # Who chose answers for the entries, whoever uploaded them.
    job.chosen_by_id = actor.officer_id
    job.save(update_fields=["state", "replace", "looked", "beat_at", "chosen_by"])
    return job


@transaction.atomic
def cancel_import(draft_id: uuid.UUID, job_id: uuid.UUID, *, actor: Actor) -> ListImport:
    """Give a file up; the draft stays as it was. Raises NotFound, Conflict for one that is finished."""
    draft = drafting.writable(draft_id, actor)
    job = _job(draft, job_id)
    if job.finished_at is not None:
        raise Conflict("list-import-finished", f"“{job.filename}”{job.get_state_display()}，不能再取消。")
    _end(job, ImportState.CANCELLED)
    return job


def _job(draft: Draft, job_id: uuid.UUID) -> ListImport:
    job = ListImport.objects.select_for_update(of=("self",)).filter(draft=draft, id=job_id).first()
    if job is None:
        raise NotFound("没有找到这次导入。")
    return job


def _end(job: ListImport, state: ImportState, failure: str = "") -> None:
    job.state, job.failure, job.finished_at = state, failure[:1000], clock.now()
    job.save(update_fields=["state", "failure", "finished_at"])


def work_imports(*, stop: Callable[[], bool] = lambda: False) -> int:
    """Read and take over what waits, file by file; the count of files looked at. Call outside a transaction."""
    done = 0
    now = clock.now()
    waiting = ListImport.objects.filter(state__in=IMPORTS_WORKING).filter(Q(beat_at=None) | Q(beat_at__lt=now - STILL))
    for job in list(waiting.select_related("draft").order_by("started_at")):
        if stop():
            break
        claimed = ListImport.objects.filter(id=job.id, state=job.state, beat_at=job.beat_at)
        if claimed.update(beat_at=clock.now()):
            _work(job, stop)
            done += 1
    return done


def _work(job: ListImport, stop: Callable[[], bool]) -> None:
    try:
        reading = _read(job, stop)
        if job.state == ImportState.READING:
            _told(job, reading)
        else:
            _take(job, reading)
    except ImportEnded:
        # Cancelled: its end stands already. Stopped: free for whoever comes next, at once.
        ListImport.objects.filter(id=job.id, state__in=IMPORTS_WORKING).update(beat_at=None)
    except MingchaError as error:
        _failed(job, f"{error.message}（{error.code}）")
    except (OSError, DatabaseError):
        # The store or the database may be away for a moment; the job is taken up again when it has stood still.
        log.exception("list import %s", job.id)
    except Exception:
        log.exception("list import %s", job.id)
        _failed(job, "读取表格时出错，没有导入。请把内容复制到新下载的模板中再上传。（list-import-fault）")


def _read(job: ListImport, stop: Callable[[], bool]) -> Reading:
    own = ListImport.objects.filter(id=job.id, state=job.state)

    def progress(looked: int, total: int) -> None:
        # Never backwards: a job taken up anew begins at its first row.
        moved = own.update(looked=Greatest(F("looked"), Value(looked)), total=total, beat_at=clock.now())
        if not moved or stop():
            raise ImportEnded(message="导入已经取消。")

    found = schema(job.draft.kind)
    progress(0, job.total)
    return tables.read(path_of(job.file).read_bytes(), job.filename, found.label, found.columns, progress)


@transaction.atomic
def _told(job: ListImport, reading: Reading) -> None:
    problems = [[row.row, row.field, row.value, row.code, row.message] for row in reading.problems[:_MOST_PROBLEMS]]
    notes = list(reading.notes)
    if len(reading.problems) > _MOST_PROBLEMS:
        notes.append(f"问题超过{_MOST_PROBLEMS:,}处，清单只列出前{_MOST_PROBLEMS:,}处。")
    ListImport.objects.filter(id=job.id, state=ImportState.READING).update(
        state=ImportState.READ,
        total=reading.rows,
        looked=reading.rows,
        good=len(reading.entries),
        refused=reading.refused,
        problems=problems,
        notes=notes,
        beat_at=clock.now(),
    )


@transaction.atomic
def _take(job: ListImport, reading: Reading) -> None:
    actor = actor_of(Officer.objects.select_related("organisation__organ").get(id=job.chosen_by_id or job.by_id))
    draft = drafting.writable(job.draft_id, actor)
    locked = _job(draft, job.id)
    if locked.state != ImportState.TAKING:
        return
    locked.imported = drafting.import_entries(draft.id, reading.entries, actor=actor, replace=locked.replace)
    locked.looked = reading.rows
    locked.save(update_fields=["imported", "looked"])
    _end(locked, ImportState.DONE)


@transaction.atomic
def _failed(job: ListImport, failure: str) -> None:
    found = ListImport.objects.select_for_update().get(id=job.id)
    if found.finished_at is None:
        _end(found, ImportState.FAILED, failure)
