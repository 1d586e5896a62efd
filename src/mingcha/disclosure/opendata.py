"""Public decisions as data (开放数据): one flat row each, with the schema that says what every column means."""

from __future__ import annotations

import csv
import datetime as dt
import importlib
import importlib.util
import io
import json
import tempfile
import uuid
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Max, Min, QuerySet

from mingcha.common.errors import NotFound
from mingcha.common.paging import page
from mingcha.disclosure.choices import PublicState
from mingcha.disclosure.models import PublicEntry
from mingcha.disclosure.searching import asking
from mingcha.disclosure.searching.asking import Wanted

CHUNK = 200
# What a spreadsheet and a person can still hold; larger sets are read by month.
MOST_EXPORTED = 10_000
LICENCE = {
    "name": "CC-BY-4.0",
    "title": "知识共享 署名 4.0 国际",
    "path": "https://creativecommons.org/licenses/by/4.0/",
}
# name, type by Frictionless Table Schema, label, what it means
COLUMNS = (
    ("id", "string", "编号", "决定在本网站的固定编号"),
    ("url", "string", "地址", "决定的固定地址"),
    ("number", "string", "决定书文号", "决定书上的文号"),
    ("party", "string", "当事人", "按公示要求脱敏后的当事人名称"),
    ("authority", "string", "执法机关", "作出决定的机关"),
    ("cause", "string", "事由", "案由或者申请、检查的事项"),
    (
        "act",
        "string",
        "执法类别",
        "penalty 处罚，licence 许可，coercion 强制措施，execution 强制执行，inspection 检查等",
    ),
    ("decided_on", "date", "决定日期", "作出决定的日期，文书没有写明的为空"),
    ("published_at", "datetime", "公开时间", "在本网站公开的时间"),
    ("kinds", "string", "结论", "处罚的种类，或者其他决定的结论；多个用顿号分开"),
    ("fine_fen", "integer", "罚款（分）", "以分为单位的罚款数额"),
    ("confiscated_fen", "integer", "没收（分）", "以分为单位的没收数额"),
    (
        "source",
        "string",
        "来源",
        "decision 处罚决定，change 变更决定，act 其他决定，historic 历史决定，demonstration 演示数据",
    ),
    ("hidden", "integer", "隐去处数", "公开文本中依法隐去的处数"),
    ("text", "string", "公开文本", "脱敏以后的决定书全文"),
)
FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/jsonl; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
# A cell of a sheet that begins so would be run as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MOST_CELL = 32_000
_PACKED = ("csv", "jsonl")
Row = dict[str, Any]


def formats() -> list[str]:
    """The formats that this installation can write: Parquet needs the extra `parquet`."""
    return [name for name in FORMATS if name != "parquet" or importlib.util.find_spec("pyarrow")]


def months() -> list[dt.date]:
    """First days of the months from the newest to the oldest public decision."""
    ends = PublicEntry.objects.filter(state=PublicState.VALID).aggregate(first=Min("listed_on"), last=Max("listed_on"))
    if ends["last"] is None:
        return []
    month, first, found = ends["last"].replace(day=1), ends["first"].replace(day=1), []
    while month >= first:
        found.append(month)
        month = (month - dt.timedelta(days=1)).replace(day=1)
    return found


def of_month(month: dt.date, base: str) -> Iterator[Row]:
    """Rows of one month by the day on which they are listed; each portion is read when it is needed."""
    return (flat(row, base) for row in _in_portions(_month(month)))


def everything(base: str) -> Iterator[Row]:
    """All public decisions that stand, newest first."""
    return (flat(row, base) for row in _in_portions(PublicEntry.objects.all()))


def addresses(month: dt.date, base: str) -> Iterator[tuple[str, dt.datetime]]:
    """Address and day of publication of the decisions of a month, for the map of the site."""
    for row in _in_portions(_month(month).only("id", "listed_on", "published_at", "state")):
        yield f"{base}{_path(row.id)}", row.published_at


def _month(month: dt.date) -> QuerySet[PublicEntry]:
    following = (month + dt.timedelta(days=31)).replace(day=1)
    return PublicEntry.objects.filter(listed_on__gte=month, listed_on__lt=following).defer("search_text")


def _in_portions(rows: QuerySet[PublicEntry]) -> Iterator[PublicEntry]:
    """Each portion is asked for when it is needed: what is withdrawn during a long download is not sent any more."""
    cursor = None
    while True:
        found = page(rows.filter(state=PublicState.VALID), order=("-listed_on", "-id"), cursor=cursor, size=CHUNK)
        yield from found.rows
        cursor = found.next_cursor
        if cursor is None:
            return


def of_search(wanted: Wanted, base: str) -> Iterator[Row]:
    """What a search finds and stands, at most MOST_EXPORTED. A row withdrawn meanwhile is left out."""
    cursor, seen = None, 0
    while seen < MOST_EXPORTED:
        found, _ = asking.search(wanted, cursor=cursor, size=CHUNK)
        keys = [row.id for row in found.rows]
        standing = PublicEntry.objects.filter(state=PublicState.VALID).defer("search_text").in_bulk(keys)
        yield from (flat(standing[key], base) for key in keys if key in standing)
        cursor, seen = found.next_cursor, seen + len(keys)
        if cursor is None:
            return


def flat(row: PublicEntry, base: str) -> Row:
    """One public decision as a row of plain values."""
    return {
        "id": str(row.id),
        "url": f"{base}{_path(row.id)}",
        "number": row.number,
        "party": row.party,
        "authority": row.authority,
        "cause": row.cause,
        "act": row.act,
        "decided_on": row.decided_on.isoformat() if row.decided_on else None,
        "published_at": row.published_at.isoformat(),
        "kinds": "、".join(row.kinds),
        "fine_fen": row.fine_fen,
        "confiscated_fen": row.confiscated_fen,
        "source": row.source,
        "hidden": sum(item["count"] for item in row.content["hidden"]),
        "text": row.content["text"],
    }


def _path(entry_id: uuid.UUID) -> str:
    return f"/p/decisions/{entry_id}/"


def schema(base: str) -> dict[str, Any]:
    """The columns by the Table Schema standard, with the licence."""
    return {
        "profile": "tabular-data-package",
        "name": "administrative-decisions",
        "title": "公开的行政执法决定",
        "homepage": f"{base}/p/data/",
        "licenses": [LICENCE],
        "resources": [
            {
                "name": f"decisions-{month:%Y-%m}-{form}",
                "path": f"{base}/p/data/decisions-{month:%Y-%m}.{form}",
                "format": form,
                "mediatype": FORMATS[form].split(";", 1)[0],
                "profile": "tabular-data-resource",
                "schema": {
                    "fields": [
                        {"name": name, "type": kind, "title": label, "description": says}
                        for name, kind, label, says in COLUMNS
                    ],
                    "primaryKey": "id",
                },
            }
            for month in months()
            for form in formats()
        ],
    }


def written(rows: Iterable[Row], form: str) -> Iterator[bytes]:
    """The rows in a format, in pieces. Raises NotFound for a format that is not there."""
    if form not in formats():
        raise NotFound("没有这种格式的数据。")
    return {"csv": _csv, "jsonl": _jsonl, "xlsx": _xlsx, "parquet": _parquet}[form](rows)


def bundled(month: dt.date, base: str) -> Iterator[bytes]:
    """One month as a zip: the rows in every open format, the schema, the licence in words (整月打包)."""
    name = f"decisions-{month:%Y-%m}"
    package = schema(base)
    package["resources"] = [
        {**row, "path": row["name"].rsplit("-", 1)[0] + "." + row["format"]}
        for row in package["resources"]
        if row["name"].startswith(f"{name}-") and row["format"] in _PACKED
    ]
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("datapackage.json", json.dumps(package, ensure_ascii=False, indent=1))
            packed.writestr("LICENCE.txt", f"{LICENCE['title']}（{LICENCE['name']}）\n{LICENCE['path']}\n")
            for form in _PACKED:
                with packed.open(f"{name}.{form}", "w") as entry:
                    for piece in written(of_month(month, base), form):
                        entry.write(piece)
        file.seek(0)
        while piece := file.read(1 << 16):
            yield piece


def _jsonl(rows: Iterable[Row]) -> Iterator[bytes]:
    for row in rows:
        yield json.dumps(row, ensure_ascii=False).encode() + b"\n"


def _safe(value: Any) -> Any:
    """A text that a sheet would take for a formula gets an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _csv(rows: Iterable[Row]) -> Iterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    # A mark at the beginning, or a common spreadsheet reads Chinese as something else.
    buffer.write("\ufeff")
    writer.writerow([name for name, *_ in COLUMNS])
    for row in rows:
        writer.writerow([_safe(row[name]) for name, *_ in COLUMNS])
        if buffer.tell() > 1 << 16:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def _xlsx(rows: Iterable[Row]) -> Iterator[bytes]:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("decisions")
    sheet.append([name for name, *_ in COLUMNS])
    for row in rows:
        # A cell holds no more than this; the whole text stands in the other formats.
        sheet.append([_clean(row[name]) for name, *_ in COLUMNS])
    with tempfile.TemporaryFile() as file:
        book.save(file)
        file.seek(0)
        while piece := file.read(1 << 16):
            yield piece


def _clean(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return _safe("".join(char for char in value if char >= " " or char in "\n\t")[:_MOST_CELL])


def _parquet(rows: Iterable[Row]) -> Iterator[bytes]:
    arrow = importlib.import_module("pyarrow")
    parquet = importlib.import_module("pyarrow.parquet")
    kinds = {"integer": arrow.int64(), "date": arrow.string(), "datetime": arrow.string(), "string": arrow.string()}
    known = arrow.schema([(name, kinds[kind]) for name, kind, *_ in COLUMNS])
    with tempfile.TemporaryFile() as file:
        with parquet.ParquetWriter(file, known, compression="zstd") as writer:
            portion: list[Row] = []
            for row in rows:
                portion.append(row)
                if len(portion) >= 2000:
                    writer.write_table(arrow.Table.from_pylist(portion, schema=known))
                    portion = []
            writer.write_table(arrow.Table.from_pylist(portion, schema=known))
        file.seek(0)
        while piece := file.read(1 << 16):
            yield piece
