"""What the portal's zone holds (入网内容): which rows of which tables, which columns of them, and nothing else.

Every column is named, as told or as withheld: a new one must be judged before anything runs (`require_judged`).
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db.models import Model, QuerySet

from mingcha.accounts.models import (
    Certificate,
    Delegation,
    Officer,
    Organisation,
    Portrait,
    Qualification,
    RoleGrant,
)
from mingcha.catalogues.models import Edition
from mingcha.catalogues.models import Withdrawal as EditionWithdrawal
from mingcha.disclosure import reading_portraits
from mingcha.disclosure.models import PublicEntry
from mingcha.ledger.models import Checkpoint, Cosignature
from mingcha.petitions.models import InboxItem
from mingcha.statutes.models import Article, Division, Law
from mingcha.subscriptions.models import Subscription


@dataclass(frozen=True)
class Table:
    """A table of the portal's database. `withheld` columns stay empty there; without `rows` the table itself does."""

    model: type[Model]
    told: tuple[str, ...]
    withheld: tuple[str, ...] = ()
    rows: Callable[[], QuerySet[Any]] | None = None
    # Values that change whenever a row does, for tables too large to be read whole every few seconds.
    stamp: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.model._meta.db_table

    def fields(self) -> list[Any]:
        return [field for field in self.model._meta.concrete_fields if field.name in self.told]

    def row(self, found: Model) -> dict[str, Any]:
        return {field.name: dumped(field, found) for field in self.fields()}


def dumped(field: Any, row: Model) -> Any:
    value = field.value_from_object(row)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, bytes | memoryview):
        return {"bytes": base64.b64encode(bytes(value)).decode()}
    return value if field.get_internal_type() == "JSONField" else str(field.value_to_string(row))


def loaded(field: Any, value: Any) -> Any:
    """The value of a told column as Django holds it. Raises ValidationError."""
    if value is None or field.get_internal_type() == "JSONField":
        return value
    if isinstance(value, dict):
        return base64.b64decode(value["bytes"])
    while field.remote_field is not None:
        field = field.target_field
    return field.to_python(value)


def _checkpoints() -> QuerySet[Checkpoint]:
    """The newest of each log and the newest final one: the pages show no others."""
    from mingcha.ledger import queries

    kept = []
    for log in queries.logs():
        newest = queries.latest_checkpoint(log)
        sizes = {queries.final_size(log), newest.size if newest else 0}
        kept += list(Checkpoint.objects.filter(log=log, size__in=sizes).values_list("id", flat=True))
    return Checkpoint.objects.filter(id__in=kept)


def _cosignatures() -> QuerySet[Cosignature]:
    kept = []
    for log, size in _checkpoints().values_list("log", "size"):
        kept += list(Cosignature.objects.filter(log=log, size=size).values_list("id", flat=True))
    return Cosignature.objects.filter(id__in=kept)


ENTRIES = Table(
    PublicEntry,
    (
        "id", "jurisdiction", "source", "act", "state", "number", "party", "authority", "cause", "decided_on", "listed_on",
        "published_at", "due_on", "kinds", "fine_fen", "confiscated_fen", "content", "search_text", "entry_id",
        "withdrawn_at", "withdrawn_reason", "changed_at",
    ),
)  # fmt: skip
LETTERS = Table(
    InboxItem,
    ("id", "jurisdiction", "receipt", "code_digest", "kind", "state", "progress", "received_at", "pulled_at",
     "changed_at"),
    ("content",),
    lambda: InboxItem.objects.filter(pulled_at__isnull=False),
)  # fmt: skip
# Small enough to be compared whole; in the order in which they are told.
TABLES = (
    Table(
        Organisation,
        ("id", "jurisdiction", "parent", "organ", "name", "code", "kind", "power_source", "power_basis",
         "legal_status", "uscc", "address", "phone", "created_at"),
        rows=Organisation.objects.all,
    ),
    Table(
        Officer,
        ("id", "organisation", "name", "staff_kind", "title", "created_at"),
        rows=lambda: Officer.objects.filter(certificates__isnull=False).distinct(),
    ),
    Table(
        Certificate,
        ("id", "officer", "number", "issuer", "area", "valid_from", "valid_to", "suspended_on"),
        rows=Certificate.objects.all,
    ),
    Table(
        Portrait,
        ("officer", "image", "sha256", "changed_at"),
        rows=lambda: Portrait.objects.filter(officer_id__in=reading_portraits.told()),
    ),
    Table(
        Delegation,
        ("id", "principal", "trustee", "kind", "scope", "basis", "valid_from", "valid_to"),
        rows=Delegation.objects.all,
    ),
    Table(
        Edition,
        ("id", "organisation", "kind", "key", "number", "title", "content", "digest", "basis", "approved_by",
         "effective_from", "effective_to", "published_at"),
        ("founding", "review"),
        Edition.objects.all,
        ("id", "effective_to"),
    ),
    Table(
        EditionWithdrawal, ("edition", "reason", "last_day", "at"), ("by",), EditionWithdrawal.objects.all
    ),
    Table(
        Law,
        ("id", "name", "short_names", "authority", "effective_from", "effective_to", "source", "category",
         "adopted_on", "effective_basis", "history", "preamble", "appendix", "records"),
        rows=Law.objects.all,
        stamp=("id", "effective_from", "effective_to", "effective_basis"),
    ),
    Table(
        Division,
        ("id", "law", "position", "level", "label", "title"),
        rows=Division.objects.all,
        stamp=("id",),
    ),
    Table(
        Article,
        ("id", "law", "number", "sub", "heading", "paragraph_count", "summary", "text", "division"),
        rows=Article.objects.all,
        stamp=("id",),
    ),
    Table(Checkpoint, ("id", "log", "size", "root", "note", "created"), rows=_checkpoints),
    Table(Cosignature, ("id", "log", "size", "witness", "line", "seen_at"), rows=_cosignatures),
    LETTERS,
)  # fmt: skip
# Read beside others by the same queries, and empty in this zone.
EMPTY = (
    Table(Qualification, (), ("id", "officer", "number", "obtained_on", "reviewing_since")),
    Table(RoleGrant, (), ("id", "officer", "organisation", "role", "since", "until")),
)
# Written in this zone itself: letters that wait, and who wants to be told of what.
OWN = (
    LETTERS,
    Table(
        Subscription,
        ("id", "email", "question", "wanted", "title", "asked_at", "told_at", "confirmed_at", "until", "next_at"),
    ),
)


def fed() -> dict[str, Table]:
    """Tables that the feed may write, by name."""
    return {table.name: table for table in (ENTRIES, *TABLES)}


def held() -> dict[str, Table]:
    """All tables of the portal's database."""
    return {table.name: table for table in (ENTRIES, *TABLES, *EMPTY, *OWN)}


class ColumnsUnjudged(Exception):
    """A table has columns of which nobody has said whether the public may have them."""


@cache
def require_judged() -> None:
    """Raises ColumnsUnjudged."""
    for table in held().values():
        there = {field.name for field in table.model._meta.concrete_fields}
        if unjudged := there - {*table.told, *table.withheld}:
            raise ColumnsUnjudged(f"{table.name}: {sorted(unjudged)}")


@cache
def fingerprint() -> str:
    """Which tables and columns this release tells: both zones must agree."""
    require_judged()
    text = json.dumps({name: sorted(field.name for field in table.fields()) for name, table in fed().items()})
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def rows(table: Table) -> Iterator[tuple[str, dict[str, Any]]]:
    """Key and told columns of every row that the public may have."""
    if table.rows is not None:
        for found in table.rows().order_by("pk").iterator(chunk_size=200):
            yield str(found.pk), table.row(found)


def stamp(table: Table) -> str:
    """What changes whenever the table does; empty where it is read whole."""
    if not table.stamp or table.rows is None:
        return ""
    made = hashlib.sha256()
    for values in table.rows().order_by("pk").values_list(*table.stamp).iterator(chunk_size=2000):
        made.update(repr(values).encode())
    return made.hexdigest()
