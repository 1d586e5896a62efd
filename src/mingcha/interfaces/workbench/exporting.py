"""A table as XLSX or CSV for saving: cells inert for spreadsheet programs, streamed where the form allows."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from mingcha.common.errors import NotFound

_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WIDTH = 18


@dataclass(frozen=True)
class Table:
    """Title, heads and rows of what is saved."""

    title: str
    heads: Sequence[str]
    rows: Iterable[Sequence[Any]]


def table_response(table: Table, form: str, name: str) -> HttpResponseBase:
    """The table as a download named `name`. Raises NotFound for a form that is neither xlsx nor csv."""
    if form == "csv":
        response: HttpResponseBase = StreamingHttpResponse(_lines(table), content_type="text/csv; charset=utf-8")
    elif form == "xlsx":
        response = HttpResponse(_workbook(table), content_type=_SHEET)
    else:
        raise NotFound("没有这种格式，请选择 xlsx 或者 csv。")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return response


class _Line:
    """A file-like thing whose `write` gives the line back, so that the export streams in constant memory."""

    def write(self, line: str) -> str:
        return line


def _lines(table: Table) -> Iterator[str]:
    writer = csv.writer(_Line())
    # Without the mark, spreadsheet programs read UTF-8 as GBK.
    yield "\ufeff"
    yield writer.writerow(table.heads)
    for row in table.rows:
        yield writer.writerow([_inert(cell) for cell in row])


def _inert(cell: Any) -> str:
    """A cell that a spreadsheet program will not run as a formula."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text[:1] in "=+-@\t\r" else text


def _workbook(table: Table) -> bytes:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet(table.title[:31])
    sheet.freeze_panes = "A2"
    for number in range(1, len(table.heads) + 1):
        sheet.column_dimensions[get_column_letter(number)].width = _WIDTH
    heads = []
    for label in table.heads:
        cell = WriteOnlyCell(sheet, value=label)
        cell.font = Font(bold=True)
        heads.append(cell)
    sheet.append(heads)
    for row in table.rows:
        sheet.append([value if isinstance(value, int | float | dt.date) else _inert(value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
