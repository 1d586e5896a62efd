"""Background work of this room (后台任务): recalculations that are not finished, and the reminders of the day."""

from __future__ import annotations

import datetime as dt
import logging
import threading

from django.db import DatabaseError, close_old_connections

from mingcha.common import clock
from mingcha.deadlines.actions import recompute, remind

log = logging.getLogger("mingcha.worker")
REMIND_SECONDS = 600


def run_forever(stop: threading.Event, *, interval: float = 1.0) -> None:
    """Carry on with recalculations and look for due reminders until `stop` is set."""
    reminded: dt.datetime | None = None
    while not stop.is_set():
        try:
            recompute(stop=stop.is_set)
            now = clock.now()
            if reminded is None or (now - reminded).total_seconds() >= REMIND_SECONDS:
                remind()
                reminded = now
        except DatabaseError:
            # The database may be away or busy for a moment; what is open is found again at the next look.
            log.exception("periods: database not reachable")
        close_old_connections()
        stop.wait(interval)


def work_through() -> tuple[int, int]:
    """What waits now, once: batches recomputed and reminders made."""
    return recompute(), remind()
