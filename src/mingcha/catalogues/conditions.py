"""Decidable conditions of a list (应当审核的情形等): checked, evaluated, put into words and read back. Pure.

A condition is an object: each key must hold; `all` and `any` hold further conditions. Facts that a case does not state
are unknown, never false: what depends on them is reported as undecided.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from mingcha.common import money
from mingcha.common.errors import Reason

Condition = Mapping[str, Any]
_DEPTH = 3
_PARTIES = (("person", "公民"), ("organisation", "单位"))
_GROUPS = {"any": "任一", "all": "同时"}
# Lists speak of acts in fewer words than procedures do: a requisition is listed among 行政征收征用.
_LISTED_AS = {"licence": "permit", "execution": "coercion", "requisition": "expropriation"}


def listed_as(act_type: str) -> str:
    """The word by which published lists call the acts of a procedure (执法行为类别)."""
    return _LISTED_AS.get(act_type, act_type)


@dataclass(frozen=True)
class Key:
    """One thing that a condition can ask."""

    name: str
    label: str
    type: str
    known: bool
    choices: Mapping[str, str]
    yes: str = ""
    no: str = ""


@cache
def keys() -> dict[str, Key]:
    """All keys in the order of the form."""
    text = resources.files("mingcha.catalogues").joinpath("data", "conditions.json").read_text("utf-8")
    rows = json.loads(text)["keys"]
    return {row["name"]: Key(**{"choices": {}, **row}) for row in rows}


@dataclass(frozen=True)
class Verdict:
    """Whether a condition holds; None: undecided, because the facts named in `unknown` are not stated."""

    holds: bool | None
    unknown: tuple[str, ...] = ()


def check(condition: Any, depth: int = 0) -> list[Reason]:
    """What is wrong with a condition; empty when it can decide something."""
    if not isinstance(condition, Mapping) or not condition:
        return [Reason("condition-empty", "没有写明任何条件。")]
    if depth > _DEPTH:
        return [Reason("condition-deep", "的条件嵌套过深，请拆成几条。")]
    found: list[Reason] = []
    for name, value in condition.items():
        if name in _GROUPS:
            if not isinstance(value, list) or not value:
                found.append(Reason("condition-empty", f"的“{_GROUPS[name]}”里没有条件。"))
            else:
                found += [reason for item in value for reason in check(item, depth + 1)]
        elif name not in keys():
            found.append(Reason("condition-unknown", f"里有系统不认识的条件“{name}”，不能公布。", data={"key": name}))
        elif not _fits(keys()[name], value):
            found.append(Reason("condition-value", f"里“{keys()[name].label}”的值不完整或者不正确。"))
    return found


def _fits(key: Key, value: Any) -> bool:
    if key.type == "bool":
        return isinstance(value, bool)
    if key.type == "count":
        return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**6
    if key.type == "amounts":
        names = {name for name, _ in _PARTIES}
        return (
            isinstance(value, Mapping)
            and set(value) == names
            and all(
                isinstance(item, int) and not isinstance(item, bool) and 0 <= item <= 10**15 for item in value.values()
            )
        )
    if not isinstance(value, list) or not value or not all(isinstance(item, str) and item for item in value):
        return False
    return key.type != "choices" or set(value) <= set(key.choices)


def evaluate(condition: Condition, facts: Mapping[str, Any]) -> Verdict:
    """Whether a condition holds on facts (keys of `keys()`; amounts as fen under `fine`, `confiscation`, `amount`)."""
    parts = []
    for name, value in condition.items():
        if name == "all":
            parts.append(_together([evaluate(item, facts) for item in value]))
        elif name == "any":
            parts.append(_either([evaluate(item, facts) for item in value]))
        else:
            parts.append(_leaf(name, value, facts))
    return _together(parts)


def _leaf(name: str, value: Any, facts: Mapping[str, Any]) -> Verdict:
    key = keys().get(name)
    if key is None:
        return Verdict(None, (f"无法识别的条件“{name}”",))
    asked = {"fine_at_least": "fine", "confiscation_at_least": "confiscation", "amount_at_least": "amount"}.get(
        name, name
    )
    asked = "complaints" if name == "complaints_at_least" else asked
    fact = facts.get(asked)
    if fact is None:
        return Verdict(None, (key.label,))
    if key.type == "bool":
        return Verdict(bool(fact) == value)
    if key.type == "count":
        return Verdict(int(fact) >= value)
    if key.type == "amounts":
        return Verdict(int(fact) >= int(value["person" if facts.get("party_kind") == "person" else "organisation"]))
    have = {fact} if isinstance(fact, str) else set(fact)
    if key.type == "words":
        return Verdict(any(word in item or item in word for word in value for item in have))
    return Verdict(bool(have & set(value)))


def _together(parts: Sequence[Verdict]) -> Verdict:
    if any(part.holds is False for part in parts):
        return Verdict(False)
    unknown = tuple(dict.fromkeys(name for part in parts for name in part.unknown))
    return Verdict(None, unknown) if any(part.holds is None for part in parts) else Verdict(bool(parts))


def _either(parts: Sequence[Verdict]) -> Verdict:
    if any(part.holds for part in parts):
        return Verdict(True)
    unknown = tuple(dict.fromkeys(name for part in parts for name in part.unknown))
    return Verdict(None, unknown) if unknown else Verdict(False)


@dataclass(frozen=True)
class Match:
    """An entry that a case meets; `open`: facts it asks for that the case does not state."""

    code: str
    plain: str
    open: tuple[str, ...] = ()

    @property
    def step(self) -> str:
        if self.open:
            return f"清单第{self.code}项要看“{'、'.join(self.open)}”，案件中没有认定，按应当审核办理：{self.plain}"
        return f"符合清单第{self.code}项：{self.plain}"


def matches(entries: Sequence[Mapping[str, Any]], facts: Mapping[str, Any]) -> list[Match]:
    """Entries of a list that hold on facts, and those that cannot be decided: a gate stays shut until they are."""
    found = []
    for entry in entries:
        verdict = evaluate(entry["condition"], facts)
        if verdict.holds is not False:
            found.append(
                Match(str(entry["code"]), str(entry["plain"]), verdict.unknown if verdict.holds is None else ())
            )
    return sorted(found, key=lambda match: bool(match.open))


def groups(condition: Condition) -> list[dict[str, Any]] | None:
    """The condition as alternatives of plain keys, as the form shows it; None where it does not fit the form."""
    alternatives: list[dict[str, Any]] = [{name: item for name, item in condition.items() if name not in _GROUPS}]
    for name in _GROUPS:
        for inner in [condition[name]] if name in condition else []:
            parts = [groups(item) for item in inner]
            if any(part is None for part in parts):
                return None
            lists = [part for part in parts if part]
            choices = [[item for part in lists for item in part]] if name == "any" else lists
            for options in choices:
                merged = [{**one, **two} for one in alternatives for two in options if not set(one) & set(two)]
                if len(merged) != len(alternatives) * len(options) or len(merged) > 6:
                    return None
                alternatives = merged
    return alternatives


def of_groups(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The condition that the form's alternatives stand for."""
    filled = [dict(part) for part in parts if part]
    return filled[0] if len(filled) == 1 else {"any": filled} if filled else {}


def sentence(condition: Condition, procedures: Mapping[str, str] | None = None) -> str:
    """The condition as a Chinese sentence without a full stop."""
    if not isinstance(condition, Mapping):
        return ""
    parts = []
    for name, value in condition.items():
        if name in _GROUPS:
            inner = [sentence(item, procedures) for item in value]
            joined = ("，或者" if name == "any" else "，并且").join(inner)
            parts.append(f"（{joined}）" if len(inner) > 1 else joined)
        else:
            parts.append(_said(name, value, procedures or {}))
    return "，并且".join(parts)


def _said(name: str, value: Any, procedures: Mapping[str, str]) -> str:
    key = keys().get(name)
    if key is None:
        return f"无法识别的条件“{name}”"
    if key.type == "bool":
        return key.yes if value else key.no
    if key.type == "count":
        return f"{key.label}达到{value}件"
    if key.type == "amounts":
        limits = "、".join(f"对{label}{_round(value[party])}" for party, label in _PARTIES)
        return f"{key.label}达到{limits}以上"
    names = procedures if key.type == "procedures" else key.choices
    words = "或者".join(names.get(item, item) for item in value)
    if key.name == "kinds":
        return f"处罚种类包括{words}"
    return f"{key.label}是{words}"


def _round(fen: int) -> str:
    yuan, rest = divmod(int(fen), 100)
    if rest == 0 and yuan and yuan % 10000 == 0:
        return f"{yuan // 10000}万元"
    return f"{money.yuan(int(fen)).removesuffix('.00')}元"


# The form of a sheet's cell: 罚款数额≥公民10000元/单位100000元；任一（经过听证程序＝是；所属领域＝食品、药品）


def text(condition: Condition) -> str:
    """The condition as a line for a sheet; `parse` reads it back."""
    parts = []
    for name, value in condition.items():
        if name in _GROUPS:
            inner = "；".join(f"（{text(item)}）" for item in value)
            parts.append(f"{_GROUPS[name]}（{inner}）")
            continue
        key = keys()[name]
        if key.type == "bool":
            parts.append(f"{key.label}＝{'是' if value else '否'}")
        elif key.type == "count":
            parts.append(f"{key.label}≥{value}件")
        elif key.type == "amounts":
            limits = "/".join(f"{label}{money.yuan(value[party]).replace(',', '')}元" for party, label in _PARTIES)
            parts.append(f"{key.label}≥{limits}")
        else:
            parts.append(f"{key.label}＝{'、'.join(key.choices.get(item, item) for item in value)}")
    return "；".join(parts)


def parse(line: str) -> dict[str, Any]:
    """Read a line that `text` wrote or a person typed. Raises ValueError with a Chinese message."""
    found: dict[str, Any] = {}
    for part in _split(line.strip().replace("(", "（").replace(")", "）").replace(";", "；")):
        group = re.fullmatch(r"(任一|同时)（(.*)）", part, re.S)
        if group:
            name = next(code for code, label in _GROUPS.items() if label == group[1])
            items = _split(group[2])
            found[name] = [parse(item[1:-1] if _wrapped(item) else item) for item in items]
            continue
        match = re.fullmatch(r"(.+?)\s*(＝|=|≥|>=)\s*(.+)", part, re.S)
        key = next((item for item in keys().values() if match and item.label == match[1].strip()), None)
        if match is None or key is None:
            labels = "、".join(item.label for item in keys().values())
            raise ValueError(f"读不懂“{part[:30]}”。可以使用的条件：{labels}。")
        found[key.name] = _READ[key.type](key, match[3].strip())
    return found


def _split(line: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for place, char in enumerate(line):
        if char == "（":
            depth += 1
        elif char == "）":
            depth -= 1
        elif char == "；" and depth == 0:
            parts.append(line[start:place])
            start = place + 1
    if depth != 0:
        raise ValueError("的括号不成对。")
    return [part.strip() for part in [*parts, line[start:]] if part.strip()]


def _wrapped(item: str) -> bool:
    return item.startswith("（") and item.endswith("）")


def _read_bool(key: Key, value: str) -> bool:
    if value not in ("是", "否"):
        raise ValueError(f"里“{key.label}”只能是“是”或者“否”。")
    return value == "是"


def _read_count(key: Key, value: str) -> int:
    if not re.fullmatch(r"\d{1,6}件?", value):
        raise ValueError(f"里“{key.label}”应为件数。")
    return int(value.removesuffix("件"))


def _read_amounts(key: Key, value: str) -> dict[str, int]:
    match = re.fullmatch(r"公民([\d.,]+)元\s*/\s*单位([\d.,]+)元", value)
    try:
        if match is None:
            raise ValueError
        return {"person": money.parse_yuan(match[1]), "organisation": money.parse_yuan(match[2])}
    except ValueError:
        raise ValueError(f"里“{key.label}”应写成“公民10000元/单位100000元”。") from None


def _read_words(key: Key, value: str) -> list[str]:
    items = [item.strip() for item in value.split("、") if item.strip()]
    if key.type != "choices":
        return items
    codes = {label: code for code, label in key.choices.items()}
    for item in items:
        if item not in codes and item not in key.choices:
            raise ValueError(f"里“{key.label}”没有“{item}”这一项。")
    return [codes.get(item, item) for item in items]


_READ: dict[str, Callable[[Key, str], Any]] = {
    "bool": _read_bool, "count": _read_count, "amounts": _read_amounts,
    "choices": _read_words, "procedures": _read_words, "words": _read_words,
}  # fmt: skip
