"""Printed lists of acts that go unpunished (不予处罚清单) taken apart: act, article, circumstances. Pure.

The text is that of `pdftotext -layout`. An entry proves itself: one number, one article, one text of circumstances in
rows that do not overlap; a page where the counts differ is refused as a whole and named, never guessed.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from typing import Any

_HEAD = re.compile(r"^\s*序号\s+类别\s+违法行为\s+违反条款\s+不予处罚的情节\s*$", re.MULTILINE)
_WORD = re.compile(r"\S+")
_NOTES = re.compile(r"^\s*(?:备注\s+)?[一二三四五六七八九十]、")
_CITED = re.compile(r"^(《[^》]+》(?:第[一二三四五六七八九十百]+[条款项])+)")
_BEGINS = ("同时满足", "有下列情形之一")
_INDENT = 8


@dataclass
class _Row:
    first: int
    last: int
    act: str = ""
    article: str = ""
    circumstances: str = ""
    number: str = ""


@dataclass
class _Page:
    """The words of one page by column: number, (category,) act, article, circumstances, each with its line."""

    words: list[list[tuple[int, str]]] = field(default_factory=lambda: [[], [], [], []])


def found_in(text: str) -> bool:
    """Whether a text is such a list: the heads of its columns stand in it."""
    return _HEAD.search(text) is not None


def entries(text: str) -> tuple[list[dict[str, Any]], list[str]]:
    """Entries of a list of discretion standards with the grade 不予处罚, and remarks on what was read and what was not."""
    rows: list[_Row] = []
    notes: list[str] = []
    remarks: list[str] = []
    for number, page in enumerate(_HEAD.split(text)[1:], 1):
        lines = page.splitlines()
        end = next((place for place, line in enumerate(lines) if _NOTES.match(line)), len(lines))
        remarks += [line.replace("备注", "").strip() for line in lines[end:] if not line.strip().isdecimal()]
        parted = _parted(lines[:end])
        split = _rows(parted)
        if split is None:
            notes.append(f"第{number}页的序号、条款和情节对不上，没有读取，请照原文在编辑页补录。")
            continue
        carried, own = split
        if carried and rows:
            rows[-1].circumstances += carried
        rows += own
    found = [_entry(row) for row in rows]
    notes.insert(0, f"不予处罚清单：读到{len(found)}项，类别栏没有对应的栏目，没有读取。")
    if any(remarks):
        notes.append(f"原文备注没有读进条目：{''.join(remark for remark in remarks if remark)}")
    return found, notes


def _entry(row: _Row) -> dict[str, Any]:
    may = "可以不予行政处罚" if "可以不予" in row.circumstances else "不予行政处罚"
    return {
        "code": f"不罚-{int(row.number):02d}",
        "name": row.act[:300],
        "circumstance": row.circumstances,
        "plain": f"{row.act}，符合所列情形的，{may.replace('行政处罚', '处罚')}。"[:500],
        "grade": "none",
        "basis": _CITED.sub(r"\1　", row.article)[:1000],
        "standard": f"{may}，教育改正",
    }


def _parted(lines: list[str]) -> _Page:
    """Words by column. Columns move a little from page to page: their left edges are where lines begin after a gap."""
    starts = [(match.start(), len(match[0]), line) for line in lines for match in [_WORD.search(line)] if match]
    far = [start for start, _, _ in starts]
    third = min((start for start in far if start >= 44), default=50)
    second = min((start for start in far if 20 <= start < 44), default=26)
    first = min((start for start in far if _INDENT <= start < 20), default=11)
    page = _Page()
    for number, line in enumerate(lines):
        for match in _WORD.finditer(line):
            place = match.start()
            if place >= third:
                column = 3
            elif place >= second:
                column = 2
            elif place >= first:
                column = 1
            elif place < 3 and match[0].isdecimal():
                column = 0
            else:
                continue
            page.words[column].append((number, match[0]))
    # A page number stands alone in the middle of its last line.
    page.words[2] = [(n, word) for n, word in page.words[2] if not (word.isdecimal() and lines[n].strip() == word)]
    return page


def _rows(page: _Page) -> tuple[str, list[_Row]] | None:
    """What belongs to the last row of the page before, and the rows of this page; None where they do not prove themselves."""
    numbers, acts, articles, circumstances = page.words
    begun = [place for place, (_, word) in enumerate(circumstances) if word.startswith(_BEGINS)]
    carried = "".join(word for _, word in circumstances[: begun[0]]) if begun else ""
    if len(begun) != len(numbers):
        return None
    rows = []
    for place, start in enumerate(begun):
        own = circumstances[start : begun[place + 1] if place + 1 < len(begun) else None]
        text = "".join(word for _, word in own)
        rows.append(_Row(own[0][0], own[-1][0], circumstances=text, number=numbers[place][1]))
    for number, word in articles:
        row = _nearest(rows, number, begins=word.startswith("《"))
        row.article += word
        row.first, row.last = min(row.first, number), max(row.last, number)
    for number, word in acts:
        _nearest(rows, number).act += word
    whole = all(row.act and row.article.startswith("《") and row.article.count("》第") == 1 for row in rows)
    apart = all(before.last < after.first for before, after in itertools.pairwise(rows))
    inside = all(row.first <= line <= row.last for row, (line, _) in zip(rows, numbers, strict=True))
    return (carried, rows) if whole and apart and inside else None


def _nearest(rows: list[_Row], number: int, *, begins: bool = False) -> _Row:
    """The row whose lines are nearest; an article that begins while the row has one already belongs to the next."""
    row = min(rows, key=lambda row: max(row.first - number, number - row.last, 0))
    if begins and row.article and row is not rows[-1]:
        return rows[rows.index(row) + 1]
    return row
