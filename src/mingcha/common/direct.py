"""Statements handed straight to SQLite's driver: Django's cursor costs more per statement than the statement itself.

On PostgreSQL, while queries are logged, and while somebody else wraps statements, Django's cursor is used as ever.
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
import threading
import uuid
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import (
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    Field,
    IntegerField,
    JSONField,
    TextField,
    UUIDField,
)

Convert = Callable[[Any], Any]


class Watcher:
    """An execute wrapper that only wants to know which table a statement writes: `wrote` is called after each write."""

    # Not an abstract class: being one is asked at every statement, and costs ten times as much there.
    wrote: Callable[[str], None]


_here = threading.local()


def here() -> BaseDatabaseWrapper:
    """The connection of this thread: each look through Django's own proxy costs as much as a short statement."""
    try:
        found: BaseDatabaseWrapper = _here.connection
    except AttributeError:
        found = _here.connection = connections[DEFAULT_DB_ALIAS]
    return found


def forget() -> None:
    """Look for the connection anew: for who puts another one in its place."""
    _here.__dict__.clear()


@lru_cache(maxsize=2048)
def _marked(sql: str) -> str:
    return sql.replace("%s", "?").replace("%%", "%")


def open_to(connection: BaseDatabaseWrapper) -> bool:
    """Whether statements may go to the driver directly."""
    if connection.vendor != "sqlite" or connection.force_debug_cursor or connection.connection is None:
        return False
    return not connection.execute_wrappers or all(isinstance(item, Watcher) for item in connection.execute_wrappers)


def fetch(connection: BaseDatabaseWrapper, sql: str, params: Sequence[Any]) -> list[Any]:
    """All rows of a read."""
    if not open_to(connection):
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return list(cursor.fetchall())
    if connection.needs_rollback:
        connection.validate_no_broken_transaction()
    raw: Any = connection.connection
    try:
        rows: list[Any] = raw.execute(_marked(sql), params).fetchall()
    except sqlite3.Error:
        with connection.wrap_database_errors:
            raise
    return rows


def write(connection: BaseDatabaseWrapper, table: str, sql: str, params: Sequence[Any]) -> tuple[int, Any]:
    """Rows changed, and the key that the database gave (the last one on SQLite, the one returned on PostgreSQL)."""
    if not open_to(connection):
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            returned = cursor.fetchone() if connection.vendor == "postgresql" and " RETURNING " in sql else None
            return cursor.rowcount, returned[0] if returned else getattr(cursor, "lastrowid", None)
    if connection.needs_rollback:
        connection.validate_no_broken_transaction()
    raw: Any = connection.connection
    try:
        done = raw.execute(_marked(sql), params)
    except sqlite3.Error:
        with connection.wrap_database_errors:
            raise
    for watcher in connection.execute_wrappers:
        watcher.wrote(table)  # type: ignore[attr-defined]
    return done.rowcount, done.lastrowid


# The same keys come back many times within one act.
_uuid = lru_cache(maxsize=8192)(uuid.UUID)


def _moment(value: dt.datetime | str) -> dt.datetime:
    # Columns come parsed from the driver, values of expressions as text.
    found = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    return found.replace(tzinfo=dt.UTC)


def _day(value: dt.date | str) -> dt.date:
    return dt.date.fromisoformat(value) if isinstance(value, str) else value


_QUICK: dict[str, Convert] = {
    "convert_uuidfield_value": _uuid,
    "convert_datetimefield_value": _moment,
    "convert_datefield_value": _day,
    "convert_booleanfield_value": bool,
}


def converter(connection: BaseDatabaseWrapper, steps: Sequence[Any], expression: Any) -> Convert | None:
    """What turns a column as SQLite gives it into the value of its field; None where Django's own way must be taken."""
    if connection.vendor != "sqlite" or len(steps) != 1:
        return None
    field = expression.output_field
    if type(field) is JSONField and field.decoder is None and getattr(steps[0], "__self__", None) is field:
        return json.loads
    return _QUICK.get(getattr(steps[0], "__name__", ""))


def _same(value: Any) -> Any:
    return value


def _key(value: Any) -> Any:
    return value if value is None else value.hex if isinstance(value, uuid.UUID) else uuid.UUID(value).hex


def instant(value: dt.datetime | None) -> str | None:
    """An instant as Django writes it on SQLite."""
    return None if value is None else str(value.astimezone(dt.UTC).replace(tzinfo=None))


def _iso(value: dt.date | None) -> str | None:
    return None if value is None else value.isoformat()


# Chinese as it is takes half the room of its escapes, and is read six times as fast.
_ENCODER = json.JSONEncoder(ensure_ascii=False)


def _dumped(value: Any) -> str | None:
    return None if value is None else _ENCODER.encode(value)


_AS_IT_IS = (CharField, TextField, BooleanField, IntegerField)


def adapter(vendor: str, field: Any) -> Convert | None:
    """What turns the value of a field into a column of SQLite; None where the field itself must be asked."""
    if vendor != "sqlite":
        return None
    while field.remote_field is not None:
        field = field.target_field
    kind = type(field)
    if kind is UUIDField:
        return _key
    if kind in (DateTimeField, DateField) and not (field.auto_now or field.auto_now_add):
        return instant if kind is DateTimeField else _iso
    if kind is JSONField and field.encoder is None:
        return _dumped
    plain = type(field).get_db_prep_save is Field.get_db_prep_save and type(field).pre_save is Field.pre_save
    return _same if plain and isinstance(field, _AS_IT_IS) else None
