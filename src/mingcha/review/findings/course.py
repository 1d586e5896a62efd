"""Procedure (程序): order of dates, notice, statement, hearing, collective discussion, time limits — art. 44, 45, 57–65."""

from __future__ import annotations

from mingcha.review.findings.shape import DIFFERS, MET, UNCLEAR, File, Finding, people
from mingcha.review.findings.spoken import said

_HEAR = "行政处罚法第四十四条、第四十五条、第六十二条"
_HEARING = "行政处罚法第六十三条、第六十四条"


def procedure(file: File) -> list[Finding]:
    """What the file shows of each step; the hearing comes last."""
    if file.act_type != "penalty":
        text = "这一类执法行为的步骤，机器只核对文书的先后；其余请审核人员核对。"
        return [*_order(file), *said(file, "procedure"), Finding(text, UNCLEAR, code="procedure")]
    return [
        *_order(file),
        *said(file, "procedure"),
        *_notice(file),
        *_statement(file),
        *_time(file),
        *_together(file),
        *_changed(file),
        *_hearing(file),
    ]


def _order(file: File) -> list[Finding]:
    article = "行政处罚法第四十四条、第五十四条、第五十七条"
    late = [(one, two) for one, two in zip(file.steps, file.steps[1:], strict=False) if two.day < one.day]
    rows = []
    for one, two in late:
        text = f"“{two.name}”（{two.day.isoformat()}）早于“{one.name}”（{one.day.isoformat()}），先后不符。"
        rows.append(Finding(text, DIFFERS, two.link, code="steps-out-of-order", article=article))
    if not late:
        order = " → ".join(f"{step.name} {step.day.strftime('%m-%d')}" for step in file.steps)
        rows.append(Finding(f"各步骤先后一致：{order}。", MET, code="steps-out-of-order", article=article))
    return rows


def _notice(file: File) -> list[Finding]:
    rows = []
    if not file.notice_served or "告知送达" not in {step.name for step in file.steps}:
        text = "没有事先告知书的送达记录。"
        rows.append(Finding(text, DIFFERS, file.notice_link, code="notice-not-served", article=_HEAR))
    wanted = (("facts", "事实"), ("reason", "理由"), ("broken_articles", "依据"), ("penalties", "拟处罚内容"))
    absent = [label for name, label in wanted if file.notice and not file.notice.get(name)]
    if absent:
        text = f"告知书没有写明{people(absent)}。"
        rows.append(Finding(text, DIFFERS, file.notice_link, code="notice-incomplete", article="行政处罚法第四十四条"))
    elif file.notice:
        text = "告知书写明了拟处罚的内容、事实、理由、依据。"
        rows.append(Finding(text, MET, file.notice_link, code="notice-incomplete", article="行政处罚法第四十四条"))
    return rows


def _statement(file: File) -> list[Finding]:
    rows = []
    due = file.statement_due
    if file.waived:
        text = "当事人明确放弃陈述申辩。"
        rows.append(Finding(text, MET, file.notice_link, code="statement-not-heard", article=_HEAR))
    elif file.statement_over and due is not None:
        text = f"陈述申辩期至{due.value}，送审时已经届满。"
        rows.append(Finding(text, MET, file.notice_link, due.as_dict(), "statement-not-heard", _HEAR))
    elif file.statements:
        text = f"当事人已经陈述申辩{file.statements}次。"
        rows.append(Finding(text, MET, code="statement-not-heard", article=_HEAR))
    elif due is not None:
        text = f"陈述申辩期至{due.value}，送审时没有届满，也没有陈述申辩记录。"
        rows.append(Finding(text, DIFFERS, file.notice_link, due.as_dict(), "statement-not-heard", _HEAR))
    article = "行政处罚法第四十五条第一款"
    if file.unanswered:
        text = f"有{file.unanswered}次陈述申辩没有复核答复。"
        rows.append(Finding(text, DIFFERS, code="statement-unanswered", article=article))
    elif file.statements:
        rows.append(Finding("陈述申辩都有书面复核答复。", MET, code="statement-unanswered", article=article))
    return rows


def _time(file: File) -> list[Finding]:
    due = file.decide_by
    if due is None:
        return []
    article, why = due.article, due.as_dict()
    if file.late:
        text = f"作出决定的最后一日是{due.value}，送审时已经超过。"
        return [Finding(text, DIFFERS, explained=why, code="decision-late", article=article)]
    left = "" if file.days_left is None else f"，送审时还有{file.days_left}日"
    return [
        Finding(f"作出决定的最后一日是{due.value}{left}。", MET, explained=why, code="decision-late", article=article)
    ]


def _together(file: File) -> list[Finding]:
    article = "行政处罚法第五十七条第二款"
    rows = []
    if file.unstated:
        text = f"没有说明案件情况：{people(file.unstated)}。"
        rows.append(Finding(text, DIFFERS, code="circumstances-missing", article=article))
    if file.collective:
        text = "案件情况载明情节复杂或者违法行为重大，审核以后应当由负责人集体讨论决定。"
        rows.append(Finding(text, UNCLEAR, code="collective-demanded", article=article))
    elif file.collective is False:
        text = "案件情况载明不属于情节复杂或者重大违法行为，不需要集体讨论。"
        rows.append(Finding(text, MET, code="collective-demanded", article=article))
    return rows


def _changed(file: File) -> list[Finding]:
    article = "行政处罚法第五十八条"
    if not file.changed:
        return []
    text = f"送审以后又有改动：{people(file.changed)}。审核的不是现在的内容，应当重新送审。"
    return [Finding(text, DIFFERS, code="text-changed-since-review", article=article)]


def _hearing(file: File) -> list[Finding]:
    why = file.hearing.as_dict()
    reason = file.hearing.steps[0].rstrip("。") if file.hearing.steps else ""
    heard, link = file.heard, file.notice_link
    rows = []
    if heard.demanded and heard.found and not heard.recorded:
        text = "承办人员认定听证已经举行，系统里没有听证笔录，请核对纸质笔录。"
        rows.append(Finding(text, UNCLEAR, link, code="hearing-record", article="行政处罚法第六十五条"))
    elif heard.demanded and not heard.recorded:
        text = "当事人要求听证，案卷里没有听证笔录。"
        rows.append(Finding(text, DIFFERS, link, code="hearing-not-held", article=_HEARING))
    elif heard.recorded and not heard.reported:
        text = "举行了听证，案卷里没有听证报告。"
        rows.append(
            Finding(text, DIFFERS, heard.recorded, code="hearing-report-missing", article="行政处罚法第六十五条")
        )
    elif heard.recorded:
        text = "听证笔录和听证报告都在案卷里；决定是否根据笔录作出，请核对。"
        rows.append(Finding(text, UNCLEAR, heard.recorded, code="hearing-record", article="行政处罚法第六十五条"))
    offered = file.hearing_offered
    if offered and not (heard.over or heard.waived or heard.demanded or heard.recorded):
        until = file.hearing_days.isoformat() if file.hearing_days else ""
        text = f"听证申请期至{until}，送审时没有届满，当事人也没有放弃。"
        rows.append(Finding(text, DIFFERS, link, code="hearing-window-running", article="行政处罚法第六十四条第一项"))
    if file.hearing.value and not offered:
        text = f"{reason}，但告知书没有告知听证权利。"
        return [*rows, Finding(text, DIFFERS, link, why, "hearing-not-offered", _HEARING)]
    if file.hearing.value:
        until = f"，申请期至{file.hearing_days.isoformat()}" if file.hearing_days else ""
        text = f"{reason}，已告知听证权利{until}。"
        return [*rows, Finding(text, MET, link, why, "hearing-not-offered", _HEARING)]
    return [*rows, Finding(f"{reason}，不需要告知听证。", MET, link, why, "hearing-not-offered", _HEARING)]
