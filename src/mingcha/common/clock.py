"""The clock: instants are aware UTC, the law's days are dates in Asia/Shanghai."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from contextvars import ContextVar
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
_frozen: ContextVar[dt.datetime | None] = ContextVar("mingcha_frozen_clock", default=None)


def now() -> dt.datetime:
    """The present instant, aware, UTC; millisecond precision so that both databases keep it unchanged."""
    moment = _frozen.get() or dt.datetime.now(dt.UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def today() -> dt.date:
    """The present day of the law (Asia/Shanghai)."""
    return legal_day(now())


def legal_day(moment: dt.datetime) -> dt.date:
    """The day in Asia/Shanghai to which an instant belongs."""
    return moment.astimezone(SHANGHAI).date()


def at(day: dt.date, hour: int = 9, minute: int = 0) -> dt.datetime:
    """An instant on a day of the law, given in Shanghai wall time."""
    return dt.datetime.combine(day, dt.time(hour, minute), SHANGHAI).astimezone(dt.UTC)


@contextlib.contextmanager
def frozen(moment: dt.datetime) -> Iterator[None]:
    """Hold the clock at `moment` (aware) for the journey, the demonstration and tests."""
    if moment.tzinfo is None:
        raise ValueError("frozen() wants an aware datetime")
    token = _frozen.set(moment.astimezone(dt.UTC))
    try:
        yield
    finally:
        _frozen.reset(token)
