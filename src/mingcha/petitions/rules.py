"""Pure rules of letters: which step may follow, and by whom."""

from __future__ import annotations

from collections.abc import Sequence

from mingcha.common.errors import Reason
from mingcha.petitions.choices import FINAL, StepKind


def may_step(
    kind: str, *, done: Sequence[str], own_organ: bool, extendable: bool, says_gone: bool = False
) -> list[Reason]:
    """Reasons why this step cannot be taken; empty when it can.

    `done` are the kinds of the steps so far; `says_gone`: the answer says “taken down” while the text still stands.
    """
    reasons = []
    if any(step in FINAL for step in done):
        reasons.append(
            Reason("petition-closed", "这封来信已经办结，不能再办理。", (), "来信人有新情况的，请其另行提交。")
        )
    if kind in (StepKind.ACCEPTED, StepKind.DECLINED) and StepKind.ACCEPTED in done:
        reasons.append(Reason("petition-accepted", "这封来信已经受理。", (), "请继续办理后答复。"))
    if kind not in (StepKind.ACCEPTED, StepKind.DECLINED) and StepKind.ACCEPTED not in done:
        reasons.append(Reason("petition-not-accepted", "还没有受理，不能办理。", (), "请先决定是否受理。"))
    if kind == StepKind.EXTENDED and (not extendable or StepKind.EXTENDED in done):
        reasons.append(Reason("petition-not-extendable", "这类来信的期限不能延长，或者已经延长过一次。"))
    if own_organ and kind != StepKind.REPORTED:
        reasons.append(
            Reason(
                "petition-own-organ",
                "来信反映的是您所在的机关，应当由其他机关的监督人员办理。",
                ("行政处罚法第七十五条",),
                "请上一级行政执法监督机构办理。",
            )
        )
    if says_gone:
        reasons.append(
            Reason(
                "petition-not-withdrawn", "公开的内容还没有撤下，不能答复“已经撤下”。", (), "请公示员先撤下，再答复。"
            )
        )
    return reasons
