"""Laws as a whole: list, versions, table of contents, the text with its parts."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db.models import Count, QuerySet

from mingcha.common.errors import NotFound
from mingcha.statutes.choices import EffectiveBasis
from mingcha.statutes.models import Law
from mingcha.statutes.queries.articles import in_force
from mingcha.statutes.refs import ArticleRef
from mingcha.statutes.splitting import paragraphs


def laws(*, text: str = "", category: str = "", on: dt.date | None = None) -> QuerySet[Law]:
    """Laws whose name has `text` in it; on a day only the versions then in force. Long texts are left out."""
    rows = Law.objects.defer("history", "preamble", "appendix")
    if text:
        rows = rows.filter(name__contains=text)
    if category:
        rows = rows.filter(category=category)
    return rows.filter(in_force(on)) if on else rows


def categories() -> list[tuple[str, int]]:
    """Categories with the number of versions, the largest first."""
    rows = Law.objects.exclude(category="").values_list("category").annotate(count=Count("id"))
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def imported() -> bool:
    """Whether any full text was imported."""
    return Law.objects.exclude(category="").exists()


def presumed(text: str = "") -> QuerySet[Law]:
    """Versions whose day of effect was only presumed by the import (推定), to be confirmed."""
    rows = Law.objects.filter(effective_basis=EffectiveBasis.ADOPTED)
    for word in text.split()[:5]:
        rows = rows.filter(name__icontains=word)
    return rows


def versions(name: str) -> list[Law]:
    """All versions of a law, the newest first."""
    return list(laws().filter(name=name).order_by("-effective_from"))


def law_page(law_id: uuid.UUID) -> Law:
    """One version of a law. Raises NotFound."""
    row = Law.objects.filter(id=law_id).first()
    if row is None:
        raise NotFound("没有找到这部法律。")
    return row


def contents(law: Law) -> list[dict[str, Any]]:
    """The text in its order: parts (level, label, title) and articles with their paragraphs. Two queries."""
    rows: list[dict[str, Any]] = []
    parts = list(law.divisions.order_by("position"))
    articles = list(law.articles.order_by("number", "sub"))
    place = {part.pk: number for number, part in enumerate(parts)}
    at = 0
    for row in articles:
        # A chapter before its first section has no articles of its own: all parts up to this one come first.
        stop = place[row.division_id] + 1 if row.division_id else at
        rows += [{"part": part, "anchor": f"p{part.position}"} for part in parts[at:stop]]
        at = max(at, stop)
        label = ArticleRef(law.name, row.number, sub=row.sub or None).place()
        name = anchor(row.number, row.sub)
        rows.append({"article": row, "label": label, "anchor": name, "paragraphs": paragraphs(row.text)})
    return rows + [{"part": part, "anchor": f"p{part.position}"} for part in parts[at:]]


def anchor(number: int, sub: int = 0, paragraph: int | None = None) -> str:
    """The anchor of an article, or of a paragraph of it: a58, a58-1 (之一), a58k2."""
    return f"a{number}{f'-{sub}' if sub else ''}{f'k{paragraph}' if paragraph else ''}"
