"""Agreement with the official index: its own parsing, and the real records where they are at hand."""

import datetime as dt
import gzip
import json
import warnings
from pathlib import Path

import pytest

from mingcha.precedents.extract import Extraction, extract
from mingcha.precedents.extract.agreement import FIELDS, compare, index_amounts, index_value

REAL = Path(__file__).parents[5] / "shared/data/decisions/samr_company_decisions.jsonl.gz"
MADE_UP = """明水区综合行政执法局
行政处罚决定书
明综执罚〔2026〕12号
当事人：晴川百货有限公司
本局决定处罚如下：罚款60元。
明水区综合行政执法局
2026年4月12日
"""
INDEX = {
    "处罚文书号": "明综执罚[2026]12 号",
    "当事人名称": "晴川百货有限公司",
    "处罚机关": "江南省明水市明水区综合行政执法局",
    "处罚日期": "2026/4/12",
    "处罚内容": "1；罚款陆拾元；",
}


@pytest.mark.parametrize(
    ("content", "fine", "confiscated"),
    [
        ("罚款金额40,734元；没收违法所得9,266元；行政处罚种类：罚款,没收违法所得；", (4073400,), (926600,)),
        ("1；罚款贰佰玖拾贰元伍角； 2；没收违法所得壹佰壹拾柒元。", (29250,), (11700,)),
        ("没收违法所得1.331979万元，罚款10.184958万元", (10184958,), (1331979,)),
        ("1.没收违法所得4.2元；2.罚款2000元。 以上罚没款合计2004.2元。", (200000,), (420,)),
        ("没收违法所得，可以并处五千元以下的罚款", (), ()),
        ("", (), ()),
    ],
)
def test_amounts_of_the_index(content, fine, confiscated):
    assert index_amounts(content) == {"fine": fine, "confiscated": confiscated}


def test_counts_and_causes():
    result = compare([("a", INDEX, MADE_UP, extract(MADE_UP))])
    counts = result.as_dict()
    assert {name: counts[name]["agree"] for name in FIELDS} == dict.fromkeys(FIELDS, 1) | {"confiscated": 0}
    assert counts["confiscated"]["raw_of"] == 0
    assert result.differences == []

    wrong = compare([("a", INDEX, MADE_UP, Extraction(party="别家公司", date=dt.date(2026, 4, 13)))])
    assert {d.field: d.counted for d in wrong.differences} == {name: True for name in FIELDS if name != "confiscated"}
    assert all(d.cause for d in wrong.differences)

    elsewhere = compare([("a", {**INDEX, "处罚日期": "2026/5/1"}, MADE_UP, extract(MADE_UP))])
    assert elsewhere.as_dict()["date"] == {"agree": 0, "of": 0, "raw_agree": 0, "raw_of": 1}
    assert [d.counted for d in elsewhere.differences] == [False]


def test_a_figure_of_the_facts_is_not_a_fine_that_the_letter_states():
    text = "当事人多收价款60元。本局决定给予警告。"
    assert compare([("a", INDEX, text, extract(text))]).fields["fine"].of == 0


def test_index_values():
    assert index_value(INDEX, "fine") == 6000
    assert index_value({**INDEX, "处罚日期": "2026年02月05日"}, "date") == dt.date(2026, 2, 5)
    assert index_value({**INDEX, "处罚日期": ""}, "date") is None


@pytest.mark.shared
def test_agreement_on_real_records():
    if not REAL.exists():
        warnings.warn(f"{REAL.name}: absent, agreement measured on one made-up record", stacklevel=1)
        records = [{"id": "a", "index": INDEX, "text": MADE_UP}]
    else:
        with gzip.open(REAL, "rt", encoding="utf-8") as lines:
            records = [json.loads(line) for line in lines]
    result = compare((r["id"], r["index"], r["text"], extract(r["text"])) for r in records)
    for name, counts in result.fields.items():
        if counts.of:
            assert counts.agree / counts.of >= 0.98, (
                name,
                [d for d in result.differences if d.field == name and d.counted],
            )
    if REAL.exists():
        assert {name: counts.of > 50 for name, counts in result.fields.items()} == dict.fromkeys(FIELDS, True)
