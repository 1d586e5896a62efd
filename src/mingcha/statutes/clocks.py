"""Which day's text of a law counts on a case (两个法律时点): substance by the conduct, procedure by the step; pure.

立法法 art. 104, 行政处罚法 art. 37. Which laws are procedural is data with its source.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mingcha.statutes.refs import law_name

_FILE = Path(__file__).parent / "data" / "law_clocks.json"
SUBSTANCE, PROCEDURE = "substance", "procedure"
# What the reader is told beside the text of that day.
WORDS = {
    SUBSTANCE: "实体适用违法行为发生（终了）之日有效的规定；作出决定时新的规定处罚较轻或者不认为是违法的，适用新的规定。",
    PROCEDURE: "程序适用办理这一步当日有效的规定。",
}


@dataclass(frozen=True)
class LawDay:
    """The day whose text counts, and by which of the two clocks."""

    day: dt.date
    clock: str


@cache
def _procedural() -> tuple[frozenset[str], tuple[str, ...]]:
    told = json.loads(_FILE.read_text(encoding="utf-8"))["procedural"]
    return frozenset(law_name(name) for name in told["laws"]), tuple(told["words"])


def is_procedural(law: str) -> bool:
    """Whether a law counts as one of procedure, by its name."""
    names, words = _procedural()
    return law in names or any(word in law for word in words)


def law_day(law: str, *, conduct: dt.date, step: dt.date) -> LawDay:
    """The day whose text of a law counts for a step of a case on a conduct that ended on `conduct`."""
    return LawDay(step, PROCEDURE) if is_procedural(law) else LawDay(min(conduct, step), SUBSTANCE)
