"""Background work of this room (后台任务): the figures of a year are counted by themselves, for a person to check."""

from __future__ import annotations

import datetime as dt
import logging
import threading

from django.db import DatabaseError, close_old_connections

from mingcha.common import clock
from mingcha.common.errors import MingchaError
from mingcha.disclosure import yearly

log = logging.getLogger("mingcha.worker")


def run_forever(stop: threading.Event, *, interval: float = 60.0) -> None:
    """Look once on every new day until `stop` is set."""
    looked: dt.date | None = None
    while not stop.is_set():
        today = clock.today()
        if looked != today:
            try:
                yearly.draft_owed(today)
                looked = today
            except DatabaseError:
                log.exception("yearly figures: database not reachable")
            except MingchaError as error:
                looked = today
                log.error("年度数据没有自动汇总：%s", error.message)
        close_old_connections()
        stop.wait(interval)
