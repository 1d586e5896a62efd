"""Money, canonical bytes, digests."""

import datetime as dt
import hashlib
import itertools
import json
import uuid
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingcha.common.canonical import canonical, digest, plain
from mingcha.common.money import capitals, parse_yuan, yuan


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (0, "零元整"),
        (1, "壹分"),
        (10, "壹角整"),
        (100, "壹元整"),
        (101, "壹元零壹分"),
        (110, "壹元壹角整"),
        (1000, "壹拾元整"),
        (10100, "壹佰零壹元整"),
        (2_000_000, "贰万元整"),
        (100_010_000, "壹佰万零壹佰元整"),
        (1_000_000_000, "壹仟万元整"),
        (1_000_000_100, "壹仟万零壹元整"),
        (10_000_000_100, "壹亿零壹元整"),
        (1_234_567_89, "壹佰贰拾叁万肆仟伍佰陆拾柒元捌角玖分"),
        (12_050_000, "壹拾贰万零伍佰元整"),
    ],
)
def test_capital_numerals(fen, text):
    assert capitals(fen) == text


def read_capitals(text: str) -> int:
    """Capital numerals read back digit by digit: another way than they were written."""
    digits = "零壹贰叁肆伍陆柒捌玖"
    whole, found, rest = text.removesuffix("整").partition("元")
    if not found:
        whole, rest = "", whole
    total = section = digit = 0
    for sign in whole:
        if sign in digits:
            digit = digits.index(sign)
        elif sign in "拾佰仟":
            section += digit * {"拾": 10, "佰": 100, "仟": 1000}[sign]
            digit = 0
        elif sign == "万":
            total, section, digit = total + (section + digit) * 10**4, 0, 0
        else:
            total, section, digit = (total + section + digit) * 10**8, 0, 0
    fen = (total + section + digit) * 100
    for sign, unit in itertools.pairwise(rest):
        if unit in "角分":
            fen += digits.index(sign) * (10 if unit == "角" else 1)
    return fen


@given(st.integers(0, 10**14 - 1))
def test_capital_numerals_read_back(fen):
    assert read_capitals(capitals(fen)) == fen
    assert "零零" not in capitals(fen)


@pytest.mark.parametrize("fen", [-1, 10**18])
def test_no_capitals_out_of_range(fen):
    with pytest.raises(ValueError, match="range"):
        capitals(fen)


@given(st.integers(0, 10**15))
def test_yuan_reads_back(fen):
    assert parse_yuan(yuan(fen)) == fen


@pytest.mark.parametrize("text", ["", "abc", "1.234", "-1", "NaN", "Infinity", "1e30", "１２ 元"])
def test_no_yuan(text):
    with pytest.raises(ValueError, match=r"figure|amount"):
        parse_yuan(text)


def test_canonical_bytes():
    value = {"b": 1, "a": [True, None, "明"], "c": {"z": "", "y": 2}}
    assert canonical(value) == '{"a":[true,null,"明"],"b":1,"c":{"y":2,"z":""}}'.encode()
    assert digest(value) == hashlib.sha256(canonical(value)).hexdigest()
    assert digest({"b": 1, "a": 2}) == digest({"a": 2, "b": 1})
    assert digest({"a": 1}) != digest({"a": "1"})


@given(st.dictionaries(st.text(), st.one_of(st.integers(), st.text(), st.booleans(), st.none())))
def test_canonical_reads_back(value):
    assert json.loads(canonical(value)) == value
    plain_json = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert canonical(value) == plain_json.encode()


def test_plain_values():
    moment = dt.datetime(2026, 9, 14, 9, 0, 0, 123456, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    assert plain(moment) == "2026-09-14T01:00:00.123Z"
    assert plain(dt.date(2026, 9, 14)) == "2026-09-14"
    assert plain(uuid.UUID(int=1)) == "00000000-0000-0000-0000-000000000001"
    assert plain(Decimal("1.50")) == "1.50"
    assert plain({2, 1}) == [1, 2]
    assert plain((2, 1)) == [2, 1]


@pytest.mark.parametrize("value", [1.0, {"a": [float("nan")]}, b"x", object()])
def test_no_canonical_form(value):
    with pytest.raises(TypeError):
        canonical(value)
