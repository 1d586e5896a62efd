"""Whether tables and indexes are defined as they were recorded in the ledger (表结构核验): a softened constraint is named.

SQLite keeps each definition as text in the file, where a flipped bit can hide. A change belongs to a migration: the
definitions are recorded anew when the list of applied migrations has changed. Triggers are compared with their registry.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from django.db import connection, transaction

from mingcha.ledger import actions, kinds, queries
from mingcha.ledger.actors import system
from mingcha.ledger.models import JournalEntry
from mingcha.ledger.soundness import Finding

_SHORT = 24


def _objects() -> dict[str, str]:
    """Name → beginning of the digest of what defines it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT CAST(type AS BLOB), CAST(name AS BLOB), CAST(tbl_name AS BLOB), CAST(COALESCE(sql, '') AS BLOB) "
            "FROM sqlite_master WHERE type <> 'trigger' AND name NOT LIKE 'sqlite_stat%' ORDER BY name"
        )
        found = [tuple(bytes(value) for value in row) for row in cursor.fetchall()]
    return {row[1].decode("utf-8", "replace"): hashlib.sha256(b"\0".join(row)).hexdigest()[:_SHORT] for row in found}


def _release() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
        return hashlib.sha256(repr(cursor.fetchall()).encode()).hexdigest()


def _recorded() -> dict[str, object] | None:
    entry = JournalEntry.objects.filter(kind=kinds.SCHEMA_RECORDED).order_by("-id").select_related("content").first()
    return dict(queries.payload(entry) or {}) if entry else None


def record() -> None:
    """Record the definitions, if migrations have changed them since. Outside a transaction, beside the seals."""
    log = next(iter(queries.logs()), None)
    if connection.vendor != "sqlite" or log is None:
        return
    last, release = _recorded(), _release()
    if last is not None and last.get("release") == release:
        return
    with transaction.atomic():
        actions.append(
            kinds.SCHEMA_RECORDED,
            log=log,
            subject=("database", "schema"),
            actor=system("封签"),
            payload={"release": release, "objects": _objects()},
        )


def check() -> Iterator[Finding]:
    """Tables and indexes that are not defined as recorded. Between a migration and the next seal nothing can be said."""
    if connection.vendor != "sqlite":
        return
    last = _recorded()
    if last is None or last.get("release") != _release():
        return
    recorded, now = last.get("objects"), _objects()
    if not isinstance(recorded, dict):
        return
    for name in sorted({*recorded, *now}):
        if recorded.get(name) != now.get(name):
            words = "不见了" if name not in now else "没有登记过" if name not in recorded else "与登记的不同"
            where = {"table": _table(name), "object": name[:120]}
            yield Finding("schema-altered", f"数据库对象 {name[:120]} 的定义{words}，被改动过。", where)


def _table(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tbl_name FROM sqlite_master WHERE name = %s", [name])
        row = cursor.fetchone()
    return str(row[0]) if row else name
