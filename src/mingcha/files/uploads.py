"""Uploads that can be interrupted (断点续传): bytes wait in a folder of their own until the last one has come.

What is there is told by the file itself: its length is the offset, so a cut connection or a killed process leaves
nothing to repair. Running digests stay in the memory of the process; another process, or the next one after a kill,
reads once what it has not seen. The folder is shared by all web processes of the site.

The second digest of a long upload trails behind the stream (files.trailing) and is written down beside it. Until then
the upload is received, and nothing is made of it.
"""

from __future__ import annotations

import os
import secrets
import shutil
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from django.conf import settings

from mingcha.common import clock
from mingcha.common.errors import Conflict, InvalidInput, MingchaError, NotFound
from mingcha.files.actions import EDGE, Incoming, TooLarge, judged, too_large, write_all
from mingcha.files.digests import Digests, Writeback
from mingcha.files.folders import ID, Upload, alone, every, lock, marks, read, root, write
from mingcha.files.store import CHUNK, incoming_folder, make_folder, store

MOST_OPEN = 200
_SPARE = 1 << 30
_MOST_KEPT = 64
_kept: OrderedDict[str, Digests] = OrderedDict()
_keeping = threading.Lock()


class OffsetConflict(Conflict):
    """The bytes sent do not continue what is there."""

    def __init__(self, offset: int) -> None:
        super().__init__(
            "upload-offset", "上传的位置与服务器上已有的内容对不上，请从服务器给出的位置继续。", {"offset": offset}
        )


class UploadGone(MingchaError):
    """Nothing came for too long; what had come was removed."""

    status = 410
    code = "upload-expired"


class NoRoom(MingchaError):
    """The disk or the person's number of open uploads is full."""

    status = 413
    code = "upload-no-room"


def create(owner: str, length: int, metadata: dict[str, str]) -> Upload:
    """Begin an upload of `length` bytes. Raises InvalidInput, NoRoom."""
    if length <= 0:
        raise InvalidInput({"file": ["文件是空的（0 字节），没有保存。请检查设备后重新上传。"]})
    if length > settings.UPLOAD_MOST_BYTES:
        raise too_large("file", settings.UPLOAD_MOST_BYTES)
    make_folder(root())
    if sum(upload.owner == owner and upload.result is None for upload in every()) >= MOST_OPEN:
        raise NoRoom(message=f"您已有{MOST_OPEN}个没有传完的文件，请先传完或者取消一些。")
    if shutil.disk_usage(root()).free < length + _SPARE:
        raise NoRoom(message="服务器的存储空间不够放下这个文件，请联系管理员。")
    upload = Upload(secrets.token_hex(16), owner, length, metadata, clock.now().isoformat())
    make_folder(upload.folder)
    upload.part.touch(mode=0o600)
    write(upload)
    if upload.long:
        make_folder(marks())
        (marks() / upload.id).touch(mode=0o600)
    return upload


def find(upload_id: str, owner: str) -> Upload:
    """An upload of this person. Raises NotFound, UploadGone."""
    found = read(root() / upload_id) if ID.fullmatch(upload_id) else None
    if found is None or found.owner != owner:
        raise NotFound("没有这个上传，可能已经取消。")
    if found.expired:
        terminate(found)
        raise UploadGone(message="这个上传中断太久，已经清除。请重新上传。")
    return found


def append(upload: Upload, offset: int, chunks: Iterable[bytes]) -> int:
    """Write `chunks` from `offset` on; returns the new offset. What came before an error of the source stays.

    Raises OffsetConflict, also when another connection has gone on with the same upload meanwhile, and InvalidInput for
    bytes beyond the declared length.
    """
    position = upload.offset
    if position != offset:
        raise OffsetConflict(position)
    fd = os.open(upload.part, os.O_RDWR)
    digests, disk = _running(upload, fd, offset), Writeback(fd)
    try:
        for chunk in chunks:
            if position + len(chunk) > upload.length:
                raise too_long()
            with lock(fd):
                # A connection that hangs while the client has already come back must not write into its successor.
                if (there := os.fstat(fd).st_size) != position:
                    raise OffsetConflict(there)
                os.lseek(fd, position, os.SEEK_SET)
                write_all(fd, chunk)
            position += len(chunk)
            digests.update(chunk)
            disk.wrote(len(chunk))
    finally:
        digests.settle()
        _keep(upload.id, digests)
        try:
            disk.finish()
        finally:
            os.close(fd)
    return position


def too_long() -> TooLarge:
    return TooLarge({"file": ["收到的内容比声明的文件长，请重新上传。"]})


def complete(
    upload: Upload, *, allowed: Collection[str] = (), inspect: Callable[[Path], None] = lambda path: None
) -> Incoming:
    """Make an original of an upload whose bytes are all there; may be called again after a kill at any point.

    That of a long upload has no SM3 while it is `pending`; whoever calls makes nothing of it before it has.
    `inspect` looks at the bytes before they become one. What it or the media type refuses (InvalidInput) is removed.
    """
    with alone(upload) as current:
        if current.result is None:
            if current.offset != current.length:
                raise OffsetConflict(current.offset)
            fd = os.open(current.part, os.O_RDWR)
            try:
                digests = _running(current, fd, current.length)
                digests.settle()
                head = os.pread(fd, EDGE, 0)
                tail = os.pread(fd, EDGE, max(current.length - EDGE, 0))
                try:
                    kind = judged(head, tail, current.length, field="file", allowed=allowed)
                    inspect(current.part)
                except InvalidInput:
                    _remove(current)
                    raise
                os.fsync(fd)
            finally:
                os.close(fd)
            # First the word, then the deed: after a kill in between, what follows is done by the next call.
            current.result = asdict(Incoming(digests.sha256, digests.sm3, current.length, kind))
            write(current)
        if not current.result["sm3"] and current.second:
            current.result["sm3"] = current.second
            write(current)
        upload.result = current.result
        incoming = Incoming(**current.result)
        if current.part.exists():
            fd = os.open(current.part, os.O_RDWR)
            try:
                store().take(fd, incoming.sha256)
            finally:
                os.close(fd)
            if not current.pending:
                current.part.unlink()
    with _keeping:
        _kept.pop(upload.id, None)
    return incoming


def incoming_of(upload: Upload) -> Incoming:
    """The original that a finished upload became. Raises Conflict while bytes are missing."""
    if upload.result is None:
        raise Conflict("upload-unfinished", "文件还没有传完，请等上传完成后再提交。")
    if upload.pending:
        raise Conflict("upload-second-digest", "文件已经收到，正在计算第二种摘要（SM3），请稍后再提交，文件不用再传。")
    return Incoming(**upload.result)


def note(upload: Upload, **made: str) -> None:
    """Write down what became of a finished upload."""
    with alone(upload) as current:
        current.made.update(made)
        upload.made = current.made
        write(current)
        current.part.unlink(missing_ok=True)
    (marks() / upload.id).unlink(missing_ok=True)


def trailing() -> list[Upload]:
    """Long uploads of which nothing has been made: those that are whole first, then as they began."""
    found = []
    for mark in marks().glob("*"):
        upload = read(root() / mark.name) if ID.fullmatch(mark.name) else None
        if upload is None or upload.made:
            mark.unlink(missing_ok=True)
        else:
            found.append(upload)
    return sorted(found, key=lambda upload: (not _whole(upload), upload.created_at))


def write_second(upload: Upload, sm3: str) -> None:
    """Write the second digest of a long upload down."""
    with alone(upload) as current:
        fresh = current.folder / "sm3.new"
        fresh.write_text(sm3, "ascii")
        fresh.replace(current.folder / "sm3")


def terminate(upload: Upload) -> None:
    """Give an upload up. An original that it has become stays."""
    with suppress(NotFound), alone(upload):
        _remove(upload)


def open_of(owner: str) -> list[Upload]:
    """Uploads of a person that are not finished, oldest first."""
    rows = [upload for upload in every() if upload.owner == owner and upload.result is None]
    return sorted(rows, key=lambda upload: upload.created_at)


def pending_of(owner: str) -> list[Upload]:
    """Uploads of a person that are received and wait for their second digest, oldest first."""
    rows = [upload for upload in every() if upload.owner == owner and not upload.made and upload.pending]
    return sorted(rows, key=lambda upload: upload.created_at)


def unfinished() -> list[Upload]:
    """Uploads whose bytes are all there and of which nothing has been made: their process was killed at the last step."""
    return [upload for upload in every() if not upload.made and _whole(upload) and not upload.pending]


def _whole(upload: Upload) -> bool:
    try:
        return upload.offset == upload.length
    except NotFound:
        return False


def sweep() -> int:
    """Remove what expired and what killed processes left on file systems without nameless files; returns how many."""
    now, gone = clock.now().timestamp(), 0
    for upload in every():
        with suppress(FileNotFoundError):
            if upload.expired:
                terminate(upload)
                gone += 1
    for path in incoming_folder().glob("*"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < now - 24 * 3600:
                path.unlink()
                gone += 1
    return gone


def _remove(upload: Upload) -> None:
    shutil.rmtree(upload.folder, ignore_errors=True)
    (marks() / upload.id).unlink(missing_ok=True)
    with _keeping:
        _kept.pop(upload.id, None)


def _running(upload: Upload, fd: int, upto: int) -> Digests:
    """Digests of the first `upto` bytes: those this process has kept, with what it has not seen read from the disk."""
    with _keeping:
        digests = _kept.pop(upload.id, None)
    if digests is None or digests.size > upto:
        digests = Digests(both=not upload.long)
    while digests.size < upto:
        block = os.pread(fd, min(CHUNK, upto - digests.size), digests.size)
        if not block:
            raise NotFound("已上传的内容不完整，请重新上传。")
        digests.update(block)
    return digests


def _keep(upload_id: str, digests: Digests) -> None:
    with _keeping:
        there = _kept.get(upload_id)
        if there is None or there.size < digests.size:
            _kept[upload_id] = digests
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
