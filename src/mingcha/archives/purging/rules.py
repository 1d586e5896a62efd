"""Pure rules of purging: how long a recording without a case is kept, why it may not go — 档案法 art. 31."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from mingcha.archives.keeping.rules import LAW, law, months, months_after, table
from mingcha.archives.schemas import Table
from mingcha.common.errors import Reason
from mingcha.common.explained import Explained


@dataclass(frozen=True)
class Facts:
    """What decides on a received recording. `said_on` None: nobody has said that it concerns no case."""

    received_on: dt.date
    recorded_on: dt.date | None
    said_on: dt.date | None
    in_a_case: bool = False
    secret: bool = False
    listed: str = ""
    # What the organ has published (保管期限表); none: what ships.
    terms: Table | None = None


def until(facts: Facts) -> Explained[dt.date]:
    """The last day on which a recording without a case is kept, reckoned from the latest of what happened to it."""
    data = table(facts.terms)
    count = months(data, "unassigned")
    days = {"录制": facts.recorded_on, "入库": facts.received_on, "确认与案件无关": facts.said_on}
    known = {name: day for name, day in days.items() if day is not None}
    name, start = max(known.items(), key=lambda row: row[1])
    value = months_after(start, count)
    steps = [
        "；".join(f"{label}：{day.isoformat()}" for label, day in known.items()) + "。",
        f"自最后一日（{name}）起保管{count}个月，到{value.isoformat()}。",
    ]
    if not data.verified:
        steps.append("这个期限取自参照的规定，没有逐地核对；以本机关公布的为准。")
    return Explained(value, "KEEP-U1", law()["unassigned"]["article"], dict(known), tuple(steps), not data.verified)


def may_purge(facts: Facts, today: dt.date) -> list[Reason]:
    """Why a received recording may not be destroyed today; no reason when it may."""
    found = []
    if facts.in_a_case:
        found.append(Reason("purge-in-a-case", "音像属于案件，或者曾经归入案件。", LAW, "请随案卷按销毁清册办理。"))
    if facts.secret:
        found.append(Reason("purge-secret", "音像涉密，另行保管。", LAW, "请先按程序解除涉密标记。"))
    if facts.said_on is None:
        found.append(Reason("purge-not-set-aside", "没有人确认音像与案件无关。", LAW, "请先在收件箱里确定它的归属。"))
    elif (day := until(facts).value) >= today:
        found.append(Reason("purge-still-kept", f"保管期限到{day.isoformat()}才届满。", LAW, "请等保管期限届满。"))
    if facts.listed:
        found.append(Reason("purge-listed", f"音像已经在{facts.listed}里。", LAW, "请从清册中去掉这一段。"))
    return found


def may_carry_out(*, own: bool, set_aside: bool) -> list[Reason]:
    """Who made a list, or said that a recording on it concerns no case, does not let it go."""
    if own:
        return [Reason("purge-same-person", "编制和批准应当由不同的人办理。", LAW, "请由其他负责人批准。")]
    if set_aside:
        message = "清册里有您确认与案件无关的音像，应当由其他人批准。"
        return [Reason("purge-same-person", message, LAW, "请由其他负责人批准。")]
    return []
