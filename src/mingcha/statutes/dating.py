"""Which day a version of a statute takes effect (施行日期), read from its text and head; pure."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from mingcha.statutes.choices import EffectiveBasis
from mingcha.statutes.numerals import from_chinese

_FILE = Path(__file__).parent / "data" / "versions.json"
_DIGITS = "[0-9一二三四五六七八九十〇○零]"
_DAY = rf"(?P<y>{_DIGITS}{{4}})年(?P<m>{_DIGITS}{{1,3}})月(?P<d>{_DIGITS}{{1,3}})日"
_DATE = re.compile(_DAY)
_STATED = re.compile(rf"自{_DAY}(?:零时)?起?(?:开始)?(?:施行|实施|生效|执行|实行)")
_HEAD = re.compile(rf"{_DAY}\s*(?:起\s*)?施行")
# 本法自…起施行 names the day of the first version even after amendments; a day long after adoption is another law's.
_LATEST_START = 5 * 366


@dataclass(frozen=True)
class Dates:
    """Day of adoption (of the last amendment), day of effect, and where the latter comes from."""

    adopted: dt.date
    effective: dt.date
    basis: str


@cache
def table() -> dict[str, Any]:
    """Categories and days of effect that the texts do not state."""
    whole: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return whole


def day_of(match: re.Match[str]) -> dt.date | None:
    """The day of a match of year, month and day in either kind of digits, or None for one that does not exist."""
    try:
        parts = [from_chinese(match[name].replace("○", "〇").replace("零", "〇")) for name in ("y", "m", "d")]
        return dt.date(parts[0], parts[1], parts[2])
    except ValueError:
        return None


def dates(name: str, path: str, history: list[str], last_lines: str) -> Dates | None:
    """The days of a version. `path` may end in (2021-01-22); None where nothing tells any day."""
    adopted = _of_path(path) or _latest([match for line in history for match in _DATE.finditer(line)])
    head = _latest([match for line in history for match in _HEAD.finditer(line)])
    stated = _latest(list(_STATED.finditer(last_lines)))
    adopted = adopted or head or stated
    if adopted is None:
        return None
    for row in table()["effective"]:
        if row["name"] == name and row["adopted"] == adopted.isoformat():
            return Dates(adopted, dt.date.fromisoformat(row["effective"]), EffectiveBasis.TABLE)
    for day, basis in ((stated, EffectiveBasis.TEXT), (head, EffectiveBasis.HEAD)):
        if day and dt.timedelta(0) <= day - adopted <= dt.timedelta(days=_LATEST_START):
            return Dates(adopted, day, basis)
    return Dates(adopted, adopted, EffectiveBasis.ADOPTED)


def _of_path(path: str) -> dt.date | None:
    match = re.search(r"\((\d{4})-(\d\d)-(\d\d)\)", path)
    try:
        return dt.date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None


def _latest(matches: list[re.Match[str]]) -> dt.date | None:
    found = [day for match in matches if (day := day_of(match)) is not None]
    return max(found, default=None)


def authority(history: list[str]) -> str:
    """The body that made the statute, from the first line of its head; empty where it does not say."""
    for line in history:
        words = _DATE.sub("", line, count=1).strip()
        words = re.sub(r"第[0-9一二三四五六七八九十]+届", "", words).removeprefix("中华人民共和国")
        body = re.match(r"(?:经)?([\u4e00-\u9fff、]{2,60}?)(?=第|令|发布|公布|公告|批准|修订|修正|通过|\d|（|$)", words)
        if body and not body[1].startswith(("施行", "根据", "发布", "公布", "通过")):
            return body[1].removeprefix("经")
    return ""
