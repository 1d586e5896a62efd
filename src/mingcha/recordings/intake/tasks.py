"""What the background process does for uploads: second digests, what a kill left whole, what was given up."""

from __future__ import annotations

import logging
import threading
import time

from django.db import DatabaseError, close_old_connections

from mingcha.accounts.models import Officer
from mingcha.accounts.queries import actor_of
from mingcha.common.errors import MingchaError
from mingcha.files import uploads
from mingcha.files.folders import Upload
from mingcha.files.following import Follower
from mingcha.files.store import store
from mingcha.recordings.intake.uploads import finish

log = logging.getLogger("mingcha.worker")
_QUIET = 60.0
_RETRY = 5.0
# A follower costs a few megabytes and only the seconds of the machine that nobody else wants.
_MOST = 8


def finish_waiting(*, quiet: float = _QUIET) -> int:
    """Take in uploads that are whole and that no request has finished for `quiet` seconds; returns how many."""
    done = 0
    for upload in uploads.unfinished():
        if time.time() - upload.touched >= quiet:
            done += _finish(upload)
    return done


def _finish(upload: Upload) -> bool:
    officer = Officer.objects.select_related("organisation__organ").filter(id=upload.owner).first()
    if officer is None:
        return False
    try:
        return finish(upload, actor_of(officer)) is not None
    except (MingchaError, OSError) as error:
        log.error("上传 %s 没有入库：%s", upload.id, type(error).__name__)
        return False


class Trailing:
    """Second digests of long uploads: who follows which, found anew at each look by what is not there yet."""

    def __init__(self) -> None:
        self._running: dict[str, Follower] = {}
        self._later: dict[str, float] = {}

    def look(self) -> int:
        """Begin, take over and finish; returns how many recordings were made."""
        waiting = uploads.trailing()
        known = {upload.id for upload in waiting}
        for gone in set(self._running) - known:
            self._running.pop(gone).stop()
        self._later = {name: moment for name, moment in self._later.items() if name in known}
        # Whoever has all bytes waits for nothing else: one that is still growing gives way.
        for upload in waiting[_MOST:]:
            if upload.id in self._running:
                self._running.pop(upload.id).stop()
        return sum(self._one(upload) for upload in waiting)

    def _one(self, upload: Upload) -> bool:
        if self._later.get(upload.id, 0) > time.monotonic():
            return False
        if not upload.second:
            self._follow(upload)
        if not upload.second or upload.result is None:
            return False
        if _finish(upload):
            return True
        self._later[upload.id] = time.monotonic() + _QUIET
        return False

    def _follow(self, upload: Upload) -> None:
        follower = self._running.get(upload.id)
        if follower is None:
            if len(self._running) < _MOST and upload.offset > 0:
                self._running[upload.id] = Follower(upload.part, upload.length)
        elif follower.done:
            del self._running[upload.id]
            found = follower.digest()
            if found:
                uploads.write_second(upload, found)
            else:
                self._later[upload.id] = time.monotonic() + _RETRY

    def stop(self) -> None:
        for follower in self._running.values():
            follower.stop()
        self._running.clear()


def run_forever(stop: threading.Event, *, interval: float = 120.0, look: float = 0.5) -> None:
    """Look for second digests every `look` seconds, for what is left over every `interval` seconds, until `stop` is set."""
    trailing, next_sweep = Trailing(), 0.0
    try:
        while not stop.is_set():
            try:
                trailing.look()
                if time.monotonic() >= next_sweep:
                    next_sweep = time.monotonic() + interval
                    finish_waiting()
                    uploads.sweep()
                    store().trim()
            except (DatabaseError, MingchaError, OSError):
                log.exception("uploads: database or disk not reachable")
            close_old_connections()
            stop.wait(look)
    finally:
        trailing.stop()
