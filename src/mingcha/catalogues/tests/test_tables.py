"""Lists from CSV and JSON, by function and by command; a real discretion standard where the shared data are at hand."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client

from mingcha.accounts.queries import actor_named
from mingcha.catalogues import actions, grids, queries, tables
from mingcha.catalogues.commands import list_command
from mingcha.catalogues.models import Draft
from mingcha.catalogues.schemas import schema
from mingcha.catalogues.sheets import SheetRefused
from mingcha.common.errors import MingchaError

GOOD = {
    "code": "7-9", "name": "车辆带泥上路", "circumstance": "污染路面不足10平方米", "plain": "带泥不多的少罚", "grade": "从轻",
    "basis": "《明水区市容管理办法》第九条", "standard": "五百元以上一千元以下", "least": "500", "most": "1000",
}  # fmt: skip


# In the shape of a printed standard: a cell is known by its place alone.
MADE_UP = """
  一、在道路上堆放物料
  §1.1 裁量标准
 违反条款     《明水区市容管理办法》第八条 不得在道路上堆放物料。
违法行为    裁量要素           违法程度        裁量权重
                裁量起点                 20%
在道路上    堆放时间            一日以下          0%
堆放物料                  三日以上，并且影
                                         30%
                          响交通
        堆放面积            十平方米以下         0%
                        十平方米以上         50%

  二、占用道路经营
  §1.2 裁量标准
 处罚依据     《明水区市容管理办法》第九条第一款 占用道路的，处罚款。
违法行为      区域类型     整改情况         罚款
                              100 万元以上
                      按时改正
占用道路      一般道路                  200 万元以下
经营                               200 万元以上
                      没有改正
                              300 万元以下
                              300 万元以上
          学校、医院     按时改正
                              400 万元以下
           周围                  400 万元以上
                      没有改正
                              500 万元以下
         造成重大影响的                 500 万元

  三、乱贴广告
  §1.3 裁量标准
违法行为    裁量要素           违法程度        裁量权重
                裁量起点                 20%
乱贴广告    张贴数量            十张以下          0%
                        十张以上          50%

  四、乱倒垃圾
  §1.4 裁量标准
违法行为    违法程度       罚款
乱倒垃圾    少量         由机关酌情决定
        大量         由机关酌情决定
"""


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


@pytest.mark.shared
@pytest.mark.django_db
def test_a_real_standard_is_taken_apart_and_shown_as_tables(
    district: None, shared: Path | None, login: Callable[[str], Client], tmp_path: Path
) -> None:
    file = shared / "discretion" / "guangdong_eco_fine_tables_p1-117.txt" if shared else None
    if file is None or not file.is_file():
        warnings.warn("no shared discretion tables: made-up tables instead", stacklevel=1)
        file = tmp_path / "standard.txt"
        file.write_text(MADE_UP, "utf-8")
    done = run(file, "--replace", "--json")
    assert done.exit_code == 0, done.exception
    told = json.loads(done.output.splitlines()[-1])
    assert told["refused"] == 0 and told["rows"] == told["imported"]
    counted = re.search(
        r"共 (\d+) 张裁量表：(\d+) 张拆成因素、情形和幅度（(\d+) 行），(\d+) 张按原文保留", "".join(told["notes"])
    )
    assert counted
    tables_, split, lines, kept = map(int, counted.groups())
    assert tables_ == split + kept and told["rows"] == lines + kept
    if shared:
        assert tables_ == 111 and split >= 45 and lines >= 375
        # Each table that stays text is named with its reason.
        named = {code for note in told["notes"][1:] for code in re.findall(r"\d+\.\d+", note.partition("）：")[2])}
        assert len(named) == kept
    draft = queries.open_draft(actor_named("admin").organ_id, "discretion", "all")
    assert draft is not None
    rows = [row.data for row in queries.draft_entries(draft)]
    weights: dict[str, dict[str, int]] = {}
    for row in rows:
        if row.get("weight") is not None:
            factor = row["factors"][0].partition("：")[0]
            table = weights.setdefault(row["code"].rpartition("-")[0], {})
            table[factor] = max(table.get(factor, 0), row["weight"])
    assert weights and all(sum(table.values()) == 100 for table in weights.values())
    fines = [row for row in rows if row.get("most") is not None]
    assert fines and all(row["least"] <= row["most"] for row in fines)
    proposal = actions.submit(draft.id, actor=actor_named("admin"), basis="测试")
    page = login("admin").get(f"/in/lists/drafts/{draft.id}/").content.decode()
    assert proposal.round == 1
    assert 'data-label="罚款幅度"' in page or 'data-label="权重"' in page


def test_a_table_that_does_not_prove_itself_stays_text() -> None:
    first, second, third, fourth = grids.tables(MADE_UP)
    assert [row.weight for row in first.rows] == [20, 0, 30, 0, 50]
    assert first.rows[2].factors == ("堆放时间：三日以上，并且影响交通",)
    assert [(row.least, row.most) for row in second.rows] == [
        (100_000_000, 200_000_000), (200_000_000, 300_000_000), (300_000_000, 400_000_000), (400_000_000, 500_000_000),
        (500_000_000, 500_000_000),
    ]  # fmt: skip
    assert second.rows[1].factors == ("区域类型：一般道路", "整改情况：没有改正")
    assert second.rows[2].factors == ("区域类型：学校、医院周围", "整改情况：按时改正")
    assert second.rows[4].factors == ("造成重大影响的",)
    assert second.basis == "《明水区市容管理办法》第九条第一款"
    assert third.rows == () and "百分之百" in third.why and "五成" not in third.text and "50%" in third.text
    assert fourth.rows == () and "幅度" in fourth.why
    shown = grids.grids(grids.entries(MADE_UP)[0])
    assert [grid.heads for grid in shown] == [("裁量因素", "情形", "权重"), ("区域类型", "整改情况", "罚款幅度")]
    assert shown[1].labelled[0][2] == ("罚款幅度", "罚款100万元以上200万元以下")
