"""Lists as CSV and JSON read like workbooks (导入清单): good entries, and every refused field by row. Pure."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from mingcha.catalogues import annexes, grids, sheets
from mingcha.catalogues.columns import CellError, Column
from mingcha.catalogues.sheets import MOST_BYTES, Problem, Progress, Reading, SheetRefused, unobserved, with_fixed

MOST_ROWS = 20_000
Row = Mapping[str, Any]


def fit(data: bytes, name: str) -> str:
    """The ending of a file that may be a list. Raises SheetRefused, without reading the rows, for one that cannot be."""
    if len(data) > MOST_BYTES:
        raise SheetRefused("sheet-too-large", "文件超过20 MB，请分成几个文件导入。")
    ending = PurePath(name).suffix.lower()
    if ending == ".xlsx":
        sheets.fit(data)
    if ending in (".xlsx", ".csv", ".json", ".txt"):
        return ending
    raise SheetRefused(
        "sheet-unknown-format", f"不认识“{ending or name}”这种文件，请用 .xlsx、.csv 或者 .json；裁量表还可以用 .txt。"
    )


def read(data: bytes, name: str, label: str, columns: Sequence[Column], progress: Progress = unobserved) -> Reading:
    """Read a file by the ending of its name: .xlsx, .csv or .json. Raises SheetRefused for what is no such list."""
    ending = fit(data, name)
    if ending == ".xlsx":
        return sheets.read(data, label, columns, progress)
    if ending == ".csv":
        return _reading(_of_csv(_text(data)), columns, progress, first=2)
    if ending == ".txt":
        return _of_standard(_text(data), label, columns, progress)
    return _reading(_of_json(_text(data)), columns, progress, first=1)


def _text(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SheetRefused("sheet-unreadable", "文件不是文本，或者编码无法识别。请另存为 UTF-8 后重试。")


def _of_csv(text: str) -> Sequence[Row]:
    try:
        return list(csv.DictReader(io.StringIO(text), strict=True))
    except csv.Error:
        raise SheetRefused("sheet-unreadable", "CSV 的引号没有配对，或者含有不能读的字符，没有读取任何一行。") from None


def _of_json(text: str) -> Sequence[Row]:
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        raise SheetRefused("sheet-unreadable", "文件不是完整的 JSON，没有读取任何一条。") from None
    rows = whole.get("entries") if isinstance(whole, Mapping) else whole
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise SheetRefused("sheet-wrong", "JSON 应当是条目的数组，或者带有 entries 数组的对象。")
    return rows


def _of_standard(text: str, label: str, columns: Sequence[Column], progress: Progress) -> Reading:
    """A printed discretion standard, or its list of what goes unpunished, as text: taken apart as far as it can be."""
    if not any(column.name == grids.COLUMN for column in columns):
        raise SheetRefused("sheet-unknown-format", f"“{label}”不能用 .txt 导入，请用 .xlsx、.csv 或者 .json。")
    rows, notes = (annexes if annexes.found_in(text) else grids).entries(text)
    if not rows:
        raise SheetRefused(
            "sheet-wrong", "文本里没有找到裁量表（以“§1.1 裁量标准”这样的编号开头），也没有找到不予处罚清单的表头。"
        )
    reading = _reading(rows, columns, progress, first=1)
    return Reading(reading.entries, reading.problems, reading.rows, [*notes, *reading.notes])


def _reading(rows: Sequence[Row], columns: Sequence[Column], progress: Progress, *, first: int) -> Reading:
    """Each row cleaned by the columns; a column is named by its label or by its name."""
    known = {name: column for column in with_fixed(columns) for name in (column.label, column.name)}
    entries: list[dict[str, Any]] = []
    problems: list[Problem] = []
    unknown: dict[str, None] = {}
    seen: dict[str, int] = {}
    count = 0
    for number, row in enumerate(rows, first):
        count += 1
        if count % 200 == 0:
            progress(count, len(rows))
        if count > MOST_ROWS:
            raise SheetRefused("sheet-too-long", f"超过{MOST_ROWS:,}条，请分成几个文件导入。")
        entry, wrong = _entry(number, row, known, columns, unknown)
        code = str(entry.get("code", ""))
        if not wrong and code in seen:
            wrong = [Problem(number, "编码", code, "row-duplicate", f"编码“{code}”与第{seen[code]}行重复。")]
        if wrong:
            problems += wrong
        else:
            seen[code] = number
            entries.append(entry)
    if not count:
        raise SheetRefused("sheet-no-rows", "文件里没有条目。")
    notes = [f"不认识的栏目没有读取：{'、'.join(unknown)}。"] if unknown else []
    return Reading(entries, problems, count, notes)


def _entry(
    number: int, row: Row, known: Mapping[str, Column], columns: Sequence[Column], unknown: dict[str, None]
) -> tuple[dict[str, Any], list[Problem]]:
    entry: dict[str, Any] = {}
    wrong: list[Problem] = []
    for name, value in row.items():
        column = known.get(str(name or "").strip().rstrip("*＊"))
        if column is None:
            unknown[str(name)] = None
            continue
        try:
            stored = column.read(value) if isinstance(value, str) or value is None else column.clean(value)
        except CellError as error:
            wrong.append(Problem(number, column.label, str(value)[:200], "cell-wrong", str(error)))
            continue
        if stored is not None:
            entry[column.name] = stored
    told = {problem.field for problem in wrong}
    wrong += [
        Problem(number, column.label, "", "cell-missing", f"没有填写“{column.label}”。")
        for column in columns
        if column.required and column.name not in entry and column.label not in told
    ]
    return entry, wrong
