"""Input checks: identity numbers, credit codes, text."""

import csv
import warnings

import pytest

from mingcha.common.checks import Check, id_number_valid, uscc_valid
from mingcha.common.errors import InvalidInput


def with_check_digit(body: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


def credit_code(body: str) -> str:
    signs = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(signs.index(sign) * pow(3, place, 31) for place, sign in enumerate(body))
    return body + signs[(31 - total % 31) % 31]


def test_identity_number_of_a_region_that_no_table_knows():
    # The library's own check raised KeyError for this one.
    assert id_number_valid(with_check_digit("33999919920413810")) is True
    assert id_number_valid("339999199204138105") == (with_check_digit("33999919920413810")[-1] == "5")


@pytest.mark.parametrize("body", ["11999919900101001", "51999920000229002", "33999919561231999"])
def test_identity_number_with_date_and_check_digit(body):
    number = with_check_digit(body)
    assert id_number_valid(number)
    assert id_number_valid(number.lower())
    for other in set("0123456789X") - {number[-1]}:
        assert not id_number_valid(body + other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "X" * 18,
        with_check_digit("11999919900230001"),  # 30 February
        with_check_digit("11999919901301001"),  # month 13
        with_check_digit("11999900000101001"),  # year 0
        with_check_digit("01999919900101001"),  # no region begins with 0
        with_check_digit("11999919900101001")[:-1],
        with_check_digit("11999919900101001") + "1",
        "１１９９９９19900101001X",
        "11999919900101001²",
    ],
)
def test_no_identity_number(text):
    assert id_number_valid(text) is False


def test_credit_codes():
    good = credit_code("91990100MA0000001")
    assert uscc_valid(good)
    for place in range(len(good)):
        swapped = good[:place] + ("2" if good[place] != "2" else "3") + good[place + 1 :]
        assert not uscc_valid(swapped), place
    for text in ("", "1", good[:-1], good + "0", "9199010OMA0000001I", "一" * 18):
        assert not uscc_valid(text)


@pytest.mark.shared
def test_real_credit_codes(shared):
    if shared is None:
        warnings.warn("uscc_from_samr.tsv: absent, credit codes checked on made-up ones", stacklevel=1)
        rows = [(credit_code("91990100MA0000001"), "True"), ("035115130524713051", "False")]
    else:
        with (shared / "regions" / "uscc_from_samr.tsv").open(encoding="utf-8") as lines:
            rows = [(row["uscc"], row["gb32100_valid"]) for row in csv.DictReader(lines, delimiter="\t")]
    wrong = [code for code, valid in rows if uscc_valid(code) != (valid == "True")]
    assert wrong == []
    assert sum(valid == "False" for _, valid in rows) == (11 if shared else 1)


@pytest.mark.parametrize("char", ["\0", "\x0b", "\x7f", "\u200b", "\u202e", "\ufeff", "\ud800", "\udfff"])
def test_text_with_characters_that_nobody_sees(char):
    check = Check()
    check.text("name", f"明水{char}区", "名称")
    with pytest.raises(InvalidInput) as caught:
        check.done()
    assert caught.value.code == "invalid-input"
    assert "控制字符" in caught.value.fields["name"][0]


def test_text_is_trimmed_normal_and_limited():
    check = Check()
    assert check.text("a", "  e\u0301\r\nb\t ", "甲") == "é\nb"
    check.text("b", "字" * 201, "乙")
    check.text("c", " \n ", "丙")
    check.text("d", 5, "丁")
    assert check.text("e", None, "戊", required=False) == ""
    assert sorted(check.errors) == ["b", "c", "d"]


def test_amounts_are_whole_fen():
    check = Check()
    assert check.amount("a", 100, "金额") == 100
    for name, value in {"b": True, "c": 1.5, "d": -1, "e": 0, "f": "100", "g": 10**15 + 1}.items():
        check.amount(name, value, "金额")
    assert sorted(check.errors) == list("bcdefg")
