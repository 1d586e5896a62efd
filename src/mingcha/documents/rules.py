"""Pure rules of documents: hearing thresholds, never heavier than notified, the same as notified."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mingcha.common.errors import Reason
from mingcha.common.explained import Explained
from mingcha.common.money import yuan
from mingcha.documents.rendering import template

Penalty = Mapping[str, Any]

# From light to heavy as the list of 行政处罚法 art. 9 and the annual statistics read it; used only to compare two drafts.
_SEVERITY = (
    "warning",
    "criticism",
    "fine",
    "confiscate_gains",
    "confiscate_goods",
    "suspend_permit",
    "lower_qualification",
    "restrict_activity",
    "stop_production",
    "close",
    "restrict_work",
    "revoke_permit",
    "other",
)


def penalty_labels() -> Mapping[str, str]:
    """The kinds of penalty (处罚法 art. 9): stored code → words, as the decision letter prints them."""
    found = template("penalty-decision").field("penalties")
    kind = next((field for field in found.of if field.name == "kind"), None) if found else None
    return (kind.choices if kind else None) or {}


def money(penalties: Iterable[Penalty], kind: str) -> int:
    """Sum of one kind in fen."""
    return sum(int(item.get("amount") or 0) for item in penalties if item.get("kind") == kind)


def hearing_due(penalties: Sequence[Penalty], party_kind: str, thresholds: Mapping[str, Any]) -> Explained[bool]:
    """Whether hearing rights must be offered (G-07) — 行政处罚法 art. 63; thresholds by policy profile, in fen."""
    article = "行政处罚法第六十三条"
    limits = thresholds["person" if party_kind == "person" else "organisation"]
    facts = {"party_kind": party_kind, "limits": limits}
    for kind, label in (("fine", "罚款"), ("confiscate_gains", "没收违法所得")):
        amount, limit = money(penalties, kind), int(limits[kind])
        if amount >= limit:
            return Explained(
                True, "G-07", article, facts, (f"拟{label}{yuan(amount)}元，达到听证标准{yuan(limit)}元。",)
            )
    for item in penalties:
        if item.get("kind") in thresholds["kinds"]:
            return Explained(
                True, "G-07", article, facts, (f"拟{penalty_labels()[item['kind']]}，属于应当告知听证的情形。",)
            )
    return Explained(False, "G-07", article, facts, ("拟处罚的种类和数额没有达到听证标准。",))


def not_heavier(notified: Sequence[Penalty], proposed: Sequence[Penalty]) -> list[Reason]:
    """G-03: a penalty is never heavier because the party defended itself — 行政处罚法 art. 45 ¶2."""
    reasons = []
    for kind, label in (("fine", "罚款"), ("confiscate_gains", "没收违法所得")):
        before, now = money(notified, kind), money(proposed, kind)
        if now > before:
            reasons.append(
                Reason(
                    "heavier-than-notified",
                    f"拟决定{label}{yuan(now)}元，重于事先告知的{yuan(before)}元。",
                    ("行政处罚法第四十五条第二款",),
                    "不得因当事人陈述申辩给予更重的处罚；有新的事实的，请重新告知。",
                )
            )
    known = {item["kind"] for item in notified}
    heaviest = max((_SEVERITY.index(kind) for kind in known), default=-1)
    for item in proposed:
        if item["kind"] not in known and _SEVERITY.index(item["kind"]) > heaviest:
            reasons.append(
                Reason(
                    "heavier-kind-than-notified",
                    "拟决定的处罚种类重于事先告知的种类。",
                    ("行政处罚法第四十五条第二款",),
                    "请重新告知。",
                )
            )
    return reasons


def as_notified(notice: Mapping[str, Any], draft: Mapping[str, Any]) -> list[Reason]:
    """V16: the decision rests on the facts and articles that were notified — 行政处罚法 art. 44, 62."""
    reasons = []
    notified = {row["citation"] for name in ("broken_articles", "penalty_articles") for row in notice.get(name, [])}
    for name in ("broken_articles", "penalty_articles"):
        for row in draft.get(name, []):
            if row["citation"] not in notified:
                reasons.append(
                    Reason(
                        "article-not-notified",
                        f"决定书引用的{row['citation']}没有在事先告知书中告知。",
                        ("行政处罚法第四十四条", "行政处罚法第六十二条"),
                        "请更正条款，或者重新告知。",
                    )
                )
    facts = {row["text"] for row in notice.get("facts", [])}
    if any(row["text"] not in facts for row in draft.get("facts", [])):
        reasons.append(
            Reason(
                "fact-not-notified",
                "决定书认定的事实与事先告知的事实不一致。",
                ("行政处罚法第四十四条", "行政处罚法第六十二条"),
                "请与告知书保持一致；事实有变的，请重新告知。",
            )
        )
    kinds = {row["kind"] for row in notice.get("penalties", [])}
    if any(row["kind"] not in kinds for row in draft.get("penalties", [])):
        reasons.append(
            Reason(
                "penalty-not-notified",
                "决定书的处罚种类没有在事先告知书中告知。",
                ("行政处罚法第四十四条",),
                "请重新告知。",
            )
        )
    return reasons
