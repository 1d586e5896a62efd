"""Pure rules of the decision: when the heads discuss together, what their votes carry, when no penalty is imposed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from mingcha.common.errors import Reason
from mingcha.decisions.choices import Conclusion, Fault, View, Waiver

TOGETHER = "行政处罚法第五十七条第二款"
# The period within which an order wants the act made anew.
REDO_TERM = "REV-14"
_HANDLED = {"handler": "承办", "reviewer": "审核", "hearing_host": "主持听证"}


def may_discuss(name: str, held: Collection[str], *, head: bool) -> list[Reason]:
    """Reasons why this person has no voice: only heads discuss, and handlers report but do not vote — art. 57 ¶2."""
    reasons = []
    if not head:
        text = f"{name}不是机关负责人，不能参加集体讨论的表决。"
        reasons.append(Reason("discussion-head-only", text, (TOGETHER,), "请由机关负责人发表意见。"))
    for duty in sorted(set(held) & set(_HANDLED)):
        text = f"{name}在本案中{_HANDLED[duty]}，可以列席汇报，不能参加表决。"
        reasons.append(Reason("discussion-by-handler", text, (TOGETHER,), "请由没有办理本案的负责人讨论。"))
    return reasons


def may_conclude(outcome: str, views: Sequence[str], quorum: int, vote: str) -> list[Reason]:
    """Reasons why a discussion cannot end in `outcome`: too few opinions, or no majority for it."""
    reasons = []
    if len(views) < quorum:
        text = f"参加讨论的负责人应当不少于{quorum}人，现有{len(views)}人发表意见。"
        reasons.append(Reason("discussion-without-quorum", text, (TOGETHER,), "请等其他负责人发表意见后再作结论。"))
    counted, whole = Counter(views), len(views)

    def carries(found: int) -> bool:
        return 3 * found >= 2 * whole if vote == "two_thirds" else 2 * found > whole

    if outcome == Conclusion.SPLIT:
        for view, found in counted.most_common(1):
            if carries(found):
                text = f"“{View(view).label}”已有{found}人主张，形成了多数意见（共{whole}人）。"
                reasons.append(Reason("discussion-against-votes", text, (TOGETHER,), "请按多数意见作出结论。"))
        return reasons
    found = counted[outcome]
    if not carries(found):
        share = "三分之二以上" if vote == "two_thirds" else "过半数"
        text = f"主张“{View(outcome).label}”的{found}人，没有达到{share}（共{whole}人）。"
        reasons.append(
            Reason(
                "discussion-against-votes",
                text,
                (TOGETHER,),
                "结论应当与多数意见一致；没有多数意见的，记明后再次讨论。",
            )
        )
    return reasons


def as_concluded(outcome: str, digest: str, now: str | None) -> list[Reason]:
    """Reasons why a penalty may not be decided after this conclusion: another outcome, or another text."""
    if outcome != View.AGREE:
        text = f"集体讨论的结论是“{Conclusion(outcome).label}”，不能按草稿作出处罚决定。"
        return [Reason("decision-not-as-discussed", text, (TOGETHER,), "请按结论办理，或者再次集体讨论。")]
    if digest != now:
        text = "集体讨论以后，决定书草稿或者证据又有改动，与讨论的内容不一致。"
        return [Reason("decision-not-as-discussed", text, (TOGETHER,), "请再次集体讨论。")]
    return []


def may_waive(ground: str, earlier: Sequence[str], listed: bool) -> list[Reason]:
    """Reasons why leniency on this ground is not open: not the first violation, or not on the published list — art. 33."""
    reasons = []
    article = ("行政处罚法第三十三条第一款",)
    if ground == Waiver.FIRST and earlier:
        text = f"当事人此前已有处罚决定（{'、'.join(earlier[:3])}），不属于初次违法。"
        reasons.append(Reason("violation-not-first", text, article, "请按违法行为轻微或者其他情形办理，或者依法处罚。"))
    if not listed:
        text = "本机关公布的轻微违法行为和首违不罚清单没有列入这一事项。"
        reasons.append(Reason("outcome-without-list", text, article, "请选择清单中的条目，或者写明不依清单的理由。"))
    return reasons


def may_change(before: tuple[int, int], after: tuple[int, int], *, facts_changed: bool) -> list[Reason]:
    """Reasons why a decision may not be changed so: never heavier on the same facts — art. 45 ¶2."""
    if facts_changed:
        text = "基于新的事实的处罚不能用变更决定代替。"
        return [Reason("change-new-facts", text, ("行政处罚法第四十四条",), "请撤销原决定，重新立案、告知、听取申辩。")]
    if after[0] > before[0] or after[1] > before[1]:
        text = "变更后的罚款或者没收数额高于现在的数额。"
        return [Reason("change-heavier", text, ("行政处罚法第四十五条第二款",), "请按不重于原决定的内容变更。")]
    return []


REDO = ("行政复议法第六十四条", "行政诉讼法第七十条、第七十一条")


def may_redo(*, stands: bool, again: bool, old: Collection[str], new: Mapping[str, str], why: str) -> list[Reason]:
    """Reasons why a case may not be taken up anew so. `old`: who handled before; `new`: key → name of who shall now."""
    reasons = []
    if stands:
        text = "这份决定仍然有效，不能重新办理。"
        reasons.append(Reason("redo-decision-stands", text, REDO, "请先撤销原决定，或者确认原决定无效。"))
    if again:
        text = "这份决定已经重新办理。"
        reasons.append(Reason("redo-already", text, REDO, "请在重新办理的案件中继续。"))
    same = [name for key, name in new.items() if key in old]
    if same and not why:
        text = f"{'、'.join(same)}承办过原案，重新办理应当另行指定人员。"
        reasons.append(Reason("redo-by-old-handler", text, REDO, "请指定其他人员；确实不能另行指定的，写明理由。"))
    return reasons


def may_repeat(fault: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> list[Reason]:
    """Reasons why this draft may not follow a decision that did not stand: the same act on the same facts and grounds.

    `before`, `now`: fields of the letters; with `amounts` in fen. What is lighter, or rests on other facts or other
    grounds, is another act; where the procedure alone was at fault the same act is open — 行政复议法 art. 64 ¶2.
    """

    def said(fields: Mapping[str, Any]) -> tuple[str, list[str], list[str]]:
        kinds = sorted({str(row["kind"]) for row in fields.get("penalties") or []})
        return _squeezed(fields.get("facts")), kinds, [row["citation"] for row in fields.get("broken_articles") or []]

    lighter = any(new < old for new, old in zip(now["amounts"], before["amounts"], strict=True))
    if fault == Fault.PROCEDURE or lighter or said(before) != said(now):
        return []
    text = "拟作出的决定与被撤销的原决定事实、依据和内容相同，不得以同一事实和理由作出相同的决定。"
    return [Reason("redo-same-act", text, REDO, "请按查清的事实和正确的依据重新拟写决定。")]


def _squeezed(text: Any) -> str:
    return "".join(str(text or "").split())
