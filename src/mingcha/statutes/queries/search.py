"""Full-text search over articles (法条检索): every article that has all the words, of any length, on both databases.

A scan: INSTR on SQLite and STRPOS on PostgreSQL compare bytes, so each place is found and no index can be behind. ADR 9.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import StrIndex

from mingcha.common.errors import InvalidInput
from mingcha.statutes import dating
from mingcha.statutes.models import Article, Law
from mingcha.statutes.queries.articles import in_force

MOST_WORDS = 6
MOST_CHARACTERS = 100
# What the project rests on comes first, then by rank of the source, then by name.
ORDER = ("rank", "law_name", "-since", "number", "sub", "id")
_AROUND = 48


@dataclass(frozen=True)
class Hit:
    """One article found, with a stretch of its text cut at the first place: (text, whether it was looked for)."""

    article: Article
    excerpt: list[tuple[str, bool]]


def words(query: str) -> list[str]:
    """The words of a query, each to be found as it stands. Raises InvalidInput."""
    if len(query) > MOST_CHARACTERS:
        raise InvalidInput({"q": [f"检索词不能超过{MOST_CHARACTERS}个字。"]})
    found = list(dict.fromkeys(query.replace("\0", " ").split()))
    if len(found) > MOST_WORDS:
        raise InvalidInput({"q": [f"最多同时检索{MOST_WORDS}个词。"]})
    return found


def search(query: str, *, category: str = "", on: dt.date | None = None, law: str = "") -> QuerySet[Article]:
    """Articles with all the words in text, heading or summary; none for an empty query. Raises InvalidInput.

    Rows carry `rank`, `law_name` and `since`, so that a page can be ordered by ORDER. On a day only versions then in force.
    """
    asked = words(query)
    rows = Article.objects.select_related("law").defer("law__history", "law__preamble", "law__appendix")
    if not asked:
        return rows.none()
    for number, word in enumerate(asked):
        places = {f"{field}{number}": StrIndex(field, Value(word)) for field in ("text", "heading", "summary")}
        rows = rows.alias(**places).filter(reduce(or_, (Q(**{f"{name}__gt": 0}) for name in places)))
    chosen = Law.objects.all()
    if category:
        chosen = chosen.filter(category=category)
    if on:
        chosen = chosen.filter(in_force(on))
    if law:
        chosen = chosen.filter(name=law)
    if category or on or law:
        rows = rows.filter(law__in=chosen)
    return rows.annotate(law_name=F("law__name"), since=F("law__effective_from"), rank=_rank())


def _rank() -> Case:
    order = dating.table()["order"]
    places = [When(law__category=name, then=Value(place)) for place, name in enumerate(order, 1)]
    return Case(When(~Q(heading=""), then=Value(0)), *places, default=Value(len(order)), output_field=IntegerField())


def hits(rows: Iterable[Article], query: str) -> list[Hit]:
    """Excerpts for the rows of a page."""
    asked = words(query)
    return [Hit(row, excerpt(row.text or row.summary, asked)) for row in rows]


def excerpt(text: str, asked: list[str]) -> list[tuple[str, bool]]:
    """A stretch of a text around the first word, the words marked."""
    first = min((place for word in asked if (place := text.find(word)) >= 0), default=0)
    begin, end = max(0, first - _AROUND // 2), first + _AROUND * 2
    cut = ("…" if begin else "") + text[begin:end].replace("\n", " ") + ("…" if end < len(text) else "")
    if not asked:
        return [(cut, False)]
    pattern = "|".join(re.escape(word) for word in sorted(asked, key=len, reverse=True))
    return [(piece, bool(re.fullmatch(pattern, piece))) for piece in re.split(f"({pattern})", cut) if piece]
