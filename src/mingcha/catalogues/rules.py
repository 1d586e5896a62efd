"""Pure rules of lists: who may review, what a draft lacks towards the superior's fixed entries, dates of publication."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from mingcha.common.errors import Reason

Entry = Mapping[str, Any]


def may_review(*, drafted: bool, name: str) -> list[Reason]:
    """Whoever wrote on a list does not review it."""
    if not drafted:
        return []
    return [
        Reason(
            "list-reviewer-drafted",
            f"{name}参与过这份清单的起草，不能审核。",
            ("国办发〔2018〕118号",),
            "请由没有参与起草的审核人员办理。",
        )
    ]


def follows(fixed: Sequence[Entry], entries: Sequence[Entry], superior: str) -> list[Reason]:
    """Reasons where entries differ from what the superior has fixed; the lower level may only add (R017)."""
    own = {str(entry.get("code")): entry for entry in entries}
    reasons = []
    for entry in fixed:
        code = str(entry["code"])
        fix = "请点“同步上级清单”，采用上级的条目。"
        if code not in own:
            reasons.append(
                Reason(
                    "inherited-missing",
                    f"缺少{superior}固定的条目“{code}”，下级应当遵照执行。",
                    (),
                    fix,
                    {"code": code},
                )
            )
        elif dict(own[code]) != dict(entry):
            reasons.append(
                Reason("inherited-changed", f"条目“{code}”与{superior}固定的内容不一致。", (), fix, {"code": code})
            )
    return reasons


def may_take_effect(effective_from: dt.date, today: dt.date) -> list[Reason]:
    """A list takes effect on the day of its publication or later: what was not public binds nobody — 行政处罚法 art. 5, 34."""
    if effective_from >= today:
        return []
    return [
        Reason(
            "edition-backdated",
            f"施行日{effective_from.isoformat()}早于今天，未公布的清单不能作为依据。",
            ("行政处罚法第五条第三款",),
            "请把施行日改为今天或者以后。",
        )
    ]


def circular(organisation: Any, above: Collection[Any]) -> bool:
    """Whether `organisation` stands among the organs above its intended superior."""
    return organisation in set(above)
