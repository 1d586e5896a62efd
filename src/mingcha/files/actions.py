"""Taking files in: one pass of hashing while the bytes stream to disk; the row follows in the caller's transaction."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet

from mingcha.common import clock
from mingcha.common.errors import InvalidInput
from mingcha.common.prepared import prepared
from mingcha.files.digests import Digests, Writeback
from mingcha.files.models import StoredFile
from mingcha.files.rules import LABELS, media_type
from mingcha.files.store import incoming_folder, spool, store

EDGE = 1024


@dataclass(frozen=True)
class Incoming:
    """A file whose bytes are safe on disk and whose digest is known; `keep` writes its row."""

    sha256: str
    sm3: str
    size: int
    media_type: str


def path_of(sha256: str) -> Path:
    """A local path of the bytes of a digest. Raises NotFound when they are gone."""
    return store().path(sha256)


def receive(
    chunks: Iterable[bytes],
    *,
    field: str = "file",
    allowed: Collection[str] = (),
    most: int | None = None,
) -> Incoming:
    """Stream `chunks` into the store, hashing SHA-256 and SM3. Must be called outside a transaction.

    Raises InvalidInput for an empty file, one over `most` bytes (as the settings say), or one whose bytes are not of an
    `allowed` media type (prefixes such as 'video/' count). Constant memory; a killed process leaves nothing half-written.
    """
    limit = settings.UPLOAD_MOST_BYTES if most is None else most
    digests, head, tail = Digests(), b"", b""
    with spool(incoming_folder()) as fd:
        disk = Writeback(fd)
        try:
            for chunk in chunks:
                if digests.size + len(chunk) > limit:
                    raise too_large(field, limit)
                digests.update(chunk)
                if len(head) < EDGE:
                    head += chunk[: EDGE - len(head)]
                tail = chunk[-EDGE:] if len(chunk) >= EDGE else (tail + chunk)[-EDGE:]
                write_all(fd, chunk)
                disk.wrote(len(chunk))
            kind = judged(head, tail, digests.size, field=field, allowed=allowed)
            digests.settle()
            disk.finish()
        finally:
            digests.settle()
            disk.stop()
        store().take(fd, digests.sha256)
    return Incoming(digests.sha256, digests.sm3, digests.size, kind)


def receive_bytes(data: bytes, *, field: str = "file", allowed: Collection[str] = ()) -> Incoming:
    return receive([data] if data else [], field=field, allowed=allowed)


def judged(head: bytes, tail: bytes, size: int, *, field: str, allowed: Collection[str]) -> str:
    """Media type of a file by its first and last bytes. Raises InvalidInput for an empty one or a type not `allowed`."""
    if size == 0:
        raise InvalidInput({field: ["文件是空的（0 字节），没有保存。请检查设备后重新上传。"]})
    kind = media_type(head, tail)
    if allowed and not any(kind == name or (name.endswith("/") and kind.startswith(name)) for name in allowed):
        wanted = "、".join(dict.fromkeys(_label(name) for name in allowed))
        raise InvalidInput({field: [f"这个文件的内容是{LABELS[kind]}，这里只接受{wanted}。请核对后重新上传。"]})
    return kind


class TooLarge(InvalidInput):
    """More bytes than the site takes, or than were announced."""

    status = 413


def too_large(field: str, limit: int) -> TooLarge:
    return TooLarge({field: [f"文件超过{limit >> 20} MB，请压缩或者分段上传。"]})


def write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def keep(incoming: Incoming) -> StoredFile:
    """The row of a received file, in the caller's transaction; the same bytes share one row."""
    found = next(iter(_stored(incoming.sha256)), None)
    if found is not None:
        return found
    row, _ = StoredFile.objects.get_or_create(
        sha256=incoming.sha256,
        defaults={
            "sm3": incoming.sm3,
            "size": incoming.size,
            "media_type": incoming.media_type,
            "created_at": clock.now(),
        },
    )
    return row


@prepared
def _stored(sha256: str) -> QuerySet[StoredFile]:
    return StoredFile.objects.filter(sha256=sha256)


def _label(name: str) -> str:
    return {"video/": "视频", "audio/": "音频", "image/": "图片"}.get(name) or LABELS.get(name, name)
