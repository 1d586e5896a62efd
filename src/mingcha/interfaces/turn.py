"""Writers queue for the embedded database: one lock file, first come first served, instead of polling a busy one."""

from __future__ import annotations

import contextlib
import fcntl
import threading
from collections.abc import Iterator
from typing import IO

from django.conf import settings
from django.db import connection

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
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    handle = _mine()
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)
