"""Random faults over everything that is stored, drawn in proportion to its bytes: each must be found and named.

A fault is a flipped bit, a truncation, a deletion or two things exchanged; in a row of any table, in an original, in a
tile or in a checkpoint. The rows are changed as an administrator with full rights could: without triggers.
"""

from __future__ import annotations

import bisect
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from mingcha.files.models import StoredFile
from mingcha.ledger import checks, rows
from mingcha.ledger.soundness import Finding
from tests.faults.spoiling import KINDS, Nothing, names_file, names_row, spoil

# Rows without meaning for the record, and counters that the database corrects by itself.
ASIDE = {"django_session", "sqlite_sequence"}


@dataclass(frozen=True)
class Place:
    """One stored object: a row (table, key) or a file."""

    table: str
    key: Any
    size: int
    path: Path | None = None

    def __str__(self) -> str:
        return str(self.path) if self.path else f"{self.table}[{self.key}]"


@dataclass(frozen=True)
class Fault:
    where: Place
    kind: str
    detail: str


def tables() -> list[str]:
    return sorted(
        table
        for table in connection.introspection.table_names()
        if table not in ASIDE and rows.rule_of(table).kind != rows.PASSING
    )


def key_of(table: str) -> str:
    return "rowid" if connection.vendor == "sqlite" else rows.key_of(table)


def places() -> list[Place]:
    """Everything stored, with its size in bytes."""
    found: list[Place] = []
    for table in tables():
        columns = " + ".join(f'COALESCE(LENGTH(CAST("{name}" AS {_bytes()})), 0)' for name in rows.columns_of(table))
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT {key_of(table)}, {columns} FROM "{table}"')
            found += [Place(table, key, int(size)) for key, size in cursor.fetchall() if size]
    # Tests share one store, and rows that are rolled back leave their bytes there: no row names them any more.
    kept = set(StoredFile.objects.values_list("sha256", flat=True))
    for root in (Path(settings.FILES_ROOT), Path(settings.LOG_ROOT), Path(settings.ARCHIVES_ROOT)):
        for path in sorted(root.rglob("*")):
            stray = root == Path(settings.FILES_ROOT) and path.name not in kept
            if path.is_file() and path.stat().st_size and path.suffix != ".lock" and not stray:
                found.append(Place("", path.name, path.stat().st_size, path))
    return found


def names(finding: Finding, where: Place) -> bool:
    return names_row(finding, where.table) if where.path is None else names_file(finding, where.path)


def _bytes() -> str:
    return "BLOB" if connection.vendor == "sqlite" else "TEXT"


_drawn: dict[str, tuple[list[Place], list[int]]] = {}


def pick(chance: random.Random) -> Place:
    """A row, drawn in proportion to its bytes; the list is made once."""
    if not _drawn:
        found = [item for item in places() if item.path is None]
        _drawn["rows"] = found, list(itertools.accumulate(item.size for item in found))
    found, ends = _drawn["rows"]
    return found[bisect.bisect_right(ends, chance.randrange(ends[-1]))]


class Campaign:
    """`run(count)` yields the faults that were not found."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.places = places()
        self.ends = list(itertools.accumulate(place.size for place in self.places))
        self.done: dict[str, int] = {}

    def run(self, count: int) -> Iterator[tuple[str, Fault]]:
        """(seed, fault) of each fault that nothing named."""
        for number in range(count):
            seed = f"{self.seed}/{number}"
            chance = random.Random(seed)
            while True:
                where = self.places[bisect.bisect_right(self.ends, chance.randrange(self.ends[-1]))]
                try:
                    fault, found = self._one(where, chance)
                except Nothing:
                    continue
                break
            self.done[fault.kind] = self.done.get(fault.kind, 0) + 1
            if not any(names(finding, where) for finding in found):
                yield seed, fault

    def _one(self, where: Place, chance: random.Random) -> tuple[Fault, list[Finding]]:
        kind = chance.choice(KINDS)
        if where.path is not None:
            return self._file(where, kind, chance)
        mark = transaction.savepoint()
        try:
            fault = spoil_row(where, kind, chance)
            return fault, whole()
        except DatabaseError as error:
            raise Nothing from error
        finally:
            transaction.savepoint_rollback(mark)

    def _file(self, where: Place, kind: str, chance: random.Random) -> tuple[Fault, list[Finding]]:
        path = where.path
        assert path is not None
        good, mode = path.read_bytes(), path.stat().st_mode
        path.chmod(0o644)
        try:
            if kind == "delete":
                path.unlink()
                return Fault(where, kind, ""), whole()
            data, detail = spoil(good, kind, chance)
            path.write_bytes(data)
            return Fault(where, kind, detail), whole()
        finally:
            path.unlink(missing_ok=True)
            path.write_bytes(good)
            path.chmod(mode)


def spoil_row(where: Place, kind: str, chance: random.Random) -> Fault:
    """Change, remove or exchange by raw SQL."""
    table, pk = where.table, key_of(where.table)
    with connection.cursor() as cursor:
        if kind == "delete":
            cursor.execute(f'DELETE FROM "{table}" WHERE {pk} = %s', [where.key])
            return Fault(where, kind, "")
        columns = rows.columns_of(table)
        cursor.execute(
            "SELECT "
            + ", ".join(f'CAST("{name}" AS {_bytes()})' for name in columns)
            + f' FROM "{table}" WHERE {pk} = %s',
            [where.key],
        )
        values = dict(zip(columns, cursor.fetchone(), strict=True))
        filled = [name for name in columns if values[name]]
        column = chance.choices(filled, [len(values[name]) for name in filled])[0]
        old = values[column]
        if kind == "exchange":
            cursor.execute(
                f'SELECT {pk} FROM "{table}" WHERE {pk} <> %s AND "{column}" IS NOT NULL ORDER BY 1', [where.key]
            )
            others = [row[0] for row in cursor.fetchall()]
            if not others:
                raise Nothing
            other = chance.choice(others)
            cursor.execute(
                f'UPDATE "{table}" SET "{column}" = (SELECT "{column}" FROM "{table}" WHERE {pk} = %s) WHERE {pk} = %s',
                [other, where.key],
            )
            detail = f"{column} as in {other}"
        else:
            raw = old.encode() if isinstance(old, str) else bytes(old)
            data, detail = spoil(raw, kind, chance)
            detail = f"{column}: {detail}"
            _store(cursor, where, column, data)
        cursor.execute(f'SELECT CAST("{column}" AS {_bytes()}) FROM "{table}" WHERE {pk} = %s', [where.key])
        row = cursor.fetchone()
        if row is not None and row[0] == old:
            raise Nothing
        return Fault(where, kind, detail)


def _store(cursor: Any, where: Place, column: str, data: bytes) -> None:
    table, pk = where.table, key_of(where.table)
    if connection.vendor == "sqlite":
        cursor.execute(f'SELECT typeof("{column}") FROM "{table}" WHERE {pk} = %s', [where.key])
        kind = cursor.fetchone()[0]
        value = "%s" if kind == "blob" else f"CAST(%s AS {kind})"
        cursor.execute(f'UPDATE "{table}" SET "{column}" = {value} WHERE {pk} = %s', [data, where.key])
        return
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise Nothing from None
    cursor.execute(
        "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = %s::regclass AND attname = %s",
        [table, column],
    )
    cursor.execute(
        f'UPDATE "{table}" SET "{column}" = CAST(%s AS {cursor.fetchone()[0]}) WHERE {pk} = %s', [text, where.key]
    )


def whole() -> list[Finding]:
    """The check itself, all parts, without the triggers that the attack has dropped."""
    return [item for item in checks.check(first_only=False).findings if item.code != "trigger-missing"]
