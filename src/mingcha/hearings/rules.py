"""Pure rules of the hearing: its day, its host, who may represent, and that the decision rests on the record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from mingcha.common.errors import Reason
from mingcha.deadlines.calendar import Calendar

_TIME = "行政处罚法第六十四条第二项"
_HOST = "行政处罚法第六十四条第四项"
_RECORD = "行政处罚法第六十五条"


def may_meet(day: dt.date, earliest: dt.date, calendar: Calendar, *, unannounced: bool = False) -> list[Reason]:
    """Reasons why a hearing may not be held on `day`; the next possible day is proposed — art. 64 (2).

    `unannounced`: the host answers for a day of a year whose holidays nobody has announced yet.
    """
    proposed = calendar.next_workday(max(day, earliest))
    fix = f"请改在{proposed.isoformat()}或者以后的工作日。"
    data = {"proposed": proposed.isoformat()}
    reasons = []
    if day < earliest:
        text = f"听证应当提前七个工作日通知，最早可以在{earliest.isoformat()}举行。"
        reasons.append(Reason("hearing-too-early", text, (_TIME, "行政处罚法第八十五条"), fix, data))
    if not calendar.is_workday(day):
        text = f"{day.isoformat()}是休息日（{calendar.why(day)}），不能安排听证。"
        reasons.append(Reason("hearing-on-day-off", text, (_TIME, "全国年节及纪念日放假办法第七条"), fix, data))
    if not calendar.is_announced(day) and not unannounced:
        text = f"{day.year}年的放假安排还没有公布，{day.isoformat()}可能是休息日，不能直接安排听证。"
        fix = "请改在放假安排已经公布的年份；确需安排的，请勾选确认，公布以后核对，是休息日的改期并重新通知。"
        reasons.append(Reason("hearing-year-unannounced", text, (_TIME, "全国年节及纪念日放假办法第七条"), fix, data))
    return reasons


def day_lost(day: dt.date, calendar: Calendar) -> list[Reason]:
    """Reasons why a hearing that was fixed cannot be held on its day: it became a day off (放假安排有变) — art. 64 (2)."""
    if calendar.is_workday(day):
        return []
    text = f"{day.isoformat()}现在是休息日（{calendar.why(day)}），听证不能在这一天举行。"
    proposed = calendar.next_workday(day).isoformat()
    fix = f"请改期到{proposed}或者以后的工作日，并重新通知当事人。"
    return [Reason("hearing-on-day-off", text, (_TIME, "全国年节及纪念日放假办法第七条"), fix, {"proposed": proposed})]


def may_host(name: str, held: Collection[str], *, avoiding: bool, disinterested: bool) -> list[Reason]:
    """Reasons why this person may not host: no investigator of the case, nobody with a direct interest — art. 64 (4)."""
    reasons = []
    if "hearing_host" not in held:
        text = f"{name}没有被指定主持本案听证。"
        reasons.append(Reason("hearing-host-missing", text, (_HOST,), "请机关负责人指定主持人。"))
    if "handler" in held:
        text = f"{name}参与了本案调查，不能主持听证。"
        reasons.append(Reason("hearing-host-investigated", text, (_HOST,), "请机关负责人指定没有参与调查的人员。"))
    if avoiding:
        text = f"{name}已被决定回避，不能主持听证。"
        reasons.append(Reason("officer-avoiding", text, (_HOST, "行政处罚法第四十三条"), "请机关负责人另行指定。"))
    if not disinterested:
        text = f"{name}没有确认与本案没有直接利害关系，不能主持听证。"
        reasons.append(
            Reason("hearing-host-interested", text, (_HOST,), "有利害关系的，请向机关负责人说明，由其另行指定。")
        )
    return reasons


def may_represent(agents: int, most: int) -> list[Reason]:
    """Reasons why no further agent may be registered — art. 64 (5)."""
    if agents < most:
        return []
    text = f"当事人最多委托{most}名代理人，已经登记{agents}名。"
    return [Reason("hearing-agents-too-many", text, ("行政处罚法第六十四条第五项",), "请当事人确定由谁代理。")]


def rests_on_record(
    decision: Mapping[str, Any],
    record: Mapping[str, Any],
    notified: Iterable[Mapping[str, Any]],
    unexamined: Iterable[str],
) -> list[Reason]:
    """What a draft decision finds that the record of the hearing does not carry: facts and evidence — art. 65.

    `notified`: facts of the notice that the investigators presented; `unexamined`: evidence that was not shown.
    """
    reasons = [
        Reason(
            "hearing-evidence-unexamined",
            f"“{name}”没有在听证中出示、质证，不能作为决定的根据。",
            (_RECORD, "行政处罚法第四十六条"),
            "请再次举行听证质证，或者排除这份证据。",
            {"evidence": name},
        )
        for name in unexamined
    ]
    told = {_plain(row.get("text")) for row in notified}
    carried = "".join(_plain(record.get(name)) for name in ("presentation", "defence", "debate", "last_word"))
    for row in decision.get("facts") or []:
        text = _plain(row.get("text"))
        if text and text not in told and text not in carried:
            reasons.append(
                Reason(
                    "hearing-fact-not-on-record",
                    f"听证笔录没有记载这一事实：{str(row.get('text'))[:60]}",
                    (_RECORD,),
                    "决定应当根据听证笔录作出。事实有变的，请重新告知、再次听证。",
                )
            )
    return reasons


def _plain(text: Any) -> str:
    """Text without blanks, so that a line break makes no difference."""
    return "".join(str(text or "").split())
