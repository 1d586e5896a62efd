"""The words (用语) for what a definition names by code: roles, documents, periods, conditions, other procedures."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from mingcha.accounts.choices import Role
from mingcha.deadlines import rulebook
from mingcha.procedures import guards, shipped
from mingcha.procedures.definition import Definition, Move

RECORDING = {"A": "全程音像记录", "B": "可能有争议的，音像记录", "N": "文字记录"}


@dataclass(frozen=True)
class Term:
    """A period as a person reads it: name, length, article, what follows when it runs out."""

    id: str
    label: str
    length: str
    article: str = ""
    consequence: str = ""

    @property
    def text(self) -> str:
        return f"{self.label}：{self.length}" if self.length else self.label


@dataclass(frozen=True)
class Words:
    """Labels by code. What has no label is shown by its code, never left out."""

    roles: Mapping[str, str] = field(default_factory=dict)
    documents: Mapping[str, str] = field(default_factory=dict)
    periods: Mapping[str, Term] = field(default_factory=dict)
    guards: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    procedures: Mapping[str, str] = field(default_factory=dict)

    def role(self, code: str) -> str:
        return self.roles.get(code, code)

    def actors(self, codes: tuple[str, ...]) -> str:
        return "、".join(dict.fromkeys(self.role(code) for code in codes)) or "系统"

    def document(self, code: str) -> str:
        return self.documents.get(code, code)

    def period(self, code: str) -> Term:
        return self.periods.get(code, Term(code, f"期限 {code}", ""))

    def guard(self, name: str) -> str:
        return self.guards.get(name, (name, ""))[0]

    def guard_article(self, name: str) -> str:
        return self.guards.get(name, (name, ""))[1]

    def procedure(self, code: str) -> str:
        return self.procedures.get(code, code)

    def step(self, definition: Definition, step: str) -> str:
        """The heading of a step; one that has none of its own takes the name of its first stage."""
        first = next((stage.name for stage in definition.stages.values() if stage.step == step), step)
        return _steps().get(step, first)


def of(day: dt.date, documents: Mapping[str, str] | None = None, names: Mapping[str, str] | None = None) -> Words:
    """The words of this installation on a day. `documents`: titles of templates, `names`: titles of procedures."""
    return Words(
        roles={
            **{str(value): str(label) for value, label in Role.choices},
            **{slug: row["label"] for slug, row in shipped.roles().items()},
        },
        documents=dict(documents or {}),
        periods={
            rule.id: Term(rule.id, rule.label, rule.length_text, rule.article, rule.consequence)
            for rule in rulebook.rules(day)
        },
        guards={
            name: (found.label, found.article)
            for name in sorted({*guards.names(), *guards.catalogue()})
            if (found := guards.known(name))
        },
        procedures=dict(names or {}),
    )


@cache
def _steps() -> dict[str, str]:
    found: dict[str, str] = json.loads((Path(__file__).parent / "data" / "steps.json").read_text("utf-8"))
    return found


def procedure_names() -> dict[str, str]:
    """Names of the shipped procedures by code."""
    return {code: found.name for code in shipped.codes() if (found := shipped.baseline(code))}


def when(move: Move) -> str:
    """The condition of a move as shown beside its label; nothing where the label says it already."""
    return "" if move.when in move.label else move.when


def inner(definition: Definition, move: Move) -> bool:
    """Whether a move stays inside this procedure: only such moves are edges."""
    return not move.procedure and move.to in definition.stages


def act_types() -> dict[str, str]:
    """Chinese names of the kinds of acts, in the order in which they are listed."""
    return dict(_ACT_TYPES)


def act_type(code: str) -> str:
    return _ACT_TYPES.get(code, code)


_ACT_TYPES = {
    "penalty": "行政处罚",
    "licence": "行政许可",
    "coercion": "行政强制措施",
    "execution": "行政强制执行",
    "inspection": "行政检查",
    "expropriation": "行政征收",
    "requisition": "行政征用",
    "fee": "行政收费",
    "confirmation": "行政确认",
    "transfer": "案件移送",
}
