"""Random faults over everything that is stored, drawn in proportion to its bytes: each must be found and named.

A fault is a flipped bit, a truncation, a deletion or two things exchanged; in a row of any table, in an original, in a
tile or in a checkpoint. The rows are changed as an administrator with full rights could: without triggers.
"""

from __future__ import annotations

import bisect
import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from mingcha.files.models import StoredFile
from mingcha.files.soundness import check_file
from mingcha.ledger import checks, place, queries, rows, seals
from mingcha.ledger.checks_log import LogPass
from mingcha.ledger.soundness import Finding, Tally

# Rows without meaning for the record, and counters that the database corrects by itself.
ASIDE = {"django_session", "sqlite_sequence"}
DERIVED = {"ledger_journalentry", "ledger_journalpayload", "ledger_ledgerleaf", "ledger_sealsheet", "ledger_rowseal"}


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


class Nothing(Exception):
    """The draw would change nothing, or the database itself does not take it: draw again."""


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
    for root in (Path(settings.FILES_ROOT), Path(settings.LOG_ROOT), Path(settings.ARCHIVES_ROOT)):
        for path in sorted(root.rglob("*")):
            if path.is_file() and path.stat().st_size and path.suffix != ".lock":
                found.append(Place("", path.name, path.stat().st_size, path))
    return found


def _bytes() -> str:
    return "BLOB" if connection.vendor == "sqlite" else "TEXT"


class Campaign:
    """`run(count)` yields the faults that were not found."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.places = places()
        self.ends = list(itertools.accumulate(place.size for place in self.places))
        self.done: dict[str, int] = {}

    def run(self, count: int, verdict: Callable[[Place], list[Finding]] | None = None) -> Iterator[tuple[str, Fault]]:
        """(seed, fault) of each fault that nothing named."""
        for number in range(count):
            seed = f"{self.seed}/{number}"
            chance = random.Random(seed)
            while True:
                where = self.places[bisect.bisect_right(self.ends, chance.randrange(self.ends[-1]))]
                try:
                    fault, found = self._one(where, chance, verdict or targeted)
                except Nothing:
                    continue
                break
            self.done[fault.kind] = self.done.get(fault.kind, 0) + 1
            if not any(names(finding, where) for finding in found):
                yield seed, fault

    def _one(
        self, where: Place, chance: random.Random, verdict: Callable[[Place], list[Finding]]
    ) -> tuple[Fault, list[Finding]]:
        kind = chance.choice(["flip", "flip", "flip", "truncate", "delete", "exchange"])
        if where.path is not None:
            return self._file(where, kind, chance, verdict)
        mark = transaction.savepoint()
        try:
            fault = spoil_row(where, kind, chance)
            return fault, verdict(where)
        except DatabaseError as error:
            raise Nothing from error
        finally:
            transaction.savepoint_rollback(mark)

    def _file(
        self, where: Place, kind: str, chance: random.Random, verdict: Callable[[Place], list[Finding]]
    ) -> tuple[Fault, list[Finding]]:
        path = where.path
        assert path is not None
        good, mode = path.read_bytes(), path.stat().st_mode
        path.chmod(0o644)
        try:
            if kind == "delete":
                path.unlink()
                return Fault(where, kind, ""), verdict(where)
            data, detail = spoil(good, kind, chance)
            path.write_bytes(data)
            return Fault(where, kind, detail), verdict(where)
        finally:
            path.unlink(missing_ok=True)
            path.write_bytes(good)
            path.chmod(mode)


def spoil(good: bytes, kind: str, chance: random.Random) -> tuple[bytes, str]:
    """Bytes with a fault, and what it is."""
    if not good:
        raise Nothing
    if kind == "truncate":
        at = chance.randrange(len(good))
        return good[:at], f"cut to {at} of {len(good)}"
    if kind == "exchange":
        width = min(32, len(good) // 2)
        one, two = sorted(chance.randrange(len(good) - width + 1) for _ in range(2))
        if two - one < width or good[one : one + width] == good[two : two + width] or not width:
            raise Nothing
        first, second = good[one : one + width], good[two : two + width]
        data = good[:one] + second + good[one + width : two] + first + good[two + width :]
        return data, f"{width} bytes at {one} and {two} exchanged"
    at, bit = chance.randrange(len(good)), chance.randrange(8)
    return good[:at] + bytes([good[at] ^ 1 << bit]) + good[at + 1 :], f"bit {bit} of byte {at}"


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


def targeted(where: Place) -> list[Finding]:
    """What `ledger check` would find in the part that a fault lies in; `whole` is the measure."""
    report = checks.CheckReport()
    parts = checks.parts()
    if where.path is not None and Path(settings.FILES_ROOT) in where.path.parents:
        row = StoredFile.objects.filter(sha256=where.path.name).first()
        return list(check_file(row, Tally())) if row else []
    if where.path is not None and Path(settings.ARCHIVES_ROOT) in where.path.parents:
        return list(parts["packages"][1](report))
    if where.path is not None:
        return [finding for log in queries.logs() for finding in LogPass(log, report).findings()]
    found: list[Finding] = []
    if where.table in {"ledger_sealsheet", "ledger_rowseal", "ledger_journalpayload", "ledger_journalentry"}:
        found += _caught(seals.check_sheets)
    if where.table.startswith("ledger_"):
        found += _caught(lambda: parts["journal"][1](report))
    if where.table not in DERIVED:
        found += _caught(lambda: seals.check(Tally(), tables=[where.table]))
    return found


def _caught(check: Callable[[], Iterator[Finding]]) -> list[Finding]:
    found: list[Finding] = []
    try:
        found.extend(check())
    except checks.UNREADABLE as error:
        found.append(Finding("unreadable", str(error)))
    return found


def whole(where: Place) -> list[Finding]:
    """The check itself, all parts."""
    return [item for item in checks.check(first_only=False).findings if item.code != "trigger-missing"]


def names(finding: Finding, where: Place) -> bool:
    """Whether a finding leads to the object."""
    if where.path is not None:
        if "package" in finding.data:
            return str(finding.data["package"]) in where.path.as_posix()
        path = str(finding.data.get("path") or finding.data.get("sha256") or finding.data.get("log") or "")
        return bool(path) and (where.path.as_posix().endswith(path) or place.CHECKPOINT in where.path.name)
    if where.table.startswith("ledger_"):
        return True
    return finding.data.get("table") == where.table or where.table == "files_storedfile"
