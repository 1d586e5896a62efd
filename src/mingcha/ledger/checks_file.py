"""Whether the database file itself is whole (数据库文件核验): SQLite looks at its pages, we say whose pages they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.db import DatabaseError, connection

from mingcha.ledger.soundness import Finding

_MOST = 20
_PAGE = re.compile(r"\bpage (\d+)", re.IGNORECASE)
_TREE = re.compile(r"\bTree (\d+)")
_INDEX = re.compile(r"\b(?:in|from) index (\S+)")
_COLUMN = re.compile(r"\bin (\w+)(?:\.\w+)?$")
_UNDECODED = re.compile(r"decode to UTF-8 column '(\w+)'")


def check_file() -> Iterator[Finding]:
    """Pages, trees and indexes of the file."""
    if connection.vendor != "sqlite":
        return
    told = [(words, _table(words)) for words in _told(f"PRAGMA integrity_check({_MOST})") if words != "ok"]
    if any(not table for _, table in told):
        # SQLite may give up without a word of where: asked table by table it tells.
        told += [(words, name) for name in _tables() for words in _told(f'PRAGMA integrity_check("{name}")')[:1]]
    for words, table in told:
        if words != "ok":
            where = f"表 {table} 所在的部分" if table else "文件本身"
            yield Finding("database-malformed", f"数据库文件损坏（{where}）：{words}", {"says": words, "table": table})


def _tables() -> list[str]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            return [str(row[0]) for row in cursor.fetchall()]
    except DatabaseError:
        return []


def _told(sql: str) -> list[str]:
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return [str(row[0]) for row in cursor.fetchall()]
    except DatabaseError as error:
        return [str(error)]


def _table(words: str) -> str:
    """The table that a page, a tree or an index of these words belongs to; empty where the file cannot say."""
    index, column = _INDEX.search(words), _COLUMN.search(words)
    if index:
        return _owner("SELECT tbl_name FROM sqlite_master WHERE name = %s", index[1])
    if column:
        return column[1]
    page, tree = _PAGE.search(words), _TREE.search(words)
    found = ""
    if page:
        # dbstat walks all trees; SQLite may be built without it, then the root of the tree has to do.
        found = _owner(
            "SELECT COALESCE((SELECT tbl_name FROM sqlite_master m WHERE m.name = d.name), d.name) "
            "FROM dbstat d WHERE pageno = %s",
            int(page[1]),
        )
    root = tree or page
    if not found and root:
        found = _owner("SELECT tbl_name FROM sqlite_master WHERE rootpage = %s", int(root[1]))
    return found


def _owner(sql: str, value: str | int) -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, [value])
            row = cursor.fetchone()
    except DatabaseError:
        return ""
    return str(row[0]) if row else ""


def undecodable(error: Exception) -> Iterator[Finding]:
    """Which rows hold bytes that are no text, where reading a column stopped at such."""
    column = _UNDECODED.search(str(error))
    if connection.vendor != "sqlite" or column is None:
        return
    for table in _tables():
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pragma_table_info(%s) WHERE name = %s", [table, column[1]])
                if cursor.fetchone() is None:
                    continue
                cursor.execute(
                    f'SELECT rowid, CAST("{column[1]}" AS BLOB) FROM "{table}" WHERE typeof("{column[1]}") = \'text\''
                )
                for key, value in cursor:
                    if not _is_text(value):
                        where = {"table": table, "key": str(key)}
                        words = f"数据库表 {table} 的第{key}行 {column[1]} 不是文字，被改动过。"
                        yield Finding("row-unreadable", words, where)
        except DatabaseError:
            continue


def _is_text(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def check_counters() -> Iterator[Finding]:
    """The last numbers given. SQLite keeps the last number given in a table of its own; one below what stands would give a number twice.

    Rows of the ledger never go, so there the two are equal; elsewhere the last row may have gone by right.
    """
    if connection.vendor != "sqlite":
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT CAST(name AS BLOB), seq, typeof(seq) FROM sqlite_sequence")
            counters = [(bytes(name).decode("utf-8", "replace"), seq, kind) for name, seq, kind in cursor.fetchall()]
            names = set(connection.introspection.table_names(cursor))
            for name, seq, kind in counters:
                where = {"table": name[:80]}
                if name not in names or kind != "integer":
                    yield Finding("counter-altered", f"编号计数表中的“{name[:40]}”不是本库的表或不是数字。", where)
                    continue
                cursor.execute(f'SELECT COALESCE(MAX(rowid), 0) FROM "{name}"')
                last = cursor.fetchone()[0]
                if seq < last or (name.startswith("ledger_") and seq != last):
                    yield Finding("counter-altered", f"表 {name} 的编号计数是{seq}，最后一号是{last}。", where)
    except DatabaseError as error:
        yield Finding("counter-altered", f"编号计数表读不出来：{error}", {"table": "sqlite_sequence"})
