"""Published lists as people read them (清单): columns, states, the procedure as stages. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from mingcha.common import money

ABOUT = {
    "items": "本机关可以办理哪些执法事项，每一项的依据和可能的处罚。没有列入清单的，不得立案。",
    "procedure": "案件从线索到结案要经过哪些环节，谁来办，多久办完。系统按这份定义运行，图表与实际办案一致。",
    "officers": "持有有效执法证件的人员。没有列入清单的，不得单独执法。",
    "review-list": "哪些决定在作出之前必须经过法制审核。",
    "recording-list": "哪些环节必须录音录像，哪些视情况记录。",
    "policy-profile": "法律交给地方规定的数额、时限和办理地址。",
}
_RECORDING = {"A": "全程音像记录", "B": "可能有争议的，音像记录", "N": "文字记录"}
_PROFILE = (
    ("review_days", "法制审核时限", "个工作日"),
    ("statement_days", "陈述、申辩期限", "个工作日"),
    ("publish_days", "决定公开时限", "个工作日"),
    ("publish_years", "处罚决定公开期限", "年"),
    ("filing_days", "收到线索后决定立案", "个工作日"),
    ("feedback_days", "检查结束后告知结果", "个工作日"),
    ("supplement_days", "许可申请人补正材料", "个工作日"),
)
_ORGAN = (
    ("payee", "罚款代收机构"),
    ("payee_address", "代收机构地址"),
    ("recon_organ", "行政复议机关"),
    ("recon_address", "复议申请递交地址"),
    ("lit_court", "行政诉讼管辖法院"),
    ("publicity", "决定公开的平台"),
    ("contact_person", "联系部门"),
    ("contact_phone", "联系电话"),
    ("contact_address", "联系地址"),
)
_SUMS = (("fine", "罚款"), ("confiscate_gains", "没收违法所得"))
_PARTIES = (("person", "对公民"), ("organisation", "对单位"))


def certificate_state(item: Any, day: dt.date) -> dict[str, str]:
    """Whether a certificate holds today: kind and word of its tag."""
    if item.suspended_on and item.suspended_on <= day:
        return {"kind": "late", "label": f"{item.suspended_on.isoformat()} 起停用"}
    if day > item.valid_to:
        return {"kind": "late", "label": "已过期"}
    if day < item.valid_from:
        return {"kind": "warn", "label": "尚未生效"}
    return {"kind": "ok", "label": "今日有效"}


def edition_state(row: Any, day: dt.date) -> dict[str, str]:
    """Whether an edition is in force on a day."""
    if row.effective_from > day:
        return {"kind": "warn", "label": "尚未施行"}
    if row.effective_to and row.effective_to < day:
        return {"kind": "", "label": "已撤回" if getattr(row, "withdrawal", None) else "已被新版代替"}
    return {"kind": "ok", "label": "现行有效"}


def profile(content: Mapping[str, Any]) -> list[dict[str, str]]:
    """The policy profile as facts."""
    facts = [{"label": label, "value": f"{content[key]} {unit}"} for key, label, unit in _PROFILE if content.get(key)]
    hearing = content.get("hearing", {})
    for party, whom in _PARTIES:
        sums = hearing.get(party, {})
        parts = [f"{label} {money.yuan(sums[key])} 元以上" for key, label in _SUMS if sums.get(key)]
        if parts:
            facts.append({"label": f"听证数额（{whom}）", "value": "，".join(parts)})
    organ = content.get("organ", {})
    facts += [{"label": label, "value": str(organ[key])} for key, label in _ORGAN if organ.get(key)]
    if content.get("source"):
        facts.append({"label": "设定依据", "value": str(content["source"])})
    return facts


def procedure(content: Mapping[str, Any], words: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """The stages of a procedure: who acts, on which article, which papers, which periods, where it can go."""

    def named(group: str, codes: list[str]) -> list[str]:
        return [words[group].get(code, code) for code in codes]

    names = {row["id"]: row["name"] for row in content["stages"]}
    stages = []
    for row in content["stages"]:
        moves = [
            {
                "label": move["label"],
                "to": names.get(move["to"], move["to"]),
                "guards": named("guards", move.get("guards", [])),
            }
            for move in row["moves"]
        ]
        stages.append(
            {
                "name": row["name"],
                "article": row["article"],
                "roles": named("roles", row["roles"]),
                "documents": named("documents", row["documents"]),
                "periods": named("periods", row["starts"]),
                "recording": _RECORDING.get(row["recording"], ""),
                "moves": moves,
            }
        )
    first: dict[str, str] = {}
    for row in content["stages"]:
        first.setdefault(row["step"], row["name"])
    steps = [{"label": _STEPS.get(step, first.get(step, step)), "state": "todo"} for step in content["steps"]]
    return {"source": content.get("source", ""), "steps": steps, "stages": stages}


_STEPS = {
    "lead": "立案",
    "investigate": "调查取证",
    "notify": "告知",
    "legal-review": "法制审核",
    "decide": "决定",
    "serve": "送达",
    "perform-wait": "履行",
    "close": "结案",
}
