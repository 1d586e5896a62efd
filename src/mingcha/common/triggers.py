"""The one registry of triggers, the third ring: what the law forbids cannot be stored, raw SQL included.

Conditions are written once, in SQL that SQLite and PostgreSQL both read, over NEW and OLD. The `migrate` command
drops all triggers before and recreates them after: Django remakes SQLite tables and would lose them silently.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from mingcha.common.errors import TRIGGER_MARK, MingchaError

EVENTS = ("INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True)
class Trigger:
    """Refuses `event` on `table` with `code` when `condition` holds for the row."""

    table: str
    event: str
    code: str
    condition: str = "1 = 1"

    @property
    def name(self) -> str:
        return f"mc_{self.table}_{self.event.lower()}_{self.code.replace('-', '_')}"[:60]


_DAY = re.compile(r"SHANGHAI_DAY\(([\w.]+)\)")
_DAYS = {
    "sqlite": r"date(\1, '+8 hours')",
    "postgresql": r"CAST(CAST(\1 AT TIME ZONE 'Asia/Shanghai' AS date) AS text)",
}
_registry: dict[str, Trigger] = {}
_waivers: list[str] = []


def day_of(column: str) -> str:
    """SQL: the day of the law (Asia/Shanghai, as text) on which a moment falls; each database reckons it in its own words."""
    return f"SHANGHAI_DAY({column})"


def forbid(table: str, event: str, code: str, condition: str = "1 = 1") -> None:
    """Register: `event` on `table` is refused with `code` when `condition` (SQL over NEW, OLD) holds."""
    if event not in EVENTS:
        raise ValueError(event)
    trigger = Trigger(table, event, code, condition)
    if _registry.get(trigger.name, trigger) != trigger:
        raise ValueError(f"two triggers named {trigger.name}")
    _registry[trigger.name] = trigger


def append_only(table: str, key: str = "id", *, but: Iterable[str] = ()) -> None:
    """Rows of `table` are never changed, removed or replaced. Columns in `but` carry their own rules instead."""
    if not tuple(but):
        forbid(table, "UPDATE", "record-immutable")
    forbid(table, "DELETE", "record-immutable")
    # INSERT OR REPLACE fires no delete trigger unless recursive_triggers is set: refuse the existing key itself.
    forbid(table, "INSERT", "record-immutable", f'EXISTS (SELECT 1 FROM "{table}" t WHERE t."{key}" = NEW."{key}")')


def waive(condition: str) -> None:
    """Where `condition` holds, append-only rows may be changed: erasure that the law demands, and nothing else."""
    if condition not in _waivers:
        _waivers.append(condition)


def immutable(table: str) -> bool:
    """Whether rows of `table` are never changed, all columns."""
    return any((row.table, row.event, row.condition) == (table, "UPDATE", "1 = 1") for row in _registry.values())


def registered() -> list[Trigger]:
    return sorted(map(_waived, _registry.values()), key=lambda trigger: trigger.name)


def _waived(trigger: Trigger) -> Trigger:
    whole = (trigger.event, trigger.code, trigger.condition) == ("UPDATE", "record-immutable", "1 = 1")
    return replace(trigger, condition=f"NOT ({' OR '.join(_waivers)})") if whole and _waivers else trigger


def _statements(trigger: Trigger, vendor: str) -> list[str]:
    trigger = replace(trigger, condition=_DAY.sub(_DAYS[vendor], trigger.condition))
    message = f"{TRIGGER_MARK}{trigger.code}"
    if vendor == "sqlite":
        return [
            f'CREATE TRIGGER "{trigger.name}" BEFORE {trigger.event} ON "{trigger.table}" FOR EACH ROW '
            f"WHEN {trigger.condition} BEGIN SELECT RAISE(ABORT, '{message}'); END"
        ]
    row = "OLD" if trigger.event == "DELETE" else "NEW"
    # OR REPLACE: whoever drops a trigger by hand leaves its function behind, and migrate must be able to heal that.
    statements = [
        f'CREATE OR REPLACE FUNCTION "{trigger.name}"() RETURNS trigger LANGUAGE plpgsql AS $mc$ BEGIN '
        f"IF {trigger.condition} THEN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; "
        f"END IF; RETURN {row}; END $mc$",
        f'CREATE TRIGGER "{trigger.name}" BEFORE {trigger.event} ON "{trigger.table}" '
        f'FOR EACH ROW EXECUTE FUNCTION "{trigger.name}"()',
    ]
    if trigger.event == "DELETE":
        statements += [
            f'CREATE OR REPLACE FUNCTION "{trigger.name}_t"() RETURNS trigger LANGUAGE plpgsql AS $mc$ BEGIN '
            f"RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END $mc$",
            f'CREATE TRIGGER "{trigger.name}_t" BEFORE TRUNCATE ON "{trigger.table}" '
            f'FOR EACH STATEMENT EXECUTE FUNCTION "{trigger.name}_t"()',
        ]
    return statements


def _expected(vendor: str) -> dict[str, str]:
    """Trigger name → its whole definition, for the comparison with the database."""
    return {trigger.name: "\n".join(_statements(trigger, vendor)) for trigger in registered()}


def drop_all(using: str = "default") -> None:
    """Drop every trigger of ours, also those whose registration is gone."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for name, table in _present(connection):
            if connection.vendor == "sqlite":
                cursor.execute(f'DROP TRIGGER IF EXISTS "{name}"')
            else:
                cursor.execute(f'DROP TRIGGER IF EXISTS "{name}" ON "{table}"')
                cursor.execute(f'DROP FUNCTION IF EXISTS "{name}"()')


def create_all(using: str = "default") -> None:
    """Create every registered trigger whose table exists."""
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for trigger in registered():
            if trigger.table in tables:
                for statement in _statements(trigger, connection.vendor):
                    cursor.execute(statement)
        if connection.vendor == "postgresql":
            # The definition is kept beside the function, so that a changed body is found and not only a missing name.
            for name, text in _expected("postgresql").items():
                if any(trigger.name == name and trigger.table in tables for trigger in registered()):
                    cursor.execute(f"COMMENT ON FUNCTION \"{name}\"() IS '{_fingerprint(text)}'")


def _fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _present(connection: BaseDatabaseWrapper) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'mc\\_%' ESCAPE '\\'"
            )
        else:
            cursor.execute(
                "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
                "JOIN pg_namespace n ON n.oid = c.relnamespace "
                "WHERE NOT t.tgisinternal AND n.nspname = current_schema() AND t.tgname LIKE 'mc\\_%'"
            )
        return [(row[0], row[1]) for row in cursor.fetchall()]


def missing(using: str = "default") -> list[str]:
    """Names of registered triggers that the database lacks, has disabled, or has with another body."""
    connection = connections[using]
    expected = _expected(connection.vendor)
    found: dict[str, Any] = {}
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            found = dict(cursor.fetchall())
            return sorted(name for name, text in expected.items() if found.get(name) != text)
        cursor.execute(
            "SELECT t.tgname, obj_description(p.oid, 'pg_proc'), p.prosrc FROM pg_trigger t "
            "JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid "
            "JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND n.nspname = current_schema()"
        )
        rows = {name: (comment, source) for name, comment, source in cursor.fetchall()}
    return sorted(
        name
        for name, text in expected.items()
        if name not in rows or rows[name][0] != _fingerprint(text) or rows[name][1].strip() not in text
    )


class TriggersMissing(MingchaError):
    """The database lacks triggers of the registry: nothing is served until they are back."""

    status = 503
    code = "triggers-missing"


def require(using: str = "default") -> None:
    """Raise TriggersMissing unless the database carries every trigger of the registry unchanged."""
    names = missing(using)
    if names:
        raise TriggersMissing(
            message=f"数据库缺少{len(names)}个保护触发器或其内容被改动，已停止服务。请运行 mingcha migrate 后再启动。",
            data={"missing": names},
        )
