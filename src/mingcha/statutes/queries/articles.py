"""An article as in force on a date (法条), and citations of free text resolved to it."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from django.db.models import Q, QuerySet

from mingcha.common import clock
from mingcha.common.errors import MingchaError
from mingcha.common.prepared import prepared_lists, total
from mingcha.statutes import refs
from mingcha.statutes.choices import EffectiveBasis
from mingcha.statutes.errors import CitationNoArticle, LawUnknown
from mingcha.statutes.models import Article, DateConfirmation, Law
from mingcha.statutes.naming import Names, shipped
from mingcha.statutes.refs import ArticleRef, Citation
from mingcha.statutes.splitting import paragraphs, part_of


def in_force(day: dt.date) -> Q:
    """Versions of laws in force on a day."""
    return Q(effective_from__lte=day) & (Q(effective_to__isnull=True) | Q(effective_to__gte=day))


def vocabulary() -> Names:
    """All names of laws: those that are shipped and those that were imported. One query."""
    return _vocabulary(total(Law))


@lru_cache(maxsize=1)
def _vocabulary(count: int) -> Names:
    # Laws are only ever added, so their number tells whether a kept vocabulary still holds.
    rows: dict[str, set[str]] = {}
    for name, shorts in Law.objects.values_list("name", "short_names"):
        rows.setdefault(name, set()).update(shorts)
    for text, name in shipped().known.items():
        rows.setdefault(name, set()).add(text)
    return Names.of(rows.items())


def stands(text: str, on: dt.date) -> bool | None:
    """Whether all that a text cites stands in the law in force on a day; None where some of it cannot be looked up.

    Answers are kept while no law was added and no day of effect confirmed: laws are not changed in any other way.
    """
    return _stands(text, on, total(Law), total(DateConfirmation))


@lru_cache(maxsize=4096)
def _stands(text: str, on: dt.date, laws: int, confirmed: int) -> bool | None:
    try:
        states = {place["status"] for place in cited_places(text, on)}
    except MingchaError:
        return None
    return None if states & {"no-law", "no-text"} else "no-article" not in states


def law(name: str, on: dt.date | None = None) -> Law | None:
    """The version of a law in force on a day (today), or None; any usual name or abbreviation will do."""
    rows = Law.objects.filter(in_force(on or clock.today()))
    return rows.filter(name=refs.law_name(name)).order_by("-effective_from").first()


def article(ref: ArticleRef | str, on: dt.date | None = None) -> dict[str, Any]:
    """An article as in force on a day (today): title, heading, summary, text, part, paragraphs, law, effective, status.

    `part` is the text of exactly the paragraph or item cited. Never fails for an article that is not there: `found`
    is then False, `status` says why (no-law, no-text, no-article, no-place) and the title still reads well.
    Raises CitationUnreadable for a text that is no citation.
    """
    wanted = refs.parse(ref) if isinstance(ref, str) else ref
    return articles([wanted], on)[wanted]


def require(ref: ArticleRef | str, on: dt.date | None = None) -> dict[str, Any]:
    """As `article()`, for an article that must be there.

    Raises CitationUnreadable, LawUnknown, CitationNoArticle. A law whose text was not imported cannot be judged:
    the answer then has the status no-text.
    """
    found = article(ref, on)
    day = (on or clock.today()).isoformat()
    if found["status"] == "no-law":
        raise LawUnknown(message=f"法律库里没有在{day}有效的《{found['law']}》。请核对名称和日期。")
    if found["status"] == "no-article":
        raise CitationNoArticle(
            message=f"{day}有效的《{found['law']}》没有{found['place']}，全文到第{found['last']}条。请核对条文序号。",
            data={"citation": found["title"], "on": day},
        )
    if found["status"] == "no-place":
        raise CitationNoArticle(
            message=f"{found['title']}在{day}有效的文本里不存在：这一条共{found['paragraph_count']}款。请核对款、项。",
            data={"citation": found["title"], "on": day},
        )
    return found


def articles(wanted: Iterable[ArticleRef], on: dt.date | None = None) -> dict[ArticleRef, dict[str, Any]]:
    """Many articles at once, as `article()`, in two queries."""
    places = list(wanted)
    if not places:
        return {}
    laws = {row.name: row for row in _laws(on or clock.today(), list({place.law for place in places}))}
    ids = [row.pk for row in laws.values()]
    texts = _numbered(ids, list({place.article for place in places})) if ids else []
    rows = {(row.law_id, row.number, row.sub): row for row in texts}
    found = {}
    for place in places:
        holder = laws.get(place.law)
        row = rows.get((holder.pk, place.article, place.sub or 0)) if holder else None
        found[place] = _told(place, holder, row)
    return found


@prepared_lists
def _laws(day: dt.date, names: list[str]) -> QuerySet[Law]:
    rows = Law.objects.filter(in_force(day), name__in=names).order_by("effective_from")
    return rows.only("name", "effective_from", "effective_to", "records", "effective_basis")


@prepared_lists
def _numbered(laws: list[uuid.UUID], numbers: list[int]) -> QuerySet[Article]:
    return Article.objects.filter(law__in=laws, number__in=numbers)


def _told(place: ArticleRef, holder: Law | None, row: Article | None) -> dict[str, Any]:
    text = row.text if row else ""
    part = part_of(text, place.paragraph, place.item, place.subitem) if text else None
    return {
        "title": str(place),
        "place": place.place(),
        "heading": row.heading if row else "",
        "summary": row.summary if row else "",
        "text": text,
        "part": part,
        "paragraphs": paragraphs(text) if text else [],
        "paragraph_count": row.paragraph_count if row else 0,
        "law": holder.name if holder else place.law,
        "law_id": holder.id if holder else None,
        "number": place.article,
        "sub": place.sub or 0,
        "effective": holder.effective_from if holder else None,
        "presumed": bool(holder and holder.effective_basis == EffectiveBasis.ADOPTED),
        "found": row is not None,
        "imported": bool(holder and holder.records),
        "last": _last(holder) if holder and row is None else "",
        "status": _status(place, holder, row, text, part),
    }


def _status(place: ArticleRef, holder: Law | None, row: Article | None, text: str, part: str | None) -> str:
    if holder is None:
        return "no-law"
    if row is None:
        # Of a law that only ships, the number of its articles is known before its text is imported.
        beyond = 0 < _counts().get((holder.name, holder.effective_from.isoformat()), 0) < place.article
        return "no-article" if holder.records or beyond else "no-text"
    if not text:
        return "no-text"
    return "ok" if part is not None else "no-place"


@cache
def _counts() -> Mapping[tuple[str, str], int]:
    """Name and day of effect of a shipped law → how many articles it has."""
    text = resources.files("mingcha.statutes").joinpath("data", "articles.json").read_text("utf-8")
    return {(row["name"], row["effective_from"]): row["article_count"] for row in json.loads(text)["laws"]}


def _last(holder: Law) -> str:
    """The number of the last article, for the message about one that is not there."""
    if not holder.records:
        return str(_counts().get((holder.name, holder.effective_from.isoformat()), ""))
    row = holder.articles.order_by("-number", "-sub").values_list("number", flat=True).first()
    return str(row or 0)


def citations(
    text: str, on: dt.date | None = None, *, this_law: str = ""
) -> list[tuple[Citation, list[dict[str, Any]]]]:
    """All citations of a free text with their articles as in force on a day; names of imported laws are known."""
    found = refs.find(text, this_law=this_law, names=vocabulary())
    known = articles({ref for citation in found for ref in citation.refs}, on)
    return [(citation, [known[ref] for ref in citation.refs]) for citation in found]


def unfounded(texts: Iterable[str], on: dt.date) -> list[str]:
    """In words, what some texts cite that the law in force on a day does not have; what cannot be looked up is left out."""
    citing = [text for text in texts if "条" in text]
    laws = total(Law) if citing else 0
    cited = {place for text in citing for place in _cited(text, laws)}
    told: list[str] = []
    if not cited:
        return told
    for place, found in articles(sorted(cited, key=str), on).items():
        if found["status"] == "no-article":
            told.append(f"{place}不存在：{on.isoformat()}有效的《{found['law']}》全文到第{found['last']}条。")
        elif found["status"] == "no-place":
            told.append(f"{place}不存在：这一条共{found['paragraph_count']}款。")
    return told


# A list of thousands of entries is looked through at each view of its draft.
@lru_cache(maxsize=16384)
def _cited(text: str, laws: int) -> tuple[ArticleRef, ...]:
    return tuple(place for found in refs.find(text, names=vocabulary()) for place in found.refs)


# What a reader is told where the place cited cannot be shown.
WHY = {
    "no-law": "法律库里没有这一天有效的这部法律。请核对名称和日期。",
    "no-text": "全文尚未导入。导入法律全文后，这里显示条文原文。",
    "no-article": "这部法律在这一天有效的文本里没有这一条。请核对条文序号。",
    "no-place": "这一条里没有所引的款、项。下面是全条原文。",
}
MOST_PLACES = 20


def cited_places(text: str, on: dt.date) -> list[dict[str, Any]]:
    """The articles that a text cites, to be read: with `whole` (line, cited) and `why` where something is missing.

    Raises CitationUnreadable when the text cites none.
    """
    found = [place for _, row in citations(text, on) for place in row]
    if not found:
        found = [article(refs.parse(text, vocabulary()), on)]
    return [{**place, "why": WHY.get(place["status"], ""), "whole": _whole(place)} for place in found[:MOST_PLACES]]


def _whole(place: dict[str, Any]) -> list[tuple[str, bool]]:
    """The lines of the article, and whether each belongs to the paragraph or item cited."""
    cited = set(place["part"].split("\n")) if place["part"] and place["part"] != place["text"] else set()
    return [(line, line in cited) for line in place["text"].split("\n")] if place["text"] else []
