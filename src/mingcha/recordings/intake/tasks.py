"""What the background process does for uploads: finish what a kill left whole, remove what was given up."""

from __future__ import annotations

import logging
import threading
import time

from django.db import DatabaseError, close_old_connections

from mingcha.accounts.models import Officer
from mingcha.accounts.queries import actor_of
from mingcha.common.errors import MingchaError
from mingcha.files import uploads
from mingcha.recordings.intake.uploads import finish

log = logging.getLogger("mingcha.worker")
_QUIET = 60.0


def finish_waiting(*, quiet: float = _QUIET) -> int:
    """Take in uploads that are whole and that no request has finished for `quiet` seconds; returns how many."""
    done = 0
    for upload in uploads.unfinished():
        if time.time() - upload.touched < quiet:
            continue
        officer = Officer.objects.select_related("organisation__organ").filter(id=upload.owner).first()
        if officer is None:
            continue
        try:
            finish(upload, actor_of(officer))
            done += 1
        except (MingchaError, OSError) as error:
            log.error("上传 %s 没有入库：%s", upload.id, type(error).__name__)
    return done


def run_forever(stop: threading.Event, *, interval: float = 120.0) -> None:
    """Look every `interval` seconds until `stop` is set."""
    while not stop.is_set():
        try:
            finish_waiting()
            uploads.sweep()
        except DatabaseError:
            log.exception("uploads: database not reachable")
        close_old_connections()
        stop.wait(interval)
