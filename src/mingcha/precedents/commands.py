"""Operator's command: fields of decision letters (提取字段)."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from mingcha.common.errors import InvalidInput
from mingcha.precedents.extract import MOST_CHARACTERS
from mingcha.precedents.extract import extract as fields_of
from mingcha.precedents.importing import Record, read, unreadable
from mingcha.precedents.queries import cited

_LABELS = {
    "document_number": "文号",
    "party": "当事人",
    "uscc": "统一社会信用代码",
    "authority": "处罚机关",
    "date": "处罚日期",
    "violated": "违反条款",
    "applied": "处罚依据",
    "penalties": "处罚种类",
    "fine": "罚款金额（元）",
    "confiscated": "没收金额（元）",
}


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--json", "as_json", is_flag=True, help="一份文书，输出一个JSON对象；金额单位元，日期为年-月-日。")
@click.option("--jsonl", is_flag=True, help="多份文书，一行一条JSON，含id和text（可以gzip压缩）；每条输出一行。")
def extract(file: str, as_json: bool, jsonl: bool) -> None:
    """从决定书全文 FILE（UTF-8文本，- 为标准输入）提取文号、当事人、机关、日期、条款、种类和金额。"""
    if jsonl:
        sys.exit(_many(file))
    found = fields_of(_text(file)).as_json()
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for name, label in _LABELS.items():
        click.echo(f"{label}：{_shown(found[name])}")


def _many(file: str) -> int:
    """Print one object a record; 1 when a record was refused."""
    refused = 0
    for item in read(file):
        if isinstance(item, Record):
            line: dict[str, Any] = {"id": item.id, **fields_of(item.text).as_json()}
        else:
            refused = 1
            line = {"id": item.id, "error": item.as_dict()}
        click.echo(json.dumps(line, ensure_ascii=False))
    return refused


def _text(file: str) -> str:
    # Four bytes a character at most; one more shows that the text is too long.
    most = MOST_CHARACTERS * 4
    try:
        with click.open_file(file, "rb") as stream:
            raw = stream.read(most + 1)
    except OSError as error:
        raise unreadable(file, error) from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        if len(raw) <= most:
            raise InvalidInput({"file": ["这不是UTF-8编码的文本。PDF或Word文件请先转成文本。"]}) from None
        text = ""
    if len(raw) > most or len(text) > MOST_CHARACTERS:
        raise InvalidInput({"file": [f"全文超过{MOST_CHARACTERS}个字，不是一份决定书。多份文书请用 --jsonl。"]})
    if not text.strip():
        raise InvalidInput({"file": ["文件里没有文字。"]})
    return text


def _shown(value: Any) -> str:
    if not value:
        return "未载明"
    if isinstance(value, list):
        return "；".join(item["name"] if "name" in item else cited(item) for item in value)
    return str(value)
