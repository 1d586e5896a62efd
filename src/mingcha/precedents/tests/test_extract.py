"""The extractor on made-up letters: each field, odd layouts, hostile text."""

import datetime as dt
import inspect
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mingcha.precedents import extract as package
from mingcha.precedents.extract import KINDS, Citation, extract
from mingcha.precedents.extract.amounts import numeral

LETTER = """          明水区综合行政执法局
            行政处罚决定书
          明综执罚〔2026〕12 号

当事人：明水区晴川百货有限公司
主体资格证照名称：《营业执照》
统一社会信用代码（注册号）：91110105MA01ABCD3X
住所（住址）：明水区河畔路 8 号
法定代表人：某某
  2026 年 3 月 2 日，本局收到举报，称当事人货架上的商品没有标价。2026 年 3 月 5 日立案，
案号明综执立〔2026〕9 号。经查，当事人违法所得 872 元。
  本局于 2026 年 4 月 1 日送达《行政处罚告知书》（明综执告〔2026〕12 号），拟作出如下处罚：罚款 9999 元。
  本局认为，当事人的行为违反了《中华人民共和国价格法》第十三条第一款“经营者应当标价，违者处 5 万元以下的罚
                     1
款”和《明码标价和禁止价格欺诈规定》第五条的规定。依据《中华人民共和国价格法》第四十二条、《价格违法行为行政
处罚规定》第十三条第（一）项的规定，决定对当事人处罚如下：
1、警告；2、没收违法所得人民币捌佰柒拾贰元（¥872.00）；3、{fine}。{total}
  当事人应当自收到本处罚决定书之日起十五日内缴纳罚款。逾期不缴纳的，每日按罚款数额的百分之三加处罚款，
依据《中华人民共和国行政处罚法》第七十二条执行。
          明水区综合行政执法局
             （印 章）
            {date}
本文书一式三份，一份送达，一份归档。
"""


def letter(fine: str = "罚款 2,616 元", date: str = "2026 年 4 月 12 日", total: str = "") -> str:
    return LETTER.format(fine=fine, date=date, total=total)


def test_every_field_of_an_ordinary_letter():
    found = extract(letter())
    assert found.document_number == "明综执罚〔2026〕12号"
    assert found.party == "明水区晴川百货有限公司"
    assert found.uscc == "91110105MA01ABCD3X"
    assert found.authority == "明水区综合行政执法局"
    assert found.date == dt.date(2026, 4, 12)
    assert found.violated == (
        Citation("中华人民共和国价格法", 13, 1),
        Citation("明码标价和禁止价格欺诈规定", 5),
    )
    assert found.applied == (
        Citation("中华人民共和国价格法", 42),
        Citation("价格违法行为行政处罚规定", 13, None, 1),
    )
    assert found.penalties == ("warning", "fine", "confiscate-gains")
    assert (found.fine, found.confiscated) == (261600, 87200)


def test_json_has_yuan_as_text_and_iso_dates():
    shown = extract(letter(fine="罚款人民币贰仟陆佰壹拾陆元伍角")).as_json()
    assert json.loads(json.dumps(shown)) == shown
    assert shown["fine"] == "2616.50"
    assert shown["date"] == "2026-04-12"
    assert shown["applied"][1] == {"law": "价格违法行为行政处罚规定", "article": 13, "paragraph": None, "item": 1}
    assert shown["penalties"][0] == {"code": "warning", "name": "警告"}


def test_the_law_names_thirteen_kinds():
    assert len(KINDS) == 13


@pytest.mark.parametrize(
    ("written", "fen"),
    [
        ("罚款2616元", 261600),
        ("处罚款7.6元", 760),
        ("处以 58,442.05 元的罚款", 5844205),
        ("罚款人民币伍万圆整", 5000000),
        ("罚款壹万零伍元零叁分", 1000503),
        ("罚款叁拾贰元伍角", 3250),
        ("罚款十五元", 1500),
        ("罚款2.45万元", 2450000),
        ("罚款1.5亿元", 15000000000),
        ("处违法所得0.5倍（58442元）的罚款", 5844200),
        ("处以违法所得1.5倍罚款，罚款金额为72855元", 7285500),
        ("处违法所得1倍的罚款1799元", 179900),
        ("罚款：人民币３１６．８元", 31680),
        ("罚款7313.61", 731361),
    ],
)
def test_ways_to_write_a_fine(written, fen):
    assert extract(letter(fine=written)).fine == fen


def test_a_total_is_no_further_fine():
    found = extract(letter(total="以上罚没款合计3488元。"))
    assert (found.fine, found.confiscated) == (261600, 87200)


def test_acts_punished_one_by_one_add_up_and_a_restatement_does_not():
    once = letter(fine="罚款 400 元。当事人另一行为未经检定，决定对当事人作出以下行政处罚：罚款 600 元")
    assert extract(once).fine == 100000
    again = letter(fine="罚款 400 元。综上，决定处罚如下：1、没收违法所得872元；2、罚款 450 元")
    assert extract(again).fine == 45000


def test_a_rate_per_piece_is_not_the_fine():
    assert extract(letter(fine="每套商品房处以500元罚款，12套商品房合计罚款6000元")).fine == 600000


@pytest.mark.parametrize(
    "written", ["二〇二六年四月十二日", "二○二六年四月十二日", "2026年4月12日2026年4月13日", "2026-04-12"]
)
def test_ways_to_write_the_date(written):
    assert extract(letter(date=written)).date == dt.date(2026, 4, 12)


def test_a_blank_date_line_is_not_filled_from_the_facts():
    assert extract(letter(date="年  月  日")).date is None


def test_a_masked_party_is_none_and_a_partly_masked_one_stays_as_written():
    assert extract(letter().replace("明水区晴川百货有限公司", "******")).party is None
    assert extract(letter().replace("明水区晴川百货有限公司", "明水区**百货有限公司")).party == "明水区**百货有限公司"


def test_party_wrapped_over_two_lines_and_label_on_the_same_line():
    wrapped = letter().replace("明水区晴川百货有限公司\n", "明水区晴川百货有限\n公司 ")
    assert extract(wrapped).party == "明水区晴川百货有限公司"


@pytest.mark.parametrize(
    "number",
    [
        "明综执罚[2026]12号",
        "（明）综执罚〔2026〕12号",
        "明综执罚【2026】第W012号",
        "明综执罚〔2026〕09-12号",
        "明综执处字（2026）12号",
    ],
)
def test_document_numbers(number):
    assert extract(letter().replace("明综执罚〔2026〕12 号", number)).document_number == number


def test_authority_from_the_seal_when_the_head_is_garbage():
    text = letter().replace("          明水区综合行政执法局\n            行政处罚决定书\n", "书书书书书\n书书\n", 1)
    assert extract(text).authority == "明水区综合行政执法局"


def test_goods_and_money_are_told_apart():
    found = extract(letter(fine="没收超过有效期的糕点 12 袋"))
    assert found.penalties == ("warning", "confiscate-gains", "confiscate-property")
    assert found.fine is None


@pytest.mark.parametrize(
    ("text", "value"), [("壹万伍仟", 15000), ("二〇二三", 2023), ("十五", 15), ("叁亿零贰拾", 300000020), ("甲", None)]
)
def test_numerals(text, value):
    assert numeral(text) == value


def test_the_index_is_no_input():
    assert list(inspect.signature(extract).parameters) == ["text"]
    for module in (package, package.citations, package.header, package.operative, package.reading, package.amounts):
        source = inspect.getsource(module)
        assert "处罚内容" not in source and "agreement import" not in source and '["index"]' not in source


@given(
    st.text(max_size=400)
    | st.text(alphabet="当事人：罚款没收决定如下违反《》第一条〔2026〕号元万壹“”。\n 日年月", max_size=400)
)
@settings(max_examples=150, deadline=None)
def test_any_text_gives_an_answer(text):
    json.dumps(extract(text).as_json()).encode()


@pytest.mark.parametrize(
    "unit",
    [
        "违反《价格法》第一条",
        "处罚如下：罚款1元",
        "收到本决定书之日起15日",
        "市监〔2020〕",
        "壹",
        "当事人：",
        "“",
        "\x00",
        "市\n",
    ],
)
def test_hostile_repetition_stays_linear(unit):
    started = time.process_time()
    extract(unit * (200_000 // len(unit)))
    # Quadratic behaviour would take minutes at this size.
    assert time.process_time() - started < 10
