"""Money in integer 分 (fen): printing, reading, Chinese capital numerals."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_SMALL = ("", "拾", "佰", "仟")
_LARGE = ("", "万", "亿", "万亿")


def yuan(fen: int) -> str:
    """¥-less figure with thousands separators: 2000000 → '20,000.00'."""
    return f"{fen // 100:,}.{fen % 100:02d}"


def parse_yuan(text: str) -> int:
    """A figure in yuan, at most two decimals, as fen. Raises ValueError for anything else."""
    try:
        value = Decimal(text.strip().replace(",", "").replace("，", ""))
    except InvalidOperation:
        raise ValueError("not a figure") from None
    fen = value * 100
    if not value.is_finite() or fen != fen.to_integral_value() or not 0 <= fen <= 10**15:
        raise ValueError("not an amount in yuan")
    return int(fen)


def capitals(fen: int) -> str:
    """Chinese capital numerals of an amount: 2000000 → '贰万元整'."""
    if fen < 0 or fen >= 10**18:
        raise ValueError("amount out of range")
    whole, rest = divmod(fen, 100)
    text = f"{_whole(whole)}元" if whole or not rest else ""
    jiao, cents = divmod(rest, 10)
    if not rest:
        return text + "整"
    if jiao:
        text += _DIGITS[jiao] + "角"
    elif whole:
        text += "零"
    return text + (_DIGITS[cents] + "分" if cents else "整")


def _whole(value: int) -> str:
    if value == 0:
        return "零"
    groups: list[int] = []
    while value:
        value, group = divmod(value, 10000)
        groups.append(group)
    text, gap = "", False
    for place in range(len(groups) - 1, -1, -1):
        group = groups[place]
        if not group:
            gap = bool(text)
            continue
        if text and (gap or group < 1000):
            text += "零"
        text += _group(group) + _LARGE[place]
        gap = False
    return text


def _group(value: int) -> str:
    text, gap = "", False
    for place in range(3, -1, -1):
        digit = value // 10**place % 10
        if not digit:
            gap = bool(text)
            continue
        text += ("零" if gap else "") + _DIGITS[digit] + _SMALL[place]
        gap = False
    return text
