"""Which published lists, procedures and standards rest on a law: citations in editions in force (权责清单动态调整) — R011."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet

from mingcha.catalogues.models import Edition
from mingcha.common import clock
from mingcha.statutes.queries import vocabulary
from mingcha.statutes.resting import Resting, cited, register

# What an entry is called, in this order; the first that it has.
_NAMES = ("name", "title", "label", "plain")
_CODES = ("code", "id", "key")


def _strings(value: Any, path: tuple[str, ...], named: str) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Every text of a content with the path and the name of the entry that it belongs to."""
    if isinstance(value, str):
        yield path, named, value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner, path, named)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            if isinstance(inner, dict):
                code = next((str(inner[key]) for key in _CODES if inner.get(key)), str(place + 1))
                name = next((str(inner[key]) for key in _NAMES if isinstance(inner.get(key), str) and inner[key]), code)
                # Entries of entries (moves of a stage) are found in the entry that people look for: the outer one.
                yield from _strings(inner, path or (code,), named if path else name)
            else:
                yield from _strings(inner, path, named)


def texts(content: Any) -> Iterator[str]:
    """Every text of a content."""
    return (text for _, _, text in _strings(content, (), ""))


def _find(rows: QuerySet[Edition], law: str, changed: frozenset[tuple[int, int]]) -> Iterator[Resting]:
    """Entries of editions in force today or later that cite the law."""
    today, names = clock.today(), vocabulary()
    rows = rows.filter(Q(effective_to=None) | Q(effective_to__gte=today)).select_related("organisation")
    for edition in rows.order_by("kind", "key", "number"):
        entries: dict[tuple[str, ...], tuple[str, list[str]]] = {}
        for path, named, text in _strings(edition.content, (), ""):
            if citations := cited(text, law, changed, names):
                entries.setdefault(path, (named, []))[1].extend(citations)
        for path, (named, citations) in entries.items():
            yield Resting(
                key=f"{edition.id}:{'/'.join(path)}"[:120],
                jurisdiction=edition.organisation.jurisdiction,
                target=str(edition.id),
                title=f"{edition.organisation.name}《{edition.title}》第{edition.number}版",
                place=named or "全文",
                citations=tuple(dict.fromkeys(citations)),
            )


def _lists(law: str, changed: frozenset[tuple[int, int]]) -> Iterator[Resting]:
    return _find(Edition.objects.exclude(kind="procedure"), law, changed)


def _procedures(law: str, changed: frozenset[tuple[int, int]]) -> Iterator[Resting]:
    return _find(Edition.objects.filter(kind="procedure"), law, changed)


register("edition", "清单和基准", _lists)
register("procedure", "执法程序", _procedures)
