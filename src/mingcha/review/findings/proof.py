"""Facts (事实) and evidence (证据) — 行政处罚法 art. 40, 46, 47."""

from __future__ import annotations

from mingcha.review.findings.shape import DIFFERS, MET, UNCLEAR, File, Finding, of_reason, people
from mingcha.review.findings.spoken import said

_TOLD = "行政处罚法第四十四条、第六十二条"
_PROVEN = "行政处罚法第四十条、第四十六条"
_RECORDED = "行政处罚法第四十七条；国办发〔2018〕118号"


def facts(file: File) -> list[Finding]:
    """The facts of the draft against those notified, the party against the one notified."""
    different = [reason for reason in file.unlike_notice if reason.code == "fact-not-notified"]
    rows = [of_reason(reason, file.notice_link) for reason in different]
    if not file.draft.get("facts") and file.act_type == "penalty":
        text = "决定书草稿没有写明违法事实。"
        rows.append(Finding(text, DIFFERS, code="facts-missing", article="行政处罚法第四十条、第五十九条"))
    elif not rows and file.notice:
        text = "决定书草稿认定的事实与事先告知的一致。"
        rows.append(Finding(text, MET, file.notice_link, code="fact-not-notified", article=_TOLD))
    party = file.party
    if party.named and party.named != party.name:
        text = f"决定书草稿的当事人是“{party.named}”，案件登记的是“{party.name}”。"
        rows.append(Finding(text, DIFFERS, code="party-differs", article="行政处罚法第五十九条"))
    if party.told and party.told != party.name:
        text = f"告知书的当事人是“{party.told}”，案件登记的是“{party.name}”。"
        rows.append(Finding(text, DIFFERS, file.notice_link, code="party-not-notified", article=_TOLD))
    if party.flagged:
        text = "当事人的证件号码或者统一社会信用代码校验不符，请核对证件。"
        rows.append(Finding(text, UNCLEAR, code="identifier-flagged", article="行政处罚法第五十九条"))
    rows += said(file, "facts")
    return [*rows, Finding("事实是否清楚，机器不能判断。", UNCLEAR, code="facts", article=_PROVEN)]


def evidence(file: File) -> list[Finding]:
    """Evidence complete, recordings demanded present and whole; legality and weight a person judges."""
    return [
        *_held(file),
        *_recordings(file),
        *said(file, "evidence"),
        Finding("证据是否合法、充分，机器不能判断。", UNCLEAR, code="evidence", article=_PROVEN),
    ]


def _held(file: File) -> list[Finding]:
    rows = []
    link = file.evidence_link
    if file.evidence_incomplete:
        numbers = people(str(seq) for seq in file.evidence_incomplete)
        text = f"第{numbers}号证据没有写明来源或者证明内容。"
        rows.append(Finding(text, DIFFERS, link, code="evidence-incomplete", article=_PROVEN))
    elif file.evidence:
        text = f"{file.evidence}份证据都写明了来源、提取时间和证明内容。"
        rows.append(Finding(text, MET, link, code="evidence-incomplete", article=_PROVEN))
    elif file.act_type != "penalty":
        text = "没有另行登记证据，请核对申请材料和笔录是否充分。"
        rows.append(Finding(text, UNCLEAR, code="evidence-missing", article=_PROVEN))
    else:
        text = "没有登记可以作为定案根据的证据。"
        rows.append(Finding(text, DIFFERS, code="evidence-missing", article=_PROVEN))
    if file.evidence_kinds == {"party_statement"}:
        text = "只有当事人的陈述一种证据，没有其他证据印证，请核对。"
        rows.append(Finding(text, UNCLEAR, link, code="evidence-uncorroborated", article=_PROVEN))
    if file.evidence_without_original:
        numbers = people(str(seq) for seq in file.evidence_without_original)
        text = f"第{numbers}号证据没有电子原件，请核对纸质原件。"
        rows.append(Finding(text, UNCLEAR, link, code="evidence-original", article=_PROVEN))
    if file.evidence_late:
        numbers = people(str(seq) for seq in file.evidence_late)
        text = f"第{numbers}号证据是告知以后取得的，据以认定的事实有变的，应当重新告知。"
        rows.append(Finding(text, UNCLEAR, link, code="evidence-after-notice", article=_TOLD))
    if file.excluded:
        text = f"另有{file.excluded}份证据已经排除，不作为定案根据。"
        rows.append(Finding(text, MET, code="evidence-excluded", article="行政处罚法第四十六条第三款"))
    return rows


def _recordings(file: File) -> list[Finding]:
    rows = []
    for plain in file.recordings_missing:
        reason = file.excuses.get(plain)
        text = f"缺少音像：{plain}。" + (f"承办人说明：{reason}" if reason else "没有说明原因。")
        rows.append(Finding(text, UNCLEAR if reason else DIFFERS, code="recording-missing", article=_RECORDED))
    if not file.recordings_missing:
        text = f"清单要求全程记录的环节都有音像，共{file.recordings}段。"
        rows.append(Finding(text, MET, code="recording-missing", article=_RECORDED))
    for text in file.interrupted:
        rows.append(Finding(text, DIFFERS, code="recording-interrupted", article=_RECORDED))
    return rows + [Finding(text, UNCLEAR, code="recording-unannounced", article=_RECORDED) for text in file.unannounced]
