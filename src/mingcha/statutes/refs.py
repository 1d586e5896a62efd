"""Citations of statutes (法条引用), pure: law, article 条, paragraph 款, item 项, sub-item 目; parse, print, find in text.

Short forms: 处罚法58 is art. 58, 处罚法58(1) its item 1, 处罚法57¶2 its paragraph 2, 处罚法57¶1(3) both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from mingcha.statutes.errors import CitationAmbiguous, CitationUnreadable
from mingcha.statutes.naming import Names, shipped
from mingcha.statutes.numerals import NUMERAL, from_chinese, to_chinese


@dataclass(frozen=True, order=True)
class ArticleRef:
    """One place in a law: `sub` is the n of 第x条之n; `law` is the name without 中华人民共和国."""

    law: str
    article: int
    paragraph: int | None = None
    item: int | None = None
    sub: int | None = None
    subitem: int | None = None

    def place(self) -> str:
        """第五十八条第一款第一项."""
        text = f"第{to_chinese(self.article)}条"
        if self.sub:
            text += f"之{to_chinese(self.sub)}"
        if self.paragraph:
            text += f"第{to_chinese(self.paragraph)}款"
        if self.item:
            text += f"第{to_chinese(self.item)}项"
        if self.subitem:
            text += f"第{to_chinese(self.subitem)}目"
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


def names() -> Mapping[str, str]:
    """Every way to write the name of a law that we ship → its name without 中华人民共和国."""
    return shipped().known


def law_name(text: str, known: Names | None = None) -> str:
    """The name under which a law is kept; an unknown law keeps its own name without 中华人民共和国."""
    return (known or shipped()).law(text)


def _tail(mark: str = "") -> str:
    return (
        rf"(?:第(?P<{mark}paragraph>{NUMERAL})款)?(?:第[（(]?(?P<{mark}item>{NUMERAL})[)）]?项"
        rf"(?:第[（(]?(?P<{mark}subitem>{NUMERAL})[)）]?目)?)?"
    )


_PLACE = re.compile(rf"第(?P<article>{NUMERAL})条(?:之(?P<sub>{NUMERAL}))?" + _tail())
_SHORT = re.compile(
    r"(?P<article>\d{1,4})(?:[¶](?P<paragraph>\d{1,2}))?(?:[(（](?P<item>\d{1,2})[)）])?(?![\d份张件页册本次人年月日号条])"
)
_EDITION = r"(?:\s*[（(][^（）()]{1,20}[)）])?"
_LINK = re.compile(r"\s*(?P<link>至|到|—|－|-|、|和|及|以及|或者|或|，|,)\s*(?=第)")
_PART = re.compile(
    rf"第(?:(?P<paragraph>{NUMERAL})款(?:第[（(]?(?P<item>{NUMERAL})[)）]?项)?|[（(]?(?P<only>{NUMERAL})[)）]?项"
    rf"|[（(]?(?P<onlysub>{NUMERAL})[)）]?目)"
)
# Without 《》 an unknown name is only trusted where the whole text is one citation: in free text its start is a guess.
_BARE = re.compile(r"[\u4e00-\u9fff]{1,40}?(?:法|法典|条例|办法|规定|规则)(?=第|\d)")
_OWN = "本法典|本法|本条例|本办法|本规定|本规则|本细则"
# 本条第二款, 前款第一项, 前条, 前两款, or a bare 第五条: these only mean something inside a statute.
_WITHIN = rf"本条|前[两二三四五]?[条款]|本款|第(?={NUMERAL}[条款])"
_LOCAL = re.compile(r"[省市县区州盟旗镇乡]$")
# 《询问笔录》1份 is no citation: the short form belongs to what can be a law.
_LAW_LIKE = re.compile(r"(?:法|法典|条例|办法|规定|规则|细则|宪法|决定|解释)$")
_MANY = {"两": 2, "二": 2, "三": 3, "四": 4, "五": 5}


@lru_cache(maxsize=8)
def _start(names: Names, inside: bool) -> re.Pattern[str]:
    within = rf"|(?P<within>{_WITHIN})" if inside else ""
    return re.compile(
        rf"《(?P<book>[^《》]{{2,60}}(?:[〈《][^〈〉《》]{{2,60}}[〉》][^《》]{{0,20}})?)》{_EDITION}\s*"
        rf"|(?P<known>{names.pattern}){_EDITION}\s*|(?P<own>{_OWN}){within}"
    )


def parse(text: str, names: Names | None = None) -> ArticleRef:
    """One citation, the whole of `text`. Raises CitationUnreadable, CitationAmbiguous."""
    known = names or shipped()
    cleaned = text.strip()
    bare = _BARE.match(cleaned)
    if bare is not None and bare[0] in known.ambiguous:
        meant = "、".join(f"《{name}》" for name in known.ambiguous[bare[0]])
        raise CitationAmbiguous(message=f"“{bare[0]}”可以指{meant}，请写出法律的全称。")
    if bare is not None and bare[0] not in known.known:
        cleaned = f"《{bare[0]}》{cleaned[bare.end() :]}"
    found = find(cleaned, names=known)
    if len(found) == 1 and len(found[0].refs) == 1 and (found[0].start, found[0].end) == (0, len(cleaned)):
        return found[0].refs[0]
    raise CitationUnreadable(message=f"看不懂法条引用“{cleaned[:50]}”，请写成《行政处罚法》第五十八条第一款的样子。")


def find(
    text: str, *, this_law: str = "", here: ArticleRef | None = None, names: Names | None = None
) -> list[Citation]:
    """All citations of free text, in order; lists and ranges (第六十七条至第六十九条) name several places.

    `this_law` is what 本法 stands for; without it such citations are passed over. `here` is the article (and
    paragraph) in which the text stands: it gives 本条, 前款 and a bare 第五条 their meaning. A short form that stands
    for two laws is passed over.
    """
    known = names or shipped()
    own = here.law if here else this_law
    found: list[Citation] = []
    position = 0
    start = _start(known, here is not None)
    flat, places = _unwrapped(text)
    while match := start.search(flat, position):
        position = match.end()
        try:
            refs, begin, end = _read(flat, match, known, own, here)
        except ValueError:
            continue
        if refs:
            position = end
            first, last = (places[begin], places[end - 1] + 1) if places else (begin, end)
            found.append(Citation(first, last, text[first:last], tuple(refs)))
    return found


# A letter read from a printed page breaks its lines anywhere: 《行政处\n罚法》第五十\n八条.
_BREAK = re.compile(r"(?<=[\u4e00-\u9fff《》〇])[ \t\u3000]*\n[ \t\u3000]*(?=[\u4e00-\u9fff《》〇])")


def _unwrapped(text: str) -> tuple[str, list[int] | None]:
    """The text without line breaks between Chinese characters, and where each character stood (none: unchanged)."""
    breaks = list(_BREAK.finditer(text))
    if not breaks:
        return text, None
    pieces: list[str] = []
    places: list[int] = []
    at = 0
    for gap in breaks:
        pieces.append(text[at : gap.start()])
        places.extend(range(at, gap.start()))
        at = gap.end()
    return "".join([*pieces, text[at:]]), [*places, *range(at, len(text))]


def _read(
    text: str, match: re.Match[str], known: Names, own: str, here: ArticleRef | None
) -> tuple[list[ArticleRef], int, int]:
    """The places that a start leads to, with their stretch of the text; none where it is no citation."""
    nothing: tuple[list[ArticleRef], int, int] = [], 0, 0
    if here is not None and match["within"]:
        return _relative(text, match, here)
    name = match["book"] or match["known"]
    if match["known"] and (name in known.ambiguous or _part_of_longer(text, match, known)):
        return nothing
    law = own if match["own"] else known.law(name)
    place = _PLACE.match(text, match.end())
    short = None if place or match["own"] or not _LAW_LIKE.search(name) else _SHORT.match(text, match.end())
    if not law or not (place or short):
        return nothing
    if place:
        refs, end = _chain(text, _ref(law, place), place.end())
        return refs, match.start(), end
    assert short is not None
    return [_ref(law, short)], match.start(), short.end()


def _part_of_longer(text: str, match: re.Match[str], known: Names) -> bool:
    """明水市食品安全条例 is not the 食品安全条例: a place before the name makes it another, unknown, regulation."""
    law = known.law(match["known"])
    return not law.endswith("法") and bool(_LOCAL.search(text[max(0, match.start() - 1) : match.start()]))


def _relative(text: str, match: re.Match[str], here: ArticleRef) -> tuple[list[ArticleRef], int, int]:
    word, begin = match["within"], match.start()
    at = replace(here, item=None, subitem=None)
    if word == "第":
        if text[:begin].endswith(("法", "条例", "规定", "规则", "细则", "办法")):
            return [], 0, 0  # 公司法第二十条: an unknown law, not this one
        place = _PLACE.match(text, begin)
        if place is not None:
            refs, end = _chain(text, _ref(here.law, place), place.end())
            return refs, begin, end
        part = _PART.match(text, begin)
        if part is None:
            return [], 0, 0
        refs, end = _chain(text, _within(at, part), part.end())
        return refs, begin, end
    tail = _TAIL_ONLY.match(text, match.end())
    assert tail is not None
    if word == "本条":
        first = [_with_tail(replace(at, paragraph=None), tail)]
    elif word.endswith("条"):
        back = _MANY.get(word[1], 1)
        first = [ArticleRef(here.law, here.article - step) for step in range(back, 0, -1) if here.article > step]
        first[-1:] = [_with_tail(ref, tail) for ref in first[-1:]]
    elif not here.paragraph:
        return [], 0, 0
    else:
        back = 0 if word == "本款" else _MANY.get(word[1], 1)
        steps = range(back, 0, -1) if back else (0,)
        first = [replace(at, paragraph=here.paragraph - step) for step in steps if here.paragraph > step]
        first[-1:] = [_with_tail(ref, tail) for ref in first[-1:]]
    if not first:
        return [], 0, 0
    refs, end = _chain(text, first[-1], tail.end())
    return [*first[:-1], *refs], begin, end


_TAIL_ONLY = re.compile(_tail())


def _with_tail(ref: ArticleRef, tail: re.Match[str]) -> ArticleRef:
    paragraph, item, subitem = (from_chinese(tail[name]) if tail[name] else None for name in tail.re.groupindex)
    return replace(ref, paragraph=paragraph or ref.paragraph, item=item, subitem=subitem)


def _ref(law: str, match: re.Match[str]) -> ArticleRef:
    parts = match.groupdict()
    names = ("paragraph", "item", "sub", "subitem")
    value = {name: from_chinese(parts[name]) if parts.get(name) else None for name in names}
    article = from_chinese(match["article"])
    if not 0 < article < 10000 or 0 in value.values():
        raise ValueError(match[0])
    return ArticleRef(law, article, **value)


def _chain(text: str, first: ArticleRef, end: int) -> tuple[list[ArticleRef], int]:
    """The first place and those linked to it: 、和 add one, 至 fills the range."""
    refs = [first]
    while link := _LINK.match(text, end):
        place = _PLACE.match(text, link.end())
        part = None if place else _PART.match(text, link.end())
        if place is not None:
            following, stop = _ref(first.law, place), place.end()
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
    """第二款, 第二项 or 第二目 alone belongs to the place named before."""
    if match["onlysub"]:
        return replace(before, subitem=from_chinese(match["onlysub"]))
    if match["only"]:
        return replace(before, item=from_chinese(match["only"]), subitem=None)
    item = from_chinese(match["item"]) if match["item"] else None
    return replace(before, paragraph=from_chinese(match["paragraph"]), item=item, subitem=None)


def _between(first: ArticleRef, last: ArticleRef) -> Iterator[ArticleRef]:
    """What lies strictly between the two ends of a range, on the level on which they differ."""
    if first.article != last.article:
        for number in range(first.article + 1, min(last.article, first.article + 500)):
            yield ArticleRef(first.law, number)
    elif first.paragraph != last.paragraph and first.paragraph and last.paragraph:
        for number in range(first.paragraph + 1, last.paragraph):
            yield replace(first, paragraph=number, item=None, subitem=None)
    elif first.item and last.item:
        for number in range(first.item + 1, last.item):
            yield replace(first, item=number, subitem=None)
