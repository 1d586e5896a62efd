"""What precedents offer to the rooms above."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from mingcha.precedents.models import HistoricDecision, ImportBatch
from mingcha.statutes.refs import ArticleRef, law_name

_CHUNK = 500


def known(digests: Collection[str]) -> set[str]:
    """Those of the text digests that the register holds already."""
    return {found for part in _chunks(sorted(digests)) for found in _stored(part)}


def _stored(digests: list[str]) -> Iterator[str]:
    yield from HistoricDecision.objects.filter(text_digest__in=digests).values_list("text_digest", flat=True)


def _chunks(items: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]


def batch_of(source_digest: str) -> ImportBatch | None:
    """The first batch that came from a file with this digest."""
    rows = ImportBatch.objects.filter(source_digest=source_digest).select_related("imported_by")
    return rows.order_by("imported_at", "id").first()


def public_fields(row: HistoricDecision) -> dict[str, Any]:
    """The fields that the public sees: kinds of penalty and articles in words."""
    return {
        "number": row.number,
        "party": row.party,
        "authority": row.authority,
        "decided_on": row.decided_on,
        "penalties": [kind["name"] for kind in row.fields["penalties"]],
        "fine_fen": row.fine_fen,
        "confiscated_fen": row.confiscated_fen,
        "articles": list(dict.fromkeys(cited(place) for place in [*row.fields["violated"], *row.fields["applied"]])),
    }


def cited(place: Mapping[str, Any]) -> str:
    """《食品安全法》第五十五条第一款第二项; a place that no law can have stays in figures."""
    ref = ArticleRef(law_name(place["law"]), place["article"], place["paragraph"], place["item"])
    try:
        return str(ref)
    except ValueError:
        return f"《{ref.law}》第{ref.article}条"
