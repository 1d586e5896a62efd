"""The draft against the file (送审稿与案卷核对): what a lawyer of the other side would compare — 行政处罚法 art. 38, 45, 59."""

from __future__ import annotations

from mingcha.review.findings.shape import DIFFERS, MET, File, Finding, people

_PLAIN = "行政处罚法第五十九条"
_HEARD = "行政处罚法第四十五条、第六十二条"


def subject(file: File) -> list[Finding]:
    """Who approved and also handles; who stands on a paper without handling the case."""
    rows = [
        Finding(
            f"{name}承办本案，又以负责人身份批准过本案的事项。",
            DIFFERS,
            code="approver-handles",
            article="行政处罚法第五十七条",
        )
        for name in file.approving
    ]
    for title, name, link in file.strangers:
        text = f"《{title}》写有执法人员{name}，{name}没有承办本案。"
        rows.append(Finding(text, DIFFERS, link, code="paper-officer-unassigned", article="行政处罚法第四十二条"))
    return rows


def facts(file: File) -> list[Finding]:
    """The party's identifier and representative as the draft has them against those of the case."""
    draft, party = file.addressed, file.party
    rows = []
    if draft.identifier and party.identifier and draft.identifier != party.identifier:
        text = f"决定书草稿的证件号码（{draft.identifier}）与案件登记的（{party.identifier}）不同。"
        rows.append(Finding(text, DIFFERS, code="identifier-differs", article=_PLAIN))
    if draft.representative and party.representative and draft.representative != party.representative:
        text = f"决定书草稿的法定代表人是{draft.representative}，案件登记的是{party.representative}。"
        rows.append(Finding(text, DIFFERS, code="representative-differs", article=_PLAIN))
    return rows


def evidence(file: File) -> list[Finding]:
    """Evidence that was excluded and stands in the draft nevertheless."""
    named = {str(row.get("name", "")).partition("：")[2] for row in file.draft.get("evidence") or []}
    used = sorted(named & set(file.excluded_names))
    if not used:
        return []
    text = f"决定书草稿仍以已经排除的证据为依据：{people(used)}。"
    return [Finding(text, DIFFERS, code="evidence-excluded-used", article="行政处罚法第四十六条第三款")]


def procedure(file: File) -> list[Finding]:
    """Days, numbers and what the party said, as the draft tells them and as the file shows them."""
    if not file.draft.get("notice_no") and "response" not in file.draft:
        return []
    rows = [*_days(file), *_said(file)]
    for day, served in file.early:
        text = f"陈述申辩登记的收到时间（{day.isoformat()}）早于告知书送达之日（{served.isoformat()}）。"
        rows.append(Finding(text, DIFFERS, file.notice_link, code="statement-before-notice", article=_HEARD))
    if not rows:
        text = "草稿所写的立案、告知、陈述申辩和听证情况与案卷一致。"
        rows.append(Finding(text, MET, code="draft-unlike-file", article=_PLAIN))
    return rows


def _days(file: File) -> list[Finding]:
    told = (
        ("filing_date", "立案日期", file.filed_on.isoformat() if file.filed_on else "", "draft-filing-day"),
        ("notice_no", "告知书文号", file.notice_number, "draft-notice-number"),
        (
            "notice_served_on",
            "告知书送达日期",
            file.notice_day.isoformat() if file.notice_day else "",
            "draft-notice-day",
        ),
    )
    rows = []
    for name, label, shown, code in told:
        said = str(file.draft.get(name) or "")
        if said and shown and said != shown:
            text = f"草稿写的{label}是{said}，案卷记载的是{shown}。"
            rows.append(Finding(text, DIFFERS, file.notice_link, code=code, article=_PLAIN))
    return rows


def _said(file: File) -> list[Finding]:
    response, hearing = file.draft.get("response"), file.draft.get("hearing")
    rows = []
    if response in ("none", "waived") and file.statements:
        text = f"草稿写明当事人没有陈述申辩，案卷里有{file.statements}次陈述申辩记录。"
        rows.append(Finding(text, DIFFERS, file.notice_link, code="draft-denies-statement", article=_HEARD))
    if response == "made" and not file.statements:
        text = "草稿写明当事人提出了陈述申辩，案卷里没有记录。"
        rows.append(Finding(text, DIFFERS, file.notice_link, code="draft-invents-statement", article=_HEARD))
    if hearing == "not_due" and (file.hearing.value or file.heard.demanded or file.heard.recorded):
        text = "草稿写明不属于应当告知听证权利的情形，与案卷不符。"
        rows.append(
            Finding(text, DIFFERS, file.notice_link, code="draft-denies-hearing", article="行政处罚法第六十三条")
        )
    if hearing in ("none", "waived") and file.heard.recorded:
        text = "草稿写明没有举行听证，案卷里有听证笔录。"
        rows.append(
            Finding(text, DIFFERS, file.heard.recorded, code="draft-denies-hearing", article="行政处罚法第六十五条")
        )
    if hearing == "held" and not (file.heard.recorded or file.heard.found):
        text = "草稿写明已经举行听证，案卷里没有听证笔录。"
        rows.append(Finding(text, DIFFERS, code="draft-invents-hearing", article="行政处罚法第六十五条"))
    return rows


def documents(file: File) -> list[Finding]:
    """Papers that bear the number of another case."""
    return [
        Finding(
            f"《{title}》写的案号是{number}，不是本案的案号。",
            DIFFERS,
            link,
            code="paper-of-another-case",
            article=_PLAIN,
        )
        for title, number, link in file.astray
    ]
