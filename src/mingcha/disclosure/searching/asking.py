"""Asking the register (检索): index and what has changed since, as one exact answer.

A reader never waits for the worker: rows changed after the mark of the index are read from the table and compared by
plain containment, and the index is asked without them. So a publication is found and a withdrawal is gone with the
transaction that made it, whether or not a worker runs; where there is no index at all, everything is compared so.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import logging
import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tantivy
from django.db.models import QuerySet

from mingcha.common.errors import InvalidInput
from mingcha.common.paging import Page
from mingcha.common.prepared import prepared, prepared_lists
from mingcha.disclosure.models import PublicEntry
from mingcha.disclosure.searching import index
from mingcha.disclosure.searching.frequent import Frequent
from mingcha.disclosure.searching.tokens import fold, phrase, words_of

log = logging.getLogger("mingcha.search")
NEWEST, RELEVANT = "newest", "relevant"
# The order by relevance ends here: whoever wants more narrows the search or reads by date.
MOST_RELEVANT = 1000
# A worker that is behind by more than this has stopped; the pages still read every shown row from the table.
MOST_CHANGED = 2000
_LISTED_WITHOUT = ("content", "search_text")


@dataclass(frozen=True)
class Wanted:
    """What somebody searches for. Amounts in 分; days include both ends."""

    text: str = ""
    authority: str = ""
    area: str = ""
    kind: str = ""
    act: str = ""
    state: str = ""
    since: dt.date | None = None
    until: dt.date | None = None
    least: int | None = None
    most: int | None = None
    order: str = NEWEST

    @property
    def words(self) -> list[str]:
        return [folded for word in words_of(self.text) if (folded := fold(word))]


@dataclass
class Open:
    """The index as one process reads it, and up to which change it is complete."""

    folder: Path
    stamp: tuple[int, int]
    searcher: tantivy.Searcher
    schema: tantivy.Schema
    mark: dt.datetime
    frequent: Frequent
    facts: dict[str, list[str]] = field(default_factory=dict)


Place = tuple[int, uuid.UUID]
_lock = threading.Lock()
_opened: dict[Path, tuple[Path, tantivy.Index, Open]] = {}


def opened(folder: Path | None = None) -> Open | None:
    """The index as last written, opened once per process and looked at again when its mark changed."""
    folder = folder or index.root()
    try:
        current, held = (folder / index.CURRENT).stat().st_mtime_ns, _opened.get(folder)
        if held and held[2].stamp == (current, (held[0] / index.MARK).stat().st_mtime_ns):
            return held[2]
        with _lock:
            generation = index.current(folder)
            if generation is None:
                return None
            stamp = (current, (generation / index.MARK).stat().st_mtime_ns)
            # First the mark, then the index: what is read is at least as new as the mark says.
            mark = index.read_mark(generation)
            held = _opened.get(folder)
            if held and held[0] == generation:
                made, frequent = held[1], held[2].frequent
            else:
                made, frequent = index.reopen(generation), index.frequent_of(generation)
            made.reload()
            found = Open(generation, stamp, made.searcher(), made.schema, mark, frequent)
            _opened[folder] = (generation, made, found)
            return found
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        log.error("检索索引不能打开，改为逐件比较：%s", error)
        return None


def search(wanted: Wanted, *, cursor: str | None = None, size: int = 20) -> tuple[Page[PublicEntry], int]:
    """One page of what is searched for, with the exact count. Raises InvalidInput for a cursor made elsewhere."""
    found = opened()
    changed = _changed(found)
    if found is None or changed is None:
        return _compared(wanted, cursor, size)
    hits, total, following = _hits(found, wanted, changed, cursor, size)
    rows = {row.id: row for row in _listed(hits)} if hits else {}
    return Page([rows[key] for key in hits if key in rows], following), total


@prepared_lists
def _listed(keys: list[uuid.UUID]) -> QuerySet[PublicEntry]:
    return PublicEntry.objects.defer(*_LISTED_WITHOUT).filter(id__in=keys)


def ids(found: Open, wanted: Wanted) -> list[uuid.UUID]:
    """Everything that the index alone finds, newest first."""
    made = query(found, wanted)
    return [key for _, key in _top(found, made, max(_count(found, made), 1))[0]]


def first_page(found: Open, wanted: Wanted, size: int) -> int:
    """What a search costs in the index alone, for measurement; returns the count."""
    return _hits(found, wanted, [], None, size)[1]


def _changed(found: Open | None) -> list[dict[str, Any]] | None:
    """Rows that the index does not know as they are; None when it is too far behind."""
    if found is None:
        return None
    changed = [dict(zip(index.COLUMNS, row, strict=True)) for row in _changed_since(found.mark)]
    if len(changed) > MOST_CHANGED:
        log.error("检索索引落后%d件以上，改为逐件比较。请检查后台进程。", MOST_CHANGED)
        return None
    return changed


@prepared
def _changed_since(mark: dt.datetime) -> QuerySet[PublicEntry, tuple[Any, ...]]:
    return PublicEntry.objects.filter(changed_at__gt=mark).values_list(*index.COLUMNS)[: MOST_CHANGED + 1]


def _hits(
    found: Open, wanted: Wanted, changed: Sequence[dict[str, Any]], cursor: str | None, size: int
) -> tuple[list[uuid.UUID], int, str | None]:
    made = query(found, wanted)
    if changed:
        known = tantivy.Query.term_set_query(found.schema, "key", [row["id"].hex for row in changed])
        made = _all([made], without=[known])
    fresh = [(index.place(row["listed_on"], row["id"]), row["id"]) for row in changed if matches(row, wanted)]
    if wanted.order == RELEVANT and wanted.words:
        return _by_relevance(found, made, wanted, sorted(fresh, reverse=True), cursor, size)
    after = _after(cursor) if cursor else None
    if after is None:
        hits, total = _top(found, made, size + 1)
    else:
        until = tantivy.Query.range_query(found.schema, "place", tantivy.FieldType.Unsigned, None, after[0])
        hits, _ = _top(found, _all([made, until]), size + 1, after)
        total = _count(found, made)
        fresh_here = [item for item in fresh if item < after]
        return _cut(sorted([*hits, *fresh_here], reverse=True), total + len(fresh), size)
    return _cut(sorted([*hits, *fresh], reverse=True), total + len(fresh), size)


def _cut(places: list[Place], total: int, size: int) -> tuple[list[uuid.UUID], int, str | None]:
    following = _encode([places[size - 1][0], places[size - 1][1].hex]) if len(places) > size else None
    return [key for _, key in places[:size]], total, following


def counted(found: Open, made: tantivy.Query, without: Sequence[tantivy.Query]) -> int:
    """How many rows match and none of `without` does."""
    return _count(found, _all([made], without=without))


def _count(found: Open, made: tantivy.Query) -> int:
    return _number(found.searcher.search(made, 1, count=True, order_by_field="place"))


def _number(result: Any) -> int:
    # The type stubs of the library leave the count out.
    return int(result.count or 0)


def _top(found: Open, made: tantivy.Query, wanted: int, after: Place | None = None) -> tuple[list[Place], int]:
    """The newest `wanted` of what matches (older than `after`), and how many match.

    The index orders by a number that leaves ties; a few more are read and ordered by the id, so that no page loses one.
    """
    limit = wanted + 8
    while True:
        result = found.searcher.search(made, limit, count=True, order_by_field="place")
        places = sorted(zip((value for value, _ in result.hits), _keys(found, result.hits), strict=True), reverse=True)
        if after is not None:
            places = [item for item in places if item < after]
        whole = len(result.hits) < limit
        if whole or (len(places) > wanted and places[wanted - 1][0] != places[-1][0]):
            return places[:wanted], _number(result)
        limit *= 4


def _keys(found: Open, hits: Sequence[tuple[Any, tantivy.DocAddress]]) -> list[uuid.UUID]:
    addresses = [address for _, address in hits]
    high = found.searcher.fast_field_values("high", addresses)
    low = found.searcher.fast_field_values("low", addresses)
    return [uuid.UUID(int=(int(a or 0) << 64) | int(b or 0)) for a, b in zip(high, low, strict=True)]


def _by_relevance(
    found: Open, made: tantivy.Query, wanted: Wanted, fresh: list[Place], cursor: str | None, size: int
) -> tuple[list[uuid.UUID], int, str | None]:
    """What is newest changed first, then by how prominent the words are: number, party, cause before the letter."""
    start = _offset(cursor) if cursor else 0
    heads = [tantivy.Query.boost_query(_pairs(found, "head", word), 4.0) for word in wanted.words]
    ranked = tantivy.Query.boolean_query(
        [(tantivy.Occur.Must, made), *((tantivy.Occur.Should, head) for head in heads)]
    )
    first = max(start - len(fresh), 0)
    room = max(size + 1 - max(len(fresh) - start, 0), 1)
    result = found.searcher.search(ranked, room, count=True, offset=first)
    keys = [*[key for _, key in fresh[start:]], *_keys(found, result.hits)][: size + 1]
    more = len(keys) > size and start + size < MOST_RELEVANT
    return keys[:size], _number(result) + len(fresh), _encode([start + size]) if more else None


def query(found: Open, wanted: Wanted) -> tantivy.Query:
    """Every word and every filter at once."""
    schema = found.schema
    parts = [
        tantivy.Query.const_score_query(tantivy.Query.term_query(schema, name, value, "basic"), 0.0)
        for name, value in (
            ("authority", wanted.authority),
            ("area", wanted.area),
            ("kind", wanted.kind),
            ("act", wanted.act),
            ("state", wanted.state),
        )
        if value
    ]
    without: list[tantivy.Query] = []
    for word in wanted.words:
        made, absent = _word(found, word)
        (without if absent else parts).append(made)
    if wanted.since or wanted.until:
        first, last = (index.day_number(day) if day else None for day in (wanted.since, wanted.until))
        parts.append(tantivy.Query.range_query(schema, "day", tantivy.FieldType.Integer, first, last))
    if wanted.least is not None or wanted.most is not None:
        parts.append(
            tantivy.Query.range_query(schema, "fine", tantivy.FieldType.Unsigned, wanted.least or 0, wanted.most)
        )
    parts = parts or [tantivy.Query.all_query()]
    return parts[0] if len(parts) == 1 and not without else _all(parts, without=without)


def _word(found: Open, word: str) -> tuple[tantivy.Query, bool]:
    """What finds a word in the letters; or the letters without it, where that is said."""
    if term := found.frequent.term(word):
        return tantivy.Query.term_query(found.schema, "terms", term[0], "basic"), term[1]
    made, pairs = _pairs(found, "body", word), {word[at : at + 2] for at in range(len(word) - 1)}
    # What the places need not be compared for narrows where they are.
    pairs -= {pair for _, pair in phrase(word)}
    parts = [tantivy.Query.term_query(found.schema, "body", pair, "basic") for pair in sorted(pairs)]
    inside = (found.frequent.term(word[at : at + size]) for size in (3, 4, 5) for at in range(len(word) - size + 1))
    parts += [
        tantivy.Query.term_query(found.schema, "terms", term, "basic")
        for term, absent in filter(None, inside)
        if not absent
    ]
    return _all([made, *parts]) if parts else made, False


def _pairs(found: Open, name: str, word: str) -> tantivy.Query:
    if len(word) <= 2:
        return tantivy.Query.term_query(found.schema, name, word, "freq")
    return tantivy.Query.phrase_query(found.schema, name, list(phrase(word)))


def _all(parts: Sequence[tantivy.Query], *, without: Sequence[tantivy.Query] = ()) -> tantivy.Query:
    return tantivy.Query.boolean_query(
        [*((tantivy.Occur.Must, part) for part in parts), *((tantivy.Occur.MustNot, part) for part in without)]
    )


def matches(row: dict[str, Any], wanted: Wanted) -> bool:
    """The same question asked of one row by plain comparison."""
    if any(
        value and row[name] != value
        for name, value in (
            ("authority", wanted.authority),
            ("jurisdiction", wanted.area),
            ("state", wanted.state),
            ("act", wanted.act),
        )
    ):
        return False
    stands = row["state"] == "valid"
    if wanted.kind and not (stands and wanted.kind in row["kinds"]):
        return False
    day, fine = row["decided_on"], row["fine_fen"] if stands else None
    if (wanted.since and not (day and day >= wanted.since)) or (wanted.until and not (day and day <= wanted.until)):
        return False
    if (wanted.least is not None or wanted.most is not None) and (
        fine is None or fine < (wanted.least or 0) or (wanted.most is not None and fine > wanted.most)
    ):
        return False
    words = wanted.words
    if not words:
        return True
    folded = index.folded(row)
    return all(word in folded for word in words)


def published_between(wanted: Wanted, after: dt.datetime, until: dt.datetime) -> list[PublicEntry]:
    """What a search finds and stands among the decisions published after one instant, up to another; oldest first."""
    rows = PublicEntry.objects.filter(published_at__gt=after, published_at__lte=until, state="valid")
    read = rows.values(*index.COLUMNS).iterator(chunk_size=500)
    keys = [row["id"] for row in read if matches(row, wanted)]
    return list(rows.defer(*_LISTED_WITHOUT).filter(id__in=keys).order_by("published_at", "id"))


def _compared(wanted: Wanted, cursor: str | None, size: int) -> tuple[Page[PublicEntry], int]:
    """Everything by plain comparison, where there is no index: right, and slow in a long register."""
    places = sorted(
        (
            (index.place(row["listed_on"], row["id"]), row["id"])
            for row in PublicEntry.objects.values(*index.COLUMNS).iterator(chunk_size=500)
            if matches(row, wanted)
        ),
        reverse=True,
    )
    after = _after(cursor) if cursor else None
    keys, total, following = _cut([item for item in places if after is None or item < after], len(places), size)
    rows = PublicEntry.objects.defer(*_LISTED_WITHOUT).in_bulk(keys)
    return Page([rows[key] for key in keys if key in rows], following), total


def _encode(values: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _decode(cursor: str) -> list[Any]:
    try:
        found = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, list) else []


def _stale() -> InvalidInput:
    return InvalidInput({"cursor": ["翻页标记已失效，请回到第一页。"]})


def _after(cursor: str) -> Place:
    match _decode(cursor):
        case [int(number), str(key)] if 0 <= number < 1 << 64:
            try:
                return number, uuid.UUID(hex=key)
            except ValueError:
                pass
    raise _stale()


def _offset(cursor: str) -> int:
    match _decode(cursor):
        case [int(start)] if 0 <= start < MOST_RELEVANT:
            return start
    raise _stale()
