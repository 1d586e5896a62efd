"""The one door to the bytes of originals (原件库): a directory, or a bucket of an S3-compatible store with object lock."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from typing import BinaryIO, Protocol

from django.conf import settings

from mingcha.common.errors import NotFound

CHUNK = 1 << 20


class Store(Protocol):
    """What a place for originals can do. Bytes are addressed by their SHA-256 and never written twice."""

    def has(self, sha256: str) -> bool: ...

    def take(self, fd: int, sha256: str) -> None:
        """Keep the bytes of an open file, already on the disk, under their digest; durable and read-only on return."""

    def open(self, sha256: str) -> BinaryIO:
        """The bytes from the beginning, to be read once and in order. Raises NotFound."""

    def part(self, sha256: str, start: int, end: int) -> Iterator[bytes]:
        """Bytes `start` up to, not including, `end`, in blocks. Raises NotFound before the first block."""

    def local(self, sha256: str) -> AbstractContextManager[Path]:
        """A path of the bytes for programs that need one; good only inside the context. Raises NotFound."""

    def path(self, sha256: str) -> Path:
        """A lasting local path, fetched first where the store is elsewhere. For small files. Raises NotFound."""

    def remove(self, sha256: str) -> None:
        """Destroy the bytes. Only disposal may; its tombstone stays (files.tombstones)."""

    def trim(self) -> int:
        """Give back room that holds no original; how many things went."""


class LocalStore:
    """Originals in a directory: two levels by digest, mode 0444."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def place(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256[2:4] / sha256

    def has(self, sha256: str) -> bool:
        return self.place(sha256).exists()

    def take(self, fd: int, sha256: str) -> None:
        target = self.place(sha256)
        if target.exists():
            return
        make_folder(target.parent)
        os.fchmod(fd, 0o444)
        os.fsync(fd)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            # The name appears in one step and only for whole bytes. With a directory handle Python follows the link.
            os.link(f"/proc/self/fd/{fd}", target.name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=True)
            os.fsync(folder)
        except FileExistsError:
            pass
        finally:
            os.close(folder)

    def open(self, sha256: str) -> BinaryIO:
        return self.path(sha256).open("rb")

    def part(self, sha256: str, start: int, end: int) -> Iterator[bytes]:
        handle = self.open(sha256)
        return _stretch(handle, start, end)

    @contextmanager
    def local(self, sha256: str) -> Iterator[Path]:
        yield self.path(sha256)

    def path(self, sha256: str) -> Path:
        path = self.place(sha256)
        if not path.exists():
            raise missing()
        return path

    def remove(self, sha256: str) -> None:
        path = self.place(sha256)
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            sync_folder(path.parent)

    def trim(self) -> int:
        return 0


def missing() -> NotFound:
    return NotFound("原件不在存储中，请立即联系管理员核查。")


def _stretch(handle: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    with handle:
        handle.seek(start)
        left = end - start
        while left > 0 and (block := handle.read(min(CHUNK, left))):
            left -= len(block)
            yield block


@contextmanager
def spool(folder: Path) -> Iterator[int]:
    """An open file for bytes on their way in. It has no name, so a killed process leaves nothing behind."""
    make_folder(folder)
    name: Path | None = None
    try:
        fd = os.open(folder, os.O_TMPFILE | os.O_RDWR, 0o600)
    except OSError as error:
        if error.errno not in (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL):
            raise
        # Some network file systems know no unnamed files; what a kill leaves there is swept (files.uploads.sweep).
        name = folder / secrets.token_hex(16)
        fd = os.open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    try:
        yield fd
    finally:
        os.close(fd)
        if name is not None:
            name.unlink(missing_ok=True)


def make_folder(path: Path) -> None:
    """A directory that is there after a loss of power as well."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(exist_ok=True)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def incoming_folder() -> Path:
    return Path(settings.FILES_ROOT) / "incoming"


def store() -> Store:
    """The store of this site, as the settings say."""
    return _store(str(settings.FILES_ROOT), settings.S3_BUCKET)


@cache
def _store(root: str, bucket: str) -> Store:
    if not bucket:
        return LocalStore(Path(root))
    from mingcha.files.s3 import S3Store  # its library is an extra

    return S3Store(LocalStore(Path(root)), bucket)
