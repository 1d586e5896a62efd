"""Raw rows of any table (表中记录) as the database keeps them, and which of them may change why.

The stored bytes are read, never what a model makes of them: a flipped bit must not hide behind a conversion.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection

from mingcha.common import triggers

SCHEMA = "sqlite_schema"  # the definitions of tables and indexes, as a table of its own on SQLite
_CHUNK = 400
# Journal, leaves and seals are derived; of these tables only parts are, so their rows are sealed like any others.
_OF_LEDGER = {"ledger_checkpoint", "ledger_cosignature", "ledger_checkrun"}

FIXED, GOVERNED, WORKING, SHIPPED, PASSING = "fixed", "governed", "working", "shipped", "passing"


@dataclass(frozen=True)
class Rule:
    """Why a row of a table may differ from its seal.

    fixed: never. governed: an entry of its case (or, without a case, any) was written since. working: one of the
    columns `tells` changed with it. shipped: the release changed, told by `edition`. passing: not sealed at all.
    """

    kind: str
    tells: tuple[str, ...] = ()
    edition: Callable[[], str] | None = None
    removable: bool = False
    kinds: tuple[str, ...] = ()
    case: str = "case_id"


_rules: dict[str, Rule] = {}


def governed(table: str, case: str = "case_id") -> None:
    """Rows that acts change; `case` is the column that names the case."""
    _rules[table] = Rule(GOVERNED, case=case)


def working(table: str, *tells: str, removable: bool = True, kinds: tuple[str, ...] = ()) -> None:
    """Rows that people still write; each save changes one of `tells`, or leaves an entry of one of `kinds`."""
    _rules[table] = Rule(WORKING, tells, removable=removable, kinds=kinds)


def shipped(table: str, edition: Callable[[], str]) -> None:
    """Rows that come with a release; `edition` tells the release."""
    _rules[table] = Rule(SHIPPED, edition=edition)


def passing(table: str) -> None:
    """Rows without meaning for the record, gone after a while."""
    _rules[table] = Rule(PASSING)


def _migrations() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT MAX(id) FROM django_migrations")
        return str(cursor.fetchone()[0])


for _table in (SCHEMA, "django_content_type", "auth_permission", "auth_group", "auth_group_permissions"):
    shipped(_table, _migrations)
_rules["django_migrations"] = Rule(FIXED)
passing("django_session")


def rule_of(table: str) -> Rule:
    """By registration, else by the triggers: what may never be updated is fixed."""
    return _rules.get(table) or _by_triggers(table)


@functools.cache
def _by_triggers(table: str) -> Rule:
    return Rule(FIXED if triggers.immutable(table) else GOVERNED)


# Table, key and digest of a row that differs from its seal → whether it was changed by law and on record.
Excuse = Callable[[str, str, str], bool]
_excuses: list[Excuse] = []


def excuse(function: Excuse) -> Excuse:
    """Register who answers for rows that the law made somebody change."""
    _excuses.append(function)
    return function


def excused(table: str, key: str, found: str) -> bool:
    return any(function(table, key, found) for function in _excuses)


def sealed_tables() -> list[str]:
    """Every table whose rows are sealed, in order; those of the ledger are derived in other ways."""
    present = set(connection.introspection.table_names())
    models = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    found = {
        table
        for table in present & (models | {"django_migrations"})
        if (table in _OF_LEDGER or not table.startswith("ledger_")) and rule_of(table).kind != PASSING
    }
    return sorted(found | ({SCHEMA} if connection.vendor == "sqlite" else set()))


def columns_of(table: str) -> list[str]:
    """Names of the columns, in the order of their names, so that a remade table counts as the same."""
    if table == SCHEMA:
        return ["sql"]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM pragma_table_info(%s)", [table])
            return sorted(row[0] for row in cursor.fetchall())
        return sorted(item.name for item in connection.introspection.get_table_description(cursor, table))


@functools.cache
def key_of(table: str) -> str:
    """The column of the primary key."""
    if table == SCHEMA:
        return "name"
    for model in apps.get_models(include_auto_created=True):
        if model._meta.db_table == table:
            return str(model._meta.pk.column)
    return "id"


def _source(table: str) -> str:
    if table != SCHEMA:
        return f'"{table}"'
    # Triggers have a check of their own; automatic indexes have no text.
    return "(SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL)"


def _text(columns: Sequence[str]) -> str:
    if connection.vendor == "sqlite":
        # quote() shows the type as well; CAST keeps the driver from decoding what a fault may have spoilt.
        joined = " || ',' || ".join(f'quote(t."{column}")' for column in columns)
        return f"CAST({joined} AS BLOB)"
    return "ROW(" + ", ".join(f't."{column}"' for column in columns) + ")::text"


def _key(column: str) -> str:
    text = f'CAST(t."{column}" AS TEXT)'
    return f"CAST({text} AS BLOB)" if connection.vendor == "sqlite" else text


def _plain(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)


def _fetch(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def digest(text: bytes) -> str:
    """128 bits suffice to notice a fault; the sheet's root has all 256."""
    return hashlib.sha256(text).hexdigest()[:32]


def read(table: str, keys: Sequence[str], columns: Sequence[str]) -> dict[str, tuple[str, tuple[bytes, ...]]]:
    """Key → (digest over `columns`, values of the telling columns and the case) of the rows that are there."""
    rule, pk = rule_of(table), key_of(table)
    more = [*rule.tells, *([rule.case] if rule.kind == GOVERNED and rule.case in columns else [])]
    tells = "".join(", " + _text([name]) for name in more)
    found: dict[str, tuple[str, tuple[bytes, ...]]] = {}
    for start in range(0, len(keys), _CHUNK):
        part = keys[start : start + _CHUNK]
        sql = (
            f"SELECT {_key(pk)}, {_text(columns)}{tells} FROM {_source(table)} t "
            f'WHERE CAST(t."{pk}" AS TEXT) IN ({", ".join(["%s"] * len(part))})'
        )
        if connection.vendor == "postgresql" or table == SCHEMA:
            values: list[Any] = list(part)
        else:
            # Through the index where the key is text; numbers are compared as numbers.
            sql = sql.replace(f'CAST(t."{pk}" AS TEXT) IN', f't."{pk}" IN')
            values = [int(item) if item.isdecimal() and len(item) < 19 else item for item in part]
        for row in _fetch(sql, values):
            key = _plain(row[0]).decode("utf-8", "replace")
            found[key] = (digest(_plain(row[1])), tuple(_plain(item) for item in row[2:]))
    return found


def keys_without(table: str, seals: str) -> Iterator[list[str]]:
    """Keys of rows that no seal names yet, in groups; `seals` is the table of the seals."""
    pk = key_of(table)
    sql = (
        f"SELECT {_key(pk)} FROM {_source(table)} t WHERE NOT EXISTS ("
        f'SELECT 1 FROM {seals} s WHERE s."table" = %s AND s."key" = CAST(t."{pk}" AS TEXT)) ORDER BY 1'
    )
    rows = [_plain(row[0]).decode("utf-8", "replace") for row in _fetch(sql, [table])]
    for start in range(0, len(rows), _CHUNK):
        yield rows[start : start + _CHUNK]
