"""What the name of a file says (文件命名规则): device, officer's badge, time, by patterns that are data."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from django.conf import settings

from mingcha.common.clock import SHANGHAI
from mingcha.common.errors import MingchaError

_PARTS = {
    "device": r"(?P<device>[0-9A-Za-z]{%s})",
    "badge": r"(?P<badge>[0-9A-Za-z]{%s})",
    "seq": r"(?P<seq>[0-9]{%s})",
    "any": r".{%s}",
}
_TIMES = {
    "YYYYMMDDHHMMSS": r"(?P<day>[0-9]{8})(?P<time>[0-9]{6})",
    "YYYYMMDD": r"(?P<day>[0-9]{8})",
    "HHMMSS": r"(?P<time>[0-9]{6})",
}
_MARK = re.compile(r"<([A-Za-z]+)([0-9]*)>")


class BadPattern(MingchaError):
    """The site's own file of patterns cannot be read."""

    status = 422
    code = "recording-names"


@dataclass(frozen=True)
class Pattern:
    """One pattern; `verified` says whether somebody checked it against the maker's description."""

    id: str
    label: str
    pattern: str
    source: str
    verified: bool
    compiled: re.Pattern[str]


@dataclass(frozen=True)
class Named:
    """What a name says, and by which pattern. The time is the device's clock, read as Shanghai time."""

    pattern: Pattern
    device_no: str = ""
    badge: str = ""
    started_at: dt.datetime | None = None


def read(name: str, patterns: Sequence[Pattern]) -> Named | None:
    """The first pattern that fits the whole name without its ending and gives a real date, or None."""
    stem = Path(name).stem
    for pattern in patterns:
        match = pattern.compiled.fullmatch(stem)
        if match is None:
            continue
        found = match.groupdict()
        moment = None
        if found.get("day") and found.get("time"):
            try:
                moment = dt.datetime.strptime(found["day"] + found["time"], "%Y%m%d%H%M%S").replace(tzinfo=SHANGHAI)
            except ValueError:
                continue
        return Named(pattern, found.get("device") or "", found.get("badge") or "", moment)
    return None


def own_file() -> Path:
    """Where a site writes its own patterns."""
    return Path(settings.DATA) / "recording-names.json"


def patterns() -> list[Pattern]:
    """The site's own patterns, then those that ship. Raises BadPattern."""
    path = own_file()
    own: list[Pattern] = []
    if path.exists():
        try:
            own = _load(path.read_text("utf-8"))
        except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
            raise BadPattern(
                message=f"数据目录中的 recording-names.json 不能使用（{error}）。请按自带文件的格式修改后重试。"
            ) from None
    return [*own, *_shipped()]


@cache
def _shipped() -> list[Pattern]:
    return _load(resources.files("mingcha.recordings.intake").joinpath("data", "names.json").read_text("utf-8"))


def _load(text: str) -> list[Pattern]:
    return [
        Pattern(
            row["id"],
            row["label"],
            row["pattern"],
            row["source"],
            row.get("verified") is True,
            _compiled(row["pattern"]),
        )
        for row in json.loads(text)["patterns"]
    ]


def _compiled(pattern: str) -> re.Pattern[str]:
    out, end = [], 0
    for mark in _MARK.finditer(pattern):
        out.append(re.escape(pattern[end : mark.start()]))
        name, count = mark[1], mark[2]
        if name in _TIMES and not count:
            out.append(_TIMES[name])
        elif name in _PARTS:
            out.append(_PARTS[name] % (count or ("0,100" if name == "any" else "1,40")))
        else:
            raise ValueError(f"<{name}{count}>")
        end = mark.end()
    out.append(re.escape(pattern[end:]))
    return re.compile("".join(out))
