"""Typed columns of a list: one description from which form, sheet, print, comparison and portal page are made. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mingcha.catalogues import conditions
from mingcha.common import money
from mingcha.common.checks import Check

TYPES = ("text", "long", "choice", "choices", "lines", "bool", "date", "integer", "money", "condition")
_MOST = {"text": 200, "long": 2000, "lines": 2000}
# Present in every entry of every list: fixed for the levels below (R017).
FIXED = "fixed"


class CellError(ValueError):
    """A value that does not fit its column; the message is Chinese and says what would fit."""


@dataclass(frozen=True)
class Column:
    """One column (栏目) of a list."""

    name: str
    label: str
    type: str = "text"
    required: bool = False
    public: bool = True
    help: str = ""
    most: int = 0
    choices: Mapping[str, str] | None = None
    suggest: str = ""
    short: bool = False

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Column:
        if raw.get("type", "text") not in TYPES:
            raise ValueError(f"column type {raw['type']}")
        return cls(**raw)

    @property
    def limit(self) -> int:
        return self.most or _MOST.get(self.type, 200)

    def clean(self, value: Any) -> Any:
        """The stored form of a value from a form, an API or another entry. Raises CellError; None where empty."""
        if value is None or value in ("", []):
            return None
        return _CLEAN[self.type](self, value)

    def read(self, cell: Any) -> Any:
        """The stored form of a cell of a sheet (text, number, date, bool). Raises CellError; None where empty."""
        if isinstance(cell, str):
            cell = cell.strip().replace("\u00a0", " ").strip()
        if cell is None or cell == "":
            return None
        if isinstance(cell, dt.datetime):
            cell = cell.date()
        return self.clean(_READ.get(self.type, _plain_text)(self, cell))

    def words(self, value: Any) -> str:
        """A stored value as people read it; it can be read back from a sheet."""
        if value is None or value in ("", []):
            return ""
        if self.type == "bool":
            return "是" if value else "否"
        if self.type == "choice":
            return (self.choices or {}).get(value, str(value))
        if self.type == "choices":
            return "、".join((self.choices or {}).get(item, str(item)) for item in value)
        if self.type == "lines":
            return "；".join(str(item) for item in value)
        if self.type == "money":
            return money.yuan(int(value))
        if self.type == "condition":
            return conditions.sentence(value)
        return str(value)

    def cell(self, value: Any) -> Any:
        """A stored value as a sheet keeps it, so that reading it back gives the same value."""
        if value is None or value in ("", []):
            return None
        if self.type == "date":
            return dt.date.fromisoformat(value)
        if self.type == "integer":
            return int(value)
        if self.type == "money":
            return Decimal(value) / 100
        if self.type == "lines":
            return "\n".join(value)
        if self.type == "condition":
            return conditions.text(value)
        return self.words(value)


def _plain_text(column: Column, cell: Any) -> Any:
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell == int(cell):
        return str(int(cell))
    return cell.isoformat() if isinstance(cell, dt.date) else str(cell)


def _text(column: Column, value: Any) -> str:
    check = Check()
    text = check.text("v", value, f"“{column.label}”", most=column.limit)
    if check.errors:
        raise CellError(check.errors["v"][0])
    if column.type == "text" and "\n" in text:
        raise CellError(f"“{column.label}”不能换行。")
    return text


def _choice(column: Column, value: Any) -> str:
    choices = column.choices or {}
    text = str(value).strip()
    if text in choices:
        return text
    found = next((code for code, label in choices.items() if label == text), None)
    if found is None:
        raise CellError(f"“{column.label}”只能填：{'、'.join(choices.values())}。")
    return found


def _choices(column: Column, value: Any) -> list[str]:
    items = value if isinstance(value, list | tuple) else re.split(r"[、；;,，\n]+", str(value))
    return list(dict.fromkeys(_choice(column, item) for item in items if str(item).strip()))


def _lines(column: Column, value: Any) -> list[str]:
    # A sheet keeps the items in one cell, so none may hold what parts them.
    whole = "\n".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return [_text(column, item) for item in re.split(r"[；;\n]+", whole) if item.strip()]


def _bool(column: Column, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).strip()
    if text in ("是", "有", "1", "true", "on"):
        return True
    if text in ("否", "无", "0", "false"):
        return False
    raise CellError(f"“{column.label}”只能填“是”或者“否”。")


def _date(column: Column, value: Any) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()
    match = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", str(value).strip())
    try:
        if match is None:
            raise ValueError
        day = dt.date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        raise CellError(f"“{column.label}”应为日期（年-月-日），现在是“{str(value)[:20]}”。") from None
    if not 1949 <= day.year <= 2200:
        raise CellError(f"“{column.label}”的年份{day.year}不合理，请核对。")
    return day.isoformat()


def _date_cell(column: Column, cell: Any) -> Any:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        # A date that a sheet keeps as a number: days since 1899-12-30.
        if not 18264 <= cell <= 109574:
            raise CellError(f"“{column.label}”应为日期，现在是数字{cell:g}。")
        return dt.date(1899, 12, 30) + dt.timedelta(days=int(cell))
    return cell


def _integer(column: Column, value: Any) -> int:
    text = str(value).strip()
    if isinstance(value, bool) or not re.fullmatch(r"\d{1,9}(\.0)?", text):
        raise CellError(f"“{column.label}”应为整数，现在是“{text[:20]}”。")
    return int(float(text))


def _money(column: Column, value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    try:
        return money.parse_yuan(str(value).removesuffix("元"))
    except ValueError:
        raise CellError(f"“{column.label}”应为金额（元，最多两位小数），现在是“{str(value)[:20]}”。") from None


def _money_cell(column: Column, cell: Any) -> Any:
    # In a sheet the figure is yuan; an integer that came from us would be fen.
    return str(cell) if isinstance(cell, int | float) and not isinstance(cell, bool) else cell


def _condition(column: Column, value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = conditions.parse(value)
        except ValueError as error:
            raise CellError(f"“{column.label}”{error}") from None
    reasons = conditions.check(value)
    if reasons:
        raise CellError(f"“{column.label}”{reasons[0].message}")
    return value


_CLEAN = {
    "text": _text, "long": _text, "choice": _choice, "choices": _choices, "lines": _lines, "bool": _bool,
    "date": _date, "integer": _integer, "money": _money, "condition": _condition,
}  # fmt: skip
_READ = {"date": _date_cell, "money": _money_cell}
