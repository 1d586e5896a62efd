"""Taking files in: one pass of hashing while the bytes stream to disk; the row follows in the caller's transaction."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet

from mingcha.common import clock
from mingcha.common.errors import InvalidInput
from mingcha.common.prepared import prepared
from mingcha.files.models import StoredFile
from mingcha.files.rules import LABELS, media_type

_EDGE = 1024


@dataclass(frozen=True)
class Incoming:
    """A file whose bytes are safe on disk and whose digest is known; `keep` writes its row."""

    sha256: str
    sm3: str
    size: int
    media_type: str


def path_of(sha256: str) -> Path:
    """Where the store keeps the bytes of a digest."""
    return Path(settings.FILES_ROOT) / sha256[:2] / sha256[2:4] / sha256


def receive(
    chunks: Iterable[bytes],
    *,
    field: str = "file",
    allowed: Collection[str] = (),
    most: int = 20 << 30,
) -> Incoming:
    """Stream `chunks` into the store, hashing SHA-256 and SM3. Must be called outside a transaction.

    Raises InvalidInput for an empty file, one over `most` bytes, or one whose bytes are not of an `allowed` media type
    (prefixes such as 'video/' count). Constant memory.
    """
    root = Path(settings.FILES_ROOT)
    (root / "incoming").mkdir(parents=True, exist_ok=True)
    temporary = root / "incoming" / secrets.token_hex(16)
    sha, sm3 = hashlib.sha256(), _sm3()
    size, head, tail = 0, b"", b""
    try:
        with temporary.open("xb") as out:
            for chunk in chunks:
                size += len(chunk)
                if size > most:
                    raise InvalidInput({field: [f"文件超过{most >> 20} MB，请压缩或者分段上传。"]})
                sha.update(chunk)
                if sm3 is not None:
                    sm3.update(chunk)
                if len(head) < _EDGE:
                    head += chunk[: _EDGE - len(head)]
                tail = (tail + chunk)[-_EDGE:]
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        if size == 0:
            raise InvalidInput({field: ["文件是空的（0 字节），没有保存。请检查设备后重新上传。"]})
        kind = media_type(head, tail)
        if allowed and not any(kind == name or (name.endswith("/") and kind.startswith(name)) for name in allowed):
            wanted = "、".join(dict.fromkeys(_label(name) for name in allowed))
            raise InvalidInput({field: [f"这个文件的内容是{LABELS[kind]}，这里只接受{wanted}。请核对后重新上传。"]})
        target = path_of(sha.hexdigest())
        if target.exists():
            temporary.unlink()
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary.chmod(0o440)
            temporary.rename(target)
            _sync_directory(target.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return Incoming(sha.hexdigest(), sm3.hexdigest() if sm3 is not None else "", size, kind)


def receive_bytes(data: bytes, *, field: str = "file", allowed: Collection[str] = ()) -> Incoming:
    return receive([data] if data else [], field=field, allowed=allowed)


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


def _sm3() -> hashlib._Hash | None:
    # Some builds of OpenSSL lack SM3: the file is then addressed by SHA-256 alone, and the empty field says so.
    return hashlib.new("sm3") if "sm3" in hashlib.algorithms_available else None


def _sync_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
