from __future__ import annotations

from mingcha.accounts.actors import Actor
from mingcha.cases.models import Case
from mingcha.common.errors import Reason
from mingcha.procedures.guards import Answer, guard
from mingcha.recordings import queries


@guard(
    "recordings-complete@1", "应当音像记录的环节已有音像或者说明原因", "行政处罚法第四十七条；本机关音像记录事项清单"
)
def recordings_complete(case: Case, actor: Actor) -> Answer:
    edition = queries.list_in_force(case)
    needed = queries.demanded(case, case.stage)
    have = {row.matter for row in queries.rows(case)}
    excused = set(queries.excused_matters(case))
    reasons = tuple(
        Reason(
            "recording-missing",
            f"缺少音像记录：{item['plain']}（清单第{item['code']}项要求全程记录）。",
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
            "excused": sorted(excused),
        },
    )
