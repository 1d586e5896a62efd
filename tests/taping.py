"""A journey played once per worker and laid down again for each test: the statements it wrote, in their order, and its
files. The world is still made by the real actions; what a test gets is proved to be the same, row by row."""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
import hashlib
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from mingcha.accounts.queries import actor_named
from mingcha.common import clock
from mingcha.files.actions import path_of
from mingcha.files.models import StoredFile
from mingcha.interfaces.demo.journey import Journey
from mingcha.ledger import store

# From the publication on a journey leaves more behind than rows and stored files (index, keys): that is always played.
LAST = "serve-decision"
READS = ("SELECT", "(SELECT", "WITH", "EXPLAIN", "PRAGMA")


@dataclass
class Step:
    """What one step of the journey wrote, and where the journey stood when it was done."""

    name: str
    writes: list[Callable[[], object]]
    day: dt.date
    case_id: uuid.UUID | None


@dataclass
class Tape:
    steps: list[Step] = field(default_factory=list)
    sequences: dict[str, int | None] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    ends: dict[int, str] = field(default_factory=dict)
    proved: set[int] = field(default_factory=set)


_tapes: dict[object, Tape] = {}
_asked: Counter[object] = Counter()
_begun: list[object] = []


def begin() -> None:
    """Called when a test's transaction has begun: a tape is laid only on what nobody has written to since."""
    _begun[:] = [_state()]


def _state() -> object:
    """Something that changes with every write of this transaction."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with connection.cursor() as cursor:
            schema = cursor.execute("PRAGMA schema_version").fetchone()
        return connection.connection.total_changes, schema
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id_if_assigned()::text")
        return cursor.fetchone()


def _base() -> object:
    """What the tests of this database begin with; a module's world may stand on top of the district."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*), MAX(id) FROM ledger_journalentry")
        entries = tuple(cursor.fetchone())
        cursor.execute("SELECT COUNT(*) FROM cases_case")
        return entries, cursor.fetchone()[0]


def play(journey: Journey, until: str) -> None:
    """As `journey.run(until)`. The second time a tape is made, from the third on it is laid."""
    if not connection.in_atomic_block or not _begun or _begun[0] != _state():
        journey.run(until)
        return
    key = journey.start, dataclasses.astuple(journey.scenario), settings.FILES_ROOT, _base()
    _asked[key] += 1
    if _asked[key] == 1:
        journey.run(until)
        return
    _run(journey, until, _tapes.setdefault(key, Tape(sequences=_sequences())))


def _run(journey: Journey, until: str, tape: Tape) -> None:
    names = [step.name for step in tape.steps]
    count = names.index(until) + 1 if until in names else len(names)
    _lay(tape, count)
    journey.day, going = journey.start, bool(count == 0 or tape.steps[count - 1].name != LAST)
    for place, (name, who, _, step) in enumerate(journey.steps()):
        if place < count:
            # The journey goes on from where it stood, not from what it would reckon from later rows.
            journey.day, journey.case_id = tape.steps[place].day, tape.steps[place].case_id
        else:
            with clock.frozen(clock.at(journey.day, 9, 30)):
                if going:
                    with _recording() as writes:
                        step(actor_named(who))
                    tape.steps.append(Step(name, writes, journey.day, journey.case_id))
                else:
                    step(actor_named(who))
            if going and name in (until, LAST):
                _end(tape, place + 1)
                going = False
        if name == until:
            return
    raise LookupError(f"the journey has no step {until}")


def _end(tape: Tape, count: int) -> None:
    tape.ends[count] = _digest()
    for (sha256,) in StoredFile.objects.values_list("sha256"):
        path = path_of(sha256)
        if sha256 not in tape.files and path.exists():
            tape.files[sha256] = path.read_bytes()


def _lay(tape: Tape, count: int) -> None:
    if count == 0:
        return
    _set_sequences(tape.sequences)
    for step in tape.steps[:count]:
        for write in step.writes:
            write()
    for sha256, data in tape.files.items():
        path = Path(settings.FILES_ROOT) / sha256[:2] / sha256[2:4] / sha256
        # A test may have destroyed or changed the bytes that all worlds share.
        if not path.exists() or path.stat().st_size != len(data) or path.read_bytes() != data:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            path.write_bytes(data)
            path.chmod(0o444)
    if count in tape.ends and count not in tape.proved:
        assert _digest() == tape.ends[count], "what the tape lays down is not what was played"
        tape.proved.add(count)


@contextmanager
def _recording() -> Iterator[list[Callable[[], object]]]:
    """Every statement that writes. The journal hands its rows to SQLite's driver past Django's cursor."""
    writes: list[Callable[[], object]] = []

    def watch(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        done = execute(sql, params, many, context)
        text = str(sql)
        if not text.startswith(READS):
            kept = copy.copy(params)
            writes.append(lambda: _again(text, kept, many))
        return done

    direct = store._insert_sqlite

    def insert(used: Any, rows: Any, contents: Any) -> list[int]:
        kept = [tuple(row) for row in rows], list(contents)
        writes.append(lambda: direct(connection, *kept))
        return direct(used, rows, contents)

    store._insert_sqlite = insert
    try:
        with connection.execute_wrapper(watch):
            yield writes
    finally:
        store._insert_sqlite = direct


def _again(sql: str, params: Any, many: bool) -> None:
    with connection.cursor() as cursor:
        (cursor.executemany if many else cursor.execute)(sql, params)


def _sequences() -> dict[str, int | None]:
    if connection.vendor == "sqlite":
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(sequencename), last_value FROM pg_sequences WHERE schemaname = 'public'")
        return dict(cursor.fetchall())


def _set_sequences(wanted: dict[str, int | None]) -> None:
    """Sequences do not roll back: the keys that the statements name are given again."""
    now = _sequences()
    changed = [(name, value) for name, value in wanted.items() if now[name] != value]
    if changed:
        with connection.cursor() as cursor:
            for name, value in changed:
                cursor.execute("SELECT setval(%s, %s, %s)", [name, value or 1, value is not None])


def _digest() -> str:
    """All rows of all tables."""
    whole = hashlib.sha256()
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            rows = sorted(repr(row) for row in cursor.fetchall())
            whole.update(f"{table} {len(rows)}\n".encode())
            whole.update("\n".join(rows).encode())
    return whole.hexdigest()
