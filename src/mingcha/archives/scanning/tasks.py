"""What the background process does for scanned paper: it reads pages that nobody has read yet (ADR 6)."""

from __future__ import annotations

import logging
import threading
import time
import uuid

from django.db import DatabaseError, close_old_connections

from mingcha.archives.scanning.actions import read_page
from mingcha.archives.scanning.queries import unread
from mingcha.common.errors import MingchaError

log = logging.getLogger("mingcha.archives")
RETRY_SECONDS = 600.0


def run_forever(stop: threading.Event, *, interval: float = 2.0) -> None:
    """Read scanned pages until `stop` is set, one at a time: a page takes seconds."""
    failed: dict[uuid.UUID, float] = {}
    while not stop.is_set():
        if not read_waiting(stop, failed):
            close_old_connections()
            stop.wait(interval)


def read_waiting(stop: threading.Event, failed: dict[uuid.UUID, float]) -> int:
    """One look for unread pages; returns how many were read. One that fails is tried again later."""
    done = 0
    try:
        for page_id in unread(20 + len(failed)):
            if stop.is_set():
                break
            if time.monotonic() - failed.get(page_id, -RETRY_SECONDS) < RETRY_SECONDS:
                continue
            try:
                read_page(page_id)
                failed.pop(page_id, None)
                done += 1
            except (MingchaError, OSError, RuntimeError) as error:
                failed[page_id] = time.monotonic()
                log.error("扫描页 %s 没有识别，%d秒后重试：%s", page_id, RETRY_SECONDS, type(error).__name__)
    except DatabaseError:
        log.exception("scanning: database not reachable")
    return done
