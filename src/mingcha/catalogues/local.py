"""What only the place can fix in a policy profile (听证标准、办理地址和账户、本地期限) — 行政处罚法 arts. 54, 59, 63.

Pure: fields, check, words. They stand in a profile beside its keyed values because no policy document states them: the
province fixes the sums, the place its bank, court and reconsideration organ, a trade the days that the law leaves open.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from mingcha.catalogues import conditions
from mingcha.common import money
from mingcha.common.errors import InvalidInput, Reason

Content = Mapping[str, Any]
_ACCOUNT = re.compile(r"[0-9]{8,30}")
_PHONE = re.compile(r"[0-9+（）() 、,，转\-－—]{7,30}")
# A threshold of nothing would demand a hearing for every penalty, one above this can only be a slip of the hand.
_MOST_FEN = 100_000_000_00
_MOST_COUNT = 366


@dataclass(frozen=True)
class Field:
    """One thing that the place fixes. `floor`: values of `kinds` that the law itself names.

    `flat`: the name under which rules of periods find the value at the top of the profile.
    """

    name: str
    label: str
    type: str
    most: int = 100
    required: bool = True
    help: str = ""
    choices: Mapping[str, str] | None = None
    floor: tuple[str, ...] = ()
    flat: str = ""


@dataclass(frozen=True)
class Part:
    """Fields that are changed together, with one source and one reason."""

    name: str
    label: str
    about: str
    basis: str
    fields: tuple[Field, ...]


@cache
def parts() -> dict[str, Part]:
    text = resources.files("mingcha.catalogues").joinpath("data", "profile_parts.json").read_text("utf-8")
    found = {}
    for row in json.loads(text)["parts"]:
        fields = tuple(Field(**{**item, "floor": tuple(item.get("floor", ()))}) for item in row.pop("fields"))
        found[row["name"]] = Part(fields=fields, **row)
    return found


def kinds() -> Mapping[str, str]:
    """Kinds of penalty with their names."""
    return conditions.keys()["kinds"].choices


def values(content: Content, part: str) -> dict[str, Any]:
    """The stored values of a part by the names of its fields; None where nothing stands."""
    found = {}
    for field in parts()[part].fields:
        here: Any = content.get(part, {})
        for step in field.name.split("."):
            here = here.get(step) if isinstance(here, Mapping) else None
        found[field.name] = here
    return found


def cleaned(part: str, typed: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed (sums in yuan) as it is stored. Raises InvalidInput by field."""
    found, errors = {}, {}
    for field in parts()[part].fields:
        value = typed.get(field.name)
        if field.type == "money":
            try:
                value = money.parse_yuan(str(value or ""))
            except ValueError:
                errors[field.name] = ["应为金额（元，最多两位小数）。"]
                continue
        elif field.type == "digits":
            value = re.sub(r"\s", "", str(value or ""))
        elif field.type == "count":
            text = str(value or "").strip()
            value = int(text) if text.isascii() and text.isdigit() else text or None
        elif field.type == "kinds":
            value = [name for name in kinds() if name in (value or ())]
        else:
            value = str(value or "").strip()
        if wrong := _wrong(field, value):
            errors[field.name] = [wrong]
        found[field.name] = value
    if errors:
        raise InvalidInput(errors)
    return found


def put(
    content: Content, part: str, fresh: Mapping[str, Any], *, source: str, verified: bool, reason: str
) -> dict[str, Any]:
    """The content with other values in a part, with where they come from and why they changed."""
    inner: dict[str, Any] = {"source": source, "verified": verified, "reason": reason}
    for name, value in fresh.items():
        group, _, leaf = name.rpartition(".")
        (inner.setdefault(group, {}) if group else inner)[leaf] = value
    return {**content, part: inner, **_flat(part, fresh)}


def flattened(content: Content) -> dict[str, Any]:
    """The values of all parts that stand at the top of the profile as well."""
    found: dict[str, Any] = {}
    for part in parts():
        found |= _flat(part, values(content, part))
    return found


def _flat(part: str, stored: Mapping[str, Any]) -> dict[str, Any]:
    return {field.flat: stored.get(field.name) for field in parts()[part].fields if field.flat}


def check(content: Content) -> list[Reason]:
    """What is missing or wrong in thresholds and addresses; empty when documents can be made with them."""
    reasons = []
    for part in parts().values():
        stored = values(content, part.name)
        for field in part.fields:
            if wrong := _wrong(field, stored[field.name]):
                where = {"part": part.name, "field": field.name}
                text = f"“{part.label}”的“{field.label}”：{wrong}"
                reasons.append(Reason("profile-part-wrong", text, (part.basis,), "请在修订政策参数时补正。", where))
        for name, value in _flat(part.name, stored).items():
            if content.get(name) != value:
                reasons.append(Reason("profile-value-differs", f"“{part.label}”与{name}不一致。"))
        own = content.get(part.name, {})
        if "reason" in own and not str(own["reason"]).strip():
            reasons.append(
                Reason("profile-reason-missing", f"“{part.label}”改过，没有写明理由。", (), "请写明为什么改。")
            )
    return reasons


def _wrong(field: Field, value: Any) -> str:
    """What is wrong with a stored value, in words; empty when nothing is."""
    if field.type == "money":
        whole = isinstance(value, int) and not isinstance(value, bool)
        return "" if whole and 0 < value <= _MOST_FEN else "应为大于零、不超过一亿元的金额。"
    if field.type == "kinds":
        if not isinstance(value, list) or any(item not in kinds() for item in value):
            return "请从列出的处罚种类中选择。"
        missing = [kinds()[item] for item in field.floor if item not in value]
        return f"法律写明的种类不能去掉：{'、'.join(missing)}。" if missing else ""
    if field.type == "count" and value is not None:
        whole = isinstance(value, int) and not isinstance(value, bool)
        return "" if whole and 0 < value <= _MOST_COUNT else f"应为1至{_MOST_COUNT}的整数。"
    text = str(value or "").strip()
    if not text:
        return "没有填写。" if field.required else ""
    if len(text) > field.most:
        return f"最多{field.most}个字。"
    if field.type == "choice":
        return "" if text in (field.choices or {}) else "请从列出的选项中选择。"
    if field.type == "digits":
        return "" if _ACCOUNT.fullmatch(text) else "应为8至30位数字。"
    if field.type == "phone":
        return "" if _PHONE.fullmatch(text) else "应为电话号码，至少7位。"
    if field.type == "court":
        return "" if "法院" in text else "应为法院的全称。"
    return ""


def words(field: Field, value: Any) -> str:
    """A stored value as people read it."""
    if value in (None, "", []):
        return ""
    if field.type == "money":
        return f"{money.yuan(value)}元"
    if field.type == "kinds":
        return "、".join(kinds().get(item, item) for item in value)
    return (field.choices or {}).get(value, str(value))


def facts(content: Content, part: str) -> list[tuple[str, str]]:
    """Label and words of every value of a part that stands in a profile."""
    stored = values(content, part)
    pairs = [(field.label, words(field, stored[field.name])) for field in parts()[part].fields]
    return [(label, text) for label, text in pairs if text]
