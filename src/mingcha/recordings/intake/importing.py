"""Recordings from a card, a docking station or a folder (采集站、文件夹导入): read once, never deleted at the source."""

from __future__ import annotations

import datetime as dt
import errno
import fcntl
import hashlib
import json
import os
import stat
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings

from mingcha.accounts.actors import Actor
from mingcha.accounts.models import Organisation
from mingcha.common import clock
from mingcha.common.errors import InvalidInput, MingchaError
from mingcha.files.actions import EDGE, judged, receive
from mingcha.files.store import CHUNK, make_folder
from mingcha.ledger.actors import ActorSnapshot
from mingcha.recordings.intake import names, reading
from mingcha.recordings.intake.actions import MEDIA, take_in
from mingcha.recordings.intake.queries import taken

_HALF = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".filepart", ".download")
# A writer that was at it this recently may go on: look again before believing the size.
_SETTLE_SECONDS = 2.0


class SourceMissing(MingchaError):
    """The folder to read is not there."""

    status = 404
    code = "ingest-source"


@dataclass
class Row:
    """What became of one file: taken, duplicate, left (still being written) or refused, with the reason in words."""

    path: str
    outcome: str
    reason: str = ""
    size: int = 0
    id: str = ""
    sha256: str = ""
    device_no: str = ""
    officer: str = ""
    started_at: str = ""
    time_from: str = ""
    pattern: str = ""


class _Changing(Exception):
    """The file changed while it was read."""


class Importer:
    """One run over a folder. `dry`: everything is read and judged, nothing stored."""

    def __init__(
        self, folder: Path, *, actor: Actor | ActorSnapshot, organisation: Organisation, origin: str, dry: bool = False
    ) -> None:
        if not folder.is_dir():
            raise SourceMissing(message=f"没有“{folder}”这个文件夹，请核对后重试。")
        self.folder, self.actor, self.origin, self.dry = folder, actor, origin, dry
        self.organ = organisation.organ or organisation
        self.patterns = names.patterns()
        self.memory = _Memory(self.organ)

    def run(self) -> Iterator[Row]:
        """Each file as it is dealt with. Raises MingchaError and OSError only where the site itself cannot go on."""
        paths = list(_walk(self.folder))
        young = [path for path in paths if time.time() - _modified(path) < _SETTLE_SECONDS]
        sizes = {path: _size(path) for path in young}
        if young:
            time.sleep(_SETTLE_SECONDS)
        for path in paths:
            row = Row(str(path.relative_to(self.folder)), "refused")
            if path in sizes and sizes[path] != _size(path):
                row.outcome, row.reason = "left", "文件正在写入，这次没有读取。"
            else:
                self._deal(path, row)
            yield row

    def _deal(self, path: Path, row: Row) -> None:
        try:
            fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            row.reason = "符号链接不读取。" if error.errno == errno.ELOOP else "文件打不开，请检查存储卡或者权限。"
            return
        try:
            status = os.fstat(fd)
            row.size = status.st_size
            if not stat.S_ISREG(status.st_mode):
                row.reason = "不是普通文件。"
            elif _written_now(fd):
                row.outcome, row.reason = "left", "文件正在写入，这次没有读取。"
            else:
                self._take(path, fd, status, row)
        except _Changing:
            row.outcome, row.reason = "left", "文件在读取时还有变化，这次没有入库。"
        except InvalidInput as error:
            row.reason = error.message
        finally:
            os.close(fd)

    def _take(self, path: Path, fd: int, status: os.stat_result, row: Row) -> None:
        known = self.memory.get(path, status)
        if known and (there := taken(self.organ.id, known)) is not None:
            row.outcome, row.sha256, row.id = "duplicate", known, str(there.id)
            row.reason = "这段音像已经入库，没有重复保存。"
            return
        head, tail = os.pread(fd, EDGE, 0), os.pread(fd, EDGE, max(status.st_size - EDGE, 0))
        kind = judged(head, tail, status.st_size, field="file", allowed=MEDIA)
        modified = dt.datetime.fromtimestamp(status.st_mtime, dt.UTC)
        found = reading.read(
            path, path.name, kind, organ_id=self.organ.id, patterns=self.patterns, modified=min(modified, clock.now())
        )
        if found.broken:
            row.reason = f"{found.broken}，没有入库。请保留原文件，用厂商工具修复后再导入。"
            return
        row.device_no, row.officer = found.device_no, found.officer.name if found.officer else ""
        row.started_at = found.started_at.isoformat() if found.started_at else ""
        row.time_from = found.details["from"].get("started_at", "")
        row.pattern = found.details.get("pattern", "")
        if self.dry:
            digest = hashlib.sha256()
            for chunk in _blocks(fd, status):
                digest.update(chunk)
            row.sha256 = digest.hexdigest()
            there = taken(self.organ.id, row.sha256)
            row.outcome, row.id = ("duplicate", str(there.id)) if there else ("taken", "")
            return
        incoming = receive(_blocks(fd, status), allowed=MEDIA)
        intake = take_in(
            incoming,
            actor=self.actor,
            organisation=self.organ,
            name=path.name,
            origin=self.origin,
            **found.values(),
        )
        self.memory.put(path, status, incoming.sha256)
        row.outcome, row.sha256, row.id = "duplicate" if intake.duplicate else "taken", incoming.sha256, str(intake.id)
        if intake.duplicate:
            row.reason = "这段音像已经入库，没有重复保存。"


def _walk(folder: Path) -> Iterator[Path]:
    """Files below a folder in order of their names, without what systems hide and what is marked as half-written."""
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith(".") and not name.lower().endswith(_HALF):
                yield Path(root) / name


def _blocks(fd: int, status: os.stat_result) -> Iterator[bytes]:
    """The bytes of a file that must not change meanwhile. Raises InvalidInput where the card cannot be read."""
    at = 0
    while True:
        try:
            chunk = os.pread(fd, CHUNK, at)
        except OSError:
            raise InvalidInput({"file": ["读取出错，没有入库。存储卡可能损坏，请换读卡器重试并保留原文件。"]}) from None
        if not chunk:
            break
        at += len(chunk)
        yield chunk
    now = os.fstat(fd)
    if (at, now.st_size, now.st_mtime_ns) != (status.st_size, status.st_size, status.st_mtime_ns):
        raise _Changing


def _written_now(fd: int) -> bool:
    """Whether somebody has the file open for writing; where the system cannot tell, no."""
    try:
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    return False


def _modified(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except OSError:
        return 0.0


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return -1


class _Memory:
    """Which files of which size and time were read before, so that a second run does not read them again.

    Only a short cut: names stand in it as digests, and it may be deleted at any time.
    """

    def __init__(self, organ: Organisation) -> None:
        self.organ = str(organ.id)
        self.file = Path(settings.DATA) / "ingest-seen.jsonl"
        self.seen: dict[str, str] = {}
        if self.file.exists():
            for line in self.file.read_text("utf-8", errors="replace").splitlines():
                try:
                    key, digest = json.loads(line)
                except (ValueError, TypeError):
                    continue  # a line that a kill cut off
                self.seen[key] = digest

    def get(self, path: Path, status: os.stat_result) -> str | None:
        return self.seen.get(self._key(path, status))

    def put(self, path: Path, status: os.stat_result, digest: str) -> None:
        key = self._key(path, status)
        self.seen[key] = digest
        make_folder(self.file.parent)
        with self.file.open("a", encoding="utf-8") as out:
            # The line break comes first, so that a line cut off by a kill spoils no other.
            out.write(f"\n{json.dumps([key, digest])}")

    def _key(self, path: Path, status: os.stat_result) -> str:
        parts = (self.organ, path.resolve(), status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        return hashlib.sha256("\0".join(map(str, parts)).encode("utf-8", "surrogateescape")).hexdigest()


def as_json(row: Row) -> dict[str, object]:
    return {name: value for name, value in asdict(row).items() if value not in ("", 0) or name in ("path", "outcome")}
