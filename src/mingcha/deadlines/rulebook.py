"""Period rules (期限规则) as dated data: read from data/rules/*.json, never constants in code."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from mingcha.deadlines.errors import RuleHasNoDate, RuleUnknown

_PLACE = Path(__file__).parent / "data" / "rules"
UNITS = {"W": "个工作日", "N": "日", "M": "个月", "Y": "年", "H": "小时", "P": "%/日", "D": "", "": ""}
# within: a duty by the last day; right: an effect when it ends; wait: the earliest day to act; before: at least n days
# before an event; rate: per day; prompt: at once, no number; gate: a condition, no date.
KINDS = ("within", "right", "wait", "before", "rate", "prompt", "gate")
# statute, policy (a policy document), sector (rules of one field), profile (left to the policy profile), document (the
# length stands in the paper that starts the period), engine (how this platform reckons).
SOURCES = ("statute", "policy", "sector", "profile", "document", "engine")
_CONDITIONS = re.compile(r"(G|GP|GC|GL|GI|GE|GF|GQ|GM)-\d+")


@dataclass(frozen=True)
class Extension:
    """By how much a period may be extended once (延长), by whom, under which article."""

    length: int
    by: str
    article: str


@dataclass(frozen=True)
class StopGround:
    """A ground on which the law stops the clock (停止计算的法定事由)."""

    reason: str
    article: str


@dataclass(frozen=True)
class Rule:
    """One term of a rule: unit W 工作日, N 自然日, M 月, Y 年, H 小时, P percent of the fine per day, D a day of the year.

    `kind` and `source` as above. `length` None means that the policy profile (`profile_key`) or a document must say it.
    `roll`: a last day on a day off moves to the next working day. `cap`: upper limit of a rate, percent of the fine.
    `aims_early`: the agency's own duty, so the explanation also names a target that does not rely on the roll.
    `fixed`: month and day for unit D. `remind`: length and unit of an earlier reminder for `before`.
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
    profile_key: str = ""
    cap: int | None = None
    aims_early: bool = False
    extension: Extension | None = None
    pauses: tuple[StopGround, ...] = ()
    fixed: str = ""
    remind: Mapping[str, Any] | None = None

    @property
    def length_text(self) -> str:
        if self.fixed:
            return f"每年{int(self.fixed[:2])}月{int(self.fixed[3:])}日前"
        if self.kind == "gate":
            return "条件，没有期限"
        if self.kind == "prompt":
            return "立即、及时"
        if self.length is None:
            return "由文书载明" if self.source == "document" else "由政策配置规定"
        text = f"{self.length}{UNITS[self.unit]}"
        return f"{'至少' if self.kind in ('wait', 'before') else ''}{text}"

    @property
    def has_date(self) -> bool:
        """Whether a last (or earliest) day can be reckoned at all."""
        return self.kind in ("within", "right", "wait", "before")

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
    values["extension"] = Extension(**row["extension"]) if row.get("extension") else None
    values["pauses"] = tuple(StopGround(**item) for item in row.get("pauses", ()))
    if row["unit"] not in UNITS or row["kind"] not in KINDS or row["source"] not in SOURCES:
        raise ValueError(f"{row['id']}: unit {row['unit']}, kind {row['kind']}, source {row['source']}")
    return Rule(**values)


@cache
def editions() -> dict[str, tuple[Rule, ...]]:
    """Every rule by id, its editions in order of effect."""
    found: dict[str, list[Rule]] = {}
    for path in sorted(_PLACE.glob("*.json")):
        for row in json.loads(path.read_text(encoding="utf-8"))["rules"]:
            found.setdefault(row["id"], []).append(parse(row))
    return {
        name: tuple(sorted(found[name], key=lambda rule: rule.effective_from)) for name in sorted(found, key=_place)
    }


def _place(name: str) -> tuple[int, str]:
    order = ("PEN", "R06", "COE", "LIC", "PUB", "REV", "LIT", "CRM", "SUP", "INS", "EXP", "FEE", "CFM", "PIP", "REC")
    return (order.index(name[:3]) if name[:3] in order else len(order)), name


def rule(rule_id: str, on: dt.date) -> Rule:
    """The edition in force on a day; outside all editions the nearest one (compute() then says so in its steps).

    `RULE:1` is the bare id, `RULE:2` the second term. Raises RuleUnknown, RuleHasNoDate for an id of a mere condition.
    """
    name = rule_id.strip().upper().removesuffix(":1")
    rows = editions().get(name)
    if rows:
        started = [row for row in rows if row.effective_from <= on]
        return started[-1] if started else rows[0]
    base = name.partition(":")[0]
    if base in editions():
        count = sum(known == base or known.startswith(f"{base}:") for known in editions())
        raise RuleUnknown(message=f"规则{base}只有{count}个期限，没有“{rule_id}”。")
    if _CONDITIONS.fullmatch(name):
        raise RuleHasNoDate(message=f"{name}是办理条件，不是期限，没有可以计算的日期。")
    raise RuleUnknown(message=f"没有编号为“{rule_id}”的期限规则，请用 deadline --list 查看全部编号。")


def rules(on: dt.date) -> list[Rule]:
    """One edition of every rule, as `rule()` chooses it, in the order of the law."""
    return [rule(name, on) for name in editions()]
