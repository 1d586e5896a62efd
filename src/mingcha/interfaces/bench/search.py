"""`mingcha bench search`: the portal's search beside bare engines over the same cut and the same questions, in one run."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import os
import pickle
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from mingcha.common import clock
from mingcha.disclosure.demonstration.letters import letters
from mingcha.disclosure.searching import asking, frequent, index
from mingcha.disclosure.searching.asking import Wanted
from mingcha.disclosure.searching.frequent import Frequent
from mingcha.disclosure.searching.tokens import EDGE
from mingcha.interfaces.bench import search_peers
from mingcha.interfaces.bench.figures import of_times
from mingcha.interfaces.bench.search_peers import ROWS, Ask

MODULE = "mingcha.interfaces.commands.main"
_PORT = 8571
LIMITS = {
    "build_seconds_per_million": 600.0,
    "filtered_p95_ms": 4.0,
    "plain_p95_ms": 25.0,
    "ratio_to_bare": 3.0,
    "page_rate_to_list": 0.6,
    "page_p95_ms": 25.0,
    "decision_p95_ms": 10.0,
}


@click.command("search")
@click.option(
    "-n", "count", default=20_000, show_default=True, type=click.IntRange(200, 5_000_000), help="演示决定数。"
)
@click.option("--questions", default=200, show_default=True, type=click.IntRange(20, 5000), help="检索次数。")
@click.option("--http/--no-http", "over_http", default=True, help="同时测量网页。")
@click.option("--fts5/--no-fts5", default=True, help="一并测量 SQLite FTS5；一百万件时约需一小时。")
@click.option("--postgres/--no-postgres", default=True, help="有 PostgreSQL 时一并测量。")
@click.option("--json", "as_json", is_flag=True, help="输出JSON。")
def bench(*, count: int, questions: int, over_http: bool, fts5: bool, postgres: bool, as_json: bool) -> None:
    """公示检索：建立索引、检索，与同次测得的裸 tantivy、SQLite FTS5、PostgreSQL 全文检索相比；检索页、列表页、决定页。"""
    with tempfile.TemporaryDirectory(prefix="mingcha-bench-search-") as home:
        result = _engines(Path(home), count, questions, fts5=fts5, postgres=postgres)
    if over_http:
        result["http"] = _pages(min(count, 100_000), questions)
    result["reach"] = _reach(result)
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False, indent=2))
        return
    for name in ("mingcha", "bare", "fts5", "postgres"):
        if name in result:
            row = result[name]
            click.echo(f"{name}：建立 {row['build_seconds']} 秒，{row['megabytes']} MB；检索 p95 {row['plain']['p95_ms']} ms，"
                       f"加机关 {row['filtered']['p95_ms']} ms")  # fmt: skip
    runs = result["mingcha"]["runs"]
    click.echo(f"不按词语截取的任意字串：p95 {runs['plain']['p95_ms']} ms，加机关 {runs['filtered']['p95_ms']} ms")
    for row in result["reach"]:
        click.echo(f"{'达到' if row['met'] else '未达到'}　{row['name']}：测得 {row['measured']}，要求 {row['reach']}")


class _Rows:
    """Rows as the read model gives them, made once and kept in a file: every engine reads them, none makes them."""

    def __init__(self, file: Path, count: int) -> None:
        self._file = file
        with file.open("wb") as into:
            for made in letters(count):
                row = {
                    "id": made.id, "jurisdiction": "990100", "state": "valid", "number": made.number,
                    "party": made.party, "authority": made.authority, "cause": made.cause,
                    "decided_on": made.decided_on, "listed_on": made.decided_on, "kinds": made.kinds,
                    "act": "penalty", "fine_fen": made.fine_fen,
                    "search_text": "\n".join((made.number, made.party, made.authority, made.cause, made.text)),
                }  # fmt: skip
                pickle.dump(row, into)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        with self._file.open("rb") as source, contextlib.suppress(EOFError):
            while True:
                yield pickle.load(source)  # noqa: S301 - written by this process a moment ago


def questions_of(count: int, wanted: int, seed: int = 3, *, whole_words: bool = True) -> list[tuple[list[str], str]]:
    """One to three words (or any runs) of one to six characters from the letters, each with the letter's authority."""
    rng = random.Random(seed)  # noqa: S311 - questions, not secrets
    found = []
    for _ in range(wanted):
        made = next(letters(1, start=rng.randrange(count)))
        body = index.folded(
            {"search_text": f"{made.number}\n{made.party}\n{made.authority}\n{made.cause}\n{made.text}"}
        )
        words = []
        for _ in range(rng.randint(1, 3)):
            source = rng.choice([body, body, made.party, made.cause])
            words.append(_word(rng, source, rng.randint(1, 6)) if whole_words else _run(rng, source, rng.randint(1, 6)))
        found.append(([word for word in words if word] or [made.cause], made.authority))
    return found


def _run(rng: random.Random, source: str, length: int) -> str:
    start = rng.randrange(max(len(source) - 6, 1))
    return source[start : start + length].replace(EDGE, "")


def _word(rng: random.Random, source: str, length: int) -> str:
    """A word, with those behind it as far as they fit into `length` characters."""
    import rjieba

    pieces = rjieba.cut(source)
    start = rng.randrange(len(pieces))
    word = ""
    for piece in pieces[start:]:
        if not piece.isalnum() or (word and len(word) + len(piece) > length):
            break
        word += piece
    return word[:6]


def _engines(home: Path, count: int, wanted: int, *, fts5: bool, postgres: bool) -> dict[str, Any]:
    asked, runs = questions_of(count, wanted), questions_of(count, wanted, whole_words=False)
    rows = _Rows(home / "rows", count)
    result: dict[str, Any] = {"rows": count, "questions": wanted}
    common, ours, seconds = _build_ours(home / "ours", rows)
    result["mingcha"] = {"build_seconds": seconds, "megabytes": _megabytes(home / "ours")}
    bare, seconds = search_peers.bare(home / "bare", rows, common)
    result["bare"] = {"build_seconds": seconds, "megabytes": _megabytes(home / "bare")}
    engines: dict[str, Ask] = {"mingcha": ours, "bare": bare}
    if fts5:
        file = home / "fts5.sqlite3"
        engines["fts5"], seconds = search_peers.fts5(file, rows, common)
        result["fts5"] = {"build_seconds": seconds, "megabytes": round(file.stat().st_size / 1e6, 1)}
    with contextlib.ExitStack() as open_things:
        if postgres and (made := search_peers.postgres(home, rows, common, open_things)):
            engines["postgres"], result["postgres"] = made
        answers = {name: _measure(ask, asked, result[name]) for name, ask in engines.items()}
        for name in ("mingcha", "bare"):
            result[name]["runs"] = {}
            answers[name] += _measure(engines[name], runs, result[name]["runs"])
    result["differing_counts"] = {
        name: sum(a != b for a, b in zip(counts, answers["bare"], strict=False)) for name, counts in answers.items()
    }
    return result


def _measure(ask: Ask, asked: list[tuple[list[str], str]], into: dict[str, Any]) -> list[int]:
    # Once before it counts: whose files were written last would win, not who is faster.
    for words, authority in asked:
        ask(words, authority), ask(words, "")
    counts = []
    for name in ("plain", "filtered"):
        times = []
        for words, authority in asked:
            begun = time.perf_counter()
            counts.append(ask(words, authority if name == "filtered" else ""))
            times.append(time.perf_counter() - begun)
        into[name] = of_times(times)
    return counts


def _build_ours(folder: Path, rows: _Rows) -> tuple[Frequent, Ask, float]:
    begun = time.perf_counter()
    common = frequent.learn([index.folded(row) for row in itertools.islice(rows, frequent.SAMPLE)], 1)
    generation, made = index.begin(folder, common)
    writer = index.maker(made)
    for row in rows:
        writer.add_document(index.document(row, common))
    writer.commit()
    writer.wait_merging_threads()
    seconds = time.perf_counter() - begun
    made.reload()
    found = asking.Open(generation, (0, 0), made.searcher(), made.schema, clock.now(), common)

    def ask(words: list[str], authority: str) -> int:
        return asking.first_page(found, Wanted(" ".join(words), authority=authority), ROWS)

    return common, ask, round(seconds, 1)


def _megabytes(folder: Path) -> float:
    return round(index.size_of(folder) / 1e6, 1)


def _pages(count: int, wanted: int) -> dict[str, Any]:
    """Pages of a server of its own: search, the plain list of the newest, one decision; one client, one after another."""
    with tempfile.TemporaryDirectory(prefix="mingcha-bench-portal-") as home:
        environment = {**os.environ, "MINGCHA_DATA": home, "MINGCHA_DATABASE_URL": ""}

        def run(*words: str) -> None:
            subprocess.run([sys.executable, "-m", MODULE, *words], env=environment, check=True, capture_output=True)  # noqa: S603

        run("migrate")
        run("bench", "prepare")
        run("demo", "decisions", "-n", str(count))
        begun = time.perf_counter()
        run("search", "rebuild")
        rebuilt = round(time.perf_counter() - begun, 1)
        server = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", MODULE, "serve", "--port", str(_PORT), "--workers", "1"], env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            return {"rebuild_seconds": rebuilt, **_asked_over_http(count, wanted)}
        finally:
            server.terminate()
            server.wait(20)


def _asked_over_http(count: int, wanted: int) -> dict[str, Any]:
    asked = questions_of(count, wanted)
    _wait()
    keys = [made.id for made in letters(min(wanted, count))]
    plans = {
        "list": ["/p/decisions/"] * wanted,
        "search": [f"/p/decisions/?q={quote(' '.join(words))}" for words, _ in asked],
        "search_filtered": [f"/p/decisions/?q={quote(' '.join(words))}&authority={quote(at)}" for words, at in asked],
        "decision": [f"/p/decisions/{key}/" for key in keys],
    }
    times: dict[str, list[float]] = {name: [] for name in plans}
    connection = http.client.HTTPConnection("127.0.0.1", _PORT, timeout=60)
    for name, paths in plans.items():
        for path in paths[:5]:
            _get(connection, path)
        for path in paths:
            begun = time.perf_counter()
            _get(connection, path)
            times[name].append(time.perf_counter() - begun)
    found: dict[str, Any] = {"rows": count, **{name: of_times(values) for name, values in times.items()}}
    for name in ("search", "search_filtered"):
        found[f"{name}_rate_to_list"] = round(
            sum(times["list"]) / len(times["list"]) / (sum(times[name]) / len(times[name])), 2
        )
    return found


def _get(connection: http.client.HTTPConnection, path: str) -> bytes:
    connection.request("GET", path)
    answer = connection.getresponse()
    data = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status}")
    return data


def _wait() -> None:
    for _ in range(300):
        try:
            _get(http.client.HTTPConnection("127.0.0.1", _PORT, timeout=5), "/p/")
            return
        except (OSError, http.client.HTTPException):
            time.sleep(0.2)
    raise RuntimeError("the server did not start")


def _reach(result: dict[str, Any]) -> list[dict[str, Any]]:
    ours, bare = result["mingcha"], result["bare"]
    measured = {
        "build_seconds_per_million": round(ours["build_seconds"] / result["rows"] * 1e6, 0),
        "filtered_p95_ms": ours["filtered"]["p95_ms"],
        "plain_p95_ms": ours["plain"]["p95_ms"],
        "ratio_to_bare": round(
            max(
                ours[name][at] / max(bare[name][at], 0.001)
                for name in ("plain", "filtered")
                for at in ("median_ms", "p95_ms")
            ),
            2,
        ),
    }
    if "http" in result:
        pages = result["http"]
        measured |= {
            "page_rate_to_list": pages["search_rate_to_list"],
            "page_p95_ms": pages["search"]["p95_ms"],
            "decision_p95_ms": pages["decision"]["p95_ms"],
        }
    rows = [
        {
            "name": name, "measured": value, "reach": LIMITS[name],
            "met": value >= LIMITS[name] if name == "page_rate_to_list" else value <= LIMITS[name],
        }
        for name, value in measured.items()
    ]  # fmt: skip
    if limit := result.get("fts5", {}).get("megabytes"):
        size = ours["megabytes"]
        rows.append({"name": "megabytes_below_fts5", "measured": size, "reach": limit, "met": size < limit})
    return rows
