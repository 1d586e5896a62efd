"""Writers queue for the embedded database: one lock file, first come first served, instead of polling a busy one.

Within the turn a commit is handed to the operating system; the disk is waited for after the turn, before the answer
goes out. So the next writer works while the last one's bytes are on their way, and whoever got an answer can rely on it.
Where a request is being answered, the bytes travel while its answer is written.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from typing import IO, Any

from django.conf import settings

from mingcha.common import direct

_here = threading.local()


def _mine() -> IO[str]:
    """This thread's own handle of the lock file, left open: opening it costs more than the lock."""
    path = settings.DATA / "write.turn"
    handle: IO[str] | None = getattr(_here, "handle", None)
    if handle is None or _here.path != path:
        handle, _here.path = path.open("a"), path
        _here.handle = handle
    return handle


@contextlib.contextmanager
def turn() -> Iterator[None]:
    """Wait for the turn to write. SQLite's own waiting sleeps up to a tenth of a second; PostgreSQL needs no queue."""
    connection = direct.here()
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()
    raw: Any = connection.connection
    journal = f"{connection.settings_dict['NAME']}-wal"
    # A database in memory has no log, and none that waits for the disk later either.
    late = os.path.exists(journal)
    handle = _mine()
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        if late:
            raw.execute("PRAGMA synchronous=NORMAL")
        before = raw.total_changes
        yield
        written = raw.total_changes != before
    finally:
        try:
            # A connection that broke was closed, and the next one begins with its own setting.
            if late and connection.connection is raw:
                raw.execute("PRAGMA synchronous=FULL")
        finally:
            fcntl.flock(handle, fcntl.LOCK_UN)
    if late and written:
        if getattr(_here, "answering", False):
            _set_out(journal)
        else:
            reach_disk(journal)


@contextlib.contextmanager
def answering() -> Iterator[None]:
    """While a request is answered: what its turns wrote is on the disk when this ends."""
    _here.answering = True
    try:
        yield
    finally:
        _here.answering = False
        journal, _here.journal = getattr(_here, "journal", ""), ""
        if journal:
            reach_disk(journal)


def _set_out(journal: str) -> None:
    """Let the log's bytes set out for the disk; nobody waits for them here."""
    if _start is not None:
        place = os.open(journal, os.O_RDONLY)
        try:
            _start(place, 0, 0, _WRITE)
        finally:
            os.close(place)
    _here.journal = journal


def _starter() -> Callable[..., int] | None:
    """The system call of Linux; elsewhere the bytes set out when they are waited for."""
    call: Any = getattr(ctypes.CDLL(None), "sync_file_range", None)
    if call is not None:
        call.argtypes = [ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint]
    return call


# SYNC_FILE_RANGE_WRITE of sync_file_range(2).
_WRITE = 2
_start = _starter()


def reach_disk(journal: str) -> None:
    """Wait until the write-ahead log is on the disk; what it no longer holds went to the database's own file before."""
    # SQLite locks nothing in this file, so closing it takes no lock away.
    place = os.open(journal, os.O_RDONLY)
    try:
        os.fdatasync(place)
    finally:
        os.close(place)
