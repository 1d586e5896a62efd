"""Where a log lies outside the database (账本文件): static files, written whole or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from django.conf import settings
from django.db import connection

from mingcha.ledger.core.errors import MalformedTile
from mingcha.ledger.core.merkle import HASH_SIZE
from mingcha.ledger.core.tiles import WIDTH, TileName, unpack_entries
from mingcha.ledger.names import require_log_name

CHECKPOINT = "checkpoint"
# The newest that carries all demanded cosignatures; the newest of all may lack them for a moment.
WITNESSED = "checkpoint.witnessed"


def root(log: str) -> Path:
    """The folder that the portal serves as the log's prefix."""
    return Path(settings.LOG_ROOT) / require_log_name(log)


def logs() -> list[str]:
    """Names of the logs that have signed a checkpoint on this disk."""
    return sorted(path.parent.name for path in Path(settings.LOG_ROOT).glob(f"*/{CHECKPOINT}"))


def read_tile(log: str, name: TileName) -> bytes:
    """Bytes of a tile of hashes of a log. Raises MalformedTile."""
    return read_below(root(log), name)


def read_below(folder: Path, name: TileName) -> bytes:
    """The same below a folder; a partial tile may have been removed once the full one stood. Raises MalformedTile."""
    with contextlib.suppress(FileNotFoundError):
        return (folder / name.path).read_bytes()
    try:
        full = (folder / TileName(name.level, name.index).path).read_bytes()
    except FileNotFoundError:
        raise MalformedTile(message=f"账本缺少瓦片 {name.path}。", data={"path": name.path}) from None
    return full[: name.width * HASH_SIZE]


def read_entries(log: str, name: TileName) -> list[bytes]:
    """Entries of a bundle, with the same fallback. Raises MalformedTile."""
    folder = root(log)
    for path in (name.path, TileName(None, name.index).path):
        with contextlib.suppress(FileNotFoundError):
            entries = unpack_entries((folder / path).read_bytes())
            if len(entries) >= name.width:
                return entries[: name.width]
    raise MalformedTile(message=f"账本缺少条目包 {name.path}。", data={"log": log, "path": name.path})


def read_checkpoint(log: str, name: str = CHECKPOINT) -> str | None:
    """The published checkpoint, or None before the first."""
    with contextlib.suppress(FileNotFoundError):
        return (root(log) / name).read_text(encoding="utf-8")
    return None


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files below `folder`: each temporary and flushed, then renamed, then the folders flushed."""
    renames: list[tuple[Path, Path]] = []
    touched: set[Path] = set()
    for path, data in files.items():
        target = folder / path
        if not target.parent.is_dir():
            target.parent.mkdir(parents=True, exist_ok=True)
            touched.update(parent for parent in target.parent.parents if parent.is_relative_to(folder))
        temporary = target.with_name(f"{target.name}.{os.getpid()}.tmp")
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        try:
            os.write(handle, data)
            os.fsync(handle)
        finally:
            os.close(handle)
        renames.append((temporary, target))
        touched.add(target.parent)
    for temporary, target in renames:
        temporary.replace(target)
    for directory in touched:
        flush_folder(directory)


def flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def drop_partial(log: str, name: TileName) -> None:
    """Remove the partial versions of a tile that is full now; the standard allows it, and they would pile up."""
    if name.width == WIDTH:
        shutil.rmtree(root(log) / f"{name.path}.p", ignore_errors=True)


@contextlib.contextmanager
def lock(log: str, *, wait: bool = True) -> Iterator[bool]:
    """One sequencer per log: a file lock on this machine and, on PostgreSQL, an advisory lock across machines.

    Yields False where another holds it and `wait` is off.
    """
    path = Path(settings.LOG_ROOT) / f"{require_log_name(log)}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        if connection.vendor != "postgresql":
            yield True
            return
        with _advisory_lock(f"mingcha-log:{log}", wait) as held:
            yield held


@contextlib.contextmanager
def _advisory_lock(name: str, wait: bool) -> Iterator[bool]:
    held = True
    with connection.cursor() as cursor:
        if wait:
            cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])
        else:
            cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
            held = bool(cursor.fetchone()[0])
    try:
        yield held
    finally:
        if held:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])
