"""What a statute limits (法定限额), as dated data: fines and collection on the spot, agents at a hearing — 行政处罚法 art. 51, 64, 68."""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from pathlib import Path
from typing import Any


@cache
def _limits() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(Path(__file__).with_name("limits.json").read_bytes())["limits"]
    return sorted(found, key=lambda row: str(row["effective_from"]), reverse=True)


def limit(name: str, on: dt.date) -> int | None:
    """The limit (money in fen, else a count) in force on a day; None before the first edition. Raises KeyError for an unknown name."""
    editions = [row for row in _limits() if row["id"] == name]
    if not editions:
        raise KeyError(name)
    return next((int(row["amount"]) for row in editions if row["effective_from"] <= on.isoformat()), None)
