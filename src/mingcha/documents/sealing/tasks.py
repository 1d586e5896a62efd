"""What the background process does for signatures: signed copies found by their absence."""

from __future__ import annotations

import datetime as dt
import logging
import os
import threading
import time
import uuid

from django.db import DatabaseError, close_old_connections

from mingcha.common.errors import MingchaError
from mingcha.documents.sealing import actions, queries

log = logging.getLogger("mingcha.signing")
RETRY_SECONDS = 300.0


def run_forever(stop: threading.Event, *, interval: float = 2.0) -> None:
    """Sign and seal what is waiting until `stop` is set."""
    failed: dict[uuid.UUID, float] = {}
    while not stop.is_set():
        if not sign_waiting(stop, failed):
            close_old_connections()
            stop.wait(interval)


def sign_waiting(stop: threading.Event, failed: dict[uuid.UUID, float]) -> int:
    """One look for documents whose seal or newest signature is in no copy; returns how many copies were made.

    Documents issued before MINGCHA_SIGNING_SINCE (a date) are not sealed by themselves: papers served long ago stay as
    they were when a site takes up electronic seals.
    """
    made = 0
    try:
        if actions.provider() is None:
            return 0
        since = os.environ.get("MINGCHA_SIGNING_SINCE", "")
        waiting = queries.unsigned(20 + len(failed), since=dt.date.fromisoformat(since) if since else None)
        for document in waiting:
            if stop.is_set():
                break
            if time.monotonic() - failed.get(document.id, -RETRY_SECONDS) < RETRY_SECONDS:
                continue
            try:
                actions.ensure_signed(document.id)
                failed.pop(document.id, None)
                made += 1
            except (MingchaError, OSError, ValueError) as error:
                # The kind of error only: what a library says may name files of keys.
                failed[document.id] = time.monotonic()
                log.error("文书 %s 没有签章，%d秒后重试：%s", document.id, RETRY_SECONDS, type(error).__name__)
    except MingchaError as error:
        log.error("%s", error.message)
    except DatabaseError:
        log.exception("signing: database not reachable")
    return made
