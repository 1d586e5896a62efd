"""Background work of this room (后台任务): files that are read into drafts."""

from __future__ import annotations

import logging
import threading

from django.db import DatabaseError, close_old_connections

from mingcha.catalogues.actions import work_imports

log = logging.getLogger("mingcha.worker")


def run_forever(stop: threading.Event, *, interval: float = 0.5) -> None:
    """Read and take over the files that wait until `stop` is set."""
    while not stop.is_set():
        try:
            work_imports(stop=stop.is_set)
        except DatabaseError:
            # The database may be away or busy for a moment; what is open is found again at the next look.
            log.exception("lists: database not reachable")
        close_old_connections()
        stop.wait(interval)
