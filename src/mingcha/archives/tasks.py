"""What the background process does for the archive: volumes that wait are sealed, sealed ones are checked in turn."""

from __future__ import annotations

import logging
import os
import threading
import time
import uuid

from django.db import DatabaseError, close_old_connections, transaction
from django.db.models import Q

from mingcha.archives import properties, queries, sealing
from mingcha.archives.choices import Moment
from mingcha.archives.errors import NotReady
from mingcha.archives.models import PropertyCheck
from mingcha.common import clock
from mingcha.common.errors import MingchaError
from mingcha.ledger.actors import system

log = logging.getLogger("mingcha.archives")
RETRY_SECONDS = 300.0
_CHECKER = system("四性检测")


def run_forever(stop: threading.Event, *, interval: float = 5.0) -> None:
    """Seal and check until `stop` is set."""
    failed: dict[uuid.UUID, float] = {}
    while not stop.is_set():
        if not seal_waiting(stop, failed) and recheck_next() is None:
            close_old_connections()
            stop.wait(interval)


def seal_waiting(stop: threading.Event, failed: dict[uuid.UUID, float]) -> int:
    """One look for volumes without package; how many were sealed. What is not ready is looked at again."""
    done = 0
    try:
        for case, _ in queries.unsealed(20 + len(failed)):
            if stop.is_set():
                break
            if time.monotonic() - failed.get(case.id, -RETRY_SECONDS) < RETRY_SECONDS:
                continue
            try:
                sealing.seal(case.id, with_recordings=os.environ.get("MINGCHA_ARCHIVE_RECORDINGS") == "include")
                failed.pop(case.id, None)
                done += 1
            except NotReady:
                continue
            except (MingchaError, OSError) as error:
                failed[case.id] = time.monotonic()
                log.error("案卷 %s 没有封存，%d秒后重试：%s", case.id, RETRY_SECONDS, type(error).__name__)
    except DatabaseError:
        log.exception("sealing: database not reachable")
    return done


def recheck_next() -> PropertyCheck | None:
    """Check the package whose last check lies longest back, if that is longer ago than the interval."""
    try:
        before = properties.due_before(clock.now())
        package = (
            queries.last_checked()
            .filter(Q(checked_at=None) | Q(checked_at__lt=before))
            .select_related("case__organisation")
            .first()
        )
        if package is None:
            return None
        found = properties.examine(sealing.folder(package.name), Moment.KEEPING, package=package)
        with transaction.atomic():
            row = properties.record(package, found, by=_CHECKER)
    except (MingchaError, OSError, DatabaseError):
        log.exception("archives: a package could not be checked")
        return None
    if row.failed:
        log.error("封存包 %s 的四性检测没有通过：%s", package.name, found.first_fault)
    return row
