"""Lists of the player as data: purposes, kinds of markers, items of the spoken announcement (语音说明)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Term:
    """One entry of a list; `asks` demands words beside it."""

    code: str
    plain: str
    asks: bool = False


@cache
def _data() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "terms.json").read_text("utf-8"))
    return found


def _terms(rows: list[dict[str, Any]]) -> dict[str, Term]:
    return {row["code"]: Term(row["code"], row["plain"], bool(row.get("note"))) for row in rows}


@cache
def purposes() -> dict[str, Term]:
    """For what a recording is opened, saved or shared."""
    return _terms(_data()["purposes"])


@cache
def derivation_purposes() -> dict[str, Term]:
    """For whom a copy with parts hidden is made."""
    return _terms(_data()["derivation_purposes"])


@cache
def marker_kinds() -> dict[str, Term]:
    return _terms(_data()["markers"])


@cache
def announcement() -> dict[str, Term]:
    """What the recording officer says at the beginning."""
    return _terms(_data()["announcement"]["items"])


def announcement_source() -> tuple[str, bool]:
    """Where the items come from, and whether somebody has checked them against it."""
    found = _data()["announcement"]
    return found["source"], found["verified"]
