"""Background work of the feed (后台任务): telling in the inner zone, applying and laying out letters in the portal's."""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
import threading
import time

from django.db import DatabaseError, close_old_connections

from mingcha.common.errors import MingchaError
from mingcha.interfaces.feeding import keeping, letters
from mingcha.interfaces.feeding.applying import Applier
from mingcha.interfaces.feeding.sending import Sender

log = logging.getLogger("mingcha.feed")
PAUSE, LETTERS_SECONDS, RETRY_SECONDS = 0.2, 1.0, 5.0


def tell_forever(stop: threading.Event) -> None:
    """In the inner zone, until `stop` is set; one teller at a time, by a lock."""
    keeping.root().mkdir(parents=True, exist_ok=True)
    with (keeping.root() / "teller.lock").open("wb") as lock:
        while not stop.is_set():
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                stop.wait(RETRY_SECONDS)
                continue
            _tell(stop)


def _tell(stop: threading.Event) -> None:
    sender, looked = None, 0.0
    try:
        sender = Sender()
        while not stop.is_set():
            done = sender.step()
            if time.monotonic() - looked > LETTERS_SECONDS:
                letters.take_in()
                looked = time.monotonic()
            if not done:
                close_old_connections()
                stop.wait(PAUSE)
    except (DatabaseError, sqlite3.Error, OSError, MingchaError) as error:
        log.error("门户推送没有完成，%d秒后重试：%s", RETRY_SECONDS, type(error).__name__)
        stop.wait(RETRY_SECONDS)
    finally:
        if sender is not None:
            sender.close()
        close_old_connections()


def apply_forever(stop: threading.Event) -> None:
    """In the portal's zone, until `stop` is set."""
    said = ""
    while not stop.is_set():
        try:
            applier, looked = Applier(), 0.0
            while not stop.is_set():
                done = applier.step()
                if applier.problem != said:
                    said = applier.problem
                    log.error("入网推送停在这里：%s", said) if said else log.warning("入网推送恢复。")
                if time.monotonic() - looked > LETTERS_SECONDS:
                    letters.lay_out()
                    looked = time.monotonic()
                if not done:
                    close_old_connections()
                    stop.wait(PAUSE)
        except (DatabaseError, OSError, MingchaError) as error:
            log.error("入网推送没有完成，%d秒后重试：%s", RETRY_SECONDS, type(error).__name__)
            close_old_connections()
            stop.wait(RETRY_SECONDS)


# All that the portal's process may know of ours: nothing here opens the inner zone.
_PASSED = (
    "PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH", "MINGCHA_HOSTS", "MINGCHA_ORIGINS",
    "MINGCHA_BASE_URL", "MINGCHA_SMTP_URL", "MINGCHA_MAIL_FROM", "MINGCHA_HTTPS", "MINGCHA_LOG_ORIGIN",
    "MINGCHA_PORTAL_DATABASE_URL",
)  # fmt: skip


def clean_environment() -> dict[str, str]:
    """The environment of the portal's process."""
    return {name: os.environ[name] for name in _PASSED if name in os.environ}
