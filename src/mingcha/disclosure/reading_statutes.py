"""What the portal shows of the laws (法律依据): the articles on which published lists rest, and any article cited."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from mingcha.catalogues.models import Edition
from mingcha.statutes import queries as statutes
from mingcha.statutes import refs
from mingcha.statutes.errors import CitationUnreadable


@dataclass(frozen=True)
class Basis:
    """One law with the articles of it that published lists rest on, each with the titles of these lists."""

    law: str
    effective: dt.date | None
    articles: list[dict[str, Any]]


def laws_rested_on(jurisdiction: str, on: dt.date) -> list[Basis]:
    """Laws and articles cited by the editions in force, by law (the most cited first) and number. Four queries."""
    rows = Edition.objects.filter(
        Q(effective_to=None) | Q(effective_to__gte=on), effective_from__lte=on, organisation__jurisdiction=jurisdiction
    )
    lists: dict[refs.ArticleRef, set[str]] = {}
    titles = dict(rows.values_list("id", "title"))
    for key, cited in _cited(titles).items():
        for ref in cited:
            lists.setdefault(ref, set()).add(titles[key])
    known = statutes.articles(lists, on)
    by_law: dict[str, list[dict[str, Any]]] = {}
    for ref in sorted(lists):
        by_law.setdefault(ref.law, []).append({**known[ref], "lists": sorted(lists[ref])})
    found = [Basis(law, articles[0]["effective"], articles) for law, articles in by_law.items()]
    return sorted(found, key=lambda basis: (-len(basis.articles), basis.law))


# Whole articles cited by an edition, read once per process: its content never changes.
_kept: dict[uuid.UUID, frozenset[refs.ArticleRef]] = {}
_MOST_KEPT = 2000


def _cited(editions: Iterable[uuid.UUID]) -> dict[uuid.UUID, frozenset[refs.ArticleRef]]:
    """The articles that each edition cites; one query for those not read yet."""
    wanted = list(editions)
    fresh = [key for key in wanted if key not in _kept]
    if len(_kept) + len(fresh) > _MOST_KEPT:
        _kept.clear()
        fresh = wanted
    if fresh:
        for key, content in Edition.objects.filter(id__in=fresh).values_list("id", "content"):
            found = {ref for text in _strings(content) for citation in refs.find(text) for ref in citation.refs}
            _kept[key] = frozenset(refs.ArticleRef(ref.law, ref.article, sub=ref.sub) for ref in found)
    return {key: _kept[key] for key in wanted}


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def law_places(text: str, on: dt.date) -> tuple[list[dict[str, Any]], str]:
    """The articles that a text cites as in force on a day, and what is wrong with the text (nothing: empty)."""
    try:
        return statutes.cited_places(text, on), ""
    except CitationUnreadable as error:
        return [], error.message
