"""Operator's command: redaction of texts (文本脱敏). Touches no database, so that it runs anywhere."""

from __future__ import annotations

import concurrent.futures
import itertools
import json
import os
import sys
from collections.abc import Iterable, Iterator
from typing import IO, Any

import click

from mingcha.common.errors import InvalidInput
from mingcha.redaction.engine import Redacted, redact
from mingcha.redaction.rulebook import rulebook

# Bytes that one process takes at a time; less than one portion is not worth a second process.
_PORTION = 400_000


@click.command("redact")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option(
    "--profile",
    default="public",
    show_default=True,
    metavar="方案",
    help="脱敏方案：public、public-strict、case-study、open-data。",
)
@click.option("--json", "as_json", is_flag=True, help="一份文本，输出一个JSON对象：text和spans。")
@click.option("--jsonl", is_flag=True, help="多份文本，一行一条JSON，含id和text；按原来的顺序每条输出一行。")
def command(file: str, profile: str, as_json: bool, jsonl: bool) -> None:
    """隐去 FILE（UTF-8文本，- 为标准输入）中的个人信息，输出可以公开的文本。

    spans 的每一处有 start、end（原文的字符位置）、type、rule、replacement。字节顺序标记不算原文的字符，换行照原样。
    结果是建议：公开以前由公示员核对并签发。
    """
    rulebook().kept(profile)
    with click.open_file(file, "rb") as stream:
        if jsonl:
            sys.exit(_many(stream, profile))
        result = redact(_text(stream.read()), profile=profile)
    out = sys.stdout.buffer
    if as_json:
        out.write(_line({"profile": profile, **_object(result)}))
    else:
        out.write(result.text.encode("utf-8", "replace"))


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = (
            f"这不是UTF-8编码的文本（第{error.start + 1}个字节不能读）。请另存为UTF-8；PDF或Word文件请先转成文本。"
        )
        raise InvalidInput({"file": [message]}) from None


def _object(result: Redacted) -> dict[str, Any]:
    return {"text": result.text, "spans": [span.as_dict() for span in result.spans]}


def _line(value: dict[str, Any]) -> bytes:
    try:
        return (json.dumps(value, ensure_ascii=False) + "\n").encode()
    except UnicodeEncodeError:
        # Half of a surrogate pair is legal in JSON and no character: it can only be written as it came, escaped.
        return (json.dumps(value) + "\n").encode()


def _many(stream: IO[bytes], profile: str) -> int:
    """One object a record in the order of the file; a line that is no record is told and does not stop the others."""
    portions = _portions(stream)
    first = next(portions, [])
    second = next(portions, None)
    if second is None:
        return _written([_portion(first, profile)])
    workers = os.cpu_count() or 1
    with concurrent.futures.ProcessPoolExecutor(workers) as pool:
        return _written(_in_order(pool, itertools.chain([first, second], portions), profile, workers + 1))


def _in_order(
    pool: concurrent.futures.Executor, portions: Iterable[list[tuple[int, bytes]]], profile: str, ahead: int
) -> Iterator[list[tuple[bytes, str]]]:
    """Results in order, with no more than `ahead` portions under way, so that a file of any size fits the memory."""
    waiting: list[concurrent.futures.Future[list[tuple[bytes, str]]]] = []
    for portion in portions:
        waiting.append(pool.submit(_portion, portion, profile))
        if len(waiting) >= ahead:
            yield waiting.pop(0).result()
    for future in waiting:
        yield future.result()


def _written(results: Iterable[list[tuple[bytes, str]]]) -> int:
    failed = 0
    for result in results:
        for line, trouble in result:
            sys.stdout.buffer.write(line)
            if trouble:
                failed = 1
                click.echo(trouble, err=True)
    return failed


def _portions(stream: IO[bytes]) -> Iterator[list[tuple[int, bytes]]]:
    """Numbered lines, some at a time. Empty lines do not count."""
    taken: list[tuple[int, bytes]] = []
    size = 0
    for number, line in enumerate(stream, 1):
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line.strip():
            continue
        taken.append((number, line))
        size += len(line)
        if size >= _PORTION:
            yield taken
            taken, size = [], 0
    if taken:
        yield taken


def _portion(lines: list[tuple[int, bytes]], profile: str) -> list[tuple[bytes, str]]:
    """Per record the line to print, and what was wrong with it."""
    return [_record(number, line, profile) for number, line in lines]


def _record(number: int, line: bytes, profile: str) -> tuple[bytes, str]:
    record: Any = None
    try:
        record = json.loads(line)
        message = "" if isinstance(record, dict) else "应为含有id和text的JSON对象"
    except (ValueError, RecursionError):
        message = "不是UTF-8编码的JSON"
    known = record if isinstance(record, dict) else {}
    if not message and not isinstance(known.get("text"), str):
        message = "缺少文字的text"
    if message:
        error = {
            "line": number,
            "code": "not-a-record",
            "message": f"第{number}行{message}，没有处理；其他各行不受影响。",
        }
        return _line({"id": known.get("id"), "error": error}), f"错误：{error['message']}（{error['code']}）"
    return _line({"id": known.get("id"), **_object(redact(known["text"], profile=profile))}), ""
