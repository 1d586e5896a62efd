"""The embedded index (索引): its fields, what of a row goes into it, and where its generations lie.

Everything in it is derived from `PublicEntry`. A generation is a directory of its own; the file `current` names the one
in use, so that a rebuild that is killed half-way leaves the old one as it was. `mark.json` inside says up to which
change of the read model a generation is complete; it is written after the commit it speaks of. `frequent.json` names
the common words that are terms of their own in it, `seen.json` which of the newest rows it held from the beginning.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import uuid
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import tantivy
from django.conf import settings

from mingcha.common import memory
from mingcha.disclosure.searching.frequent import Frequent
from mingcha.disclosure.searching.tokens import EDGE, Array, fold, fold_fields, folded_codes, pairs

# A generation made by another cut is not opened: it is rebuilt.
FORMAT = 5
CURRENT, MARK, FREQUENT, SEEN = "current", "mark.json", "frequent.json", "seen.json"
HEAP = 256_000_000
# Making it anew takes 12 KB a letter. What has to be written out before the end is merged afterwards, which takes longer
# than all else; less than eight pieces are left as they are.
_MOST_HEAP, _SHARE_OF_MEMORY = 4_000_000_000, 4
# The read model's columns that the index is made from.
COLUMNS = (
    "id", "jurisdiction", "state", "number", "party", "authority", "cause", "decided_on", "listed_on", "kinds", "act",
    "fine_fen", "search_text", "changed_at",
)  # fmt: skip
_FIELDS_BEFORE_LETTER = 4
_FIRST = dt.date(1900, 1, 1)
_DAY_BITS = 47
# Shorter names may be those of natural persons: found when asked for, never offered.
_LEAST_NAME = 5
_MOST_SPELT = 8


def schema() -> tantivy.Schema:
    build = tantivy.SchemaBuilder()
    build.add_text_field("body", tokenizer_name="whitespace", index_option="position")
    build.add_text_field("terms", tokenizer_name="whitespace", index_option="basic")
    build.add_text_field("head", tokenizer_name="whitespace", index_option="position")
    for name in ("key", "authority", "area", "state", "kind", "act", "name", "pinyin"):
        build.add_text_field(name, tokenizer_name="raw", index_option="basic")
    build.add_integer_field("day", fast=True)
    build.add_unsigned_field("fine", fast=True)
    for name in ("place", "high", "low"):
        build.add_unsigned_field(name, fast=True)
    return build.build()


def place(listed_on: dt.date, entry_id: uuid.UUID) -> int:
    """One number that orders like (day, id), as far as 64 bits go; ties are told apart by the id itself."""
    return (max((listed_on - _FIRST).days, 0) << _DAY_BITS) | (entry_id.int >> (128 - _DAY_BITS))


def day_number(day: dt.date) -> int:
    return (day - _FIRST).days


def halves(entry_id: uuid.UUID) -> tuple[int, int]:
    return entry_id.int >> 64, entry_id.int & ((1 << 64) - 1)


def syllables_of(text: str) -> list[str]:
    """Pinyin of the first characters: whoever types more by sound has found it by then."""
    # Its dictionary takes 58 MB: only a process that spells loads it.
    from pypinyin.seg import mmseg

    return [sound for piece in mmseg.seg.cut(fold(text)[:_MOST_SPELT]) for sound in _sounds(piece)]


@lru_cache(maxsize=16384)
def _sounds(piece: str) -> tuple[str, ...]:
    """How a word of the spelling dictionary sounds; names share most of their words."""
    from pypinyin import Style, lazy_pinyin

    return tuple(item.lower() for item in lazy_pinyin(piece, style=Style.NORMAL, errors="ignore"))


@lru_cache(maxsize=4096)
def spelt(name: str) -> tuple[str, ...]:
    """How the beginning of a name is typed: syllables, and their first letters, each with the name behind an edge."""
    syllables = syllables_of(name)
    whole, short = "".join(syllables), "".join(syllable[0] for syllable in syllables)
    return tuple(f"{spelling}{EDGE}{name}" for spelling in dict.fromkeys((whole, short)) if spelling)


def folded(row: Mapping[str, Any]) -> str:
    """The searchable text of a row as it is compared."""
    return fold_fields(row["search_text"], _FIELDS_BEFORE_LETTER)


def codes(row: Mapping[str, Any]) -> Array:
    """The code points of `folded`."""
    return folded_codes(row["search_text"], _FIELDS_BEFORE_LETTER)


def document(row: Mapping[str, Any], frequent: Frequent) -> tantivy.Document:
    """What of a row of the read model goes into the index: only what the portal shows of it."""
    whole = codes(row)
    made = tantivy.Document()
    made.add_text("key", row["id"].hex)
    made.add_text("body", pairs(whole))
    made.add_text("terms", frequent.terms(whole))
    made.add_text("authority", row["authority"])
    made.add_text("area", row["jurisdiction"])
    made.add_text("state", row["state"])
    made.add_text("act", row["act"])
    if row["state"] == "valid":
        made.add_text("head", pairs(_head(whole)))
        for kind in row["kinds"]:
            made.add_text("kind", kind)
        for name in {row["authority"], row["cause"], row["party"]}:
            if len(name) >= _LEAST_NAME:
                made.add_text("name", name)
                for spelling in spelt(name):
                    made.add_text("pinyin", spelling)
        if row["fine_fen"] is not None:
            made.add_unsigned("fine", row["fine_fen"])
    if row["decided_on"] is not None:
        made.add_integer("day", day_number(row["decided_on"]))
    made.add_unsigned("place", place(row["listed_on"], row["id"]))
    high, low = halves(row["id"])
    made.add_unsigned("high", high)
    made.add_unsigned("low", low)
    return made


def _head(whole: Array) -> Array:
    """What stands before the letter."""
    edges = np.flatnonzero(whole == ord(EDGE))
    return whole[: edges[_FIELDS_BEFORE_LETTER - 1]] if len(edges) >= _FIELDS_BEFORE_LETTER else whole


def root() -> Path:
    return Path(settings.SEARCH_ROOT)


def current(folder: Path) -> Path | None:
    """The generation in use; None where there is none or it was cut in another way."""
    try:
        found = json.loads((folder / CURRENT).read_text("utf-8"))
        generation = folder / str(found["generation"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return generation if found.get("format") == FORMAT and (generation / MARK).exists() else None


def begin(folder: Path, frequent: Frequent) -> tuple[Path, tantivy.Index]:
    """A new, empty generation beside the one in use."""
    generation = folder / f"g-{uuid.uuid4().hex[:12]}"
    (generation / "index").mkdir(parents=True)
    _replace(generation / FREQUENT, frequent.facts())
    return generation, tantivy.Index(schema(), path=str(generation / "index"))


def maker(made: tantivy.Index) -> tantivy.IndexWriter:
    """A writer for a whole new generation, which takes a quarter of the memory there is and up to 4 GB."""
    return made.writer(max(2 * HEAP, min(memory.available() // _SHARE_OF_MEMORY, _MOST_HEAP)), 2)


def reopen(generation: Path) -> tantivy.Index:
    return tantivy.Index.open(str(generation / "index"))


def frequent_of(generation: Path) -> Frequent:
    """The common words that the letters of a generation were cut with."""
    return Frequent.read(json.loads((generation / FREQUENT).read_text("utf-8")))


def write_seen(generation: Path, seen: Mapping[uuid.UUID, dt.datetime]) -> None:
    """Say which rows went into a generation, as of which change."""
    _replace(generation / SEEN, {key.hex: at.isoformat() for key, at in seen.items()})


def read_seen(generation: Path) -> dict[uuid.UUID, dt.datetime]:
    found = json.loads((generation / SEEN).read_text("utf-8"))
    return {uuid.UUID(key): dt.datetime.fromisoformat(at) for key, at in found.items()}


def write_mark(generation: Path, mark: dt.datetime) -> None:
    """Say up to which change a generation is complete."""
    _replace(generation / MARK, {"mark": mark.isoformat()})


def read_mark(generation: Path) -> dt.datetime:
    return dt.datetime.fromisoformat(json.loads((generation / MARK).read_text("utf-8"))["mark"])


def switch(folder: Path, generation: Path) -> None:
    """Put a finished generation in use and remove all others: readers that hold one keep it until they look again."""
    _replace(folder / CURRENT, {"generation": generation.name, "format": FORMAT})
    clear(folder, keep=generation)


def clear(folder: Path, *, keep: Path | None) -> None:
    """Remove generations that are not in use, those of killed rebuilds too."""
    for other in folder.glob("g-*"):
        if other != keep:
            shutil.rmtree(other, ignore_errors=True)


def size_of(generation: Path) -> int:
    """Bytes on disk; files that a merge removes meanwhile do not count."""
    total = 0
    for file in generation.rglob("*"):
        try:
            total += file.stat().st_size
        except OSError:
            continue
    return total


def _replace(path: Path, content: Mapping[str, Any]) -> None:
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def add_all(writer: tantivy.IndexWriter, rows: Sequence[Mapping[str, Any]], frequent: Frequent) -> None:
    """Put rows into the index in place of what it held of them."""
    for row in rows:
        writer.delete_documents_by_term("key", row["id"].hex)
        writer.add_document(document(row, frequent))
