"""Pure rules of service: what each mode needs, who may sign for whom, the day of effect — 民事诉讼法 art. 87–95."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping
from functools import cache
from importlib import resources
from typing import Any

from mingcha.common.clock import legal_day
from mingcha.common.errors import Reason
from mingcha.common.explained import Explained
from mingcha.deadlines.calendar import Calendar
from mingcha.deadlines.periods import compute
from mingcha.deadlines.rulebook import rule
from mingcha.documents.choices import Relation, ServiceMode


@cache
def law() -> Mapping[str, Any]:
    """The modes of service with article, proof, what must be recorded and when they take effect, as data."""
    text = resources.files("mingcha.documents.serving").joinpath("data", "modes.json").read_text("utf-8")
    found: Mapping[str, Any] = json.loads(text)
    return found


def needs(mode: str) -> Collection[str]:
    """What has to be recorded for a mode."""
    found: list[str] = law()["modes"][mode]["needs"]
    return found


def effect(mode: str, served_at: dt.datetime, calendar: Calendar) -> Explained[dt.date]:
    """The day on which service takes effect, with its reckoning; periods run from the day after."""
    row = law()["modes"][mode]
    day = legal_day(served_at)
    if "rule" in row:
        return compute(rule(row["rule"], day), day, calendar)
    facts = {"mode": mode, "served_at": served_at}
    steps = (
        f"{ServiceMode(mode).label}：{row['effect']}",
        f"送达之日：{day.isoformat()}；以送达起算的期限从次日开始计算。",
    )
    return Explained(day, "SVC-02", row["article"], facts, steps)


def may_sign(party_kind: str, relation: str) -> list[Reason]:
    """Why a person may not sign for the party; no reason when the law lets them."""
    table = law()["receivers"]
    if relation in table[party_kind]:
        return []
    allowed = "、".join(str(Relation(name).label) for name in table[party_kind])
    label = Relation(relation).label if relation in Relation.values else "没有写明身份的人"
    return [
        Reason(
            "receiver-not-entitled",
            f"{label}不能代受送达人签收，这样的签收不发生送达的效力。",
            (table["article"],),
            f"可以签收的有：{allowed}。受送达人拒绝签收的，可以留置送达。",
        )
    ]


def may_announce(tried: Collection[str], approved: bool) -> list[Reason]:
    """Why public notice may not be used yet: other modes not tried, or no approval."""
    article = (law()["modes"]["announcement"]["article"],)
    reasons = []
    if not set(tried) - {ServiceMode.ANNOUNCEMENT.value}:
        reasons.append(
            Reason(
                "announcement-too-early",
                "还没有记录其他送达方式的尝试，不能公告送达。",
                article,
                "请先用其他方式送达，逐次登记未成的时间、地点和原因。",
            )
        )
    if not approved:
        reasons.append(
            Reason(
                "announcement-without-approval",
                "公告送达还没有审批。",
                article,
                "请先制作《行政处罚案件有关事项审批表》，写明下落不明或者其他方式无法送达的经过。",
            )
        )
    return reasons


def announced(named: Collection[str], papers: Collection[str]) -> list[Reason]:
    """Public notice goes out as a paper of its own (送达公告, no. 72) that names each paper; `named`, `papers`: numbers."""
    lacking = [number for number in papers if number not in named]
    if not lacking:
        return []
    return [
        Reason(
            "announcement-not-made",
            f"还没有制作《送达公告》，写明所送达的文书（{'、'.join(lacking)}）。",
            ("民事诉讼法第九十五条",),
            "请先制作《送达公告》，写明文书名称、文号、主要内容和领取地点，再登记公告送达。",
        )
    ]


def may_entrust(letter: str, issued: Collection[str]) -> list[Reason]:
    """Another organ serves only on a letter of this organ (委托送达函, no. 73)."""
    if letter in issued:
        return []
    return [
        Reason(
            "entrusted-letter-not-made",
            f"本案没有制作文号为“{letter}”的《委托送达函》。",
            ("民事诉讼法第九十一条",),
            "请先制作《委托送达函》，再按其文号登记委托送达。",
        )
    ]


def may_send(consented: bool, online_review: bool) -> list[Reason]:
    """Why a paper may not be served electronically: no signed consent, no online way to ask for reconsideration."""
    reasons = []
    if not consented:
        reasons.append(
            Reason(
                "electronic-without-consent",
                "当事人没有签订同意电子送达的确认书，不能电子送达。",
                ("行政处罚法第六十一条第二款", "民事诉讼法第九十条"),
                "请先请当事人签署《送达地址确认书》并登记，或者改用其他方式。",
            )
        )
    if not online_review:
        reasons.append(
            Reason(
                "electronic-without-online-review",
                "决定书没有写明线上申请行政复议的渠道，不能通过互联网送达。",
                ("行政复议法第二十二条第二款",),
                "请改用其他方式送达，或者在政策参数中登记线上渠道后再作决定。",
            )
        )
    return reasons
