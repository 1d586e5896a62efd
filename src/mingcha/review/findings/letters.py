"""Documents (文书): complete by stage, signed, served, free of gaps — 行政处罚法 art. 55, 59, 61."""

from __future__ import annotations

from mingcha.review.findings.shape import DIFFERS, MET, UNCLEAR, File, Finding, people
from mingcha.review.findings.spoken import said

_SIGNED = "行政处罚法第五十五条、第五十九条"


def documents(file: File) -> list[Finding]:
    """Papers that the procedure demands, their signatures and receipts, and the gaps of the draft."""
    article = "行政处罚法第四十四条、第五十四条、第五十五条、第五十七条、第六十一条"
    rows = [Finding(f"还没有制作{name}。", DIFFERS, code="paper-missing", article=article) for name in file.missing]
    if not rows and file.ordinary:
        text = "立案审批、笔录、调查终结报告、告知书和送达回证都已制作。"
        rows.append(Finding(text, MET, code="paper-missing", article=article))
    elif not rows:
        text = "本案适用的程序应当有哪些文书，请按程序定义核对。"
        rows.append(Finding(text, UNCLEAR, code="paper-missing", article=article))
    rows += [*_signed(file), *_served(file), *said(file, "documents")]
    for title in file.waiting:
        text = f"《{title}》还在审批，没有制作。"
        rows.append(Finding(text, UNCLEAR, code="approval-open", article="行政处罚法第五十七条"))
    if file.gaps:
        text = f"决定书草稿缺少：{people(file.gaps)}。"
        rows.append(Finding(text, DIFFERS, code="draft-incomplete", article="行政处罚法第五十九条"))
    else:
        text = "决定书草稿的必备要素没有缺项。"
        rows.append(Finding(text, MET, code="draft-incomplete", article="行政处罚法第五十九条"))
    return rows


def _signed(file: File) -> list[Finding]:
    """What is signed on the spot bears its signatures here; of other papers the signed original may lie on paper."""
    rows = [
        Finding(
            f"《{paper.title}》缺少{people(paper.lacking)}。", DIFFERS, paper.link, code="unsigned", article=_SIGNED
        )
        for paper in file.unsigned
        if paper.spot
    ]
    if not rows:
        rows.append(Finding("笔录和现场文书都已经签名。", MET, code="unsigned", article=_SIGNED))
    elsewhere = [paper for paper in file.unsigned if not paper.spot]
    if elsewhere:
        titles = people(f"《{paper.title}》" for paper in elsewhere)
        text = f"{titles}在系统里没有签名或者盖章，请核对纸质原件。"
        rows.append(Finding(text, UNCLEAR, elsewhere[0].link, code="signed-on-paper", article=_SIGNED))
    return rows


def _served(file: File) -> list[Finding]:
    article = "行政处罚法第六十一条"
    return [
        Finding(f"《{title}》没有送达凭证。", DIFFERS, link, code="service-missing", article=article)
        for title, link in file.unserved
    ]
