"""How rows of the journal reach the database: plain statements, because every act of the platform pays for them."""

from __future__ import annotations

import datetime as dt
import sqlite3
import uuid
from collections.abc import Collection, Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

COLUMNS = (
    "log",
    "kind",
    "subject_type",
    "subject_id",
    "case_id",
    "case_seq",
    "prev_digest",
    "actor",
    "actor_digest",
    "occurred_at",
    "recorded_at",
    "payload_digest",
    "digest",
)
_INSERT = f"INSERT INTO ledger_journalentry ({', '.join(COLUMNS)}) VALUES "
_INSERT_PAYLOAD = "INSERT INTO ledger_journalpayload (entry_id, payload, salt) VALUES "
_LAST = "SELECT case_seq, digest FROM ledger_journalentry WHERE case_id = {} ORDER BY case_seq DESC LIMIT 1"
_LAST_OF_MANY = (
    "SELECT e.case_id, e.case_seq, e.digest FROM ledger_journalentry e JOIN (SELECT case_id, MAX(case_seq) AS top "
    "FROM ledger_journalentry WHERE case_id IN ({}) GROUP BY case_id) t ON t.case_id = e.case_id AND t.top = e.case_seq"
)
_SQLITE_INSERT = _INSERT + "(" + ", ".join("?" * len(COLUMNS)) + ")"
_SQLITE_INSERT_PAYLOAD = _INSERT_PAYLOAD + "(?, ?, ?)"
_SQLITE_LAST = _LAST.format("?")
_BATCH = 500


def instant(vendor: str, moment: dt.datetime) -> Any:
    """An aware UTC instant as the column keeps it."""
    return str(moment.replace(tzinfo=None)) if vendor == "sqlite" else moment


def key(vendor: str, value: uuid.UUID) -> Any:
    """A UUID as the column keeps it."""
    return value.hex if vendor == "sqlite" else value


def last_of_case(connection: BaseDatabaseWrapper, case_id: uuid.UUID) -> tuple[int, str]:
    """Number and digest of the newest entry of a case, or (0, "")."""
    if connection.vendor != "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(_LAST.format("%s"), [case_id])
            return cursor.fetchone() or (0, "")
    try:
        row: tuple[int, str] | None = connection.connection.execute(_SQLITE_LAST, (case_id.hex,)).fetchone()
    except sqlite3.Error:
        with connection.wrap_database_errors:
            raise
    return row or (0, "")


def last_of_cases(connection: BaseDatabaseWrapper, case_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, tuple[int, str]]:
    """Number and digest of the newest entry of each case; (0, "") for a case without any."""
    found: dict[uuid.UUID, tuple[int, str]] = dict.fromkeys(case_ids, (0, ""))
    wanted = [key(connection.vendor, case_id) for case_id in case_ids]
    with connection.cursor() as cursor:
        for start in range(0, len(wanted), _BATCH):
            part = wanted[start : start + _BATCH]
            cursor.execute(_LAST_OF_MANY.format(", ".join(["%s"] * len(part))), part)
            for case_id, case_seq, digest in cursor.fetchall():
                found[case_id if isinstance(case_id, uuid.UUID) else uuid.UUID(case_id)] = (case_seq, digest)
    return found


def insert(
    connection: BaseDatabaseWrapper, rows: Sequence[Sequence[Any]], contents: Sequence[tuple[str, str]]
) -> list[int]:
    """Insert entries (values in the order of COLUMNS) and their (payload, salt); returns the keys in that order."""
    if connection.vendor == "sqlite":
        return _insert_sqlite(connection, rows, contents)
    keys: list[int] = []
    for start in range(0, len(rows), _BATCH):
        keys += _insert_postgresql(connection, rows[start : start + _BATCH], contents[start : start + _BATCH])
    return keys


def _insert_sqlite(
    connection: BaseDatabaseWrapper, rows: Sequence[Sequence[Any]], contents: Sequence[tuple[str, str]]
) -> list[int]:
    # Django's cursor costs as much per statement as the insert itself, so the driver is called directly;
    # in an atomic block the connection is open, and its errors still arrive as Django's.
    raw = connection.connection
    try:
        keys = [raw.execute(_SQLITE_INSERT, row).lastrowid for row in rows]
        values = [(key, payload, salt) for key, (payload, salt) in zip(keys, contents, strict=True)]
        raw.executemany(_SQLITE_INSERT_PAYLOAD, values)
    except sqlite3.Error:
        with connection.wrap_database_errors:
            raise
    return keys


def _insert_postgresql(
    connection: BaseDatabaseWrapper, rows: Sequence[Sequence[Any]], contents: Sequence[tuple[str, str]]
) -> list[int]:
    one = "(" + ", ".join(["%s"] * len(COLUMNS)) + ")"
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT + ", ".join([one] * len(rows)) + " RETURNING digest, id", [value for row in rows for value in row]
        )
        # Digests are salted, hence unique: they find the key whatever the order in which rows come back.
        found = dict(cursor.fetchall())
        keys = [found[row[-1]] for row in rows]
        values = [value for key, content in zip(keys, contents, strict=True) for value in (key, *content)]
        cursor.execute(_INSERT_PAYLOAD + ", ".join(["(%s, %s, %s)"] * len(rows)), values)
    return keys
