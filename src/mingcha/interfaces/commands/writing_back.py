"""The embedded database's log goes home beside the writers: bringing it in at commit makes everybody in the turn wait."""

from __future__ import annotations

import logging
import os
import threading

from django.db import DatabaseError, close_old_connections, connection

log = logging.getLogger("mingcha.worker")

# A thousand pages, SQLite's own measure of when bringing them in is worth a wait for the disk.
WORTH_BYTES = 4 << 20


def run_forever(stop: threading.Event, *, interval: float = 0.5) -> None:
    """Write the log back into the database file until `stop` is set; on PostgreSQL there is nothing to do."""
    while connection.vendor == "sqlite" and not stop.wait(interval):
        try:
            write_back()
        except DatabaseError:
            log.exception("writing back: database not reachable")
        close_old_connections()


def write_back(worth: int = WORTH_BYTES) -> int:
    """Bring in what the log holds if that is `worth` it; returns the pages brought in. Nobody is kept waiting."""
    journal = f"{connection.settings_dict['NAME']}-wal"
    if not os.path.exists(journal) or os.path.getsize(journal) < worth:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
        return int(cursor.fetchone()[2])
