"""Where uploads wait (上传暂存): one folder each, with the bytes, a note of whose they are, and the second digest of a long one."""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from mingcha.common import clock
from mingcha.common.errors import NotFound
from mingcha.files.digests import ALGORITHMS
from mingcha.files.store import sync_folder

# From this length on nobody waits for SM3 at the end of an upload.
LONG = 64 << 20
ID = re.compile(r"[0-9a-f]{32}")


@dataclass
class Upload:
    """One upload: whose, how long, under which name; `result` once its bytes are an original."""

    id: str
    owner: str
    length: int
    metadata: dict[str, str]
    created_at: str
    result: dict[str, Any] | None = None
    # What the room that asked for the bytes made of them.
    made: dict[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return root() / self.id

    @property
    def part(self) -> Path:
        return self.folder / "part"

    @property
    def offset(self) -> int:
        if self.result is not None:
            return self.length
        try:
            return self.part.stat().st_size
        except FileNotFoundError:
            raise NotFound("没有这个上传，可能已经取消。") from None

    @property
    def long(self) -> bool:
        """Whether its second digest trails behind."""
        return self.length > LONG and "sm3" in ALGORITHMS

    @property
    def second(self) -> str:
        """The second digest of a long upload, once it is known."""
        try:
            return (self.folder / "sm3").read_text("ascii")
        except (FileNotFoundError, NotADirectoryError):
            return ""

    @property
    def pending(self) -> bool:
        """All bytes are safe and have their first digest; the second one is still being computed."""
        return self.result is not None and not self.made and self.long and not self.second

    @property
    def expires(self) -> float:
        """Seconds of the epoch at which the upload is given up, if nothing more comes."""
        return self.touched + settings.UPLOAD_HOURS * 3600

    @property
    def expired(self) -> bool:
        """Whether it is given up. What is whole waits for the worker as long as it takes: its sender was told so."""
        whole = self.result is not None or (self.part.exists() and self.offset == self.length)
        return self.expires < clock.now().timestamp() and (bool(self.made) or not whole)

    @property
    def touched(self) -> float:
        """Seconds of the epoch of the last byte or note."""
        path = self.part if self.part.exists() else self.folder / "info.json"
        return path.stat().st_mtime


def root() -> Path:
    return Path(settings.FILES_ROOT) / "uploads"


def marks() -> Path:
    """A mark for each long upload, so that who looks every moment need not read them all."""
    return root() / "long"


def every() -> Iterator[Upload]:
    """All uploads that are there."""
    for folder in root().glob("*"):
        if ID.fullmatch(folder.name) and (upload := read(folder)) is not None:
            yield upload


def read(folder: Path) -> Upload | None:
    try:
        return Upload(**json.loads((folder / "info.json").read_text("utf-8")))
    except (FileNotFoundError, NotADirectoryError):
        return None


def write(upload: Upload) -> None:
    fresh = upload.folder / f"info.{secrets.token_hex(4)}"
    with fresh.open("w", encoding="utf-8") as out:
        json.dump(asdict(upload), out, ensure_ascii=False)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(upload.folder / "info.json")
    sync_folder(upload.folder)


@contextmanager
def alone(upload: Upload) -> Iterator[Upload]:
    """The upload as it stands now, with nobody else changing or removing it."""
    with _holding(upload, "lock") as current:
        yield current


@contextmanager
def sole(upload: Upload) -> Iterator[Upload]:
    """The upload as it stands, for the one who finishes it; a second one waits and finds it finished."""
    with _holding(upload, "finishing") as current:
        try:
            yield current
        finally:
            upload.result, upload.made = current.result, current.made


@contextmanager
def _holding(upload: Upload, name: str) -> Iterator[Upload]:
    try:
        fd = os.open(upload.folder / name, os.O_CREAT | os.O_RDWR, 0o600)
    except FileNotFoundError:
        raise NotFound("没有这个上传，可能已经取消。") from None
    try:
        with lock(fd):
            current = read(upload.folder)
            if current is None:
                raise NotFound("没有这个上传，可能已经取消。")
            yield current
    finally:
        os.close(fd)


@contextmanager
def lock(fd: int) -> Iterator[None]:
    fcntl.flock(fd, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(fd, fcntl.LOCK_UN)
