"""Period rules (期限规则) as dated data: read from data/rules.json, never constants in code."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from mingcha.deadlines.errors import RuleUnknown

_FILE = Path(__file__).parent / "data" / "rules.json"
UNITS = {"W": "个工作日", "N": "日", "M": "个月", "Y": "年", "H": "小时", "P": "%/日"}


@dataclass(frozen=True)
class Rule:
    """One term of a rule: unit W 工作日, N 自然日, M 月, Y 年, H 小时, P percent of the fine per day.

    `kind` as choices.PeriodKind, or "rate". `length` None means that the policy profile must say it.
    `roll`: a last day on a day off moves to the next working day. `cap`: upper limit of a rate, percent of the fine.
    `aims_early`: the agency's own duty, so the explanation also names a target that does not rely on the roll.
    """

    id: str
    label: str
    trigger: str
    kind: str
    length: int | None
    unit: str
    roll: bool
    counts_from: str
    consequence: str
    article: str
    unit_article: str
    effective_from: dt.date
    effective_to: dt.date | None
    source: str
    verified: bool
    profile: bool
    cap: int | None = None
    aims_early: bool = False

    @property
    def length_text(self) -> str:
        return "由政策配置规定" if self.length is None else f"{self.length}{UNITS[self.unit]}"

    def in_force(self, day: dt.date) -> bool:
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)


def parse(row: Mapping[str, Any]) -> Rule:
    """One row of the data file. Raises TypeError or ValueError for a row that does not fit."""
    known = {field.name for field in fields(Rule)}
    if unknown := set(row) - known:
        raise ValueError(f"{row.get('id')}: unknown {sorted(unknown)}")
    values = dict(row)
    values["effective_from"] = dt.date.fromisoformat(row["effective_from"])
    values["effective_to"] = dt.date.fromisoformat(row["effective_to"]) if row["effective_to"] else None
    if row["unit"] not in UNITS:
        raise ValueError(f"{row['id']}: unit {row['unit']}")
    return Rule(**values)


@cache
def editions() -> dict[str, tuple[Rule, ...]]:
    """Every rule by id, its editions in order of effect."""
    found: dict[str, list[Rule]] = {}
    for row in json.loads(_FILE.read_text(encoding="utf-8"))["rules"]:
        found.setdefault(row["id"], []).append(parse(row))
    return {name: tuple(sorted(rows, key=lambda rule: rule.effective_from)) for name, rows in found.items()}


def rule(rule_id: str, on: dt.date) -> Rule:
    """The edition in force on a day; outside all editions the nearest one (compute() then says so in its steps).

    `RULE:1` is the bare id, `RULE:2` the second term. Raises RuleUnknown.
    """
    rows = editions().get(rule_id.removesuffix(":1"))
    if not rows:
        raise RuleUnknown(message=f"没有编号为“{rule_id}”的期限规则，请用 deadline --list 查看全部编号。")
    started = [row for row in rows if row.effective_from <= on]
    return started[-1] if started else rows[0]


def rules(on: dt.date) -> list[Rule]:
    """One edition of every rule, as `rule()` chooses it, in the order of the data file."""
    return [rule(name, on) for name in editions()]
