"""Amounts (金额) in letters: figures, 万元, Chinese numerals in both scripts, capital forms; always fen."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

_DIGITS = ("零〇", "一壹", "二贰两貳", "三叁叄", "四肆", "五伍", "六陆陸", "七柒", "八捌", "九玖")
_DIGIT = {char: value for value, chars in enumerate(_DIGITS) for char in chars}
_SMALL = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_LARGE = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
_NUMERAL = "".join([*_DIGIT, *_SMALL, *_LARGE])

# One amount. Groups: figure and unit, or numeral with 角 and 分.
AMOUNT = (
    r"(?:人民币|RMB|大写|[:：¥￥]){0,3}"
    r"(?:(?P<figure>\d{1,3}(?:[,，]\d{3}){1,4}(?:\.\d{1,6})?|\d{1,15}(?:\.\d{1,8})?)(?P<unit>万|亿)?(?:元|圆)"
    rf"|(?P<whole>[{_NUMERAL}]{{1,24}})(?:元|圆)(?:(?P<jiao>[{_NUMERAL}])角)?(?:零?(?P<cents>[{_NUMERAL}])分)?)"
)
MOST_FEN = 10**17


def numeral(text: str) -> int | None:
    """A Chinese numeral as an integer: 壹万伍仟 → 15000, 二〇二三 → 2023, 十五 → 15. None where it is none."""
    if not text or any(char not in _DIGIT and char not in _SMALL and char not in _LARGE for char in text):
        return None
    if all(char in _DIGIT for char in text):
        return int("".join(str(_DIGIT[char]) for char in text))
    total = section = digit = 0
    for char in text:
        if char in _DIGIT:
            digit = _DIGIT[char]
        elif char in _SMALL:
            section += (digit or 1) * _SMALL[char]
            digit = 0
        else:
            section = (section + digit) * _LARGE[char]
            if _LARGE[char] == 10**8:
                total, section = (total + section), 0
            else:
                total, section = total + section, 0
            digit = 0
    return total + section + digit


def fen_of(match: re.Match[str]) -> int | None:
    """The amount of a match of `AMOUNT` in fen; None for fractions of a fen and absurd sizes."""
    if match["figure"]:
        try:
            value = Decimal(match["figure"].replace(",", "").replace("，", ""))
        except InvalidOperation:
            return None
        fen = value * 100 * {"万": 10**4, "亿": 10**8}.get(match["unit"] or "", 1)
        if fen != fen.to_integral_value() or fen > MOST_FEN:
            return None
        return int(fen)
    whole = numeral(match["whole"])
    if whole is None or whole * 100 > MOST_FEN:
        return None
    return whole * 100 + (numeral(match["jiao"] or "零") or 0) * 10 + (numeral(match["cents"] or "零") or 0)
