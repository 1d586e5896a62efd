"""Pure: interruptions of a whole-process recording, found from the times of its files — R060."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mingcha.common import clock
from mingcha.recordings.matching.rules import settings


@dataclass(frozen=True)
class Take:
    """One file of a matter: when it began, how long it runs (None: the file does not say)."""

    key: Any
    title: str
    start: dt.datetime
    duration_ms: int | None


@dataclass(frozen=True)
class Gap:
    """A stretch that no file of the matter covers."""

    after: Take
    before: Take
    seconds: int

    @property
    def text(self) -> str:
        end = self.after.start + dt.timedelta(milliseconds=self.after.duration_ms or 0)
        since, until = (moment.astimezone(clock.SHANGHAI).strftime("%H:%M:%S") for moment in (end, self.before.start))
        minutes, seconds = divmod(self.seconds, 60)
        long = f"{minutes}分{seconds}秒" if minutes else f"{seconds}秒"
        return f"{since}至{until}没有画面，中断{long}（“{self.after.title}”与“{self.before.title}”之间）"


def gaps(takes: Iterable[Take]) -> tuple[list[Gap], list[Take]]:
    """Gaps longer than the tolerance of the data between consecutive files, and files whose length nobody knows.

    Several devices may run side by side: only what none of them shows is a gap. After a file of unknown length nothing
    is found until the next one ends: the machine does not guess.
    """
    rows = sorted(takes, key=lambda take: (take.start, str(take.key)))
    found, blind = [], [row for row in rows if row.duration_ms is None]
    last: Take | None = None
    covered: dt.datetime | None = None
    for row in rows:
        if covered is not None and last is not None:
            seconds = int((row.start - covered).total_seconds())
            if seconds > settings()["gap_seconds"]:
                found.append(Gap(last, row, seconds))
        if row.duration_ms is None:
            last, covered = None, None
            continue
        end = row.start + dt.timedelta(milliseconds=row.duration_ms)
        if covered is None or end > covered:
            last, covered = row, end
    return found, blind
