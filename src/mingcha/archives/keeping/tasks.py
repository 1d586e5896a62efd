"""What the background process does for disposal: it finishes what was recorded and not yet deleted (ADR 6)."""

from __future__ import annotations

import logging
import threading

from django.db import DatabaseError, close_old_connections

from mingcha.archives.erasing import tasks as erasing
from mingcha.archives.keeping.disposing import finish_all
from mingcha.archives.purging import actions as purging

log = logging.getLogger("mingcha.archives")


def run_forever(stop: threading.Event, *, interval: float = 120.0) -> None:
    """Delete the bytes of carried-out lists until `stop` is set: after a kill, or when an object lock has ended."""
    while not stop.is_set():
        try:
            if gone := finish_all():
                log.info("按销毁清册删除原件 %d 个", gone)
            if gone := purging.finish_all():
                log.info("按音像清除清册删除原件 %d 个", gone)
            if done := erasing.finish():
                log.info("依法删除个人信息的后续处理 %d 项", done)
        except (DatabaseError, OSError):
            log.exception("disposal: store or database not reachable")
        close_old_connections()
        stop.wait(interval)
