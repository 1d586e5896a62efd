"""Lists from CSV and JSON, by function and by command; a real discretion standard where the shared data are at hand."""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mingcha.accounts.queries import actor_named
from mingcha.catalogues import queries, tables
from mingcha.catalogues.commands import list_command
from mingcha.catalogues.models import Draft
from mingcha.catalogues.schemas import schema
from mingcha.catalogues.sheets import SheetRefused
from mingcha.common.errors import MingchaError

GOOD = {
    "code": "7-9", "name": "车辆带泥上路", "circumstance": "污染路面不足10平方米", "plain": "带泥不多的少罚", "grade": "从轻",
    "basis": "《明水区市容管理办法》第九条", "standard": "五百元以上一千元以下", "least": "500", "most": "1000",
}  # fmt: skip


def read(data: Any, name: str = "x.json") -> tables.Reading:
    raw = data if isinstance(data, bytes) else json.dumps(data, ensure_ascii=False).encode()
    found = schema("discretion")
    return tables.read(raw, name, found.label, found.columns)


def test_json_names_columns_by_name_or_label() -> None:
    labelled = {
        **{name: value for name, value in GOOD.items() if name not in ("code", "least")},
        "编码": "7-8",
        "罚款下限（元）": "300.50",
    }
    reading = read({"entries": [GOOD, labelled]})
    assert reading.problems == [] and [row["code"] for row in reading.entries] == ["7-9", "7-8"]
    assert (reading.entries[0]["least"], reading.entries[1]["least"], reading.entries[0]["grade"]) == (
        50_000,
        30_050,
        "lighter",
    )


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_csv_reports_each_refused_field(encoding: str) -> None:
    found = schema("discretion")
    head = [column.label for column in found.columns]
    rows = [[GOOD.get(column.name, "") for column in found.columns] for _ in range(3)]
    rows[1][0], rows[2][0] = "7-10", "7-11"
    rows[1][head.index("裁量等级")] = "随便"
    rows[2][head.index("处罚依据")] = ""
    text = "\n".join(",".join(f'"{cell}"' for cell in row) for row in [head, *rows])
    reading = read(text.encode(encoding), "x.csv")
    assert len(reading.entries) == 1 and reading.rows == 3
    assert [(row.row, row.field) for row in reading.problems] == [(3, "裁量等级"), (4, "处罚依据")]


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"{", "x.json", "sheet-unreadable"), (b"[" * 100_000, "x.json", "sheet-unreadable"), (b"[]", "x.json", "sheet-no-rows"),
        (b'["a"]', "x.json", "sheet-wrong"), (b"\xff\xff\xff", "x.csv", "sheet-unreadable"), (b"a", "x.doc", "sheet-unknown-format"),
        (b"not a sheet", "x.xlsx", "sheet-not-xlsx"),
    ],
)  # fmt: skip
def test_what_is_no_list_is_refused(data: bytes, name: str, code: str) -> None:
    with pytest.raises(SheetRefused) as refused:
        read(data, name)
    assert refused.value.code == code


def run(file: Path, *more: str) -> Any:
    return CliRunner().invoke(list_command, [str(file), "--kind", "discretion", "--as", "admin", *more])


@pytest.mark.django_db
def test_the_command_takes_good_rows_and_reports_the_others(district: None, tmp_path: Path) -> None:
    file, report = tmp_path / "x.json", tmp_path / "report.csv"
    file.write_text(json.dumps([GOOD, {**GOOD, "code": "7-10", "grade": "随便"}], ensure_ascii=False), "utf-8")
    refused = run(file, "--all-or-nothing")
    assert isinstance(refused.exception, MingchaError) and "什么都没有导入" in refused.exception.message
    assert not Draft.objects.filter(kind="discretion").exists()
    done = run(file, "--replace", "--report", str(report))
    assert done.exit_code == 0 and "导入草稿 1 条，不合格 1 行" in done.output
    assert "裁量等级" in report.read_text("utf-8")
    draft = queries.open_draft(actor_named("admin").organ_id, "discretion", "all")
    assert draft is not None and [row.code for row in queries.draft_entries(draft)] == ["7-9"]


_HEADING = re.compile(r"^\s{0,12}([一二三四五六七八九十]{1,3})、(\S.*)$")
_BOUND = re.compile(r"处([一二三四五六七八九十百千万]+)元以上([一二三四五六七八九十百千万]+)元以下")


def sections(text: str) -> list[dict[str, str]]:
    """One entry for each violation of the real tables: its heading, the provision quoted, the table as it stands."""
    body = text[text.index("§1.1") :] if "§1.1" in text else text[text.rindex("......") :]
    found: list[dict[str, str]] = []
    for line in body.splitlines():
        match = _HEADING.match(line)
        if match and "....." not in line:
            found.append({"name": match[2].strip(), "text": ""})
        elif found:
            found[-1]["text"] += line.strip() + "\n"
    rows = []
    for place, row in enumerate(found, 1):
        if _BOUND.search(row["text"].replace("\n", "")):
            rows.append(
                {
                    "code": f"S{place}", "name": row["name"][:300], "circumstance": "按裁量表各因素", "plain": row["name"][:200],
                    "grade": "一般", "basis": row["text"][:1500], "standard": row["text"][:2000],
                }
            )  # fmt: skip
    return rows


@pytest.mark.shared
@pytest.mark.django_db
def test_a_real_standard_is_imported_by_the_command(district: None, shared: Path | None, tmp_path: Path) -> None:
    file = shared / "discretion" / "guangdong_eco_fine_tables_p1-117.txt" if shared else None
    if file is not None and file.is_file():
        rows = sections(file.read_text("utf-8"))
        assert len(rows) > 50
    else:
        warnings.warn("no shared discretion tables: made-up rows instead", stacklevel=1)
        rows = [{**GOOD, "code": f"S{n}"} for n in range(60)]
    rows[3] = {**rows[3], "grade": "酌情"}
    rows[7] = {**rows[7], "name": ""}
    target = tmp_path / "standard.json"
    target.write_text(json.dumps(rows, ensure_ascii=False), "utf-8")
    done = run(target, "--replace", "--json")
    assert done.exit_code == 0, done.exception
    told = json.loads(done.output.splitlines()[-1])
    assert (told["rows"], told["imported"], told["refused"]) == (len(rows), len(rows) - 2, 2)
    assert [problem["row"] for problem in told["problems"]] == [4, 8]
