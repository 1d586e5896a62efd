"""Background check (后台核验): seals what is new, then checks one part after the other.

What was looked at longest ago comes next. Each look is a row, shown to administrators; a fault is logged as well.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Iterator

from django.db import DatabaseError, close_old_connections

from mingcha.common import clock
from mingcha.common.errors import MingchaError
from mingcha.ledger import checks, seals
from mingcha.ledger.models import CheckRun
from mingcha.ledger.soundness import Finding

logger = logging.getLogger("mingcha.ledger")
EVERY = dt.timedelta(hours=1)
# A whole pass over the parts is due once a day; a part that was looked at since then waits.
PASS = dt.timedelta(days=1)
MOST_FINDINGS = 50


def look(name: str) -> CheckRun:
    """Check one part and keep the outcome as a row."""
    label, part = checks.parts()[name]
    report, began = checks.CheckReport(), clock.now()
    found: list[Finding] = []
    try:
        for finding in _limited(part(report)):
            found.append(finding)
    except checks.UNREADABLE as error:
        found.append(
            Finding("unreadable", f"{label}读不下去（{type(error).__name__}），数据库可能损坏。", {"part": name})
        )
    counts = {"entries": report.entries, "leaves": report.leaves, **report.tally.counts}
    row = CheckRun.objects.create(
        part=name,
        counts={key: value for key, value in counts.items() if value},
        findings=[{"code": item.code, "message": item.message, "data": item.data} for item in found],
        started_at=began,
        finished_at=clock.now(),
    )
    for item in found:
        logger.error("后台核验：%s（%s）", item.message, item.code)
    return row


def _limited(findings: Iterator[Finding]) -> Iterator[Finding]:
    for number, finding in enumerate(findings, 1):
        yield finding
        if number == MOST_FINDINGS:
            return


def due() -> str | None:
    """The part that was looked at longest ago, if a day has passed since."""
    last = {name: newest(name) for name in checks.parts()}
    waiting = [
        (row.finished_at if row else dt.datetime.min.replace(tzinfo=dt.UTC), name)
        for name, row in last.items()
        if row is None or row.finished_at < clock.now() - PASS
    ]
    return min(waiting)[1] if waiting else None


def newest(name: str) -> CheckRun | None:
    """The newest look at a part."""
    return CheckRun.objects.filter(part=name).order_by("-id").first()


def standing() -> list[tuple[str, CheckRun | None]]:
    """Label and newest look of every part, for the page of the administrator."""
    return [(label, newest(name)) for name, (label, _) in checks.parts().items()]


def run_forever(stop: threading.Event, *, interval: float = 60.0) -> None:
    """Seal every hour and look at what is due until `stop` is set."""
    sealed = time.monotonic() - EVERY.total_seconds() + interval
    while not stop.wait(interval):
        try:
            if time.monotonic() - sealed >= EVERY.total_seconds():
                sealed = time.monotonic()
                seals.seal()
            name = due()
            if name is not None:
                look(name)
        except (DatabaseError, MingchaError, OSError):
            logger.exception("background check: not possible now")
        close_old_connections()
