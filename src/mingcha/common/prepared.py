"""Statements built once and run often: building a query costs Django ten times what the database needs for it.

A prepared read is a function that returns a queryset. Its SQL is built at the first call with marks in place of the
arguments; each later call only puts the values in. What comes back are ordinary instances.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Sequence
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar

from django.db import DEFAULT_DB_ALIAS
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model, QuerySet
from django.db.models.base import ModelState
from django.db.models.query import FlatValuesListIterable, ModelIterable, ValuesListIterable

from mingcha.common import direct

P = ParamSpec("P")
M = TypeVar("M")
ModelType = TypeVar("ModelType", bound=Model)


def prepared(build: Callable[P, QuerySet[Any, M]]) -> Callable[P, list[M]]:
    """Make a read prepared. Arguments are UUIDs, texts, integers, dates or instants and stand in the SQL only as values.

    The function must build the same query for all values: no branch on an argument. Raises TypeError at the first call
    where an argument does not stand in the query or the queryset prefetches.
    """
    statements: dict[str, _Statement] = {}

    @wraps(build)
    def read(*args: P.args, **kwargs: P.kwargs) -> list[M]:
        connection = direct.here()
        statement = statements.get(connection.vendor)
        if statement is None:
            marks = [_mark(value, place) for place, value in enumerate(args)]
            statement = statements[connection.vendor] = _Statement(build(*marks, **kwargs), marks, connection)
        return statement.run(args, connection)

    return read


def prepared_lists(build: Callable[..., QuerySet[Any, M]]) -> Callable[..., list[M]]:
    """As `prepared`, for a read some of whose arguments are lists that are not empty (`id__in=ids`).

    A statement is kept for few lengths; a list is filled up to the next of them with its last value.
    """
    reads: dict[tuple[int, ...], Callable[..., list[M]]] = {}

    @wraps(build)
    def read(*args: Any) -> list[M]:
        rooms = tuple(_room(len(value)) if isinstance(value, list) else 0 for value in args)
        found = reads.get(rooms)
        if found is None:
            found = reads[rooms] = prepared(lambda *flat: build(*_grouped(flat, rooms)))
        flat: list[Any] = []
        for value, room in zip(args, rooms, strict=True):
            flat += [*value, *[value[-1]] * (room - len(value))] if room else [value]
        return found(*flat)

    return read


def _room(length: int) -> int:
    room = 4
    while room < length:
        room *= 4
    return room


def _grouped(flat: Sequence[Any], rooms: Sequence[int]) -> list[Any]:
    grouped: list[Any] = []
    at = 0
    for room in rooms:
        grouped.append(list(flat[at : at + room]) if room else flat[at])
        at += room or 1
    return grouped


def _mark(value: Any, place: int) -> Any:
    if isinstance(value, uuid.UUID):
        return uuid.uuid4()
    if isinstance(value, str):
        return uuid.uuid4().hex
    if isinstance(value, dt.datetime):
        return dt.datetime(1, 1, 1, tzinfo=dt.UTC) + dt.timedelta(days=place)
    if isinstance(value, dt.date):
        return dt.date(1, 1, 1) + dt.timedelta(days=place)
    if isinstance(value, int) and not isinstance(value, bool):
        return 1_870_000_000 + place
    raise TypeError(f"a prepared read takes no {type(value).__name__}")


class _Statement:
    """One SQL text with the places of its values, and how a row becomes what the queryset would have given."""

    def __init__(self, rows: QuerySet[Any, Any], marks: Sequence[Any], connection: BaseDatabaseWrapper) -> None:
        if rows._prefetch_related_lookups:  # type: ignore[attr-defined]
            raise TypeError("a prepared read does not prefetch")
        compiler = rows.query.get_compiler(connection=connection)
        self.sql, params = compiler.as_sql()
        self.params = list(params)
        self.places: list[tuple[int, int, Callable[[Any], Any] | None]] = []
        for place, param in enumerate(self.params):
            for number, mark in enumerate(marks):
                if param == mark and isinstance(param, type(mark)):
                    # PostgreSQL's driver wants integers in types of its own.
                    self.places.append((place, number, None if type(param) is type(mark) else type(param)))
                elif isinstance(mark, uuid.UUID) and param == mark.hex:
                    self.places.append((place, number, _hex))
                elif isinstance(mark, dt.datetime) and param == direct.instant(mark):
                    self.places.append((place, number, direct.instant))
                elif isinstance(mark, dt.date) and param == mark.isoformat():
                    self.places.append((place, number, dt.date.isoformat))
        if {number for _, number, _ in self.places} != set(range(len(marks))):
            raise TypeError("an argument of a prepared read does not stand in its query")
        self.compiler = compiler
        self.convert = self._conversion(connection)
        self.make = self._maker(rows._iterable_class)

    def _conversion(self, connection: BaseDatabaseWrapper) -> Callable[[list[Any]], Iterable[Sequence[Any]]]:
        steps = self.compiler.get_converters([column[0] for column in self.compiler.select])
        quick = {place: direct.converter(connection, *step) for place, step in steps.items()}
        if not all(quick.values()):
            return lambda rows: self.compiler.apply_converters(rows, steps)
        columns = list(quick.items())

        def convert(rows: list[Any]) -> list[list[Any]]:
            found = [list(row) for row in rows]
            for row in found:
                for place, turn in columns:
                    if row[place] is not None:
                        row[place] = turn(row[place])  # type: ignore[misc]
            return found

        return convert

    def _maker(self, kind: Any) -> Callable[[Sequence[Any]], Any]:
        if kind is FlatValuesListIterable:
            return lambda row: row[0]
        if kind is ValuesListIterable:
            return tuple
        if kind is not ModelIterable or self.compiler.annotation_col_map:
            raise TypeError("a prepared read gives instances or values_list")
        return _instances(self.compiler.klass_info, self.compiler.select)

    def run(self, values: Sequence[Any], connection: BaseDatabaseWrapper) -> list[Any]:
        params = list(self.params)
        for place, number, adapt in self.places:
            params[place] = values[number] if adapt is None else adapt(values[number])
        rows = direct.fetch(connection, self.sql, params)
        return [self.make(row) for row in self.convert(rows)] if rows else []


def _instances(info: Any, select: Sequence[Any]) -> Callable[[Sequence[Any]], Any]:
    """How a row becomes an instance with those joined to it: what `from_db` does, without the signals of `__init__`."""
    model, places = info["model"], info["select_fields"]
    names = [select[place][0].target.attname for place in places]
    key = places[names.index(model._meta.pk.attname)]
    start, stop = places[0], places[-1] + 1
    if list(places) != list(range(start, stop)):
        raise TypeError("a prepared read takes the columns of a row as they stand")
    joined = [
        (_instances(other, select), other["local_setter"], other["remote_setter"])
        for other in info.get("related_klass_infos", ())
    ]

    def make(row: Sequence[Any]) -> Any:
        if row[key] is None:
            return None
        made = model.__new__(model)
        values = made.__dict__
        values.update(zip(names, row[start:stop], strict=True))
        state = values["_state"] = ModelState()
        state.adding, state.db = False, DEFAULT_DB_ALIAS
        for other, near, far in joined:
            found = other(row)
            near(made, found)
            if found is not None:
                far(found, made)
        return made

    return make


def _hex(value: uuid.UUID) -> str:
    return value.hex


def attach(parent: Model, name: str, children: list[Any]) -> None:
    """Give an instance the rows of a reverse relation, as prefetch_related does."""
    related: Any = parent._meta.get_field(name).related_model
    rows: Any = QuerySet(model=related)
    rows._result_cache, rows._prefetch_done = children, True
    parent.__dict__.setdefault("_prefetched_objects_cache", {})[name] = rows


@cache
def _insert_of(model: type[Model], vendor: str, keyed: bool) -> tuple[str, tuple[Any, ...]]:
    key = model._meta.pk
    fields = tuple(
        (field, direct.adapter(vendor, field))
        for field in model._meta.concrete_fields
        if not field.generated and (keyed or field is not key)
    )
    quote: Callable[[Any], str] = direct.here().ops.quote_name
    columns = ", ".join(quote(field.column) for field, _ in fields)
    marks = ", ".join(["%s"] * len(fields))
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({marks})"
    if not keyed and vendor == "postgresql":
        sql += f" RETURNING {quote(key.column)}"
    return sql, fields


def _values(row: Model, fields: Iterable[Any], connection: BaseDatabaseWrapper, new: bool) -> list[Any]:
    return [
        field.get_db_prep_save(field.pre_save(row, new), connection)
        if adapt is None
        else adapt(getattr(row, field.attname))
        for field, adapt in fields
    ]


def insert(row: ModelType) -> ModelType:
    """Store a new row; what `save(force_insert=True)` does, without signals."""
    connection, keyed = direct.here(), row.pk is not None
    sql, fields = _insert_of(type(row), connection.vendor, keyed)
    _, key = direct.write(connection, row._meta.db_table, sql, _values(row, fields, connection, True))
    if not keyed:
        row.pk = key
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    return row


def store(model: type[Model], **columns: Any) -> None:
    """As `insert`, of a row that nobody needs as an instance: every column is given, but a key that the database gives."""
    connection = direct.here()
    sql, fields = _insert_of(model, connection.vendor, model._meta.pk.attname in columns)
    values = [
        field.get_db_prep_save(columns[field.attname], connection) if adapt is None else adapt(columns[field.attname])
        for field, adapt in fields
    ]
    direct.write(connection, model._meta.db_table, sql, values)


@cache
def _update_of(model: type[Model], names: tuple[str, ...], vendor: str) -> tuple[str, tuple[Any, ...]]:
    key: Any = model._meta.pk
    fields = tuple((field, direct.adapter(vendor, field)) for field in (*map(model._meta.get_field, names), key))
    quote: Callable[[Any], str] = direct.here().ops.quote_name
    columns = ", ".join(f"{quote(field.column)} = %s" for field, _ in fields[:-1])
    return f"UPDATE {quote(model._meta.db_table)} SET {columns} WHERE {quote(key.column)} = %s", fields


def update(row: Model, *names: str) -> None:
    """Write the named fields of a row. Raises RuntimeError when it is not there."""
    connection = direct.here()
    sql, fields = _update_of(type(row), names, connection.vendor)
    values = _values(row, fields, connection, False)
    changed, _ = direct.write(connection, row._meta.db_table, sql, values)
    if changed != 1:
        raise RuntimeError(f"{type(row).__name__} to be changed is not there")


@cache
def _total_of(model: type[Model]) -> str:
    return f"SELECT COUNT(*) FROM {direct.here().ops.quote_name(model._meta.db_table)}"


def total(model: type[Model]) -> int:
    """How many rows a table has: the version of a table whose rows are only added."""
    found: int = direct.fetch(direct.here(), _total_of(model), ())[0][0]
    return found
