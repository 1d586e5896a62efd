"""The portal's own database (门户数据库): only the tables of `selection`, without references, and the state of the feed.

What is not told has no table here: a question that reaches for it fails. Everything told is derived and is made anew
after a change of its form; what was written here (letters, subscriptions) is taken over.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db import connection, transaction

from mingcha.interfaces.feeding import answers, selection
from mingcha.interfaces.feeding.selection import Table

STATE, ROWS = "feed_state", "feed_row"
_OURS = {
    STATE: "id integer PRIMARY KEY, epoch bigint NOT NULL, seq bigint NOT NULL, digest text NOT NULL, "
    "at text NOT NULL, form text NOT NULL",
    ROWS: "name varchar(80) NOT NULL, key varchar(200) NOT NULL, epoch bigint NOT NULL, PRIMARY KEY (name, key)",
    answers.TABLE: "name varchar(80) NOT NULL, key varchar(200) NOT NULL, body text NOT NULL, PRIMARY KEY (name, key)",
}


def form() -> str:
    """What the tables must look like."""
    return hashlib.sha256(json.dumps(_statements(), sort_keys=True).encode()).hexdigest()[:16]


def ensure() -> None:
    """Make the tables, or make them anew where their form has changed."""
    selection.require_judged()
    with transaction.atomic(), connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        if STATE in there:
            cursor.execute(f"SELECT form FROM {STATE}")
            found = cursor.fetchone()
            if found and found[0] == form():
                return
        own = {table.name: table for table in selection.OWN}
        kept = {name: _saved(cursor, table) for name, table in own.items() if name in there}
        for name in [*_OURS, *selection.held()]:
            cursor.execute(f'DROP TABLE IF EXISTS "{name}"')
        for statements in _statements().values():
            for statement in statements:
                cursor.execute(statement)
        for name, (columns, rows) in kept.items():
            marks = ", ".join(["%s"] * len(columns))
            names = ", ".join(f'"{column}"' for column in columns)
            cursor.executemany(f'INSERT INTO "{name}" ({names}) VALUES ({marks})', rows)
        cursor.execute(
            f"INSERT INTO {STATE} (id, epoch, seq, digest, at, form) VALUES (1, 0, 0, '', '', %s)",
            [form()],
        )


def _saved(cursor: Any, table: Table) -> tuple[list[str], list[tuple[Any, ...]]]:
    """What was written here itself, in the columns that there were and still are."""
    there = {column.name for column in connection.introspection.get_table_description(cursor, table.name)}
    columns = [str(field.column) for field in _columns(table) if field.column in there]
    cursor.execute(f'SELECT {", ".join(f"{chr(34)}{name}{chr(34)}" for name in columns)} FROM "{table.name}"')
    return columns, list(cursor.fetchall())


def _statements() -> dict[str, list[str]]:
    made = {name: [f'CREATE TABLE "{name}" ({columns})'] for name, columns in _OURS.items()}
    own = {table.name for table in selection.OWN}
    # Asked for its words only; entered, it would want references switched off.
    editor = connection.schema_editor(collect_sql=True)
    for name, table in selection.held().items():
        columns = []
        for field in table.model._meta.concrete_fields:
            kind = f'"{field.column}" {field.db_parameters(connection)["type"]}'
            columns.append(
                kind + (" PRIMARY KEY" if field.primary_key else " UNIQUE" if field.unique and name in own else "")
            )
        made[name] = [f'CREATE TABLE "{name}" ({", ".join(columns)})']
        made[name] += [str(index.create_sql(table.model, editor)) for index in table.model._meta.indexes]
        if name in own:
            made[name] += [
                text for one in table.model._meta.constraints if (text := _unique(one, table, editor)) is not None
            ]
        for field in _columns(table):
            if field.db_index and not field.primary_key and not field.unique:
                made[name].append(f'CREATE INDEX "{name}_{field.column}" ON "{name}" ("{field.column}")')
    return made


def _columns(table: Table) -> list[Any]:
    return list(table.model._meta.concrete_fields)


def _field(table: Table, name: str) -> Any:
    return table.model._meta.get_field(name)


def _unique(constraint: Any, table: Table, editor: Any) -> str | None:
    from django.db.models import UniqueConstraint

    if not isinstance(constraint, UniqueConstraint):
        return None
    columns = ", ".join(f'"{_field(table, name).column}"' for name in constraint.fields)
    return f'CREATE UNIQUE INDEX "{constraint.name}" ON "{table.name}" ({columns})'
