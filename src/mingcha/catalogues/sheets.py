"""Lists as XLSX and CSV: template, export, and reading what people send, every refused cell by row and column. Pure.

The library loads with its first use: most commands and pages handle no workbook, and it takes a third of a second.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mingcha.catalogues.columns import FIXED, CellError, Column
from mingcha.common.errors import MingchaError

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_BYTES = 20 << 20
_MOST_UNPACKED = 200 << 20
_MOST_ROWS = 20_000
_BLANK_ROWS = 200
_HEADER_WITHIN = 10
_FIXED_COLUMN = Column(FIXED, "上级固定", "bool", help="填“是”的，下级机关应当遵照执行，只能增加条目。")
_TELL_EVERY = 200
Entry = Mapping[str, Any]
# Told now and then while a file is read: rows looked at, rows that the file seems to hold.
Progress = Callable[[int, int], None]


def unobserved(looked: int, total: int) -> None:
    """Nobody watches."""


class SheetRefused(MingchaError):
    """A file that cannot be read as this list at all; nothing of it is taken over."""

    status = 422


@dataclass(frozen=True)
class Problem:
    """One thing wrong in a file: row as the sheet counts them, label of the column, what stood there."""

    row: int
    field: str
    value: str
    code: str
    message: str


@dataclass(frozen=True)
class Reading:
    """What was read: good entries, what was refused and why, remarks; `rows` counts the rows with content."""

    entries: list[dict[str, Any]]
    problems: list[Problem]
    rows: int
    notes: list[str] = field(default_factory=list)

    @property
    def refused(self) -> int:
        return len({problem.row for problem in self.problems})


def with_fixed(columns: Sequence[Column]) -> tuple[Column, ...]:
    return (*columns, _FIXED_COLUMN)


def write(label: str, columns: Sequence[Column], entries: Iterable[Entry]) -> bytes:
    """A workbook with the entries, choices as validation and a sheet that explains each column; empty: a template."""
    from openpyxl import Workbook
    from openpyxl.comments import Comment
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    shown = with_fixed(columns)
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_sheet_name(label))
    sheet.freeze_panes = "B2"
    for place, column in enumerate(shown, 1):
        letter = get_column_letter(place)
        sheet.column_dimensions[letter].width = 14 if column.short or column.type in ("bool", "date") else 32
        if column.type == "text":
            sheet.column_dimensions[letter].number_format = "@"
    head = []
    for column in shown:
        cell = _text_cell(sheet, column.label)
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="E7EDF3")
        cell.comment = Comment(_advice(column), "明察", height=120, width=260)
        head.append(cell)
    sheet.append(head)
    for entry in entries:
        sheet.append([_cell(sheet, column, entry.get(column.name)) for column in shown])
    for place, column in enumerate(shown, 1):
        options = ["是", "否"] if column.type == "bool" else list((column.choices or {}).values())
        listed = ",".join(options)
        if column.type in ("choice", "bool") and len(listed) <= 250:
            rule = DataValidation(type="list", formula1=f'"{listed}"', allow_blank=not column.required)
            rule.error, rule.errorTitle = f"请从列表中选择{column.label}。", column.label
            rule.add(f"{get_column_letter(place)}2:{get_column_letter(place)}{_MOST_ROWS}")
            sheet.data_validations.append(rule)
    guide = book.create_sheet("填写说明")
    guide.column_dimensions["A"].width, guide.column_dimensions["C"].width = 24, 90
    for row in (("栏目", "必填", "说明"), *((c.label, "必填" if c.required else "", _advice(c)) for c in shown)):
        guide.append([_text_cell(guide, item) for item in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _sheet_name(label: str) -> str:
    return re.sub(r"[\\/*?:\[\]]", "", label)[:31]


def _text_cell(sheet: Any, text: str) -> Any:
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, value=text)
    # A text that begins with "=" would otherwise become a formula in the reader's program.
    cell.data_type = "s"
    return cell


def _cell(sheet: Any, column: Column, value: Any) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment

    shown = column.cell(value)
    if shown is None:
        return None
    if isinstance(shown, str):
        cell = _text_cell(sheet, shown)
        cell.number_format = "@"
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        return cell
    cell = WriteOnlyCell(sheet, value=shown)
    if isinstance(shown, dt.date):
        cell.number_format = "yyyy-mm-dd"
    return cell


def _advice(column: Column) -> str:
    parts = [column.help] if column.help else []
    if column.choices:
        several = "可填多项，用顿号隔开：" if column.type == "choices" else "填其中一项："
        parts.append(several + "、".join(column.choices.values()))
    parts += {
        "date": ["日期，如 2026-03-01。"],
        "money": ["金额，单位元，最多两位小数。"],
        "integer": ["整数。"],
        "lines": ["可填多条，每条一行。"],
        "condition": ["写法：罚款数额≥公民10000元/单位100000元；经过听证程序＝是。也可以在系统的表单里填写。"],
    }.get(column.type, [])
    if column.type in ("text", "long"):
        parts.append(f"不超过{column.limit}个字。")
    return (
        "必填。".join(["", *parts])
        if column.required and not parts
        else ("必填。" if column.required else "") + "".join(parts)
    )


def export_csv(columns: Sequence[Column], entries: Iterable[Entry]) -> str:
    """The entries as CSV with a byte order mark, as office programs expect it."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([column.label for column in columns])
    writer.writerows([_harmless(column.words(entry.get(column.name))) for column in columns] for entry in entries)
    return "\ufeff" + out.getvalue()


def report_csv(problems: Iterable[Problem]) -> str:
    """What was refused, one line per cell."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["行", "栏目", "原来的值", "原因", "代码"])
    writer.writerows([item.row, item.field, _harmless(item.value), item.message, item.code] for item in problems)
    return "\ufeff" + out.getvalue()


def _harmless(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text


def read(data: bytes, label: str, columns: Sequence[Column], progress: Progress = unobserved) -> Reading:
    """Read a workbook that a person filled in. Raises SheetRefused when the file is no such list at all.

    What `progress` raises ends the reading.
    """
    from openpyxl import load_workbook

    fit(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    except Exception:  # the library raises whatever its XML parser meets
        raise SheetRefused(
            "sheet-unreadable", "这个文件已经损坏，或者不是电子表格，无法读取。请另存为 .xlsx 后重试。"
        ) from None
    try:
        try:
            return _read_book(book, data, label, with_fixed(columns), progress)
        except MingchaError:
            raise
        except Exception:
            text = "表格内容已经损坏，读到一半无法继续，没有导入。请另存为新的 .xlsx 后重试。"
            raise SheetRefused("sheet-unreadable", text) from None
    finally:
        book.close()


def fit(data: bytes) -> None:
    """Raises SheetRefused for bytes that can be no workbook, without reading it."""
    if not data:
        raise SheetRefused("sheet-empty-file", "文件是空的（0 字节），请检查后重新上传。")
    if len(data) > MOST_BYTES:
        raise SheetRefused("sheet-too-large", "文件超过20 MB，请分成几个文件导入。")
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise SheetRefused(
            "sheet-old-format", "这是旧格式（.xls）或者加了密码的表格，请取消密码并另存为 .xlsx 后上传。"
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            names, unpacked = parts.namelist(), sum(item.file_size for item in parts.infolist())
    except (zipfile.BadZipFile, ValueError, OSError):
        raise SheetRefused("sheet-not-xlsx", "这个文件不是电子表格（.xlsx），请下载模板填写后上传。") from None
    if unpacked > _MOST_UNPACKED or len(names) > 2000:
        raise SheetRefused("sheet-bomb", "文件解开后过大，可能有问题，没有读取。请把数据复制到新的模板中再上传。")
    if "xl/workbook.xml" not in names:
        raise SheetRefused("sheet-not-xlsx", "这个文件不是电子表格（.xlsx），请下载模板填写后上传。")


def _read_book(book: Any, data: bytes, label: str, columns: Sequence[Column], progress: Progress) -> Reading:
    named = [sheet for sheet in book.worksheets if sheet.title == _sheet_name(label)]
    for sheet in [*named, *(sheet for sheet in book.worksheets if sheet not in named)]:
        found = _header(sheet, columns)
        if found is not None:
            return _rows(sheet, data, *found, columns, progress)
    have = "、".join(f"“{sheet.title}”" for sheet in book.worksheets)
    needed = "、".join(column.label for column in columns if column.required)
    raise SheetRefused(
        "sheet-wrong",
        f"文件里的工作表（{have}）都不是{label}：前{_HEADER_WITHIN}行没有找到表头。表头应当有：{needed}。请下载模板填写。",
        {"sheets": [sheet.title for sheet in book.worksheets]},
    )


def _header(sheet: Any, columns: Sequence[Column]) -> tuple[int, dict[int, Column], list[str]] | None:
    labels = {column.label: column for column in columns}
    for number, row in enumerate(sheet.iter_rows(min_row=1, max_row=_HEADER_WITHIN), 1):
        texts = [str(cell.value or "").strip().rstrip("*＊") for cell in row]
        places = {place: labels[text] for place, text in enumerate(texts) if text in labels}
        if len(places) < min(3, len(columns)):
            continue
        have = [column.name for column in places.values()]
        missing = [column.label for column in columns if column.required and column.name not in have]
        twice = [column.label for column in columns if have.count(column.name) > 1]
        if missing:
            raise SheetRefused(
                "sheet-columns-missing", f"表头缺少：{'、'.join(missing)}。请按模板补上，没有读取任何一行。"
            )
        if twice:
            raise SheetRefused("sheet-columns-twice", f"表头中“{'、'.join(twice)}”出现了两次，请删去多余的一列。")
        unknown = [text for text in texts if text and text not in labels]
        notes = [f"不认识的栏目没有读取：{'、'.join(unknown)}。"] if unknown else []
        return number, places, notes
    return None


def _rows(
    sheet: Any,
    data: bytes,
    head: int,
    places: Mapping[int, Column],
    notes: list[str],
    columns: Sequence[Column],
    progress: Progress,
) -> Reading:
    # The size that a sheet claims for itself may be missing or wrong; it only serves the bar.
    total = min(max((sheet.max_row or 0) - head, 0), _MOST_ROWS)
    merged = _merged(sheet, data)
    entries: list[dict[str, Any]] = []
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    count = blank = 0
    for number, row in enumerate(sheet.iter_rows(min_row=head + 1), head + 1):
        if all(cell.value is None or str(cell.value).strip() == "" for cell in row):
            blank += 1
            if blank > _BLANK_ROWS:
                break
            continue
        blank = 0
        count += 1
        if count % _TELL_EVERY == 0:
            progress(count, max(total, count))
        if count > _MOST_ROWS:
            raise SheetRefused("sheet-too-long", f"表格超过{_MOST_ROWS:,}行，请分成几个文件导入。")
        entry, wrong = _entry(number, row, places, columns, merged)
        code = str(entry.get("code", ""))
        if not wrong and code in seen:
            said = f"编码“{code}”与第{seen[code]}行重复。"
            wrong.append(Problem(number, "编码", code, "row-duplicate", said))
        if wrong:
            problems += wrong
        else:
            seen[code] = number
            entries.append(entry)
    if not count:
        raise SheetRefused("sheet-no-rows", "表格只有表头，没有内容。")
    return Reading(entries, problems, count, notes)


def _entry(
    number: int, row: Sequence[Any], places: Mapping[int, Column], columns: Sequence[Column], merged: set[int]
) -> tuple[dict[str, Any], list[Problem]]:
    entry: dict[str, Any] = {}
    wrong: list[Problem] = []
    if number in merged:
        said = "这一行有合并的单元格，系统不知道它的内容属于哪一行。请取消合并，每行各自填写。"
        return {}, [Problem(number, "整行", "", "row-merged", said)]
    for place, column in places.items():
        cell = row[place] if place < len(row) else None
        value = None if cell is None else cell.value
        shown = "" if value is None else str(value)
        if cell is not None and cell.data_type == "f":
            said = f"“{column.label}”是公式，请把计算结果粘贴为值。"
            wrong.append(Problem(number, column.label, shown[:60], "cell-formula", said))
            continue
        if cell is not None and cell.data_type == "e":
            wrong.append(
                Problem(number, column.label, shown, "cell-error", f"“{column.label}”是错误值{shown}，请更正。")
            )
            continue
        if (
            cell is not None
            and isinstance(value, float)
            and "%" in str(cell.number_format)
            and column.type in ("text", "long")
        ):
            value = f"{value * 100:g}%"
        try:
            stored = column.read(value)
        except CellError as error:
            wrong.append(Problem(number, column.label, shown[:60], "cell-value", str(error)))
            continue
        if stored is not None and not (column.name == FIXED and stored is False):
            entry[column.name] = stored
    refused = {problem.field for problem in wrong}
    for column in columns:
        if column.required and column.name not in entry and column.label not in refused:
            wrong.append(Problem(number, column.label, "", "cell-missing", f"没有填写“{column.label}”。"))
    return entry, wrong


def _merged(sheet: Any, data: bytes) -> set[int]:
    """Rows that merged cells touch. Reading row by row does not tell them, so the sheet's own part is searched."""
    found: set[int] = set()
    for first, last in _merges(sheet, data):
        if last - first < _MOST_ROWS:
            found |= set(range(first, last + 1))
    return found


def _merges(sheet: Any, data: bytes) -> Iterator[tuple[int, int]]:
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        name = str(sheet._worksheet_path).lstrip("/")
        with parts.open(name) as part:
            rest = b""
            while chunk := part.read(1 << 20):
                text = rest + chunk
                for match in re.finditer(rb'<mergeCell ref="\$?[A-Z]+\$?(\d+):\$?[A-Z]+\$?(\d+)"', text):
                    yield int(match[1]), int(match[2])
                rest = text[-80:] if b"<mergeCell" in text[-80:] else b""
