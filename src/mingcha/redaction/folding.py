"""Views of a text for matching (归一视图): same length when folded, and a map back when squeezed."""

from __future__ import annotations

import bisect
import itertools
import re
import unicodedata
from dataclasses import dataclass

# Every decimal digit of any script, full-width Latin and look-alike punctuation, one code point for one. Above the
# second plane are ideographs and tags; to look through a million of them would double the start of a command.
_FOLD: dict[int, str] = {
    ord(digit): str(unicodedata.decimal(digit)) for digit in filter(str.isdecimal, map(chr, range(128, 0x20000)))
}
_FOLD |= {code: chr(code - 0xFEE0) for code in (*range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
_FOLD |= {ord("＠"): "@", ord("．"): ".", ord("＿"): "_", ord("－"): "-", ord("×"): "X", ord("＋"): "+", ord("："): ":"}
_FOLD |= {ord("﹕"): ":", ord("（"): "(", ord("）"): ")", ord("，"): ",", ord("\x00"): " "}

# Half of a surrogate pair is no character; the tagger would refuse the whole text for it.
_FOLD |= dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
_FOLDED = frozenset(map(chr, _FOLD))

# What PDF text, typesetting and evasion put between the digits of one number.
GAP = r"[\s\u00ad\u200b-\u200f\u2060-\u2064\ufeff\u00b7\-–—_]"
_DROPPED = r"\s\u00ad\u200b-\u200f\u2060-\u2064\ufeff"
_BREAK = re.compile(rf"([{_DROPPED}]+)")
# A page's number between two lines of running text: it may stand in the middle of a name.
_PAGE = re.compile(
    r"\n[^\S\n]*(?:[-–—－]+ ?\d{1,3} ?[-–—－]+|第 ?\d{1,3} ?页(?:[,，/ ]{0,3}共 ?\d{1,3} ?页)?)[^\S\n]*(?=\n)"
)


def fold(text: str) -> str:
    """The text with one width and one script of digits; positions unchanged."""
    # One replacement for each kind of character that occurs is some five times faster than str.translate.
    for char in set(text) & _FOLDED:
        text = text.replace(char, _FOLD[ord(char)])
    return text


@dataclass(frozen=True, slots=True)
class Flat:
    """A text without whitespace and invisible characters, and the way back.

    `starts` are the positions in `text` before which something was dropped, `origins` the same in the original.
    """

    text: str
    starts: list[int]
    origins: list[int]

    def origin(self, at: int) -> int:
        """Where the character at `at` stood in the original."""
        segment = bisect.bisect_right(self.starts, at) - 1
        return self.origins[segment] + at - self.starts[segment]


def squeeze(text: str) -> Flat:
    """The text without whitespace, invisible characters and page numbers between lines."""
    text = _PAGE.sub(lambda match: " " * len(match.group()), text)
    pieces = _BREAK.split(text)
    kept = pieces[::2]
    starts = list(itertools.accumulate(map(len, kept), initial=0))
    origins = list(itertools.accumulate(map(len, pieces), initial=0))[::2]
    # An empty first or last piece is no stretch of its own; of two with the same start the later one counts.
    return Flat("".join(kept), starts[: len(kept)], origins[: len(kept)])
