"""A public letter as readable lines (公开文本): withheld places marked, citations that open in place. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

_HEADING = re.compile(r"[一二三四五六七八九十]{1,3}、.{1,30}\Z")
_DATE = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日\Z")
_ADDRESS = re.compile(r"https?://\S+\Z")
_FIELD = re.compile(r"[^。，；]{2,16}：.*[^。；]\Z")


@dataclass(frozen=True)
class Mark:
    """A stretch of the text: `kind` withheld (with label and ground) or cited (with articles)."""

    start: int
    end: int
    kind: str
    label: str = ""
    ground: str = ""
    articles: Sequence[dict[str, Any]] = ()


@dataclass(frozen=True)
class Part:
    text: str
    mark: Mark | None = None


@dataclass
class Line:
    """One paragraph: head, title, no, plain, heading, end, address or p (running text)."""

    kind: str
    parts: list[Part] = field(default_factory=list)


def compose(text: str, marks: Iterable[Mark], *, authority: str, title: str, number: str) -> list[Line]:
    """The lines of a letter. Of overlapping marks the first one stands."""
    known = (("head", authority), ("title", title), ("no", number))
    ordered = sorted(marks, key=lambda mark: (mark.start, mark.end))
    lines: list[Line] = []
    start = 0
    begun = False
    for raw in text.split("\n"):
        end = start + len(raw)
        if raw.strip():
            kind = _kind(raw.strip(), known if len(lines) < 4 else (), begun, authority)
            begun = begun or kind in ("heading", "p")
            lines.append(Line(kind, _parts(text, start, end, ordered)))
        start = end + 1
    return lines


def _kind(line: str, known: Sequence[tuple[str, str]], begun: bool, authority: str) -> str:
    for kind, wanted in known:
        if not begun and wanted and line == wanted:
            return kind
    if _ADDRESS.match(line):
        return "address"
    if _HEADING.match(line):
        return "heading"
    if begun and (line == authority or _DATE.match(line)):
        return "end"
    if not begun and _FIELD.match(line):
        return "plain"
    return "p"


def _parts(text: str, start: int, end: int, marks: Sequence[Mark]) -> list[Part]:
    parts, place = [], start
    for mark in marks:
        if mark.start < place or mark.end > end or mark.start >= end:
            continue
        if mark.start > place:
            parts.append(Part(text[place : mark.start]))
        parts.append(Part(text[mark.start : mark.end], mark))
        place = mark.end
    if place < end:
        parts.append(Part(text[place:end]))
    return parts
