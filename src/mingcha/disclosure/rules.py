"""Pure rules of disclosure: when something may be published, applying the clerk's marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mingcha.common.errors import InvalidInput, Reason


def may_publish(*, signed_off: bool, residual: int, revoked: bool, released: bool) -> list[Reason]:
    """Reasons why a publication cannot be released; empty when it can — 行政处罚法 art. 48, 50."""
    reasons = []
    if released:
        reasons.append(Reason("published-already", "已经公示，不能重复公示。"))
    if revoked:
        reasons.append(Reason("publish-revoked", "决定已经撤销，不得公示。", ("行政处罚法第四十八条第二款",)))
    if not signed_off:
        reasons.append(
            Reason(
                "publish-without-signoff",
                "还没有签发脱敏结果，不能公示。",
                ("行政处罚法第五十条", "政府信息公开条例第十五条"),
                "请逐项核对隐去的内容后签发。",
            )
        )
    if residual:
        reasons.append(
            Reason(
                "residual-personal-data",
                f"复查仍发现{residual}处可能的个人信息。",
                ("行政处罚法第五十条",),
                "请逐处隐去，或者说明保留的理由。",
            )
        )
    return reasons


# Numbers that identify or reach a person are never left standing, whatever the reason — 个人信息保护法 art. 28.
NEVER_KEPT = frozenset({"id-number", "phone", "bank-account", "e-mail", "messenger", "minor", "address"})


def may_keep(span_type: str) -> bool:
    """Whether the clerk may leave standing, with a reason, what the engine marked."""
    return span_type not in NEVER_KEPT


def apply_spans(text: str, spans: Sequence[Mapping[str, Any]]) -> str:
    """The public text: each span of the original replaced. Raises InvalidInput for spans that do not fit."""
    result, last = [], 0
    for span in sorted(spans, key=lambda item: (item["start"], item["end"])):
        start, end = span["start"], span["end"]
        if not (isinstance(start, int) and isinstance(end, int)) or start < last or end <= start or end > len(text):
            raise InvalidInput({"spans": ["隐去范围与原文不符，请刷新页面后重新核对。"]})
        result += [text[last:start], str(span["replacement"])]
        last = end
    return "".join([*result, text[last:]])


def swallowed(span: Any, added: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the clerk hid more around a span of the engine, so that it is part of the clerk's."""
    return any(item["start"] <= span.start and span.end <= item["end"] for item in added)
