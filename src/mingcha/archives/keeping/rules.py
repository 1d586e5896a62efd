"""Pure rules of keeping: the term by the list, what lengthens it, why a dossier may not go — 档案法 art. 31."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mingcha.archives.choices import Retention
from mingcha.archives.schemas import Table, shipped
from mingcha.catalogues.conditions import listed_as
from mingcha.common.errors import Reason
from mingcha.common.explained import Explained

LAW = ("档案法第三十一条",)


def law() -> Mapping[str, Any]:
    """Terms, recordings and disposal as data, with source and whether somebody checked them."""
    return shipped("retention-list").data


def table(facts_table: Table | None) -> Table:
    """The table that counts: the one that the organ has published, else the one that ships."""
    return facts_table or shipped("retention-list")


def months(terms: Table, kind: str) -> int:
    """The least months of a recording of a case (recording) or of none (unassigned)."""
    return int(next(row["months"] for row in terms.entries if row["object"] == kind))


@dataclass(frozen=True)
class Facts:
    """What the term of a dossier depends on."""

    act_type: str
    procedure: str
    closed_on: dt.date | None
    decided: bool
    revoked: bool
    penalties: Collection[str] = ()
    # Longer terms that persons set: years (None: for good) and reason.
    appraisals: Sequence[tuple[int | None, str]] = ()
    # Recordings of the case: day of the recording, ground of keeping for good or "".
    recordings: Sequence[tuple[dt.date, str]] = ()
    # Open holds in words; last days of remedies that still run; open cases that this one hangs on.
    holds: Sequence[str] = ()
    remedies: Sequence[tuple[str, dt.date]] = ()
    linked_open: Sequence[str] = ()
    # What the organ has published (保管期限表); none: what ships.
    terms: Table | None = None


@dataclass(frozen=True)
class Term:
    """Until when a dossier is kept. `until` None: for good, or not known while the case is open."""

    years: int | None
    until: dt.date | None
    rule: str
    name: str
    blocks: tuple[Reason, ...] = field(default=())

    @property
    def words(self) -> str:
        return words(self.years)


_NUMERALS = {10: "十", 20: "二十", 30: "三十", 50: "五十", 100: "一百"}


def words(years: int | None) -> str:
    """The term as archives write it."""
    return "永久" if years is None else f"{_NUMERALS.get(years, years)}年"


YEARS: Mapping[str, int | None] = {Retention.PERMANENT: None, Retention.THIRTY: 30, Retention.TEN: 10}


def _matches(row: Mapping[str, Any], facts: Facts) -> bool:
    outcomes = {"revoked": facts.revoked, "undecided": not facts.decided}
    return (
        row["object"] == "dossier"
        and ("penalties" not in row or bool(set(row["penalties"]) & set(facts.penalties)))
        and ("outcome" not in row or outcomes[row["outcome"]])
        and ("act_types" not in row or listed_as(facts.act_type) in row["act_types"])
        and ("procedures" not in row or facts.procedure in row["procedures"])
    )


def term(facts: Facts, today: dt.date) -> Explained[Term]:
    """The longest of list, appraisals, recordings and holds, with its reckoning."""
    data = table(facts.terms)
    row = next(item for item in data.entries if _matches(item, facts))
    years = YEARS[row["years"]]
    steps = [f"按{data.name}（{row['code']} {row['name']}）：{words(years)}。"]
    if not data.verified:
        steps.append("这份期限表取自各地常见做法，没有逐地核对；以本机关公布的为准。")
    for longer, reason in facts.appraisals:
        if _longer(longer, years):
            years = longer
            steps.append(f"延长为{words(longer)}：{reason}。")
        else:
            steps.append(f"定为{words(longer)}（{reason}），不长于现有期限，不改变。")
    until = _until(facts.closed_on, years)
    if facts.closed_on is None:
        steps.append("案件没有结案，期限还没有开始。")
    elif until is None:
        steps.append("永久保存，不销毁。")
    else:
        steps.append(f"{law()['starts']}：{facts.closed_on.isoformat()}结案，保管到{until.isoformat()}。")
    until = _recordings(facts, until, years, steps)
    blocks = _blocks(facts, today)
    steps += [f"现在不能销毁：{reason.message}" for reason in blocks]
    value = Term(years, until, row["code"], row["name"], tuple(blocks))
    known = {"closed_on": facts.closed_on, "act_type": facts.act_type, "procedure": facts.procedure}
    return Explained(value, row["code"], row.get("basis") or data.article, known, tuple(steps), not data.verified)


def _longer(one: int | None, other: int | None) -> bool:
    return other is not None and (one is None or one > other)


def _until(closed_on: dt.date | None, years: int | None) -> dt.date | None:
    """The last day: the term begins on the first of January after the closing."""
    return None if closed_on is None or years is None else dt.date(closed_on.year + years, 12, 31)


def _recordings(facts: Facts, until: dt.date | None, years: int | None, steps: list[str]) -> dt.date | None:
    if not facts.recordings:
        return until
    rule, least_months = law()["recordings"], months(table(facts.terms), "recording")
    lasting = [ground for _, ground in facts.recordings if ground]
    if lasting:
        grounds = "、".join(rule["lasting"][ground] for ground in dict.fromkeys(lasting))
        steps.append(f"{len(lasting)}段音像永久保存（{grounds}），案卷销毁时这些音像保留。")
    least = max(months_after(day, least_months) for day, _ in facts.recordings)
    steps.append(f"音像至少保存{least_months}个月（到{least.isoformat()}），并且不短于案卷。")
    if until is not None and least > until:
        steps.append(f"音像的期限更长，案卷保管到{least.isoformat()}。")
        return least
    return until


def months_after(day: dt.date, count: int) -> dt.date:
    """The same day `count` months later, or the last of that month."""
    month = day.month - 1 + count
    year, month = day.year + month // 12, month % 12 + 1
    last = (dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)).day
    return dt.date(year, month, min(day.day, last))


def _blocks(facts: Facts, today: dt.date) -> list[Reason]:
    found = []
    if facts.closed_on is None:
        found.append(Reason("disposal-case-open", "案件还没有结案。", LAW, "请在结案以后再办理。"))
    found += [Reason("disposal-held", f"有冻结：{text}", LAW, "有关程序终结后，请先解除冻结。") for text in facts.holds]
    found += [
        Reason(
            "disposal-remedy-open",
            f"{label}的期限到{day.isoformat()}才届满。",
            ("行政复议法第二十条", "行政诉讼法第四十六条"),
            "请等期限届满。",
        )
        for label, day in facts.remedies
        if day >= today
    ]
    found += [
        Reason("disposal-linked-open", f"关联案件{name}还没有办结。", LAW, "请等关联案件办结。")
        for name in facts.linked_open
    ]
    return found


def may_dispose(found: Explained[Term], today: dt.date) -> list[Reason]:
    """Why a dossier may not be destroyed today; no reason when it may."""
    value = found.value
    reasons = list(value.blocks)
    if value.years is None:
        reasons.append(Reason("disposal-permanent", "案卷永久保存，不能销毁。", LAW, "请从清册中去掉这一件。"))
    elif value.until is not None and today <= value.until:
        message = f"保管期限到{value.until.isoformat()}才届满。"
        reasons.append(Reason("disposal-still-kept", message, LAW, "请等保管期限届满。"))
    return reasons


def may_erase(ground: str, term_over: bool, holds: Sequence[str]) -> list[Reason]:
    """Why a person's data may not be erased — 个人信息保护法 art. 47 ¶2: within the term of the law only storage goes on."""
    article = ("个人信息保护法第四十七条",)
    reasons = [Reason("disposal-held", f"有冻结：{text}", LAW, "有关程序终结后，请先解除冻结。") for text in holds]
    if ground in ("purpose_ended", "term_ended") and not term_over:
        reasons.append(
            Reason(
                "erasure-within-term",
                "法定保管期限没有届满，不能删除；应当停止除存储和必要安全保护以外的处理。",
                article,
                "请等保管期限届满，或者选择其他法定理由。",
            )
        )
    return reasons


def may_lift(appeal: str) -> list[Reason]:
    """Why a hold may not be lifted by hand: the appeal that brought it is pending; `appeal` names it, or is empty."""
    if not appeal:
        return []
    message = f"这项冻结因{appeal}而设，程序还没有终结。"
    return [Reason("hold-of-appeal", message, LAW, "请先登记复议、诉讼的结果，冻结随之解除。")]
