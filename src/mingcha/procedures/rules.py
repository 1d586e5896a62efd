"""What a definition must be before it can be published: the verifier's answer as reasons (程序核验)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mingcha.common.errors import Reason
from mingcha.deadlines.rulebook import editions
from mingcha.procedures import shipped
from mingcha.procedures.definition import Definition, parse
from mingcha.procedures.shape import malformed
from mingcha.procedures.verifier import Refuted, Report, verify


def check(content: Mapping[str, Any]) -> list[Reason]:
    """Reasons why a definition cannot be published; empty when it can.

    A local variant is held to the properties of the procedure whose code it bears. `data` of a reason carries the
    property, the path as stage ids and the statement that is broken.
    """
    missing = malformed(content)
    if missing:
        said = "；".join(missing[:10])
        return [Reason("procedure-malformed", f"程序定义缺少必要的部分：{said}。", (), "请补齐后再核验。")]
    definition = parse(content)
    if definition.code not in shipped.codes():
        return [
            Reason(
                "procedure-unknown",
                f"没有编号为“{definition.code}”的程序。本机关的变体沿用法定程序的编号。",
                (),
                f"请使用：{'、'.join(shipped.codes())}。",
            )
        ]
    reasons = [_reason(item) for item in report(definition).refuted]
    base = shipped.baseline(definition.code)
    if base is not None and definition.act_type != base.act_type:
        reasons.append(Reason("procedure-act-type", f"程序{definition.code}的执法类别应为“{base.act_type}”。"))
    return reasons


def report(definition: Definition) -> Report:
    """All of the verification, proved properties too."""
    return verify(definition, periods=editions())


def _reason(item: Refuted) -> Reason:
    return Reason(
        f"property-{item.property.lower()}",
        item.message,
        (item.article,) if item.article else (),
        item.fix,
        {"property": item.property, "statement": item.statement, "path": list(item.path)},
    )
