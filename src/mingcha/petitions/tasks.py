"""Background work of this room (后台任务): letters pulled from the portal's inbox."""

from __future__ import annotations

import logging
import threading

from django.db import DatabaseError, close_old_connections

from mingcha.petitions.actions import pull

log = logging.getLogger("mingcha.worker")
LOOK_SECONDS = 2.0


def run_forever(stop: threading.Event) -> None:
    """Look again and again until `stop` is set."""
    while not stop.is_set():
        try:
            pull()
        except DatabaseError:
            log.exception("petitions: database not reachable")
        close_old_connections()
        stop.wait(LOOK_SECONDS)
