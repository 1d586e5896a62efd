"""Reads offered to other rooms: an article as in force on a date (法条)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from mingcha.common import clock
from mingcha.statutes import refs
from mingcha.statutes.models import Article, Law
from mingcha.statutes.refs import ArticleRef


def law(name: str, on: dt.date | None = None) -> Law | None:
    """The version of a law in force on a day (today), or None; any usual name or abbreviation will do."""
    day = on or clock.today()
    rows = Law.objects.filter(Q(effective_to__isnull=True) | Q(effective_to__gte=day), effective_from__lte=day)
    return rows.filter(name=refs.law_name(name)).order_by("-effective_from").first()


def article(ref: ArticleRef | str, on: dt.date | None = None) -> dict[str, Any]:
    """An article as in force on a day (today): title, heading, summary, text, law, effective, found.

    Never fails for an article that is not there: `found` is then False and the title still reads well.
    Raises CitationUnreadable for a text that is no citation.
    """
    wanted = refs.parse(ref) if isinstance(ref, str) else ref
    return articles([wanted], on)[wanted]


def articles(wanted: Iterable[ArticleRef], on: dt.date | None = None) -> dict[ArticleRef, dict[str, Any]]:
    """Many articles at once, as `article()`, in two queries."""
    places = list(wanted)
    day = on or clock.today()
    laws = {
        row.name: row
        for row in Law.objects.filter(
            Q(effective_to__isnull=True) | Q(effective_to__gte=day),
            effective_from__lte=day,
            name__in={place.law for place in places},
        ).order_by("effective_from")
    }
    rows = {
        (row.law_id, row.number, row.sub): row
        for row in Article.objects.filter(law__in=laws.values(), number__in={place.article for place in places})
    }
    found = {}
    for place in places:
        holder = laws.get(place.law)
        row = rows.get((holder.pk, place.article, place.sub or 0)) if holder else None
        found[place] = {
            "title": str(place),
            "heading": row.heading if row else "",
            "summary": row.summary if row else "",
            "text": row.text if row else "",
            "law": holder.name if holder else place.law,
            "effective": holder.effective_from if holder else None,
            "found": row is not None,
        }
    return found
