"""Reading a file of statutes (JSON lines, xz or gzip): each line a record, or a refusal that says why; pure."""

from __future__ import annotations

import gzip
import hashlib
import json
import lzma
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

from mingcha.common.errors import InvalidInput
from mingcha.statutes import dating, refs
from mingcha.statutes.splitting import Split, split

MOST_CHARACTERS = 2_000_000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Statute:
    """One readable record: a version of a law, taken apart."""

    line: int
    path: str
    category: str
    stated: int
    sha256: str
    name: str
    authority: str
    dates: dating.Dates
    parts: Split


@dataclass(frozen=True)
class Refusal:
    """A record that was not taken; `passed_over` marks what is no statute at all, such as a directory page."""

    line: int
    path: str
    message: str
    passed_over: bool = False
    category: str = ""


@dataclass
class Count:
    """Figures of one category."""

    texts: int = 0
    clean: int = 0
    stated: int = 0
    found: int = 0


@dataclass
class Report:
    """What an import did; `odd` lists the texts whose number of articles differs from the record's own, with the cause."""

    read: int = 0
    imported: int = 0
    renewed: int = 0
    unchanged: int = 0
    duplicates: list[dict[str, Any]] = field(default_factory=list)
    articles: int = 0
    amendments: int = 0
    seconds: float = 0.0
    categories: dict[str, Count] = field(default_factory=dict)
    odd: list[dict[str, Any]] = field(default_factory=list)
    remarks: list[dict[str, Any]] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    passed_over: list[Refusal] = field(default_factory=list)

    def count(self, item: Statute | Refusal) -> None:
        """Take one record into the figures."""
        self.read += 1
        if isinstance(item, Refusal):
            (self.passed_over if item.passed_over else self.refused).append(item)
            return
        row = self.categories.setdefault(item.category, Count())
        found = len(item.parts.articles)
        row.texts += 1
        row.stated += item.stated
        row.found += found
        row.clean += found == item.stated
        told = {"path": item.path, "stated": item.stated, "found": found, "cause": "；".join(item.parts.oddities)}
        if found != item.stated:
            self.odd.append({**told, "cause": told["cause"] or "记录自己的条数与正文不符"})
        elif item.parts.oddities:
            self.remarks.append(told)

    def as_dict(self) -> dict[str, Any]:
        plain = dict(vars(self))
        plain["categories"] = {name: vars(row) for name, row in self.categories.items()}
        plain["refused"] = [_told(row) for row in self.refused]
        plain["passed_over"] = [_told(row) for row in self.passed_over]
        plain["seconds"] = round(self.seconds, 1)
        return plain


def _told(row: Refusal) -> dict[str, Any]:
    return {"line": row.line, "path": row.path, "message": row.message}


def read(file: Path) -> Iterator[Statute | Refusal]:
    """Records of a file, one by one. Raises InvalidInput when the file itself cannot be read."""
    seen = False
    try:
        with _opened(file) as stream:
            for number, raw in enumerate(stream, 1):
                if raw.strip():
                    seen = True
                    yield _record(number, raw)
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise InvalidInput(
            {"file": [f"文件读不出来：{error}。请核对是不是完整的 .jsonl、.jsonl.gz 或 .jsonl.xz 文件。"]}
        ) from None
    if not seen:
        raise InvalidInput({"file": ["文件里没有记录。"]})


def _opened(file: Path) -> IO[bytes]:
    if file.suffix == ".xz":
        return lzma.open(file, "rb")
    if file.suffix == ".gz":
        return cast(IO[bytes], gzip.open(file, "rb"))
    return file.open("rb")


def _record(line: int, raw: bytes) -> Statute | Refusal:
    try:
        whole = json.loads(raw)
    except (ValueError, RecursionError):
        return Refusal(line, "", "这一行不是JSON。")
    if not isinstance(whole, dict):
        return Refusal(line, "", "这一行不是一条记录。")
    path, text, stated = whole.get("path"), whole.get("text"), whole.get("articles")
    if not isinstance(path, str) or not path or len(path) > 300:
        return Refusal(line, "", "缺少“path”。")
    if not isinstance(text, str) or not text.strip():
        return Refusal(line, path, "缺少正文“text”。")
    if len(text) > MOST_CHARACTERS:
        return Refusal(line, path, f"正文超过{MOST_CHARACTERS}个字。")
    if not isinstance(stated, int) or isinstance(stated, bool) or stated < 0:
        return Refusal(line, path, "条数“articles”应为不小于零的整数。")
    if _CONTROL.search(text) or _CONTROL.search(path):
        return Refusal(line, path, "正文含有控制字符。")
    category = str(whole.get("cat") or "其他")[:30]
    return _taken_apart(line, path, dating.table()["categories"].get(category, category), stated, text)


def _taken_apart(line: int, path: str, category: str, stated: int, text: str) -> Statute | Refusal:
    try:
        parts = split(text)
    except ValueError:
        if stated == 0 and "第一条" not in text:
            return Refusal(line, path, "不是法律文本，是目录页。", passed_over=True, category=category)
        return Refusal(line, path, "正文没有标题。")
    name = refs.law_name(re.sub(r"\s+", "", parts.title))
    if len(name) > 200 or any(len(part.title) > 200 for part in parts.divisions):
        return Refusal(line, path, "标题超过200个字。")
    last = "\n".join(article.text for article in parts.articles[-3:]) or parts.preamble[-500:]
    dates = dating.dates(name, path, parts.history, last)
    if dates is None:
        return Refusal(line, path, "没有公布日期，也没有施行日期，不能确定从哪天起适用。")
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Statute(line, path, category, stated, digest, name, dating.authority(parts.history)[:100], dates, parts)
