"""Where a person's data stand in the rows of a case (涂盖), found from the models themselves, and their blanking."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import CharField, ForeignKey, JSONField, Model, TextField

from mingcha.cases.models import Case
from mingcha.ledger import rows

# The journal is erased entry by entry; what is public is withdrawn, corrected or replaced there, and proved to the public.
_APART = ("ledger", "sessions", "admin", "auth", "contenttypes")
_PUBLIC = ("disclosure_release", "disclosure_replacementrelease", "disclosure_presentation", "disclosure_commitment")
_OWN = ("archives_erasure", "archives_erased")
# What was handed in before anybody knew the case: the way leads back from the recording that was made of it.
_BACK = {"recordings_intake": ("recordings__case",)}
_COVER = "□"
_DEPTH = 4


@dataclass(frozen=True)
class Blanked:
    """A row as it will be: the columns that change, with their new values."""

    model: type[Model]
    pk: Any
    values: dict[str, Any]

    @property
    def table(self) -> str:
        return str(self.model._meta.db_table)

    @property
    def key(self) -> str:
        """As the database writes it."""
        return self.pk.hex if isinstance(self.pk, uuid.UUID) and connection.vendor == "sqlite" else str(self.pk)


def cover(text: str, words: Sequence[str]) -> str:
    """The text with every word covered sign by sign: lengths and places of what else stands there stay as they were."""
    for word in words:
        text = text.replace(word, _COVER * len(word))
    return text


def covered(value: Any, words: Sequence[str]) -> Any:
    """A JSON value with every text in it covered; keys are names of fields and stay."""
    if isinstance(value, str):
        return cover(value, words)
    if isinstance(value, list):
        return [covered(item, words) for item in value]
    if isinstance(value, dict):
        return {key: covered(item, words) for key, item in value.items()}
    return value


def standing(case: Case, words: Sequence[str]) -> Iterator[Blanked]:
    """Every row of the case that names the person, as it would be without."""
    longest_first = sorted(words, key=len, reverse=True)
    for model, ways, names in _hanging():
        seen: set[Any] = set()
        for way in ways:
            found = model._base_manager.filter(**{way: case.id}).values_list("pk", *names)
            for pk, *values in found.iterator(chunk_size=500):
                if pk in seen:
                    continue
                seen.add(pk)
                changed = {
                    name: new
                    for name, old in zip(names, values, strict=True)
                    if old is not None and (new := covered(old, longest_first)) != old
                }
                if changed:
                    yield Blanked(model, pk, changed)


def put(row: Blanked) -> tuple[str, str]:
    """Store a blanked row; digests before and after, as the seals of rows reckon them."""
    columns = rows.columns_of(row.table)
    before = rows.read(row.table, [row.key], columns)[row.key][0]
    row.model._base_manager.filter(pk=row.pk).update(**row.values)
    return before, rows.read(row.table, [row.key], columns)[row.key][0]


@cache
def _hanging() -> tuple[tuple[type[Model], tuple[str, ...], tuple[str, ...]], ...]:
    """Tables that hang on a case: model, ways to the case, columns that people write in."""
    found = []
    for model in apps.get_models():
        meta = model._meta
        table = str(meta.db_table)
        if meta.app_label in _APART or meta.proxy or table in _PUBLIC or table.startswith(_OWN):
            continue
        names = tuple(
            field.name
            for field in meta.concrete_fields
            if isinstance(field, CharField | TextField | JSONField) and not field.primary_key and not field.choices
        )
        ways = ("pk",) if model is Case else _BACK.get(table) or _ways(model)
        if names and ways:
            found.append((model, ways, names))
    return tuple(found)


def _ways(model: type[Model]) -> tuple[str, ...]:
    """The shortest chains of foreign keys from a row to a case, as lookups; several of one length all count."""
    front: list[tuple[type[Model], tuple[str, ...]]] = [(model, ())]
    for _ in range(_DEPTH):
        found: list[str] = []
        following: list[tuple[type[Model], tuple[str, ...]]] = []
        for at, names in front:
            for field in at._meta.get_fields():
                if not isinstance(field, ForeignKey):
                    continue
                other: Any = field.related_model
                if other is Case:
                    found.append("__".join((*names, field.name)))
                elif other.__module__.startswith("mingcha.") and other is not at:
                    following.append((other, (*names, field.name)))
        if found:
            return tuple(found)
        front = following
    return ()
