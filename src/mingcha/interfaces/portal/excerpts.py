"""Search results with the words highlighted (检索摘要)."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from mingcha.disclosure import queries

AROUND = 36


def highlight(text: str, words: Sequence[str]) -> SafeString:
    """The text, escaped, with every word in <mark>."""
    if not words:
        return mark_safe(escape(text))  # noqa: S308
    pieces, last = [], 0
    for match in queries.pattern(tuple(words)).finditer(text):
        pieces += [escape(text[last : match.start()]), "<mark>", escape(match.group()), "</mark>"]
        last = match.end()
    return mark_safe("".join([*pieces, escape(text[last:])]))  # noqa: S308


def excerpt(text: str, words: Sequence[str]) -> str:
    """A stretch of the text around the first word."""
    found = queries.pattern(tuple(words)).search(text)
    if found is None:
        return ""
    first = max(0, found.start() - AROUND // 2)
    cut = " ".join(text[first : first + AROUND * 3].split())
    return f"{'…' if first else ''}{cut}…"


def result(row: queries.Entry, words: Sequence[str], text: str) -> dict[str, Any]:
    """A row of the list; the excerpt stands only where the visible fields do not show every word."""
    shown = queries.fold(f"{row.number} {row.party} {row.cause} {row.authority}")
    hidden = [word for word in words if queries.fold(word) not in shown]
    # The letter follows the four fields in the searchable text.
    body = "\n".join(text.split("\n")[4:])
    return {
        "row": row,
        "act": queries.acts().get(row.act, ""),
        "withdrawn": not queries.stands(row),
        "number": highlight(row.number or "（无文号）", words),
        "party": highlight(row.party, words),
        "cause": highlight(row.cause, words),
        "excerpt": highlight(excerpt(body, hidden), words) if hidden else "",
    }
