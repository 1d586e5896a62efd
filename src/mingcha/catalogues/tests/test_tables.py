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


UNPUNISHED = """
序号   类别        违法行为                违反条款                   不予处罚的情节
                                                  同时满足下列情形的，不予行政处罚：
           未按时清扫责任区       《明水区市容管理办法》第八条第二款 责任人应当     （1）属于首次违法；
1
                          按时清扫。                    （2）当场改正，没有危
                                                  害后果。

     市容     占用道路晾晒         《明水区市容管理办法》第九条 不得占道晾晒。     同时满足下列情形的，依法可以不予行政
2                                                 处罚：（1）首次违法，24 小时内改正，危
                                    1
序号   类别        违法行为                违反条款                   不予处罚的情节
                                                  害后果轻微。

3          宠物便溺没有清理       《明水区市容管理办法》第十条 应当及时清理。      有下列情形之一的，不予行政处罚：当场清理。
     备注     一、首次违法按照行政处罚法认定。
"""


@pytest.mark.shared
def test_a_list_of_what_goes_unpunished_is_taken_apart_and_a_page_that_does_not_add_up_is_named(
    shared: Path | None,
) -> None:
    reading = read(UNPUNISHED.encode(), "x.txt")
    assert reading.problems == [] and [row["code"] for row in reading.entries] == ["不罚-01", "不罚-02", "不罚-03"]
    first, second, third = reading.entries
    assert (first["name"], first["grade"]) == ("未按时清扫责任区", "none")
    assert first["basis"] == "《明水区市容管理办法》第八条第二款　责任人应当按时清扫。"
    assert first["circumstance"].endswith("（1）属于首次违法；（2）当场改正，没有危害后果。")
    # The cell runs over the end of the page; a freedom to punish is told apart from a duty not to.
    assert second["circumstance"].endswith("24小时内改正，危害后果轻微。") and second["standard"].startswith("可以不予")
    assert third["standard"].startswith("不予") and "认定" in reading.notes[-1]
    broken = read(UNPUNISHED.replace("3          宠物", "           宠物").encode(), "x.txt")
    assert len(broken.entries) == 2 and "第2页的序号、条款和情节对不上" in "".join(broken.notes)
    file = shared / "discretion" / "guangdong_eco_no_penalty_list.txt" if shared else None
    if file is None or not file.is_file():
        warnings.warn("no shared list of what goes unpunished: the made-up one alone", stacklevel=1)
        return
    real = read(file.read_bytes(), "x.txt")
    assert real.problems == [] and [int(row["code"][-2:]) for row in real.entries] == list(range(1, 21))
    assert all(re.match(r"《[^》]+》第.+条", row["basis"]) for row in real.entries)
    assert all(row["circumstance"][-1] in "。；" for row in real.entries)
