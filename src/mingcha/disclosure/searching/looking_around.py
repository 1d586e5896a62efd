"""The search over what is not a decision (全站查找): lists in force, organisations, officers, articles.

These are thousands of rows, not millions: each is compared plainly, folded like the decisions.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from mingcha.accounts import queries as accounts
from mingcha.catalogues.models import Edition
from mingcha.catalogues.schemas import schema
from mingcha.disclosure.reading_lists import list_entries
from mingcha.disclosure.searching.tokens import contains, fold, words_of
from mingcha.statutes import queries as statutes
from mingcha.statutes.queries.search import MOST_WORDS
from mingcha.statutes.refs import ArticleRef

MOST = 5


def elsewhere(jurisdiction: str, text: str, on: dt.date) -> list[dict[str, Any]]:
    """Groups of what contains every word: label, exact count, the first rows with title, note, route and its key."""
    words = [fold(word) for word in words_of(text)]
    if not any(words):
        return []
    made = [
        ("清单", _entries(jurisdiction, words, on)),
        ("执法机构", _organisations(jurisdiction, words)),
        ("执法人员", _officers(jurisdiction, words)),
    ]
    count, articles = _articles(text, on)
    return [
        *({"label": label, "count": len(rows), "rows": rows[:MOST]} for label, rows in made),
        {"label": "法条", "count": count, "rows": articles},
    ]


def _entries(jurisdiction: str, words: list[str], on: dt.date) -> list[dict[str, Any]]:
    """Entries of the published lists in force, by the columns that readers see."""
    found = []
    rows = Edition.objects.select_related("organisation")
    editions = rows.filter(organisation__jurisdiction=jurisdiction, effective_from__lte=on)
    for row in editions.exclude(effective_to__lt=on).order_by("kind", "id"):
        known = schema(row.kind)
        for entry in list_entries(row) if known.columns else []:
            cells = [cell for column in known.public if (cell := column.words(entry.get(column.name)))]
            if contains(fold("\x00".join(cells)), words):
                title = next((cell for cell in cells if contains(fold(cell), words[:1])), cells[0])
                found.append({"title": title[:120], "note": row.title, "route": "edition", "key": str(row.id)})
    return found


def _organisations(jurisdiction: str, words: list[str]) -> list[dict[str, Any]]:
    return [
        {"title": row.name, "note": row.phone, "route": "who", "key": ""}
        for row in accounts.organisations(jurisdiction)
        if contains(fold(row.name), words)
    ]


def _officers(jurisdiction: str, words: list[str]) -> list[dict[str, Any]]:
    """Officers with a certificate, by name, organisation and number of the certificate."""
    rows = accounts.staff(jurisdiction).filter(certificates__isnull=False).distinct().order_by("name", "id")
    found = []
    for row in rows:
        numbers = [item.number for item in row.certificates.all()]
        if contains(fold("\x00".join([row.name, row.organisation.name, *numbers])), words):
            note = f"{row.organisation.name}　{'、'.join(numbers)}"
            found.append({"title": row.name, "note": note, "route": "officers", "key": row.name})
    return found


def _articles(text: str, on: dt.date) -> tuple[int, list[dict[str, Any]]]:
    rows = statutes.search(" ".join(words_of(text)[:MOST_WORDS]), on=on)
    refs = {
        row: ArticleRef(row.law.name, row.number, sub=row.sub or None) for row in rows.order_by(*statutes.ORDER)[:MOST]
    }
    known = statutes.articles(set(refs.values()), on)
    return rows.count(), [
        {
            "title": known[ref]["title"],
            "note": row.heading or row.summary or row.text[:60],
            "route": "law-article",
            "key": known[ref]["title"],
        }
        for row, ref in refs.items()
    ]
