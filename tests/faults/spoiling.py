"""Bytes with a fault (a flipped bit, a cut, two stretches exchanged), and whether a finding leads to them."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

WIDTH = 32
# A bit is flipped three times as often as any of the others is done.
KINDS = ("flip", "flip", "flip", "truncate", "delete", "exchange")


class Nothing(Exception):
    """The draw would change nothing, or the database itself does not take it: draw again."""


def spoil(good: bytes, kind: str, chance: random.Random, at: int | None = None) -> tuple[bytes, str]:
    """Bytes with a fault at `at` (or anywhere), and what it is."""
    if not good:
        raise Nothing
    if at is None:
        at = chance.randrange(len(good))
    if kind == "truncate":
        return good[:at], f"cut to {at} of {len(good)}"
    if kind == "exchange":
        width = min(WIDTH, len(good) // 2)
        one, two = sorted((min(at, len(good) - width), chance.randrange(len(good) - width + 1)))
        if two - one < width or good[one : one + width] == good[two : two + width] or not width:
            raise Nothing
        first, second = good[one : one + width], good[two : two + width]
        data = good[:one] + second + good[one + width : two] + first + good[two + width :]
        return data, f"{width} bytes at {one} and {two} exchanged"
    bit = chance.randrange(8)
    return good[:at] + bytes([good[at] ^ 1 << bit]) + good[at + 1 :], f"bit {bit} of byte {at}"


def names_row(finding: Any, table: str) -> bool:
    """Whether a finding of the check leads to a row of that table."""
    if finding.data.get("table") == table or f"{table} " in finding.message or f'"{table}"' in finding.message:
        return True
    # Entries, leaves, checkpoints and seals are named by their numbers.
    return table.startswith("ledger_") and bool({"entry", "log", "sheet"} & set(finding.data))


def names_file(finding: Any, path: Path) -> bool:
    """Whether a finding of the check leads to that file."""
    data = finding.data
    if "package" in data:
        return str(data["package"]) in path.as_posix()
    if path.parent.name == "keys":
        return str(data.get("log", "-")) == path.stem
    told = str(data.get("path") or data.get("sha256") or "")
    if told:
        return path.as_posix().endswith(told)
    return "log" in data and path.name.startswith("checkpoint") and str(data["log"]) in path.as_posix()
