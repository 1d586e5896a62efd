"""Agreement (一致率) of extracted fields with the official index of the same records, each difference with its cause.

The index is read here only, and with a parser of its own: what the extractor believes about amounts must not decide
what the index says. Counted are records whose index value stands in the text (spaces and kinds of brackets ignored;
the authority also without a leading province or city); the raw agreement over all index values stands beside it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from mingcha.precedents.extract import Extraction

FIELDS = ("document_number", "party", "authority", "date", "fine", "confiscated")
_INDEX_NAMES = {"document_number": "处罚文书号", "party": "当事人名称", "authority": "处罚机关", "date": "处罚日期"}

_SPACES = re.compile(r"\s+")
_BRACKETS = str.maketrans({**dict.fromkeys("〔﹝[［【｛{(（《<〈", "("), **dict.fromkeys("〕﹞]］】｝})）》>〉", ")")})
_REGION = re.compile(
    r"^[\u4e00-\u9fff]{2,8}?(?:省|自治区|市|州|盟|地区)(?=(?!市场)[\u4e00-\u9fff]{1,9}?(?:[省县区旗州]|市(?!场)))"
)


@dataclass(frozen=True)
class Difference:
    """One record whose extracted value is not the index value, and why."""

    record: str
    field: str
    index: str
    extracted: str | None
    counted: bool
    cause: str


@dataclass
class FieldAgreement:
    """Counts of one field: `agree` of `of` where the index value stands in the text, raw ones over all."""

    agree: int = 0
    of: int = 0
    raw_agree: int = 0
    raw_of: int = 0

    def as_dict(self) -> dict[str, int]:
        return {"agree": self.agree, "of": self.of, "raw_agree": self.raw_agree, "raw_of": self.raw_of}


@dataclass
class Agreement:
    """The whole comparison."""

    fields: dict[str, FieldAgreement] = field(default_factory=lambda: {name: FieldAgreement() for name in FIELDS})
    differences: list[Difference] = field(default_factory=list)

    def as_dict(self) -> dict[str, dict[str, int]]:
        return {name: counts.as_dict() for name, counts in self.fields.items()}


def compare(records: Iterable[tuple[str, Mapping[str, str], str, Extraction]]) -> Agreement:
    """Agreement over (record id, index, text, extraction)."""
    result = Agreement()
    for record, index, text, extraction in records:
        told = _Told(text)
        for name in FIELDS:
            wanted = index_value(index, name)
            if wanted is None:
                continue
            got = getattr(extraction, name)
            stands = told.holds(name, wanted, index)
            same = _same(name, wanted, got)
            counts = result.fields[name]
            counts.raw_of += 1
            counts.raw_agree += same
            counts.of += stands
            counts.agree += same and stands
            if not same:
                shown = None if got is None else _show(got)
                cause = _cause(name, stands, got)
                result.differences.append(Difference(record, name, _show(wanted), shown, stands, cause))
    return result


class _Told:
    """What a letter's text holds, for the question whether an index value stands in it."""

    def __init__(self, text: str) -> None:
        self.squeezed = _plain(text)
        self.dates = _dates(text)
        self.amounts = {"fine": _amounts(text, "罚"), "confiscated": _amounts(text, "没收")}

    def holds(self, name: str, wanted: Any, index: Mapping[str, str]) -> bool:
        if name == "date":
            return wanted in self.dates
        if name in self.amounts:
            return all(part in self.amounts[name] for part in index_amounts(index.get("处罚内容", ""))[name])
        if name == "authority":
            return any(form in self.squeezed for form in _authority_forms(wanted))
        return _plain(wanted) in self.squeezed


def index_value(index: Mapping[str, str], name: str) -> Any:
    """The index's own value of a field: text, date, or fen; None where the index gives none."""
    if name in ("fine", "confiscated"):
        parts = index_amounts(index.get("处罚内容", ""))[name]
        return sum(parts) if parts else None
    raw = str(index.get(_INDEX_NAMES[name], "")).strip()
    if name != "date":
        return raw or None
    numbers = re.findall(r"\d+", raw)
    try:
        return dt.date(int(numbers[0]), int(numbers[1]), int(numbers[2])) if len(numbers) >= 3 else None
    except (ValueError, OverflowError):
        return None


_CAPITALS = "零壹贰叁肆伍陆柒捌玖"
_CAPITAL = rf"[{_CAPITALS}拾佰仟万亿]{{1,24}}元(?:[{_CAPITALS}]角)?(?:零?[{_CAPITALS}]分)?"
_MONEY = r"(?:人民币|金额|[:：¥￥]){0,3}(?:(\d[\d,]*(?:\.\d+)?)\s*(万元|元|圆|(?=[；;。，\n]|$))" + rf"|({_CAPITAL}))"
_INDEX_FINE = re.compile(
    rf"(?:罚款|行政处罚[:：])[^\d{_CAPITALS}；;。\n“”]{{0,16}}?{_MONEY}(?!以[上下])"
    rf"|(?<!\d)处(?:违法所得)?(?:[\d.]+倍)?[（(]?{_MONEY}[）)]?的罚款"
)
_INDEX_TAKEN = re.compile(r"没收[^\d罚；;。\n“”]{0,24}?" + _MONEY)
_INDEX_TOTALS = re.compile(
    r"“[^”]*”|以上罚没款[^。；\n]*|罚没[^。；\n]{0,10}(?:合计|共计|总计)[^；\n]*"
    r"|综上[^；\n]{0,4}(?:共计)?罚没款?[^；\n]*|(?:以上|上述)罚款[^。；\n]{0,10}(?:合计|共计|总计)[^。；\n]*"
)
_IN_CAPITALS = re.compile(r"[（(](?:大写|伍|壹|贰|叁)[^（）()]*[）)]")
_OPERATIVE = re.compile(r"(?:处理|处罚|决定)(?:如下|以下)[:：]|现责令")


def index_amounts(content: str) -> dict[str, tuple[int, ...]]:
    """Fines and confiscations in the index's free text, fen, item by item; totals and statute bounds left out."""
    own = _IN_CAPITALS.sub("", _INDEX_TOTALS.sub("", content))
    if re.search(r"以[上下]的?罚款", own):
        # The operative words come last; what stands before them in the same field quotes statutes.
        own = _OPERATIVE.split(own)[-1]
    return {"fine": _money_of(_INDEX_FINE, own), "confiscated": _money_of(_INDEX_TAKEN, own)}


def _money_of(pattern: re.Pattern[str], text: str) -> tuple[int, ...]:
    found = []
    for match in pattern.finditer(re.sub(r"[ \t]", "", text)):
        groups = match.groups()
        for figure, unit, capital in zip(groups[0::3], groups[1::3], groups[2::3], strict=True):
            if figure:
                found.append(int(Decimal(figure.replace(",", "")) * (1000000 if unit == "万元" else 100)))
            elif capital:
                found.append(_capital_fen(capital))
    return tuple(found)


def _capital_fen(text: str) -> int:
    """Capital numerals by another way than the extractor's: value of each digit by the units that follow it."""
    whole, _, rest = text.partition("元")
    yi, _, below = whole.rpartition("亿")
    wan, _, ones = below.rpartition("万")
    total = 0
    for block, scale in ((yi, 10**8), (wan, 10**4), (ones, 1)):
        for digit, unit in re.findall(r"([壹贰叁肆伍陆柒捌玖])([仟佰拾]?)", block):
            total += _CAPITALS.index(digit) * {"仟": 1000, "佰": 100, "拾": 10, "": 1}[unit] * scale
        if block.startswith("拾"):
            total += 10 * scale
    fen = total * 100
    for digit, unit in re.findall(r"([壹贰叁肆伍陆柒捌玖])([角分])", rest):
        fen += _CAPITALS.index(digit) * (10 if unit == "角" else 1)
    return fen


def _plain(text: str) -> str:
    return _SPACES.sub("", text).translate(_BRACKETS)


def _amounts(text: str, word: str) -> frozenset[int]:
    """Amounts in fen that the letter names in a sentence with `word` (罚, 没收), outside quoted statutes.

    The same figure elsewhere, gains of 1,315 yuan say, is not a fine of 1,315 yuan that the letter states.
    """
    own = re.sub(r"“[^“”]*”|《[^《》]*》", "", _SPACES.sub("", text))
    found: set[int] = set()
    for sentence in re.split(r"。", own):
        if word not in sentence:
            continue
        for figure, wan in re.findall(r"(?<![\d.])(\d[\d,，]*(?:\.\d+)?)(万)?[元圆](?!以[上下])", sentence):
            found.add(int(Decimal(re.sub("[,，]", "", figure)) * (1000000 if wan else 100)))
        for capital in re.findall(_CAPITAL, sentence):
            found.add(_capital_fen(capital))
    return frozenset(found)


_YEAR_DIGITS = {char: str(value) for value, char in enumerate("〇一二三四五六七八九")} | dict.fromkeys("○零O", "0")
_DATE = re.compile(
    r"([\d〇○零O一二三四五六七八九]{4})年([\d一二三四五六七八九十]{1,2})月([\d一二三四五六七八九十]{1,3})日"
)


def _dates(text: str) -> frozenset[dt.date]:
    found: set[dt.date] = set()
    for year, month, day in _DATE.findall(_SPACES.sub("", text)):
        try:
            number = int("".join(_YEAR_DIGITS.get(char, char) for char in year))
            found.add(dt.date(number, _small(month), _small(day)))
        except ValueError:
            continue
    return frozenset(found)


def _small(text: str) -> int:
    """A month or a day: 12, 十二, 二十."""
    if "十" not in text:
        return int("".join(_YEAR_DIGITS.get(char, char) for char in text))
    tens, _, units = text.partition("十")
    return int(_YEAR_DIGITS.get(tens, tens) or 1) * 10 + int(_YEAR_DIGITS.get(units, units) or 0)


def _authority_forms(name: str) -> list[str]:
    forms = [_plain(name)]
    for _ in range(2):
        shorter = _REGION.sub("", forms[-1])
        if shorter == forms[-1]:
            break
        forms.append(shorter)
    return forms


def _same(name: str, wanted: Any, got: Any) -> bool:
    if got is None:
        return False
    if name == "authority":
        return bool(set(_authority_forms(wanted)) & set(_authority_forms(got)))
    if isinstance(wanted, str):
        return _plain(wanted) == _plain(got)
    return bool(wanted == got)


def _cause(name: str, stands: bool, got: Any) -> str:
    if not stands:
        return "索引所载的值不见于文书正文" + ("，文书中该项空缺或已遮盖" if got is None else "，文书另有所载")
    if got is None:
        return "文书中有此值，但该项未能识别"
    if name == "date":
        return "文书落款日期与索引日期不同，索引日期见于正文他处"
    return "文书中有此值，但识别为另一个值"


def _show(value: Any) -> str:
    if isinstance(value, int):
        return f"{value // 100}.{value % 100:02d}"
    return str(value)
