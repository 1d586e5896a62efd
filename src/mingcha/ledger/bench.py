"""Measurements of the ledger (账本测速) for `mingcha bench ledger`: each ratio with its own denominator, same run.

Everything is measured on databases and folders of its own in `folder`; the site's data is not touched.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from mingcha.common import direct, triggers
from mingcha.ledger import actions, kinds, place, queries, sequencer
from mingcha.ledger.actors import ActorSnapshot
from mingcha.ledger.core import merkle, tiles
from mingcha.ledger.core.tiles import TileNodes

LOG = "990100"
GROUP = 100
LIMITS = {"tree": 0.4, "append": 0.1, "sequencer": 0.3, "single": 0.2, "proof_ms": 1.0}
_KIND = kinds.kind("bench-act", "测速行为")
_ACTOR = ActorSnapshot(str(uuid.UUID(int=1)), "测速", "执法人员", str(uuid.UUID(int=2)), "明水区综合行政执法局")
_PAYLOAD = {
    "document_number": "明综执罚〔2026〕1号",
    "party": "明水区某某餐饮有限公司",
    "fine": 2000000,
    "text_digest": "a" * 64,
}


def bench_ledger(
    *, seconds: float = 3.0, rounds: int = 5, leaves: int = 1_000_000, folder: Path | None = None
) -> dict[str, Any]:
    """Medians over `rounds` with their limits; `leaves` is the size of the tree for proofs."""
    with tempfile.TemporaryDirectory(dir=folder, prefix="mingcha-bench-") as name:
        place_ = Path(name)
        result: dict[str, Any] = {"tree": _tree(rounds), "proofs": _proofs(place_, leaves)}
        with _database(place_):
            result |= _journal(place_, seconds / rounds, rounds)
    result["met"] = all(part["met"] for part in result.values())
    return result


def _ratio(name: str, rates: list[float], bare: list[float], unit: str) -> dict[str, Any]:
    """Median of the ratios of neighbours in time, so that a busy machine slows both."""
    ratio = statistics.median(rate / base for rate, base in zip(rates, bare, strict=True))
    return {
        "rate": round(statistics.median(rates)),
        "bare": round(statistics.median(bare)),
        "unit": unit,
        "ratio": round(ratio, 3),
        "limit": LIMITS[name],
        "met": ratio >= LIMITS[name],
    }


def _rate(count: int, work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return count / (time.perf_counter() - start)


def _tree(rounds: int, count: int = 200_000) -> dict[str, Any]:
    """A whole tree against the plain SHA-256 of its leaves."""
    data = [hashlib.sha256(str(n).encode()).digest() for n in range(count)]
    rates, bare = [], []
    for _ in range(rounds):
        bare.append(_rate(count, lambda: [hashlib.sha256(item).digest() for item in data]))
        rates.append(_rate(count, lambda: merkle.root_of(merkle.leaf_hashes(data))))
    return _ratio("tree", rates, bare, "leaves/s")


def _proofs(folder: Path, count: int) -> dict[str, Any]:
    """Inclusion proofs from tiles on disk at `count` leaves, each with a fresh reader."""
    hashes = merkle.leaf_hashes([n.to_bytes(32, "big") for n in range(count)])
    row, level = hashes, 0
    while row:
        chunks = [row[at : at + tiles.WIDTH] for at in range(0, len(row), tiles.WIDTH)]
        for index, chunk in enumerate(chunks):
            target = folder / tiles.TileName(level, index, len(chunk)).path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(b"".join(chunk))
        row = [merkle.root_of(chunk) for chunk in chunks if len(chunk) == tiles.WIDTH]
        level += 1
    root = merkle.root_of(hashes)
    cold = [
        _proof_ms(TileNodes(count, lambda name: place.read_below(folder, name)), hashes, root, n) for n in range(200)
    ]
    served = [_proof_ms(queries.KeptTiles(folder, count), hashes, root, n) for n in range(1000)]
    median = statistics.median(served)
    return {
        "leaves": count,
        "median_ms": round(median, 3),
        "p99_ms": round(sorted(served)[int(len(served) * 0.99)], 3),
        "median_ms_without_kept_tiles": round(statistics.median(cold), 3),
        "limit": LIMITS["proof_ms"],
        "met": median < LIMITS["proof_ms"],
    }


def _proof_ms(nodes: TileNodes, hashes: list[bytes], root: bytes, step: int) -> float:
    index = step * 7919 * 127 % len(hashes)
    start = time.perf_counter()
    proof = merkle.inclusion_proof(nodes, index, len(hashes))
    taken = (time.perf_counter() - start) * 1000
    merkle.verify_inclusion(hashes[index], index, len(hashes), proof, root)
    return taken


def _journal(folder: Path, seconds: float, rounds: int) -> dict[str, Any]:
    group: list[float] = []
    one_by_one: list[float] = []
    bare: list[float] = []
    single: list[float] = []
    fsync: list[float] = []
    sequenced: list[float] = []
    for _ in range(rounds):
        bare.append(_bare_inserts(folder, seconds))
        group.append(_repeat(seconds, GROUP, _append_group))
        one_by_one.append(_repeat(seconds, GROUP, _append_one_by_one))
        start = time.perf_counter()
        sequenced.append(sequencer.sequence(LOG) / (time.perf_counter() - start))
        fsync.append(_fsyncs(folder, seconds))
        single.append(_repeat(seconds, 1, _append_single))
    return {
        "append": _ratio("append", group, bare, "entries/s, append_many in transactions of 100"),
        "append_calls": _ratio("append", one_by_one, bare, "entries/s, 100 calls of append per transaction"),
        "sequencer": _ratio("sequencer", sequenced, bare, "entries/s"),
        "single": _ratio("single", single, fsync, "entries/s, one durable transaction each, against fsync/s"),
    }


def _repeat(seconds: float, count: int, work: Callable[[], None]) -> float:
    done, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        work()
        done += count
    return done / (time.perf_counter() - start)


def _append_group() -> None:
    case_id = uuid.uuid4()
    items = [actions.NewEntry(("case", "1"), _PAYLOAD, case_id) for _ in range(GROUP)]
    with transaction.atomic():
        actions.append_many(_KIND, log=LOG, actor=_ACTOR, items=items)


def _append_one_by_one() -> None:
    case_id = uuid.uuid4()
    with transaction.atomic():
        for _ in range(GROUP):
            actions.append(_KIND, log=LOG, subject=("case", "1"), actor=_ACTOR, payload=_PAYLOAD, case_id=case_id)


def _append_single() -> None:
    with transaction.atomic():
        actions.append(_KIND, log=LOG, subject=("case", "1"), actor=_ACTOR, payload=_PAYLOAD)


def _bare_inserts(folder: Path, seconds: float) -> float:
    """What SQLite itself takes: one table, no index, no trigger, rows as long as ours, full sync, groups of 100."""
    bare = sqlite3.connect(folder / f"bare-{time.monotonic_ns()}.sqlite3", isolation_level=None)
    bare.execute("PRAGMA journal_mode=WAL")
    bare.execute("PRAGMA synchronous=FULL")
    bare.execute("CREATE TABLE entry (id INTEGER PRIMARY KEY, kind TEXT, body TEXT, digest TEXT)")
    body, digest = "x" * 900, "a" * 64

    def group() -> None:
        bare.execute("BEGIN IMMEDIATE")
        for _ in range(GROUP):
            bare.execute("INSERT INTO entry (kind, body, digest) VALUES (?, ?, ?)", (_KIND, body, digest))
        bare.execute("COMMIT")

    try:
        return _repeat(seconds, GROUP, group)
    finally:
        bare.close()


def _fsyncs(folder: Path, seconds: float) -> float:
    """The disk's rate: 4 kB appended and flushed."""
    handle = os.open(folder / "fsync", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    block = b"x" * 4096

    def flush() -> None:
        os.write(handle, block)
        os.fsync(handle)

    try:
        return _repeat(seconds, 1, flush)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _database(folder: Path) -> Iterator[None]:
    """An embedded database with all tables, since triggers look at each other's, in place of the default one for the
    while."""
    before = connections["default"]
    options = {
        **before.settings_dict,
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(folder / "bench.sqlite3"),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON;",
        },
    }
    connections.databases["mingcha-bench"] = options
    made: BaseDatabaseWrapper = connections["mingcha-bench"]
    made.alias = "default"
    connections["default"] = made
    direct.forget()
    roots = settings.LOG_ROOT, settings.KEYS_ROOT
    settings.LOG_ROOT, settings.KEYS_ROOT = folder / "log", folder / "keys"
    try:
        with made.schema_editor() as editor:
            for model in apps.get_models():
                editor.create_model(model)
        triggers.create_all()
        yield
    finally:
        settings.LOG_ROOT, settings.KEYS_ROOT = roots
        made.close()
        connections["default"] = before
        direct.forget()
        del connections["mingcha-bench"], connections.databases["mingcha-bench"]
