"""What a definition must be before it can be published. The full verifier grows from here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mingcha.accounts.choices import Role
from mingcha.common.errors import Reason
from mingcha.procedures.definition import Definition, parse
from mingcha.procedures.guards import known

# A path to a decision that avoids one of these guards breaks the statute (行政处罚法 art. 44, 45, 58, 62, 64).
_BEFORE_DECISION = {
    "decision-issue": ("notice-served@1", "statement-closed@1", "hearing-window-over@1", "review-stands@1"),
}


def check(content: Mapping[str, Any]) -> list[Reason]:
    """Reasons why a definition cannot be published; empty when it can."""
    try:
        definition = parse(content)
    except (KeyError, TypeError) as error:
        return [Reason("procedure-malformed", f"程序定义缺少必要的部分：{error}。")]
    return [*_references(definition), *_reachability(definition), *_gates(definition)]


def _references(definition: Definition) -> list[Reason]:
    reasons = []
    if definition.entry not in definition.stages:
        reasons.append(Reason("procedure-entry", f"起始环节“{definition.entry}”不存在。"))
    for stage in definition.stages.values():
        for role in stage.roles:
            if role not in Role.values:
                reasons.append(Reason("procedure-role", f"环节“{stage.name}”的角色“{role}”不存在。"))
        for move in stage.moves:
            if move.to not in definition.stages:
                reasons.append(Reason("procedure-target", f"“{stage.name}—{move.label}”指向不存在的环节。"))
            for name in move.guards:
                if known(name) is None:
                    reasons.append(
                        Reason("guard-unknown", f"“{stage.name}—{move.label}”引用了没有登记的条件“{name}”。")
                    )
    return reasons


def _reachability(definition: Definition) -> list[Reason]:
    edges = [(source, to) for source, to in definition.edges() if to in definition.stages]
    reached = _closure({definition.entry}, edges)
    ends = {stage.id for stage in definition.stages.values() if not stage.moves}
    leading = _closure(ends, [(to, source) for source, to in edges])
    names = {stage.id: stage.name for stage in definition.stages.values()}
    return [
        *(Reason("stage-unreachable", f"环节“{names[item]}”走不到。") for item in names if item not in reached),
        *(Reason("stage-dead-end", f"环节“{names[item]}”走不出去。") for item in names if item not in leading),
    ]


def _gates(definition: Definition) -> list[Reason]:
    reasons = []
    for stage in definition.stages.values():
        for move in stage.moves:
            for name in _BEFORE_DECISION.get(move.action, ()):
                if name not in move.guards:
                    guard = known(name)
                    reasons.append(
                        Reason(
                            "procedure-gate-missing",
                            f"“{stage.name}—{move.label}”缺少法定条件“{guard.label if guard else name}”。",
                            (guard.article,) if guard else (),
                        )
                    )
    return reasons


def _closure(start: set[str], edges: list[tuple[str, str]]) -> set[str]:
    found, todo = set(start), list(start)
    while todo:
        here = todo.pop()
        for source, to in edges:
            if source == here and to not in found:
                found.add(to)
                todo.append(to)
    return found
