"""A public letter as readable lines (公开文本): withheld places marked, citations that open in place. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

_HEADING = re.compile(r"[一二三四五六七八九十]{1,3}、.{1,30}\Z")
_DATE = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日\Z")
_ADDRESS = re.compile(r"https?://\S+\Z")
_LABEL = re.compile(
    r"(当事人|主体资格|统一社会信用代码|住所|住址|法定代表人|负责人|经营者|身份证|联系)[^。，；：]{0,14}："
)
_CLOSING = "。：；？）”"
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


def compose(
    text: str, marks: Iterable[Mark], *, authority: str, title: str, number: str, wrapped: bool = False
) -> list[Line]:
    """The lines of a letter. `wrapped`: lines were broken at the edge of a page and are joined to paragraphs again."""
    ordered = sorted(marks, key=lambda mark: (mark.start, mark.end))
    signing = _bare(authority)
    known = (("head", signing), ("title", _bare(title)), ("no", _bare(number)))
    stretches = _stretches(text)
    lines: list[Line] = []
    begun = False
    for group in _joined(text, stretches) if wrapped else [[stretch] for stretch in stretches]:
        words = "".join(text[start:end] for start, end in group)
        kind = _kind(words, known if len(lines) < 4 else (), begun, signing)
        begun = begun or kind == "heading" or (kind == "p" and "。" in words)
        lines.append(Line(kind, [part for start, end in group for part in _parts(text, start, end, ordered)]))
    return lines


def _bare(text: str) -> str:
    return "".join(text.split())


def _stretches(text: str) -> list[tuple[int, int]]:
    """Start and end of every line that is not empty, without the spaces around it."""
    found, start = [], 0
    for raw in text.split("\n"):
        words = raw.strip()
        if words:
            first = start + raw.index(words)
            found.append((first, first + len(words)))
        start += len(raw) + 1
    return found


def _joined(text: str, stretches: Sequence[tuple[int, int]]) -> Iterable[list[tuple[int, int]]]:
    """Stretches grouped to paragraphs: an indented line begins one, and a line after one that stopped early."""
    widths = [_width(text[start:end]) for start, end in stretches]
    full = sorted(widths)[len(widths) * 9 // 10] if widths else 0
    group: list[tuple[int, int]] = []
    before = 0
    for (start, end), width in zip(stretches, widths, strict=True):
        indent = start - text.rfind("\n", 0, start) - 1
        closed = group and text[group[-1][1] - 1] in _CLOSING
        labelled = _LABEL.match(text, start, end)
        if group and (labelled or indent >= 2 or before < full * (0.88 if closed else 0.65)):
            yield group
            group = []
        before = width
        group.append((start, end))
    if group:
        yield group


def _width(text: str) -> int:
    """Width on paper: a Chinese character takes two places."""
    return sum(1 if character.isascii() else 2 for character in text)


def _kind(line: str, known: Sequence[tuple[str, str]], begun: bool, authority: str) -> str:
    bare = _bare(line)
    for kind, wanted in known:
        if not begun and wanted and bare == wanted:
            return kind
    if _ADDRESS.match(line):
        return "address"
    if _HEADING.match(line):
        return "heading"
    if begun and (bare == authority or _DATE.match(bare)):
        return "end"
    if not begun and _FIELD.match(line):
        return "plain"
    return "p"


def _parts(text: str, start: int, end: int, marks: Sequence[Mark]) -> list[Part]:
    """The stretch cut at its marks; a mark that goes over the end of a line is marked on both lines."""
    parts, place = [], start
    for mark in marks:
        first, last = max(mark.start, start), min(mark.end, end)
        if first >= last or first < place:
            continue
        if first > place:
            parts.append(Part(text[place:first]))
        parts.append(Part(text[first:last], mark))
        place = last
    if place < end:
        parts.append(Part(text[place:end]))
    return parts
