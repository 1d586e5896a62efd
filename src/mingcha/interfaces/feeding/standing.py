"""How it stands with the feed (推送情况): for the command line and for whoever must know that a withdrawal has not arrived."""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.conf import settings

from mingcha.interfaces.feeding import keeping
from mingcha.interfaces.feeding.sending import report

LATE_SECONDS = 60.0


@dataclass(frozen=True)
class Standing:
    """What was sent and what has arrived; `late` names what waits for longer than a minute."""

    epoch: int
    sent: int
    applied: int
    heard: bool
    waiting: int
    withdrawals: int
    late: bool
    problem: str

    @property
    def words(self) -> str:
        """One sentence, for people."""
        if not self.heard:
            return "门户没有回报，不知道是否送达。"
        if self.problem:
            return f"门户拒绝或者缺少批次（{self.problem}），内容停在第{self.applied}批。"
        if self.late:
            gone = f"，其中撤下{self.withdrawals}件" if self.withdrawals else ""
            return f"有{self.waiting}批超过一分钟没有送达门户{gone}。请检查门户进程和两区之间的传送。"
        return "门户内容是最新的。" if not self.waiting else f"{self.waiting}批正在送达。"


def standing() -> Standing:
    """Reads the state of the teller and the report of the portal."""
    state = keeping.State()
    try:
        told = report()
        heard = bool(told) and told["epoch"] == state.epoch
        applied = int(told["seq"]) if heard else 0
        rows = [row for row in state.undelivered() if row[0] > applied]
        return Standing(
            state.epoch,
            state.seq,
            applied,
            heard,
            len(rows),
            sum(row[3] for row in rows),
            bool(rows) and time.time() - rows[0][2] > LATE_SECONDS,
            str(told["problem"]) if heard else "",
        )
    finally:
        state.close()


def trouble() -> str:
    """What a person must know: the portal of its own process is not up to date. Empty where all is well or none is fed."""
    if not settings.ZONES:
        return ""
    found = standing()
    return found.words if found.late or found.problem else ""
