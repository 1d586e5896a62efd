"""Articles violated and applied (违反条款、处罚依据), cited as 《法》第…条第…款第…项 — 行政处罚法 art. 59 (3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from mingcha.precedents.extract.amounts import numeral
from mingcha.precedents.extract.reading import Letter

_NUM = r"[零〇一二两三四五六七八九十百千\d]{1,7}"
_PLACE = (
    rf"第(?P<article>{_NUM})条(?:之(?P<inserted>{_NUM}))?(?:/?第(?P<paragraph>{_NUM})款)?"
    rf"(?:/?第?[（(]?(?P<item>{_NUM})[）)]?项)?"
)
_LAW = r"《(?P<law>[^《》]{2,60}(?:[〈<《][^《》〈〉<>]{2,40}[〉>》][^《》]{0,20})?)》"
_TOKEN = re.compile(rf"{_LAW}|{_PLACE.replace('?P<', '?P<p_')}")
_VIOLATION = re.compile(r"(?:违反|触犯)了?")
_GROUND = re.compile(r"(?:依据|根据|依照|按照|适用)")
_ENDS = re.compile(r"[。；;]|的行为|构成|之规定|的规定|规定的|决定|责令|依据|根据|依照|违反")
_GOES_ON = re.compile(r"(?:“□*”)?[,，]?之?的?规定[,，、]?(?:和|及|以及|与|、|并|同时)(?:违反了?)?(?:“□*”)?")
# Some letters never say 违反: "对照《…》第十四条…的规定，构成违法".
_MATCHED = re.compile(r"对照|属于|构成(?=《)")
_HEDGED = re.compile(r"(?:涉嫌|未|没有|不|是否)$")
_NOTICE = "告知"
_REASONS = re.compile(r"(?:本局|我局|本机关|本委|本单位|本大队)(?:经审查|审查)?认为|综上所述")
_REACH = 320
_FIRST_REACH = 90
# Laws about procedure: cited for how, never for the penalty itself.
_PROCEDURE = re.compile(r"行政强制法|行政复议法|行政诉讼法|程序规定|听证")


@dataclass(frozen=True)
class Citation:
    """One place in a law: law name without brackets, article, paragraph and item numbers."""

    law: str
    article: int
    paragraph: int | None = None
    item: int | None = None

    def as_json(self) -> dict[str, Any]:
        return {"law": self.law, "article": self.article, "paragraph": self.paragraph, "item": self.item}


def violated_articles(letter: Letter) -> tuple[Citation, ...]:
    """Places the letter says were violated; what it only suspects (涉嫌违反) counts when nothing else is said."""
    text = letter.unquoted
    certain: list[Citation] = []
    suspected: list[Citation] = []
    for match in _VIOLATION.finditer(text):
        hedged = bool(_HEDGED.search(text[max(0, match.start() - 2) : match.start()]))
        (suspected if hedged else certain).extend(_places(text, match.end()))
    if not certain and not suspected:
        begin = _begin_of_reasons(text, len(text))
        suspected = [place for match in _MATCHED.finditer(text, begin) for place in _places(text, match.end())]
    return tuple(dict.fromkeys(certain or suspected))


def applied_articles(letter: Letter, end: int) -> tuple[Citation, ...]:
    """Grounds of the penalty, from the reasons to the end of the operative part; procedure laws left out."""
    text = letter.unquoted
    # The sentence that runs into payment cites how to pay, not why to punish.
    last = max(text.rfind("。", 0, end), text.rfind("；", 0, end)) + 1 or end
    found: list[Citation] = []
    for match in _GROUND.finditer(text, _begin_of_reasons(text, last), last):
        found.extend(place for place in _places(text, match.end()) if not _PROCEDURE.search(place.law))
    return tuple(dict.fromkeys(found))


def _begin_of_reasons(text: str, end: int) -> int:
    match = _REASONS.search(text, 0, end)
    return match.start() if match else max(0, end - 1500)


def _places(text: str, start: int) -> list[Citation]:
    """Citations from `start` on until the clause ends; a place without a law belongs to the law before it."""
    if not text.startswith(("《", "“", "了", "本", "第", "国"), start) and "《" not in text[start : start + 12]:
        return []
    law: str | None = None
    found: list[Citation] = []
    at = start
    limit = min(len(text), start + _REACH)
    while match := _TOKEN.search(text, at, limit if at > start else min(limit, start + _FIRST_REACH)):
        gap = text[at : match.start()]
        if at > start and _ENDS.search(gap) and not _GOES_ON.fullmatch(gap):
            break
        if at == start and re.search(r"[。；;]", gap):
            break
        if match["law"]:
            law = match["law"]
        elif law:
            article = numeral(match["p_article"]) if not match["p_article"].isdecimal() else int(match["p_article"])
            if article:
                found.append(Citation(law, article, _number(match["p_paragraph"]), _number(match["p_item"])))
        at = match.end()
    return found


def _number(text: str | None) -> int | None:
    if not text:
        return None
    return int(text) if text.isdecimal() else numeral(text)
