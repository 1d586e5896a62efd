"""What the background process does for commitments: letters without one, found by its absence."""

from __future__ import annotations

import logging
import threading
import time
import uuid

from django.db import DatabaseError, close_old_connections

from mingcha.common.errors import MingchaError
from mingcha.disclosure.commitments import making

log = logging.getLogger("mingcha.committing")
RETRY_SECONDS = 300.0


def run_forever(stop: threading.Event, *, interval: float = 1.0) -> None:
    """Commit what was issued until `stop` is set."""
    failed: dict[uuid.UUID, float] = {}
    while not stop.is_set():
        if not commit_waiting(stop, failed):
            close_old_connections()
            stop.wait(interval)


def commit_waiting(stop: threading.Event, failed: dict[uuid.UUID, float]) -> int:
    """One look for letters without commitment; returns how many were made. One that fails is tried again later."""
    made = 0
    try:
        for publication, document in making.waiting(20 + len(failed)):
            if stop.is_set():
                break
            if time.monotonic() - failed.get(document.id, -RETRY_SECONDS) < RETRY_SECONDS:
                continue
            try:
                making.commit(publication, document)
                failed.pop(document.id, None)
                made += 1
            except (MingchaError, OSError, ValueError) as error:
                failed[document.id] = time.monotonic()
                log.error("文书 %s 没有作出承诺，%d秒后重试：%s", document.id, RETRY_SECONDS, type(error).__name__)
    except DatabaseError:
        log.exception("committing: database not reachable")
    return made
