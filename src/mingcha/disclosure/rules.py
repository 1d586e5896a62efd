"""Pure rules of disclosure: when something may be published, applying the clerk's marks."""

from __future__ import annotations

import datetime as dt
import uuid
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


def may_approve(*, asked_by: uuid.UUID, officer: uuid.UUID) -> list[Reason]:
    """Reasons why this person cannot answer a submission; empty when he can — R024."""
    if asked_by != officer:
        return []
    return [
        Reason(
            "publish-own-approval",
            "内容由您送审，应当由另一人审核。",
            ("国办发〔2018〕118号",),
            "请本机关另一名公示员或者负责人审核。",
        )
    ]


def may_withhold(*, of_case: bool, released: bool, undone: bool) -> list[Reason]:
    """Reasons why it cannot be asked that a decision be not made public; empty when it can."""
    reasons = []
    if not of_case:
        reasons.append(Reason("withhold-nothing", "只有在本机关办理的决定可以申请不公示。", (), "请按期公示。"))
    if released:
        reasons.append(Reason("published-already", "已经公示。", (), "需要撤下的，请在公示页面撤下。"))
    if undone:
        reasons.append(Reason("publish-revoked", "决定已经撤销或者变更，本来就不再公示。"))
    return reasons


def withhold_needs_another() -> Reason:
    """A decision that stands leaves the queue of publication only with a ground that another approved."""
    return Reason(
        "withheld-without-approval",
        "不公示一份执法决定，要有法律依据，并由另一人审核。",
        ("行政处罚法第四十八条", "政府信息公开条例第十四条、第十五条"),
        "请公示员在“公示”中打开这份决定，选择“申请不公示”，由另一人审核。",
    )


def ends_on(published: dt.date, years: int) -> dt.date:
    """The last day on show: the same day after so many years, in February perhaps the last (民法典 art. 202)."""
    try:
        return published.replace(year=published.year + years)
    except ValueError:
        return dt.date(published.year + years, 2, 28)


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
