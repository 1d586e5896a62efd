"""Historic decisions (历史决定) read from a file, one JSON object a line, and their fields extracted. Pure.

What is wrong with a record refuses that record with its reason; what is wrong with the file refuses the file.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import click

from mingcha.common.checks import Check
from mingcha.precedents.errors import SourceUnreadable, TooManyRecords
from mingcha.precedents.extract import MOST_CHARACTERS, Extraction, extract

# One person signs a batch off as a whole; a line is never read further than any letter could be long.
MOST_RECORDS = 20_000
MOST_LINE = 4_000_000
MOST_ID = 60
_LONGEST = {"document_number": (120, "文号"), "party": (200, "当事人"), "authority": (200, "处罚机关")}
_MOST_FEN = 10**15
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Record:
    """One record: its id at the source, the letter's text as it came, the official index when the source has one."""

    line: int
    id: str
    text: str
    index: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Refusal:
    """One record that was not taken, and why."""

    line: int
    id: str
    code: str
    message: str

    def as_dict(self) -> dict[str, Any]:
        return {"line": self.line, "id": self.id, "code": self.code, "message": self.message}


@dataclass(frozen=True)
class Prepared:
    """A record that can be stored: the fields come from its text alone, never from its index."""

    record: Record
    digest: str
    extraction: Extraction


def source_digest(path: Path) -> str:
    """SHA-256 of the file as it lies there. Raises SourceUnreadable."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise unreadable(str(path), error) from None


def read(source: str | Path) -> Iterator[Record | Refusal]:
    """Every record of a .jsonl or .jsonl.gz file in order; `-` is standard input. Empty lines do not count.

    Raises SourceUnreadable when the file cannot be read to its end, TooManyRecords.
    """
    ids: dict[str, int] = {}
    texts: dict[str, int] = {}
    for count, (number, line) in enumerate(lines(source), 1):
        if count > MOST_RECORDS:
            raise TooManyRecords(message=f"一个文件最多{MOST_RECORDS}条记录，请分成几个文件分批导入。")
        found = parse(number, line)
        if isinstance(found, Record):
            first = ids.setdefault(found.id, number)
            if first != number:
                found = Refusal(number, found.id, "duplicate-id", f"记录编号与第{first}行重复，请核对。")
            else:
                first = texts.setdefault(hashlib.sha256(found.text.encode()).hexdigest(), number)
                if first != number:
                    found = Refusal(number, found.id, "duplicate-text", f"文书全文与第{first}行完全相同，只收第一条。")
        yield found


def lines(source: str | Path) -> Iterator[tuple[int, bytes]]:
    """Line number and bytes of each line that is not empty; over-long lines are cut one byte past the limit."""
    try:
        with _opened(source) as stream:
            number = 0
            while line := stream.readline(MOST_LINE + 1):
                number += 1
                rest = line
                while len(rest) > MOST_LINE and not rest.endswith(b"\n"):
                    rest = stream.readline(MOST_LINE + 1)
                if line.strip():
                    yield number, line
    except (OSError, EOFError, zlib.error) as error:
        raise unreadable(str(source), error) from None


def parse(number: int, line: bytes) -> Record | Refusal:
    """One line as a record, or why it is none."""

    def refuse(code: str, message: str, record: str = "") -> Refusal:
        return Refusal(number, record, code, message)

    if len(line) > MOST_LINE:
        return refuse("line-too-long", f"这一行超过{MOST_LINE}字节，不是一份决定书。")
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return refuse("not-json", "这一行不是UTF-8编码的JSON，请核对文件格式：一行一条记录。")
    if not isinstance(value, dict):
        return refuse("not-a-record", "这一行不是一条记录，应为含有id和text的JSON对象。")
    check = Check()
    # A form feed is the page break of text taken from PDF: the only control character that letters really carry.
    record = check.text("id", value.get("id"), "记录编号（id）", most=MOST_ID)
    if check.errors:
        return refuse("id-unusable", check.errors["id"][0])
    text = value.get("text")
    check.text(
        "text",
        text.replace("\f", "\n") if isinstance(text, str) else text,
        "决定书全文（text）",
        most=MOST_CHARACTERS,
    )
    if check.errors or not isinstance(text, str):
        missing = text is None or (isinstance(text, str) and not text.strip())
        code = "text-missing" if missing else "text-unusable"
        return refuse(code, check.errors["text"][0], record)
    index = value.get("index")
    if index is not None and not isinstance(index, dict):
        return refuse("index-unusable", "随附的索引（index）应为JSON对象；没有索引时请省略。", record)
    return Record(number, record, text, {name: str(item) for name, item in (index or {}).items() if item is not None})


def prepare(record: Record) -> Prepared | Refusal:
    """Extract, and refuse what is no decision letter."""
    found = extract(record.text)

    def refuse(code: str, message: str) -> Refusal:
        return Refusal(record.line, record.id, code, message)

    if not found.document_number and not found.party:
        return refuse("not-a-decision", "全文中既没有文号，也没有当事人，不像行政处罚决定书。")
    for name, (most, label) in _LONGEST.items():
        if len(getattr(found, name) or "") > most:
            return refuse("field-too-long", f"全文中的{label}超过{most}个字，请核对原文。")
    if max(found.fine or 0, found.confiscated or 0) > _MOST_FEN:
        return refuse("amount-too-large", "全文中的金额超过十万亿元，请核对原文。")
    return Prepared(record, hashlib.sha256(record.text.encode()).hexdigest(), found)


@contextlib.contextmanager
def _opened(source: str | Path) -> Iterator[io.BufferedIOBase]:
    """The lines inside, whether compressed or not; told by the first two bytes, not by the name."""
    with click.open_file(str(source), "rb") as stream:
        first = stream.read(2)
        whole = io.BufferedReader(_Joined(first, stream))
        yield gzip.GzipFile(fileobj=whole) if first == _GZIP else whole


class _Joined(io.RawIOBase):
    """Bytes already taken from a stream that cannot go back, then the stream."""

    def __init__(self, first: bytes, stream: IO[bytes]) -> None:
        self._first, self._stream = first, stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        taken = self._first[: len(buffer)] or self._stream.read(len(buffer))
        self._first = self._first[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)


def unreadable(name: str, error: Exception) -> SourceUnreadable:
    """The error for a file that cannot be read to its end."""
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return SourceUnreadable(message=f"文件“{name}”不能完整读取（{why}）。没有导入任何记录，请核对文件后重试。")
