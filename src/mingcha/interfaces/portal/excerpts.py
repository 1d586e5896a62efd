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


def results(rows: Sequence[queries.Entry], words: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of a list; an excerpt stands only where the visible fields do not show every word."""
    folded = [(word, queries.fold(word)) for word in words]
    hidden = {row.id: _hidden(row, folded) for row in rows}
    texts = queries.texts([row for row in rows if hidden[row.id]])
    return [_result(row, words, hidden[row.id], texts.get(row.id, "")) for row in rows]


def _hidden(row: queries.Entry, folded: Sequence[tuple[str, str]]) -> list[str]:
    """The words that the visible fields do not show."""
    if not folded:
        return []
    shown = queries.fold(f"{row.number} {row.party} {row.cause} {row.authority}")
    return [word for word, looked_for in folded if looked_for not in shown]


def _result(row: queries.Entry, words: Sequence[str], hidden: Sequence[str], text: str) -> dict[str, Any]:
    # The letter follows the four fields in the searchable text.
    body = text.split("\n", 4)[-1] if hidden else ""
    return {
        "row": row,
        "act": queries.acts().get(row.act, ""),
        "withdrawn": not queries.stands(row),
        "number": highlight(row.number or "（无文号）", words),
        "party": highlight(row.party, words),
        "cause": highlight(row.cause, words),
        "excerpt": highlight(excerpt(body, hidden), words) if hidden else "",
    }
