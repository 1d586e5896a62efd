"""What the machine lays out for a reviewer (审核辅助): facts with their place, no judgement — 行政处罚法 art. 58."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mingcha.common.errors import Reason
from mingcha.common.explained import Explained
from mingcha.common.money import yuan
from mingcha.documents.rules import money

MET, DIFFERS, UNCLEAR = "met", "differs", "unclear"


@dataclass(frozen=True)
class Finding:
    """One fact on a point: `state` met, differs or unclear; `link` is the key of a material that shows it."""

    text: str
    state: str
    link: str = ""
    explained: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Worker:
    """A handler, and the days on which the file shows acts of this person without a valid certificate."""

    name: str
    certificates: tuple[str, ...]
    uncovered: tuple[dt.date, ...]


@dataclass(frozen=True)
class Step:
    """A dated step of the procedure and the material that proves it."""

    name: str
    day: dt.date
    link: str = ""


@dataclass(frozen=True)
class File:
    """Everything that the findings look at; gathered by queries, so that the rules stay pure."""

    organ: str
    power_basis: str
    item: str
    handlers: Sequence[Worker]
    acted_days: int
    evidence: int
    evidence_incomplete: Sequence[int]
    evidence_without_original: Sequence[int]
    excluded: int
    evidence_link: str
    steps: Sequence[Step]
    statement_due: Explained[Any] | None
    statement_over: bool
    statements: int
    unanswered: int
    hearing: Explained[bool]
    hearing_offered: bool
    hearing_days: dt.date | None
    notice: Mapping[str, Any]
    notice_link: str
    draft: Mapping[str, Any]
    heavier: Sequence[Reason]
    unlike_notice: Sequence[Reason]
    articles: Mapping[str, bool]
    conduct_on: dt.date
    discovered_on: dt.date
    gaps: Sequence[str]
    missing: Sequence[str]
    recordings: int
    recordings_missing: Sequence[str]
    excuses: Mapping[str, str] = field(default_factory=dict)
    unannounced: Sequence[str] = ()


def findings(file: File) -> dict[str, list[Finding]]:
    """Facts by point of the checklist."""
    return {code: rule(file) for code, rule in _RULES.items()}


def summary(found: Sequence[Finding]) -> str:
    """One word for a point: differs beats unclear beats met."""
    states = {item.state for item in found}
    return DIFFERS if DIFFERS in states else UNCLEAR if UNCLEAR in states or not states else MET


def _subject(file: File) -> list[Finding]:
    rows = []
    if file.power_basis:
        rows.append(Finding(f"{file.organ}登记的职权依据：{file.power_basis}。", MET))
    else:
        rows.append(Finding(f"{file.organ}没有登记职权依据，请审核人员核对。", UNCLEAR))
    count = len(file.handlers)
    rows.append(Finding(f"承办人员{count}名。", MET if count >= 2 else DIFFERS))
    for worker in file.handlers:
        if worker.uncovered:
            days = "、".join(day.isoformat() for day in worker.uncovered)
            rows.append(Finding(f"{worker.name}在{days}没有有效的执法证。", DIFFERS))
        else:
            numbers = "、".join(worker.certificates)
            rows.append(
                Finding(f"{worker.name}的执法证（{numbers}）在案卷记载的{file.acted_days}个办案日均有效。", MET)
            )
    return rows


def _facts(file: File) -> list[Finding]:
    different = [reason for reason in file.unlike_notice if reason.code == "fact-not-notified"]
    rows = [Finding(reason.message, DIFFERS, file.notice_link) for reason in different]
    if not rows and file.notice:
        rows.append(Finding("决定书草稿认定的事实与事先告知的一致。", MET, file.notice_link))
    return [*rows, Finding("事实是否清楚，机器不能判断。", UNCLEAR)]


def _evidence(file: File) -> list[Finding]:
    rows = []
    if file.evidence_incomplete:
        numbers = "、".join(str(seq) for seq in file.evidence_incomplete)
        rows.append(Finding(f"第{numbers}号证据没有写明来源或者证明内容。", DIFFERS, file.evidence_link))
    elif file.evidence:
        rows.append(Finding(f"{file.evidence}份证据都写明了来源、提取时间和证明内容。", MET, file.evidence_link))
    if file.evidence_without_original:
        numbers = "、".join(str(seq) for seq in file.evidence_without_original)
        rows.append(Finding(f"第{numbers}号证据没有电子原件，请核对纸质原件。", UNCLEAR, file.evidence_link))
    if file.excluded:
        rows.append(Finding(f"另有{file.excluded}份证据已经排除，不作为定案根据。", MET))
    for plain in file.recordings_missing:
        reason = file.excuses.get(plain)
        text = f"缺少音像：{plain}。" + (f"承办人说明：{reason}" if reason else "没有说明原因。")
        rows.append(Finding(text, UNCLEAR if reason else DIFFERS))
    if not file.recordings_missing:
        rows.append(Finding(f"清单要求全程记录的环节都有音像，共{file.recordings}段。", MET))
    rows += [Finding(text, UNCLEAR) for text in file.unannounced]
    return [*rows, Finding("证据是否合法、充分，机器不能判断。", UNCLEAR)]


def _procedure(file: File) -> list[Finding]:
    rows = []
    late = [(one, two) for one, two in zip(file.steps, file.steps[1:], strict=False) if two.day < one.day]
    for one, two in late:
        text = f"“{two.name}”（{two.day.isoformat()}）早于“{one.name}”（{one.day.isoformat()}），先后不符。"
        rows.append(Finding(text, DIFFERS, two.link))
    if not late:
        order = " → ".join(f"{step.name} {step.day.strftime('%m-%d')}" for step in file.steps)
        rows.append(Finding(f"各步骤先后一致：{order}。", MET))
    names = {step.name for step in file.steps}
    if "告知送达" not in names:
        rows.append(Finding("没有事先告知书的送达记录。", DIFFERS, file.notice_link))
    if file.statement_over and file.statement_due is not None:
        text = f"陈述申辩期至{file.statement_due.value}，送审时已经届满。"
        rows.append(Finding(text, MET, file.notice_link, file.statement_due.as_dict()))
    elif file.statements:
        rows.append(Finding(f"当事人已经陈述申辩{file.statements}次。", MET))
    elif file.statement_due is not None:
        text = f"陈述申辩期至{file.statement_due.value}，送审时没有届满，也没有陈述申辩记录。"
        rows.append(Finding(text, DIFFERS, file.notice_link, file.statement_due.as_dict()))
    if file.unanswered:
        rows.append(Finding(f"有{file.unanswered}次陈述申辩没有复核答复。", DIFFERS))
    elif file.statements:
        rows.append(Finding("陈述申辩都有书面复核答复。", MET))
    return [*rows, _hearing(file)]


def _hearing(file: File) -> Finding:
    why = file.hearing.as_dict()
    reason = file.hearing.steps[0].rstrip("。") if file.hearing.steps else ""
    if file.hearing.value and not file.hearing_offered:
        return Finding(f"{reason}，但告知书没有告知听证权利。", DIFFERS, file.notice_link, why)
    if file.hearing.value:
        until = f"，申请期至{file.hearing_days.isoformat()}" if file.hearing_days else ""
        return Finding(f"{reason}，已告知听证权利{until}。", MET, file.notice_link, why)
    return Finding(f"{reason}，不需要告知听证。", MET, file.notice_link, why)


def _law(file: File) -> list[Finding]:
    rows = [
        Finding(reason.message, DIFFERS, file.notice_link)
        for reason in file.unlike_notice
        if reason.code == "article-not-notified"
    ]
    if not rows and file.articles:
        rows.append(Finding(f"引用的{len(file.articles)}个条款都在告知书中告知过。", MET, file.notice_link))
    day = file.conduct_on.isoformat()
    for citation, known in file.articles.items():
        if known:
            rows.append(Finding(f"{citation}：条文库有行为时（{day}）的文本。", MET))
        else:
            rows.append(Finding(f"{citation}：条文库没有收录，请查对行为时（{day}）的文本。", UNCLEAR))
    return [*rows, Finding("定性是否准确，机器不能判断。", UNCLEAR)]


def _discretion(file: File) -> list[Finding]:
    rows = [Finding(reason.message, DIFFERS, file.notice_link) for reason in file.heavier]
    for kind, label in (("fine", "罚款"), ("confiscate_gains", "没收违法所得")):
        told, now = money(file.notice.get("penalties", []), kind), money(file.draft.get("penalties", []), kind)
        if told or now:
            same = "与告知数额相同" if told == now else f"告知数额为{yuan(told)}元"
            rows.append(Finding(f"拟{label}{yuan(now)}元，{same}。", MET if now <= told else DIFFERS, file.notice_link))
    given = file.draft.get("discretion") or {}
    absent = [
        label
        for name, label in (("factors", "裁量因素"), ("grade", "裁量阶次"), ("standard", "裁量基准"))
        if not given.get(name)
    ]
    if absent:
        rows.append(Finding(f"草稿没有写明{'、'.join(absent)}。", DIFFERS))
    else:
        rows.append(Finding(f"草稿适用{given['standard']}，认定为“{given['grade']}”阶次。", MET))
    return [*rows, Finding("裁量是否适当，机器不能判断。", UNCLEAR)]


def _power(file: File) -> list[Finding]:
    rows = []
    if file.item:
        rows.append(Finding(f"执法事项在立案时有效的公布清单内：{file.item}。", MET))
    else:
        rows.append(Finding("立案时有效的公布清单中没有找到本案执法事项。", DIFFERS))
    return [*rows, Finding("级别、地域和职能管辖是否适当，机器不能判断。", UNCLEAR)]


def _documents(file: File) -> list[Finding]:
    rows = [Finding(f"还没有制作{name}。", DIFFERS) for name in file.missing]
    if not rows:
        rows.append(Finding("立案审批、笔录、调查终结报告、告知书和送达回证都已制作。", MET))
    if file.gaps:
        rows.append(Finding(f"决定书草稿缺少：{'、'.join(file.gaps)}。", DIFFERS))
    else:
        rows.append(Finding("决定书草稿的必备要素没有缺项。", MET))
    return rows


def _crime(file: File) -> list[Finding]:
    return [Finding("是否涉嫌犯罪，机器不能判断。", UNCLEAR)]


_RULES: dict[str, Callable[[File], list[Finding]]] = {
    "subject": _subject,
    "facts": _facts,
    "evidence": _evidence,
    "procedure": _procedure,
    "law": _law,
    "discretion": _discretion,
    "power": _power,
    "documents": _documents,
    "crime": _crime,
}
