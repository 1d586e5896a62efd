"""Whether tables and indexes are defined as they were recorded in the ledger (表结构核验): a softened constraint is named.

SQLite keeps each definition as text in the file, where a flipped bit can hide; PostgreSQL keeps them in its catalogue,
where its owner drops a constraint, lets one go unvalidated, disables the triggers behind a foreign key, or adds a rule.
A change belongs to a migration: the definitions are recorded anew when the list of applied migrations has changed.
Our own triggers are compared with their registry.
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


# Each row: name, then what defines it in words of the server. Nothing here depends on numbers that a restore changes.
_TABLES = """
SELECT c.relname, c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity,
  ARRAY(SELECT concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
      a.attgenerated, l.collname, pg_get_expr(d.adbin, d.adrelid))
    FROM pg_attribute a LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
    LEFT JOIN pg_collation l ON l.oid = a.attcollation
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attname),
  ARRAY(SELECT concat_ws(' ', o.conname, o.convalidated, pg_get_constraintdef(o.oid))
    FROM pg_constraint o WHERE o.conrelid = c.oid AND o.contype <> 't' ORDER BY o.conname),
  ARRAY(SELECT concat_ws(' ', o.conname, t.tgtype, t.tgenabled)
    FROM pg_trigger t JOIN pg_constraint o ON o.oid = t.tgconstraint
    WHERE t.tgrelid = c.oid AND t.tgisinternal ORDER BY o.conname, t.tgtype),
  ARRAY(SELECT pg_get_ruledef(r.oid) FROM pg_rewrite r WHERE r.ev_class = c.oid ORDER BY r.rulename),
  ARRAY(SELECT concat_ws(' ', p.polname, p.polcmd, pg_get_expr(p.polqual, c.oid)) FROM pg_policy p
    WHERE p.polrelid = c.oid ORDER BY p.polname)
FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
"""
_INDEXES = """
SELECT c.relname, t.relname, i.indisvalid, i.indisready, i.indisunique, pg_get_indexdef(c.oid)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
WHERE c.relnamespace = current_schema()::regnamespace
"""
_SEQUENCES = """
SELECT c.relname, format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcycle
FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid WHERE c.relnamespace = current_schema()::regnamespace
"""


def _objects() -> dict[str, str]:
    """Name → beginning of the digest of what defines it."""
    if connection.vendor == "postgresql":
        return _of_catalogue()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT CAST(type AS BLOB), CAST(name AS BLOB), CAST(tbl_name AS BLOB), CAST(COALESCE(sql, '') AS BLOB) "
            "FROM sqlite_master WHERE type <> 'trigger' AND name NOT LIKE 'sqlite_stat%' ORDER BY name"
        )
        found = [tuple(bytes(value) for value in row) for row in cursor.fetchall()]
    return {row[1].decode("utf-8", "replace"): hashlib.sha256(b"\0".join(row)).hexdigest()[:_SHORT] for row in found}


def _of_catalogue() -> dict[str, str]:
    found: dict[str, str] = {}
    with connection.cursor() as cursor:
        for sql in (_TABLES, _INDEXES, _SEQUENCES):
            cursor.execute(sql)
            for name, *parts in cursor.fetchall():
                found[name] = hashlib.sha256(repr(parts).encode()).hexdigest()[:_SHORT]
    return found


def _release() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
        told = repr(cursor.fetchall())
        if connection.vendor == "postgresql":
            # Another version of the server may spell the same definition in other words.
            cursor.execute("SELECT current_setting('server_version_num')::int / 10000")
            told += repr(cursor.fetchone())
    return hashlib.sha256(told.encode()).hexdigest()


def _recorded() -> dict[str, object] | None:
    entry = JournalEntry.objects.filter(kind=kinds.SCHEMA_RECORDED).order_by("-id").select_related("content").first()
    return dict(queries.payload(entry) or {}) if entry else None


def record() -> None:
    """Record the definitions, if migrations have changed them since. Outside a transaction, beside the seals."""
    log = next(iter(queries.logs()), None)
    if log is None:
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
    sql = "SELECT tbl_name FROM sqlite_master WHERE name = %s"
    if connection.vendor == "postgresql":
        sql = "SELECT tablename FROM pg_indexes WHERE schemaname = current_schema() AND indexname = %s"
    with connection.cursor() as cursor:
        cursor.execute(sql, [name])
        row = cursor.fetchone()
    return str(row[0]) if row else name
