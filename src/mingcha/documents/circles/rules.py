"""Pure rules of the circle: who never belongs to it."""

from __future__ import annotations

from collections.abc import Iterable

from mingcha.cases.rules import same_name
from mingcha.common.errors import Reason


def may_know(name: str, reported: Iterable[str]) -> list[Reason]:
    """Why a person may not belong to the circle of a paper: it reports on this very person — 监察法 art. 37."""
    if not any(same_name(name, other) for other in reported):
        return []
    text = f"本件反映的就是{name}，本人不能知悉、审批或者移送。"
    return [Reason("reported-in-chain", text, ("监察法第三十七条",), "请由其他负责人办理，或者报告上级机关。")]
