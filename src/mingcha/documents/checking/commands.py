"""Operator's command: a finished decision checked before it goes out (成稿检查)."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from mingcha.common.errors import InvalidInput
from mingcha.documents.checking.lint import KINDS, clause, lint

_MOST_CHARACTERS = 500_000


@click.group()
def documents() -> None:
    """文书：检查写好的决定书。"""


@documents.command("lint")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--date", "on", default="", help="决定日期（年-月-日），按当日有效的法律检查；默认今天。")
@click.option("--json", "as_json", is_flag=True, help="一份文书，输出一个JSON对象。")
@click.option("--jsonl", is_flag=True, help="多份文书，一行一条JSON，含text，可以含id、date；每条输出一行。")
def lint_command(file: str, on: str, as_json: bool, jsonl: bool) -> None:
    """检查决定书全文 FILE（UTF-8文本，- 为标准输入）：救济条款、模板残留、应当载明的六项内容。

    没有问题时退出码为0，否则为1。
    """
    raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    if raw[:2] == b"\x1f\x8b":
        raw = gzip.decompress(raw)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput({"file": ["文件不是UTF-8编码的文本。"]}) from error
    if jsonl:
        found = [_row(item, on) for item in _records(text)]
        for row in found:
            click.echo(json.dumps(row, ensure_ascii=False))
        sys.exit(1 if any(row["marks"] for row in found) else 0)
    row = _checked(text, on)
    if as_json:
        click.echo(json.dumps(row, ensure_ascii=False))
    else:
        click.echo(f"救济条款：{row['remedies']}")
        for mark in row["marks"]:
            click.echo(
                f"{'须改正' if mark['refuses'] else '提醒'}　{mark['message']}（{'、'.join(mark['articles'])}）{mark['fix']}"
            )
        if not row["marks"]:
            click.echo("没有发现问题。")
    sys.exit(1 if row["marks"] else 0)


def _records(text: str) -> Iterator[dict[str, Any]]:
    for n, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                item = json.loads(line)
            except ValueError as error:
                raise InvalidInput({"file": [f"第{n}行不是JSON。"]}) from error
            if not isinstance(item, dict) or not isinstance(item.get("text"), str):
                raise InvalidInput({"file": [f"第{n}行没有text。"]})
            yield {"line": n, **item}


def _row(item: dict[str, Any], on: str) -> dict[str, Any]:
    return {"id": str(item.get("id", item["line"])), **_checked(item["text"], str(item.get("date") or on))}


def _checked(text: str, on: str) -> dict[str, Any]:
    if len(text) > _MOST_CHARACTERS:
        raise InvalidInput({"file": [f"文书不能超过{_MOST_CHARACTERS}个字。"]})
    try:
        day = dt.date.fromisoformat(on) if on else None
    except ValueError as error:
        raise InvalidInput({"date": ["日期应为年-月-日。"]}) from error
    found = clause(text)
    return {
        "kind": found.kind,
        "remedies": KINDS[found.kind],
        "marks": [
            {
                "code": mark.reason.code,
                "message": mark.reason.message,
                "articles": list(mark.reason.articles),
                "fix": mark.reason.fix,
                "refuses": mark.refuses,
                "consequence": mark.consequence,
            }
            for mark in lint(text, day)
        ],
    }
