"""Citations of statutes (法条引用), pure: law, article 条, paragraph 款, item 项; parse, print, find in free text.

Short forms: 处罚法58 is art. 58, 处罚法58(1) its item 1, 处罚法57¶2 its paragraph 2, 处罚法57¶1(3) both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from mingcha.statutes.errors import CitationUnreadable
from mingcha.statutes.numerals import NUMERAL, from_chinese, to_chinese

_FILE = Path(__file__).parent / "data" / "abbreviations.json"
_PREFIX = "中华人民共和国"


@dataclass(frozen=True, order=True)
class ArticleRef:
    """One place in a law: `sub` is the n of 第x条之n; `law` is the name without 中华人民共和国."""

    law: str
    article: int
    paragraph: int | None = None
    item: int | None = None
    sub: int | None = None

    def place(self) -> str:
        """第五十八条第一款第一项."""
        text = f"第{to_chinese(self.article)}条"
        if self.sub:
            text += f"之{to_chinese(self.sub)}"
        if self.paragraph:
            text += f"第{to_chinese(self.paragraph)}款"
        if self.item:
            text += f"第{to_chinese(self.item)}项"
        return text

    def __str__(self) -> str:
        return f"《{self.law}》{self.place()}"


@dataclass(frozen=True)
class Citation:
    """A citation found in free text: characters `start` to `end` of the text, and the places that it names."""

    start: int
    end: int
    text: str
    refs: tuple[ArticleRef, ...]


@cache
def names() -> dict[str, str]:
    """Every way to write the name of a known law → its name without 中华人民共和国."""
    found: dict[str, str] = {}
    for name, shorts in json.loads(_FILE.read_text(encoding="utf-8"))["laws"].items():
        for text in (name, _PREFIX + name, *shorts):
            if found.setdefault(text, name) != name:
                raise ValueError(f"abbreviation {text} stands for two laws")
    return found


def law_name(text: str) -> str:
    """The name under which a law is kept; an unknown law keeps its own name without 中华人民共和国."""
    text = text.strip().strip("《》")
    return names().get(text) or text.removeprefix(_PREFIX)


_TAIL = rf"(?:第(?P<paragraph>{NUMERAL})款)?(?:第[（(]?(?P<item>{NUMERAL})[)）]?项)?"
_LONG = rf"第(?P<article>{NUMERAL})条(?:之(?P<sub>{NUMERAL}))?" + _TAIL
_SHORT = r"(?P<article>\d{1,4})(?:[¶](?P<paragraph>\d{1,2}))?(?:[(（](?P<item>\d{1,2})[)）])?(?![\d份张件页册本次人年月日号条])"
_EDITION = r"(?:\s*[（(][^（）()]{1,20}[)）])?"
_PLACE = re.compile(_LONG)
_LINK = re.compile(r"\s*(?P<link>至|到|—|－|-|、|和|及|以及|，|,)\s*(?=第)")
_PART = re.compile(
    rf"第(?:(?P<paragraph>{NUMERAL})款(?:第[（(]?(?P<item>{NUMERAL})[)）]?项)?|[（(]?(?P<only>{NUMERAL})[)）]?项)"
)
# Without 《》 an unknown name is only trusted where the whole text is one citation: in free text its start is a guess.
_BARE = re.compile(r"[\u4e00-\u9fff]{1,40}?(?:法|法典|条例|办法|规定|规则)(?=第|\d)")


@cache
def _start() -> re.Pattern[str]:
    known = "|".join(re.escape(name) for name in sorted(names(), key=len, reverse=True))
    return re.compile(
        rf"《(?P<book>[^《》]{{2,60}})》{_EDITION}\s*|(?P<known>{known}){_EDITION}\s*"
        r"|(?P<own>本法|本条例|本办法|本规定)"
    )


@cache
def _short() -> re.Pattern[str]:
    return re.compile(_SHORT)


def parse(text: str) -> ArticleRef:
    """One citation, the whole of `text`. Raises CitationUnreadable."""
    cleaned = text.strip()
    bare = _BARE.match(cleaned)
    if bare is not None and law_name(bare[0]) not in names().values():
        cleaned = f"《{bare[0]}》{cleaned[bare.end() :]}"
    found = find(cleaned)
    if len(found) == 1 and len(found[0].refs) == 1 and (found[0].start, found[0].end) == (0, len(cleaned)):
        return found[0].refs[0]
    raise CitationUnreadable(message=f"看不懂法条引用“{cleaned[:50]}”，请写成《行政处罚法》第五十八条第一款的样子。")


def find(text: str, *, this_law: str = "") -> list[Citation]:
    """All citations of free text, in order; lists and ranges (第六十七条至第六十九条) name several places.

    `this_law` is what 本法 stands for; without it such citations are passed over.
    """
    found: list[Citation] = []
    position = 0
    while match := _start().search(text, position):
        position = match.end()
        law = this_law if match["own"] else law_name(match["book"] or match["known"])
        place = _PLACE.match(text, match.end())
        short = None if place or match["own"] else _short().match(text, match.end())
        first = place or short
        if first is None:
            continue
        try:
            refs, end = _chain(text, law, first) if place else ([_ref(law, first)], first.end())
        except ValueError:
            continue
        position = end
        if law:
            found.append(Citation(match.start(), end, text[match.start() : end], tuple(refs)))
    return found


def _ref(law: str, match: re.Match[str]) -> ArticleRef:
    parts = match.groupdict()
    value = {name: from_chinese(parts[name]) if parts.get(name) else None for name in ("paragraph", "item", "sub")}
    article = from_chinese(match["article"])
    if not 0 < article < 10000 or 0 in value.values():
        raise ValueError(match[0])
    return ArticleRef(law, article, value["paragraph"], value["item"], value["sub"])


def _chain(text: str, law: str, first: re.Match[str]) -> tuple[list[ArticleRef], int]:
    """The first place and those linked to it: 、和 add one, 至 fills the range."""
    refs, end = [_ref(law, first)], first.end()
    while link := _LINK.match(text, end):
        place = _PLACE.match(text, link.end())
        part = None if place else _PART.match(text, link.end())
        if place is not None:
            following, stop = _ref(law, place), place.end()
        elif part is not None:
            following, stop = _within(refs[-1], part), part.end()
        else:
            break
        if link["link"] in ("至", "到", "—", "－", "-"):
            refs.extend(_between(refs[-1], following))
        refs.append(following)
        end = stop
    return refs, end


def _within(before: ArticleRef, match: re.Match[str]) -> ArticleRef:
    """第二款 or 第二项 alone belongs to the article named before."""
    if match["only"]:
        return replace(before, item=from_chinese(match["only"]))
    item = from_chinese(match["item"]) if match["item"] else None
    return replace(before, paragraph=from_chinese(match["paragraph"]), item=item)


def _between(first: ArticleRef, last: ArticleRef) -> Iterator[ArticleRef]:
    """What lies strictly between the two ends of a range, on the level on which they differ."""
    if first.article != last.article:
        for number in range(first.article + 1, min(last.article, first.article + 500)):
            yield ArticleRef(first.law, number)
    elif first.paragraph != last.paragraph and first.paragraph and last.paragraph:
        for number in range(first.paragraph + 1, last.paragraph):
            yield replace(first, paragraph=number, item=None)
    elif first.item and last.item:
        for number in range(first.item + 1, last.item):
            yield replace(first, item=number)
