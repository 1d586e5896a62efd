"""Chinese numerals of articles (条文序号), pure: 一百零一 ↔ 101."""

from __future__ import annotations

_DIGITS = "零一二三四五六七八九"
_VALUES = {sign: value for value, sign in enumerate(_DIGITS)} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
NUMERAL = "[0-9〇零一二三四五六七八九两十百千]+"


def to_chinese(value: int) -> str:
    """1 ≤ value < 10000 as statutes write it. Raises ValueError."""
    if not 0 < value < 10000:
        raise ValueError(value)
    text, gap = "", False
    for unit, size in (("千", 1000), ("百", 100), ("十", 10), ("", 1)):
        digit = value // size % 10
        if not digit:
            gap = bool(text)
            continue
        if gap:
            text += "零"
        text += unit if unit == "十" and digit == 1 and not text else _DIGITS[digit] + unit
        gap = False
    return text


def from_chinese(text: str) -> int:
    """The value of 五十八, 一百零一, 二〇 or 58. Raises ValueError for anything else."""
    if text.isascii() and text.isdigit():
        return int(text)
    if not text or set(text) - set(_VALUES) - set(_UNITS):
        raise ValueError(text)
    if not set(text) & set(_UNITS):
        return int("".join(str(_VALUES[sign]) for sign in text))
    total, digit, smallest = 0, 0, 10000
    for sign in text:
        if sign in _UNITS:
            size = _UNITS[sign]
            if size >= smallest or (not digit and (size != 10 or total)):
                raise ValueError(text)
            total += (digit or 1) * size
            digit, smallest = 0, size
        elif digit:
            raise ValueError(text)
        else:
            digit = _VALUES[sign]
    return total + digit
