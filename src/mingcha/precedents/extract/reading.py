"""A letter made readable (文本整理): one width of digits, no page furniture, lines and one squeezed string."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

_WIDTH = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
_WIDTH |= {ord("．"): ord("."), ord("﹒"): ord("."), ord("○"): ord("〇")}
# Unassigned, private-use and control characters carry nothing; lone surrogates would break UTF-8 later.
_NOTHING = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
_LINE = re.compile(r"[\r\n\u2028\u2029\x85\f\v]")
_SPACE = re.compile(r"\s+")
# PDF text has page numbers and the copies line ("本文书一式三份") in the middle of sentences.
_FURNITURE = re.compile(
    r"[-—–]{0,2}\d{1,2}[-—–]{0,2}|\d{1,2}/\d{1,2}|第\d{1,3}页(?:[,，]?共\d{1,3}页)?|共\d{1,3}页第\d{1,3}页"
    r"|本文书一式[^。]{0,60}[。.]?(?:\d{1,2})?"
)
_QUOTED = re.compile(r"“[^“”]{0,3000}”")


@dataclass(frozen=True)
class Letter:
    """Lines without furniture and without inner spaces; `whole` is their concatenation."""

    lines: tuple[str, ...]

    @classmethod
    def read(cls, text: str) -> Letter:
        lines = []
        for raw in _LINE.split(text):
            line = _SPACE.sub("", _NOTHING.sub("", raw)).translate(_WIDTH)
            if line and not _FURNITURE.fullmatch(line):
                lines.append(line)
        return cls(tuple(lines))

    @cached_property
    def whole(self) -> str:
        return "".join(self.lines)

    @cached_property
    def unquoted(self) -> str:
        """The letter's own words: cited wording of statutes blanked out, length kept so that positions agree."""
        return _QUOTED.sub(lambda match: "“" + "□" * (len(match.group()) - 2) + "”", self.whole)
