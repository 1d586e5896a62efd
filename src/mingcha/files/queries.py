from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO

from mingcha.common.errors import NotFound
from mingcha.files.models import StoredFile
from mingcha.files.store import store


def stored(sha256: str) -> StoredFile:
    """The row of a stored file. Raises NotFound."""
    row = StoredFile.objects.filter(sha256=sha256).first()
    if row is None:
        raise NotFound("没有找到这个文件。")
    return row


def held(sha256: str) -> bool:
    """Whether the store has bytes under this digest."""
    return store().has(sha256)


def open_stored(sha256: str) -> BinaryIO:
    """The bytes of an original, from the beginning, to be read once and in order. Raises NotFound when they are gone."""
    return store().open(sha256)


def range_reader(sha256: str, start: int, end: int) -> Iterator[bytes]:
    """Bytes `start` up to, not including, `end`, in blocks of at most a megabyte. Raises NotFound."""
    return store().part(sha256, start, end)


def local_path(sha256: str) -> AbstractContextManager[Path]:
    """`with local_path(digest) as path`: a path for programs such as ffmpeg; good only inside. Raises NotFound."""
    return store().local(sha256)


def content_path(sha256: str) -> Path:
    """A lasting path of the bytes of a small file such as a PDF; for recordings take `local_path`. Raises NotFound."""
    return store().path(sha256)
