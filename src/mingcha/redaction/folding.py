"""Views of a text for matching (归一视图): same length when folded, and a map back when squeezed."""

from __future__ import annotations

import re
import sys
import unicodedata

# Every decimal digit of any script, full-width Latin and look-alike punctuation, one code point for one.
_FOLD: dict[int, str] = {
    code: str(unicodedata.decimal(chr(code)))
    for code in range(128, sys.maxunicode + 1)
    if unicodedata.category(chr(code)) == "Nd"
}
_FOLD |= {code: chr(code - 0xFEE0) for code in (*range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
_FOLD |= {ord("＠"): "@", ord("．"): ".", ord("＿"): "_", ord("－"): "-", ord("×"): "X", ord("＋"): "+", ord("："): ":"}
_FOLD |= {ord("﹕"): ":", ord("（"): "(", ord("）"): ")", ord("，"): ",", ord("\x00"): " "}

# What PDF text, typesetting and evasion put between the digits of one number.
GAP = r"[\s\u00ad\u200b-\u200f\u2060-\u2064\ufeff\u00b7\-–—_]"
_KEPT = re.compile(r"[^\s\u00ad\u200b-\u200f\u2060-\u2064\ufeff]+")


def fold(text: str) -> str:
    """The text with one width and one script of digits; positions unchanged."""
    return text.translate(_FOLD)


def squeeze(text: str) -> tuple[str, list[int]]:
    """The text without whitespace and invisible characters, and for each kept character its position in `text`."""
    index: list[int] = []
    parts = []
    for match in _KEPT.finditer(text):
        index.extend(range(match.start(), match.end()))
        parts.append(match.group())
    return "".join(parts), index
