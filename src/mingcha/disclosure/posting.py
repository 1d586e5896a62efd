"""Texts about one public decision for other media (R023): made from the public fields alone."""

from __future__ import annotations

from mingcha.disclosure import letters
from mingcha.disclosure.models import PublicEntry

# Characters that one Weibo post holds without being folded, and about what a platform counts an address as.
_SHORT, _ADDRESS = 140, 24


def posts(row: PublicEntry, address: str) -> dict[str, str]:
    """Of a decision that stands a text for Weibo (`short`) and one for WeChat (`long`), with the address of its page."""
    outcome = "、".join(row.kinds) or "行政处罚"
    if row.fine_fen:
        outcome += f"，罚款{row.fine_fen / 100:,.{2 if row.fine_fen % 100 else 0}f}元"
    head = (
        f"【行政处罚公示】{row.authority}：{row.party}因{row.cause or '违法行为'}，被处{outcome}。"
        if row.act == "penalty"
        else f"【{letters.acts().get(row.act, '')}公示】{row.authority}：{row.party}，{row.cause}，{'、'.join(row.kinds)}。"
    )
    number = f"（{row.number}）" if row.number else ""
    # The sentence is what is cut.
    most = _SHORT - len(number) - _ADDRESS
    short = head if len(head) <= most else head[: most - 1] + "…"
    long = [head, f"文号：{row.number}" if row.number else "", f"决定日期：{row.decided_on}" if row.decided_on else ""]
    end = [f"全文和核验：{address}", "以网站公开的内容为准；决定被撤销、变更的，网站同时撤下。"]
    return {"short": f"{short}{number}{address}", "long": "\n".join([*filter(None, long), *end])}
