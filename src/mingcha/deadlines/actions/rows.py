"""Many rows at once by plain statements: a change of the calendar touches a hundred thousand periods."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import connection, models


def _columns(model: type[models.Model], names: Sequence[str]) -> list[models.Field[Any, Any]]:
    fields = [model._meta.get_field(name) for name in names]
    if not all(isinstance(field, models.Field) for field in fields):
        raise FieldDoesNotExist(names)
    return [field for field in fields if isinstance(field, models.Field)]


def insert(model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows of `fields` (attribute names), each value as Django would keep it."""
    table, columns = model._meta.db_table, _columns(model, fields)
    names = ", ".join(f'"{column.column}"' for column in columns)
    marks = ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        cursor.executemany(
            f'INSERT INTO "{table}" ({names}) VALUES ({marks})',
            [[_kept(value) for value in row] for row in rows],
        )


def update(model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Update rows by key: each row holds the values of `fields` and last its key. JSON comes as text."""
    table, columns = model._meta.db_table, _columns(model, fields)
    cast = "::jsonb" if connection.vendor == "postgresql" else ""
    sets = ", ".join(
        f'"{column.column}" = %s{cast if isinstance(column, models.JSONField) else ""}' for column in columns
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            f'UPDATE "{table}" SET {sets} WHERE "id" = %s', [[_kept(value) for value in row] for row in rows]
        )


def _kept(value: Any) -> Any:
    """A value as the column keeps it: SQLite knows no UUID and no aware instant."""
    if connection.vendor == "sqlite":
        if isinstance(value, uuid.UUID):
            return value.hex
        if hasattr(value, "tzinfo"):
            return connection.ops.adapt_datetimefield_value(value)
        if hasattr(value, "isoformat"):
            return value.isoformat()
    return value
