"""What is offered while somebody types or finds nothing (检索建议): names by their first characters or by pinyin.

Only names of organs and enterprises and causes of decisions that stand are offered; natural persons are found when
asked for by name, never suggested.
"""

from __future__ import annotations

from tantivy import Query

from mingcha.disclosure.choices import PublicState
from mingcha.disclosure.models import PublicEntry
from mingcha.disclosure.searching import asking, index
from mingcha.disclosure.searching.tokens import EDGE, fold

MOST = 8
_LEAST_SPELLING = 2
# Terms read for one list: some may stand only in rows that are withdrawn.
_READ = 40


def suggestions(text: str, most: int = MOST) -> list[str]:
    """Names that begin with `text`, or whose pinyin (whole or first letters) does. None without an index."""
    found = asking.opened()
    typed = " ".join(text.replace("\0", "").split())
    if found is None or not typed:
        return []
    standing = Query.term_query(found.schema, "state", PublicState.VALID.value, "basic")
    names = [name for name, _ in found.searcher.terms_with_prefix("name", typed, standing, _READ)]
    letters = fold(typed)
    if letters.isascii() and letters.isalpha() and len(letters) >= _LEAST_SPELLING:
        names += _spelt(found, letters, standing)
    return _public(found, names)[:most]


def near(text: str, most: int = MOST) -> list[str]:
    """Names that sound like `text`, for a search that found nothing: 清合 → 清和建筑工程有限公司."""
    found = asking.opened()
    letters = "".join(index.syllables_of(text))
    if found is None or len(letters) < _LEAST_SPELLING:
        return []
    standing = Query.term_query(found.schema, "state", PublicState.VALID.value, "basic")
    return _public(found, _spelt(found, letters, standing))[:most]


def _spelt(found: asking.Open, letters: str, standing: Query) -> list[str]:
    terms = found.searcher.terms_with_prefix("pinyin", letters, standing, _READ)
    return [term.split(EDGE, 1)[1] for term, _ in terms]


def _public(found: asking.Open, names: list[str]) -> list[str]:
    """Without names that stand only in rows withdrawn after the mark of the index."""
    gone = set(
        PublicEntry.objects.filter(changed_at__gt=found.mark, state=PublicState.WITHDRAWN).values_list("id", flat=True)
    )
    names = list(dict.fromkeys(names))
    if not gone:
        return names
    without = Query.term_set_query(found.schema, "key", [key.hex for key in gone])
    return [name for name in names if asking.counted(found, Query.term_query(found.schema, "name", name), [without])]


def choices() -> dict[str, list[str]]:
    """Authorities and areas with public decisions, for the filters; from the index where there is one."""
    found = asking.opened()
    if found is None:
        return {
            name: list(PublicEntry.objects.order_by(name).values_list(name, flat=True).distinct())
            for name in ("authority", "jurisdiction")
        }
    if not found.facts:
        everything = Query.all_query()
        found.facts["authority"] = [term for term, _ in found.searcher.terms_with_prefix("authority", "", everything)]
        found.facts["jurisdiction"] = [term for term, _ in found.searcher.terms_with_prefix("area", "", everything)]
    return found.facts
