"""Input checks shared by all actions: they collect messages per field and raise once."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Collection
from typing import Any

from stdnum.cn import uscc
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_11_2

from mingcha.common.errors import InvalidInput

# Lone surrogates (JSON "\\ud800") stand in no UTF-8 file and no database.
_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)


def id_number_valid(text: str) -> bool:
    """Whether an 18-digit citizen ID number (GB 11643) has a real date of birth and the right check digit.

    The region digits are not looked up: districts are renamed and merged, the numbers of their people stay.
    """
    # Not stdnum.cn.ric: it fails with KeyError where its table of regions has no county.
    text = text.replace(" ", "").upper()
    if not re.fullmatch(r"[1-9][0-9]{16}[0-9X]", text):
        return False
    try:
        dt.date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    return bool(mod_11_2.is_valid(text))


def uscc_valid(text: str) -> bool:
    """Whether a unified social credit code (GB 32100) has the right form and check digit."""
    try:
        uscc.validate(text)
    except ValidationError:
        return False
    return True


class Check:
    """Collects what is wrong, field by field; `done()` raises InvalidInput with all of it."""

    def __init__(self) -> None:
        self.errors: dict[str, list[str]] = {}

    def add(self, field: str, message: str) -> None:
        self.errors.setdefault(field, []).append(message)

    def text(self, field: str, value: Any, label: str, *, most: int = 200, required: bool = True) -> str:
        """Text without control or direction characters, trimmed, NFC, at most `most` characters."""
        if value is None:
            value = ""
        if not isinstance(value, str):
            self.add(field, f"{label}应为文字。")
            return ""
        value = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n")).strip()
        if _CONTROL.search(value):
            self.add(field, f"{label}含有不可见的控制字符，请删除后重新提交。")
        elif required and not value:
            self.add(field, f"请填写{label}。")
        elif len(value) > most:
            self.add(field, f"{label}不能超过{most}个字，现有{len(value)}个字。")
        return value

    def one_of(self, field: str, value: Any, label: str, allowed: Collection[str]) -> str:
        if value not in allowed:
            self.add(field, f"请选择{label}。")
            return ""
        return str(value)

    def date(self, field: str, value: Any, label: str, *, latest: dt.date | None = None) -> dt.date:
        if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
            self.add(field, f"请填写{label}（年-月-日）。")
            return dt.date.min
        if value.year < 1949:
            self.add(field, f"{label}过早，请核对年份。")
        if latest is not None and value > latest:
            self.add(field, f"{label}不能晚于{latest.isoformat()}。")
        return value

    def moment(self, field: str, value: Any, label: str, *, latest: dt.datetime | None = None) -> dt.datetime:
        if not isinstance(value, dt.datetime) or value.tzinfo is None:
            self.add(field, f"请填写{label}（日期和时间）。")
            return dt.datetime.min.replace(tzinfo=dt.UTC)
        if latest is not None and value > latest:
            self.add(field, f"{label}不能晚于现在。")
        return value

    def amount(self, field: str, value: Any, label: str, *, positive: bool = True) -> int:
        """An amount in fen."""
        if not isinstance(value, int) or isinstance(value, bool) or value < 0 or value > 10**15:
            self.add(field, f"{label}应为不小于零的金额，单位元，最多两位小数。")
            return 0
        if positive and value == 0:
            self.add(field, f"{label}应大于零。")
        return value

    def done(self) -> None:
        if self.errors:
            raise InvalidInput(self.errors)
