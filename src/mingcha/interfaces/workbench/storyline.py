"""The timeline of a case: each journal entry as one line of plain words, newest first."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import reverse

from mingcha.cases.choices import DutyKind, EvidenceKind, StatementKind
from mingcha.common.money import yuan
from mingcha.documents.choices import Relation, ServiceMode
from mingcha.interfaces import refusals
from mingcha.ledger import queries as ledger
from mingcha.ledger.models import JournalEntry
from mingcha.recordings.access import secret_ids
from mingcha.review.choices import Conclusion

# Filters of the timeline, by the beginning of the kind's name.
KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "moves": ("流转审批", ("case-", "facts-", "branch-", "finding-", "review-", "decision-", "dossier-")),
    "papers": ("文书送达", ("document-",)),
    "proof": ("证据音像", ("evidence-", "recording-")),
    "party": ("当事人", ("party-", "statement-", "payment-", "appeal-")),
    "people": ("人员", ("duty-", "avoidance-")),
    "refused": ("被拒绝的操作", ("act-refused",)),
    "public": ("公示", ("publication-", "redaction-", "decision-published")),
}


def of_kind(entries: Iterable[JournalEntry], wanted: str) -> list[JournalEntry]:
    if wanted not in KINDS:
        # That a PDF was made is in the record; among what people did it would only bury the rest.
        return [entry for entry in entries if entry.kind != "document-rendered"]
    starts = KINDS[wanted][1]
    return [entry for entry in entries if entry.kind.startswith(starts)]


def lines(entries: Iterable[JournalEntry], case_url: str) -> list[dict[str, Any]]:
    """Entries as timeline.html shows them, with what is already proven by a signed checkpoint."""
    found = list(entries)
    states = ledger.states(found)
    apart = secret_ids({entry.case_id for entry in found if entry.case_id and entry.subject_type == "recording"})
    shown = []
    for entry in found:
        content = ledger.payload(entry)
        actor = ledger.actor(entry)
        title, note, url = (
            (ledger.label(entry), "涉密音像，另行保管", "")
            if entry.subject_type == "recording" and entry.subject_id in apart
            else _told(entry, content or {})
            if content is not None
            else (ledger.label(entry), "内容已依法删除", "")
        )
        final = states[entry.pk] == ledger.FINAL
        shown.append(
            {
                "at": entry.occurred_at,
                "title": title,
                "url": url,
                "actor": actor.name,
                "role": "" if actor.role == actor.name else actor.role,
                "note": note,
                "state": "" if final else "pending",
                "tag": "" if final else "待入账",
                "digest": entry.digest,
                "seq": entry.case_seq,
                "recorded": entry.recorded_at,
            }
        )
    return shown


def _pdf(entry: JournalEntry, data: Mapping[str, Any]) -> str:
    # A paper with a named circle is opened from the list of papers, which knows who asks.
    if data.get("kind") == "restricted":
        return ""
    return reverse("document-pdf", args=[uuid.UUID(entry.subject_id)])


def _told(entry: JournalEntry, data: Mapping[str, Any]) -> tuple[str, str, str]:
    """Title, note and address of an entry."""
    label = ledger.label(entry)

    def of(name: str) -> str:
        return str(data.get(name) or "")

    match entry.kind:
        case "case-registered":
            return label, of("cause"), ""
        case "case-moved":
            reason = f"，理由：{of('reason')}" if data.get("reason") else ""
            passed = "，没有需要判断的事项，自动经过" if data.get("passed") else ""
            return of("label"), f"由“{of('from_name')}”转入“{of('to_name')}”{reason}{passed}", ""
        case "facts-stated":
            return label, _facts(data), ""
        case "branch-opened" | "branch-moved":
            reason = f"，理由：{of('reason')}" if data.get("reason") else ""
            return f"并行环节　{of('label')}", f"由“{of('from_name')}”转入“{of('to_name')}”{reason}", ""
        case "case-linked" | "case-returned":
            return of("label"), f"理由：{of('reason')}" if data.get("reason") else "", ""
        case "finding-recorded":
            verdict = "符合" if data.get("met") else "不符合"
            return f"认定{verdict}", f"{of('label')}：{of('grounds')}", ""
        case "case-filed":
            return f"立案　{of('number')}", "", ""
        case "party-recorded":
            first = data.get("version") == 1
            flag = "，证件号码校验位不符，已照录" if data.get("identifier_flagged") else ""
            return label if first else "更正当事人", f"{of('name')}{flag}", ""
        case "duty-taken":
            duty = DutyKind(of("duty")).label if of("duty") in DutyKind.values else of("duty")
            return label, f"{of('officer')}，{duty}", ""
        case "avoidance-declared":
            return label, f"存在应当回避的情形：{of('ground')}" if data.get("conflict") else "不存在应当回避的情形", ""
        case "avoidance-requested" | "avoidance-decided":
            state = {"granted": "决定回避", "rejected": "驳回申请"}.get(of("state"), "")
            return state or label, of("ground"), ""
        case "evidence-recorded":
            kind = EvidenceKind(of("kind")).label if of("kind") in EvidenceKind.values else ""
            return f"登记证据{of('seq')}　{of('name')}", f"{kind}，证明{of('proves')}", ""
        case "evidence-excluded":
            return f"排除证据　{of('name')}", of("reason"), ""
        case "recording-added":
            return f"上传音像　{of('title')}", f"设备 {of('device')}" if data.get("device") else "", ""
        case "recording-excused":
            return label, f"清单第{of('matter')}项：{of('reason')}", ""
        case "statement-recorded":
            kind = StatementKind(of("kind")).label if of("kind") in StatementKind.values else label
            return kind, f"{of('speaker')}：{_short(of('text'))}", ""
        case "statement-answered":
            return label, f"{'采纳' if data.get('adopted') else '不予采纳'}：{_short(of('reasons'))}", ""
        case "document-issued":
            return f"制作{of('title')}　{of('number')}".rstrip("　"), "", _pdf(entry, data)
        case "document-rendered":
            return label, f"SHA-256 {of('sha256')[:16]}…", _pdf(entry, data)
        case "document-served":
            mode = ServiceMode(of("mode")).label if of("mode") in ServiceMode.values else label
            who = Relation(of("relation")).label if of("relation") in Relation.values else ""
            receiver = f"{of('receiver')}（{who}）签收，" if data.get("receiver") else ""
            return f"{mode}　{of('number')}", f"{receiver}{of('effective_on')}生效", _pdf(entry, data)
        case "review-submitted":
            return f"{label}（第{of('round')}轮）", "", ""
        case "review-opinion-given":
            given = str(data.get("conclusion"))
            told = Conclusion(given).label if given in Conclusion.values else label
            told += "" if given == "agree" else "，退回承办"
            return f"审核意见（第{of('round')}轮）：{told}", of("document"), ""
        case "review-allocated":
            return f"{label}　{of('reviewer')}", of("reason"), ""
        case "review-voided":
            changed = "、".join(str(row.get("label", "")) for row in data.get("changes") or [])
            return label, f"审核后有改动：{changed}，须再次送审", ""
        case "review-supplement-asked" | "review-supplement-answered" | "counsel-answered" | "counsel-recused":
            return label, _short(of("text")), ""
        case "review-disputed":
            return label, _short(of("view")), ""
        case "review-ruled":
            return label, _short(of("reasons")), ""
        case "decision-issued":
            fine = f"罚款 {yuan(int(data['fine_fen']))} 元" if data.get("fine_fen") else ""
            return f"{label}　{of('number')}", fine, ""
        case "payment-recorded":
            return label, f"{yuan(int(data.get('amount_fen') or 0))} 元，{of('paid_on')}，凭证 {of('voucher')}", ""
        case "publication-queued":
            return label, f"应于 {of('due_on')} 以前公开" if data.get("due_on") else "", ""
        case "act-refused":
            return f"{label}：{of('label')}", _refused(data), ""
        case _:
            return label, of("reason") or of("number"), ""


def _refused(data: Mapping[str, Any]) -> str:
    words = refusals.listed().reasons
    why = [
        f"{words.get(row['code'], '不符合法定条件')}{_in_brackets(row['articles'])}"
        for row in data.get("reasons") or []
    ]
    return "；".join(dict.fromkeys(why))


def _in_brackets(articles: list[str]) -> str:
    return f"（{'、'.join(articles)}）" if articles else ""


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _facts(data: Mapping[str, Any]) -> str:
    labels = data.get("labels") or {}
    said = {True: "是", False: "否"}
    parts = []
    for name, value in (data.get("facts") or {}).items():
        shown = said[value] if isinstance(value, bool) else "、".join(value) if isinstance(value, list) else str(value)
        shown = f"{yuan(value)}元" if name == "amount" else shown
        parts.append(f"{labels.get(name, name)}：{shown}")
    return "；".join(parts)
