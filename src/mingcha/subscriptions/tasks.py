"""Background work of this room (后台任务): letters of subscriptions."""

from __future__ import annotations

import logging
import smtplib
import threading

from django.db import DatabaseError, close_old_connections

from mingcha.subscriptions.letters import send_waiting

log = logging.getLogger("mingcha.worker")
LOOK_SECONDS, RETRY_SECONDS = 5.0, 60.0


def run_forever(stop: threading.Event) -> None:
    """Look again and again until `stop` is set; a mail server that does not answer is asked again after a minute."""
    while not stop.is_set():
        pause = LOOK_SECONDS
        try:
            send_waiting()
        except DatabaseError:
            log.exception("subscriptions: database not reachable")
        except (OSError, smtplib.SMTPException) as error:
            # The server's own words may hold an address.
            log.error("subscriptions: mail not sent (%s)", type(error).__name__)
            pause = RETRY_SECONDS
        close_old_connections()
        stop.wait(pause)
