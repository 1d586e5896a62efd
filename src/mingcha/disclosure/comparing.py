"""A letter in somebody's hand beside the public text (比对): which lines say something else, and which are not there."""

from __future__ import annotations

import difflib
import io
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import pypdfium2

from mingcha.common.errors import InvalidInput

MOST_PAGES, MOST_CHARS = 60, 200_000
# What stands hidden in public may be this long in the letter itself.
_MOST_HIDDEN = 120
_SHORT = 4
_NUMBER = re.compile(r"[\u4e00-\u9fff]{2,12}[〔\[［（(]20\d\d[〕\]］）)]第?\d{1,6}号")
_PAGE = re.compile(r"\s*(?:[—–-]\s*\d{1,3}\s*[—–-]|第\s*\d{1,3}\s*页.*|\d{1,3}(?:\s*/\s*\d{1,3})?)\s*")
# The address of verification is a code in the print.
_ADDRESS = "/p/verify/"


@dataclass(frozen=True)
class Differs:
    """A line of the public text that the letter does not carry; `found` is what stands in its place, if anything."""

    public: str
    found: str


@dataclass(frozen=True)
class Compared:
    """How many lines agree, and those that do not; `extra` are passages of the letter that the public text lacks."""

    agreed: int
    differs: list[Differs]
    extra: list[str]

    @property
    def same(self) -> bool:
        return not self.differs and not self.extra


def text_of_pdf(data: bytes) -> str:
    """The text layer. Raises InvalidInput for what is no PDF or too long."""
    try:
        pages = pypdfium2.PdfDocument(io.BytesIO(data))
    except pypdfium2.PdfiumError:
        raise InvalidInput({"file": ["读不出这个PDF，可能不完整或者加了密码。"]}) from None
    if len(pages) > MOST_PAGES:
        raise InvalidInput({"file": [f"文件超过{MOST_PAGES}页，没有核验。"]})
    return "\n".join(_body(page.get_textpage().get_text_bounded()) for page in pages)[:MOST_CHARS]


def _body(page: str) -> str:
    """A page without the line of its number: sentences run on over the page."""
    lines = page.splitlines()
    while lines and (not lines[-1].strip() or _PAGE.fullmatch(lines[-1])):
        lines.pop()
    return "\n".join(lines)


def numbers(text: str) -> list[str]:
    """Numbers of letters in a text, in order of the lines that carry them."""
    lines = (re.sub(r"\s", "", line) for line in text.splitlines())
    return list(dict.fromkeys(number for line in lines for number in _NUMBER.findall(line)))


def _plain(text: str) -> str:
    """Without spaces, line ends and the differences between forms of one character."""
    return re.sub(r"[\s\x00-\x1f\u200b-\u200f\u2060\ufeff\ufffe\uffff]", "", unicodedata.normalize("NFKC", text))


def compare(public: str, hidden: Sequence[tuple[int, int]], letter: str) -> Compared:
    """Compare by lines; a hidden place may say anything. `hidden` are places of the public text."""
    paper, agreed = _plain(letter), 0
    missing: list[str] = []
    covered = bytearray(len(paper))
    start = 0
    for line in public.split("\n"):
        pattern, last = "", 0
        inside = [(a - start, b - start) for a, b in hidden if start <= a and b <= start + len(line)]
        for first, end in sorted(inside):
            pattern += re.escape(_plain(line[last:first])) + f".{{0,{_MOST_HIDDEN}}}?"
            last = end
        pattern += re.escape(_plain(line[last:]))
        start += len(line) + 1
        if not _plain(line) or _ADDRESS in line:
            continue
        places = list(re.finditer(pattern, paper))
        for place in places:
            covered[place.start() : place.end()] = b"\1" * (place.end() - place.start())
        if places:
            agreed += 1
        else:
            missing.append(line)
    named = [Differs(line, _instead(_plain(line), paper, covered)) for line in missing]
    extra = [] if missing else _extra(paper, covered)
    return Compared(agreed, named, extra)


def _instead(line: str, paper: str, covered: bytearray) -> str:
    """The stretch of the letter that is most like the line among those that nothing else claimed."""
    best, ratio = "", 0.5
    for stretch in _free(paper, covered):
        matcher = difflib.SequenceMatcher(None, stretch, line, autojunk=False)
        block = matcher.find_longest_match(0, len(stretch), 0, len(line))
        first = max(0, block.a - block.b)
        window = stretch[first : first + len(line) + 10]
        score = difflib.SequenceMatcher(None, window, line, autojunk=False).ratio()
        if block.size >= min(_SHORT, len(line)) and score > ratio:
            best, ratio = window, score
    return best


def _free(paper: str, covered: bytearray) -> list[str]:
    found, current = [], ""
    for char, taken in zip(paper, covered, strict=True):
        if taken:
            found.append(current)
            current = ""
        else:
            current += char
    found.append(current)
    return [stretch for stretch in found if stretch]


def _extra(paper: str, covered: bytearray) -> list[str]:
    """Longer passages in Chinese that the public text lacks; page numbers and addresses are none."""
    return [stretch for stretch in _free(paper, covered) if len(re.findall(r"[\u4e00-\u9fff]", stretch)) >= 12]
