"""Procedures (程序): moves a second of the pure engine, and the time of the verifier per definition."""

from __future__ import annotations

import json
import statistics
import time
from typing import Any

import click

from mingcha.procedures import guards
from mingcha.procedures.definition import Definition, parse
from mingcha.procedures.queries import codes, definition_file
from mingcha.procedures.rules import report

# The verifier must answer while somebody edits.
MOST_SECONDS = 0.2


@click.command()
@click.option("--moves", default=200_000, show_default=True, type=click.IntRange(1000, 50_000_000), help="走的步数。")
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1, 1000), help="每个定义核验的次数。")
@click.option("--json", "as_json", is_flag=True, help="输出JSON。")
def bench(*, moves: int, rounds: int, as_json: bool) -> None:
    """程序：每秒移动数（不含数据库），每个定义的核验时间。"""
    result = run(moves=moves, rounds=rounds)
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False, indent=2))
        return
    click.echo(f"每秒移动 {result['moves_per_second']:,}（{result['moves']:,}步，{result['guards_asked']:,}个条件）")
    for row in result["verifier"]:
        click.echo(
            f"  {row['code']}：{row['stages']}个环节，{row['states']}种状态，中位 {row['median_ms']} ms，"
            f"最长 {row['most_ms']} ms"
        )
    mark = "达到" if result["met"] else "未达到"
    click.echo(f"{mark}　最大定义{result['largest']}：{result['largest_ms']} ms，要求 {MOST_SECONDS * 1000:.0f} ms以内")


def run(*, moves: int, rounds: int) -> dict[str, Any]:
    definitions = [parse(definition_file(code)) for code in codes()]
    for definition in definitions:
        report(definition)  # data files are read once per process
    rows = [_verifier(definition, rounds) for definition in definitions]
    largest = max(rows, key=lambda row: (row["stages"], row["states"]))
    slowest = max(rows, key=lambda row: row["most_ms"])
    return {
        **_engine(definitions, moves),
        "verifier": rows,
        "largest": largest["code"],
        "largest_ms": largest["median_ms"],
        "slowest": slowest["code"],
        "slowest_ms": slowest["most_ms"],
        "met": largest["median_ms"] < MOST_SECONDS * 1000,
    }


def _verifier(definition: Definition, rounds: int) -> dict[str, Any]:
    times = []
    found = report(definition)
    for _ in range(rounds):
        started = time.perf_counter()
        report(definition)
        times.append((time.perf_counter() - started) * 1000)
    return {
        "code": definition.code,
        "stages": len(definition.stages),
        "states": found.states,
        "holds": found.holds,
        "median_ms": round(statistics.median(times), 1),
        "most_ms": round(max(times), 1),
    }


def _engine(definitions: list[Definition], moves: int) -> dict[str, Any]:
    """Walk every definition: list the options, look each guard up, take the next move in turn."""
    asked = taken = 0
    turn = {definition.code: dict.fromkeys(definition.stages, 0) for definition in definitions}
    started = time.perf_counter()
    while taken < moves:
        for definition in definitions:
            here = definition.entry
            while not definition.stages[here].terminal:
                options = definition.stage(here).own
                if not options:
                    break  # from here on the case goes its way in another procedure
                for option in options:
                    for name in option.guards:
                        if guards.known(name) is None:
                            raise LookupError(name)
                        asked += 1
                at = turn[definition.code][here]
                turn[definition.code][here] = at + 1
                here = options[at % len(options)].to
                taken += 1
    seconds = time.perf_counter() - started
    return {"moves": taken, "guards_asked": asked, "moves_per_second": round(taken / seconds)}
