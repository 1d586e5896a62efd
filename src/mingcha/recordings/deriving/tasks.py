"""What the background process does for recordings: orders without an outcome are found by absence."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, close_old_connections

from mingcha.common.errors import MingchaError
from mingcha.recordings.deriving import actions, machine, making, queries

log = logging.getLogger("mingcha.deriving")
RETRY_SECONDS = 300.0


def run_forever(stop: threading.Event, *, interval: float = 2.0) -> None:
    """Make what was ordered until `stop` is set."""
    failed: dict[uuid.UUID, float] = {}
    making.sweep(Path(settings.FILES_ROOT) / "incoming")
    while not stop.is_set():
        if not make_waiting(stop, failed):
            close_old_connections()
            stop.wait(interval)


def make_waiting(stop: threading.Event, failed: dict[uuid.UUID, float]) -> int:
    """One look for orders without an outcome; returns how many were settled. What breaks by chance is tried again."""
    settled = 0
    try:
        if not machine.available():
            return 0
        for row in queries.waiting(10 + len(failed)):
            if stop.is_set():
                break
            if time.monotonic() - failed.get(row.id, -RETRY_SECONDS) < RETRY_SECONDS or not actions.claim(row.id):
                continue
            try:
                actions.settle(row.id)
                failed.pop(row.id, None)
                settled += 1
            except (MingchaError, OSError) as error:
                failed[row.id] = time.monotonic()
                actions.release(row.id)
                log.error("音像副本 %s 没有制成，%d秒后重试：%s", row.id, RETRY_SECONDS, type(error).__name__)
    except DatabaseError:
        log.exception("deriving: database not reachable")
    return settled
