"""Sets of questions as texts (询问提纲): what may stand in one, and what the case fills in. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from mingcha.common.checks import Check
from mingcha.documents.rendering.glyphs import unprintable

# What a question may name, and the name under which documents know it (filling.py).
FACTS = {
    "party": ("当事人名称", "party.name"),
    "person": ("法定代表人（负责人）或者当事人本人", "party.person"),
    "address": ("当事人地址", "party.address"),
    "cause": ("案由", "case.cause"),
    "conduct": ("违法行为（案由去掉“涉嫌”）", "case.conduct"),
    "item": ("执法事项名称", "item.name"),
    "discovered_on": ("发现之日", "case.discovered_on"),
    "ended_on": ("行为终了之日", "case.conduct_ended_on"),
    "case_no": ("案号", "case.number"),
}
UNKNOWN = "（　　）"
MOST = 40
_LONGEST = 300
_NAME = re.compile(r"\{([^{}]*)\}")
_SHIPPED = Path(__file__).resolve().parent / "data" / "sets.json"


@cache
def shipped() -> Mapping[str, Sequence[str]]:
    """The sets that ship, by code of the item; the empty code serves every other item."""
    sets: dict[str, list[str]] = json.loads(_SHIPPED.read_bytes())["sets"]
    return sets


def read(text: Any) -> list[str]:
    """One question per line. Raises InvalidInput: too many, too long, unknown names, characters nobody can print."""
    check = Check()
    whole = check.text("questions", text, "提纲", most=MOST * _LONGEST, required=False)
    lines = [line.strip() for line in whole.splitlines() if line.strip()]
    if len(lines) > MOST:
        check.add("questions", f"一份提纲最多{MOST}个问题，现有{len(lines)}个。")
    for n, line in enumerate(lines[:MOST], 1):
        if len(line) > _LONGEST:
            check.add("questions", f"第{n}个问题超过{_LONGEST}个字。")
        unknown = [name for name in _NAME.findall(line) if name not in FACTS]
        if unknown or "{" in _NAME.sub("", line) or "}" in _NAME.sub("", line):
            names = "、".join(f"{{{name}}}" for name in unknown) or "单独的大括号"
            check.add("questions", f"第{n}个问题里有不认识的填充项：{names}。可以用的见下表。")
    if odd := unprintable(lines):
        check.add("questions", f"有无法打印的字符：{'、'.join(f'U+{ord(c):04X}' for c in sorted(odd))}。请删除。")
    check.done()
    return lines


def filled(questions: Sequence[str], facts: Mapping[str, str]) -> list[str]:
    """The questions with what the case knows; what it does not know is left to be said."""
    return [_NAME.sub(lambda name: facts.get(name[1]) or UNKNOWN, text) for text in questions]


def added(rows: Sequence[Mapping[str, Any]], questions: Sequence[str]) -> list[dict[str, Any]]:
    """The questions behind the rows of a record, answers empty; a question that already stands there is not repeated."""
    present = {str(row.get("question", "")).strip() for row in rows}
    return [*(dict(row) for row in rows), *({"question": text} for text in questions if text not in present)]
