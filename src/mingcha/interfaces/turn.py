"""Writers queue for the embedded database: one lock file, first come first served, instead of polling a busy one."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator

from django.conf import settings
from django.db import connection


@contextlib.contextmanager
def turn() -> Iterator[None]:
    """Wait for the turn to write. SQLite's own waiting sleeps up to a tenth of a second; PostgreSQL needs no queue."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with (settings.DATA / "write.turn").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
