from __future__ import annotations

from typing import Any

from mingcha.accounts.actors import Actor
from mingcha.cases.models import Case
from mingcha.catalogues import profiles
from mingcha.catalogues.models import Edition
from mingcha.common.errors import Reason
from mingcha.procedures.guards import Answer, guard
from mingcha.recordings import queries

# What the policy profile says of steps likely to be contested (R061): these two make a recording a duty.
_WANTED = {"record": "按政策参数应当音像记录", "full": "按政策参数应当全程音像记录"}


def _wanted(item: dict[str, Any], mode: str) -> str:
    return "要求全程记录" if item["mode"] == "full" else _WANTED[mode]


def _contested(case: Case, edition: Edition | None, mode: str) -> list[dict[str, Any]]:
    """Entries of this stage that the list leaves to the circumstances and the policy profile does not."""
    if edition is None or mode not in _WANTED:
        return []
    return [
        item
        for item in edition.content["entries"]
        if item["stage"] == case.stage
        and item["mode"] == "circumstances"
        and case.act_type in item.get("act_types", [case.act_type])
    ]


@guard(
    "recordings-complete@1", "应当音像记录的环节已有音像或者说明原因", "行政处罚法第四十七条；本机关音像记录事项清单"
)
def recordings_complete(case: Case, actor: Actor) -> Answer:
    edition = queries.list_in_force(case)
    mode = profiles.value(case.profile.content, "av.contested_mode")
    needed = [*queries.demanded(case, case.stage), *_contested(case, edition, mode)]
    have = {row.matter for row in queries.rows(case)}
    excused = set(queries.excused_matters(case))
    reasons = tuple(
        Reason(
            "recording-missing",
            f"缺少音像记录：{item['plain']}（清单第{item['code']}项{_wanted(item, mode)}）。",
            ("行政处罚法第四十七条",),
            "请上传音像；确实没有的，请说明原因。",
            {"matter": item["code"]},
        )
        for item in needed
        if item["code"] not in have | excused
    )
    return Answer(
        reasons,
        {
            "edition": str(edition.id) if edition else None,
            "demanded": [item["code"] for item in needed],
            "av.contested_mode": mode,
            "excused": sorted(excused),
        },
    )


@guard(
    "recordings-unbroken@1",
    "全程记录没有中断，或者已经说明中断的原因",
    "行政处罚法第四十七条；国办发〔2018〕118号",
)
def recordings_unbroken(case: Case, actor: Actor) -> Answer:
    """Gaps between the files of a matter that must be recorded whole are explained before the stage is left (R060)."""
    edition = queries.list_in_force(case)
    mode = profiles.value(case.profile.content, "av.contested_mode")
    whole = list(queries.demanded(case, case.stage))
    if mode == "full":
        whole += _contested(case, edition, mode)
    reasons = tuple(
        Reason(
            "recording-interrupted",
            f"全程记录有中断：{item['plain']}，{gap.text}。",
            ("行政处罚法第四十七条",),
            "请补充中间的音像，或者说明中断的原因。",
            {"matter": item["code"], "after": str(gap.after.key), "before": str(gap.before.key)},
        )
        for item in whole
        for gap in queries.unexplained(case, item["code"])
    )
    blind = sorted(str(take.key) for item in whole for take in queries.broken(case).get(item["code"], ([], []))[1])
    return Answer(reasons, {"whole": [item["code"] for item in whole], "without_length": blind})
