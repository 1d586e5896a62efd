"""Lists as XLSX: what goes out comes back unchanged; what people send is read row by row, or refused in plain words."""

from __future__ import annotations

import datetime as dt
import io
import time
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some
from openpyxl import Workbook, load_workbook

from mingcha.catalogues import conditions, sheets
from mingcha.catalogues.columns import Column
from mingcha.catalogues.schemas import kinds, schema
from mingcha.catalogues.sheets import SheetRefused, read, report_csv, write

ITEMS = schema("items")
GOOD = {"code": "1.1", "name": "占道经营", "plain": "不能占道摆摊", "basis": "某条例第三条"}


def book(rows: list[list[Any]], title: str = "行政执法事项清单") -> bytes:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    return saved(made)


def saved(made: Workbook) -> bytes:
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


HEAD = ["编码", "事项名称", "通俗说明", "依据", "执法行为类别"]


def items(*rows: list[Any]) -> sheets.Reading:
    return read(book([HEAD, *rows]), ITEMS.label, ITEMS.columns)


def problems(*rows: list[Any]) -> list[tuple[int, str, str]]:
    return [(item.row, item.field, item.code) for item in items(*rows).problems]


def test_5000_rows_of_which_40_are_wrong() -> None:
    rows: list[list[Any]] = []
    for n in range(1, 5001):
        row: list[Any] = [f"A{n}", f"事项{n}", "说明", "依据", "行政处罚"]
        if n % 125 == 0:
            kind = n // 125 % 4
            row[kind] = [row[0], None, "  ", "x" * 1001][kind]
            if kind == 0:
                row[0] = f"A{n - 1}"
        rows.append(row)
    begun = time.perf_counter()
    reading = items(*rows)
    assert time.perf_counter() - begun < 20
    assert (reading.rows, len(reading.entries), reading.refused) == (5000, 4960, 40)
    assert {(item.row - 1) % 125 for item in reading.problems} == {0}
    assert {item.field for item in reading.problems} == {"编码", "事项名称", "通俗说明", "依据"}
    assert len(report_csv(reading.problems).splitlines()) == 41


def texts(most: int) -> some.SearchStrategy[str]:
    letters = some.characters(codec="utf-8", categories=("L", "N", "P", "S"), exclude_characters="；;\ufeff")
    return some.text(letters, min_size=1, max_size=most).map(lambda text: text.strip()).filter(bool)


def leaf() -> some.SearchStrategy[dict[str, Any]]:
    amounts = some.fixed_dictionaries({"person": some.integers(0, 10**12), "organisation": some.integers(0, 10**12)})
    return some.one_of(
        some.booleans().map(lambda value: {"hearing_held": value}),
        amounts.map(lambda value: {"fine_at_least": value}),
        some.lists(some.sampled_from(["revoke_permit", "close", "fine"]), min_size=1, unique=True).map(
            lambda v: {"kinds": v}
        ),
        some.integers(1, 999).map(lambda value: {"complaints_at_least": value}),
        some.sampled_from(["county", "township"]).map(lambda value: {"level": [value]}),
    )


def condition() -> some.SearchStrategy[dict[str, Any]]:
    group = some.lists(leaf(), min_size=1, max_size=3)
    return some.one_of(
        leaf(), group.map(lambda items: {"any": items}), group.map(lambda items: {"all": items, "complex": True})
    )


def value(column: Column) -> some.SearchStrategy[Any]:
    return {
        "text": texts(30), "long": texts(60), "bool": some.booleans(), "integer": some.integers(0, 10**8),
        "money": some.integers(0, 10**13), "condition": condition(),
        "lines": some.lists(texts(20), min_size=1, max_size=4),
        "date": some.dates(dt.date(1950, 1, 1), dt.date(2100, 1, 1)).map(str),
        "choice": some.sampled_from(sorted(column.choices or {"": ""})),
        "choices": some.lists(some.sampled_from(sorted(column.choices or {"": ""})), min_size=1, unique=True),
    }[column.type]  # fmt: skip


@pytest.mark.parametrize("kind", [item.kind for item in kinds() if item.columns])
@settings(max_examples=4, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(data=some.data())
def test_what_goes_out_comes_back_unchanged(kind: str, data: some.DataObject) -> None:
    found = schema(kind)
    rows = []
    for n in range(2):
        row = {c.name: data.draw(value(c)) for c in found.columns if c.required or data.draw(some.booleans())}
        rows.append(found.clean({**row, "code": f"{n}.10", "fixed": bool(n)}))
    reading = read(write(found.label, found.columns, rows), found.label, found.columns)
    assert reading.problems == [] and reading.entries == rows


@settings(max_examples=60, deadline=None)
@given(condition())
def test_a_condition_in_words_is_read_back(made: dict[str, Any]) -> None:
    assert conditions.check(made) == []
    assert conditions.parse(conditions.text(made)) == made
    assert conditions.sentence(made) and "无法识别" not in conditions.sentence(made)


def test_a_template_offers_the_choices_and_explains_the_columns() -> None:
    made = load_workbook(io.BytesIO(write(ITEMS.label, ITEMS.columns, [])))
    sheet = made[ITEMS.label]
    assert [cell.value for cell in sheet[1]] == [*(column.label for column in ITEMS.columns), "上级固定"]
    listed = " ".join(str(rule.formula1) for rule in sheet.data_validations.dataValidation)
    assert "行政处罚" in listed and "是,否" in listed
    assert made["填写说明"]["A2"].value == "编码" and sheet["A1"].comment is not None


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (["1", "甲", "乙", "丙", "处罚"], (2, "执法行为类别", "cell-value")),
        (["1", "", "乙", "丙"], (2, "事项名称", "cell-missing")),
        (["1", "=1+1", "乙", "丙"], (2, "事项名称", "cell-formula")),
        (["1", "甲" * 201, "乙", "丙"], (2, "事项名称", "cell-value")),
        (["1", "甲\n甲", "乙", "丙"], (2, "事项名称", "cell-value")),
    ],
)
def test_a_wrong_cell_is_named(row: list[Any], expected: tuple[int, str, str]) -> None:
    assert problems(row) == [expected]


def test_spaces_numbers_and_dates_are_understood() -> None:
    reading = items([3.14, "  甲 ", " 乙", "丙\u00a0", "penalty"], [7, dt.datetime(2026, 3, 1), "乙", "丙", None])
    assert reading.problems == []
    assert reading.entries[0] == {"code": "3.14", "name": "甲", "plain": "乙", "basis": "丙", "act_type": "penalty"}
    assert (reading.entries[1]["code"], reading.entries[1]["name"]) == ("7", "2026-03-01")
    plan = schema("inspection-plan")
    head = [
        "编码",
        "检查对象",
        "检查事项",
        "通俗说明",
        "检查依据",
        "检查方式",
        "计划家次",
        "开始日期",
        "结束日期",
        "承办机构",
    ]
    row = ["1", "工地", "扬尘", "查工地", "b", "现场检查", 12.0, 46082, "2026年3月31日", "一大队"]
    entry = read(book([head, row], "随便"), plan.label, plan.columns).entries[0]
    assert (entry["count"], entry["begins"], entry["ends"]) == (12, "2026-03-01", "2026-03-31")


def test_merged_cells_are_refused_by_row() -> None:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for row in (HEAD, ["1", "甲", "乙", "丙"], ["2", "甲", "乙", "丙"], ["3", "甲", "乙", "丙"]):
        sheet.append(row)
    sheet.merge_cells("B2:B3")
    reading = read(saved(made), ITEMS.label, ITEMS.columns)
    assert [(item.row, item.code) for item in reading.problems] == [(2, "row-merged"), (3, "row-merged")]
    assert [row["code"] for row in reading.entries] == ["3"]


def test_duplicates_are_reported_with_the_first_row() -> None:
    reading = items(["1", "甲", "乙", "丙"], ["1", "丁", "乙", "丙"])
    assert [item.message for item in reading.problems] == ["编码“1”与第2行重复。"] and len(reading.entries) == 1


def _bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/workbook.xml", b"<x/>")
        parts.writestr("xl/worksheets/sheet1.xml", b" " * (201 << 20))
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (lambda: b"", "sheet-empty-file"),
        (lambda: b"x" * ((20 << 20) + 1), "sheet-too-large"),
        ("编码,名称".encode, "sheet-not-xlsx"),
        (lambda: b"%PDF-1.7", "sheet-not-xlsx"),
        (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 600, "sheet-old-format"),
        (_bomb, "sheet-bomb"),
        (lambda: book([["姓名", "年龄"], ["甲", 3]]), "sheet-wrong"),
        (lambda: book([HEAD[:3]]), "sheet-columns-missing"),
        (lambda: book([[*HEAD, "依据"], ["1"]]), "sheet-columns-twice"),
        (lambda: book([HEAD]), "sheet-no-rows"),
        (lambda: book([HEAD, ["1", "甲", "乙", "丙"]])[:-200], "sheet-not-xlsx"),
    ],
)
def test_a_file_that_is_no_such_list_is_refused_as_a_whole(data: Callable[[], bytes], code: str) -> None:
    with pytest.raises(SheetRefused) as caught:
        read(data(), ITEMS.label, ITEMS.columns)
    assert caught.value.code == code and caught.value.message.endswith("。")


def test_a_text_that_looks_like_a_formula_stays_a_text() -> None:
    row = {**GOOD, "name": "=HYPERLINK(1)"}
    sheet = load_workbook(io.BytesIO(write(ITEMS.label, ITEMS.columns, [row])))[ITEMS.label]
    assert sheet["B2"].data_type == "s"
    assert "'=HYPERLINK(1)" in sheets.export_csv(ITEMS.columns, [row])
