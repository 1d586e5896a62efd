"""How records, reports and internal sheets take their fields from the case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mingcha.cases import queries as cases
from mingcha.cases.choices import EvidenceKind, Source
from mingcha.cases.models import Case
from mingcha.catalogues import queries as catalogues
from mingcha.common import clock
from mingcha.common.money import yuan
from mingcha.documents.blocks import (
    Fields,
    course,
    evidence_block,
    issued,
    latest,
    officers_block,
    organ,
    party_block,
)
from mingcha.documents.composing import composer
from mingcha.documents.rules import penalty_labels
from mingcha.documents.sittings import queries as sittings
from mingcha.recordings import queries as recordings

_EVIDENCE_CODE = {
    EvidenceKind.DOCUMENTARY: "documentary",
    EvidenceKind.PHYSICAL: "physical",
    EvidenceKind.AUDIOVISUAL: "audiovisual",
    EvidenceKind.ELECTRONIC: "electronic",
    EvidenceKind.TESTIMONY: "witness",
    EvidenceKind.PARTY_STATEMENT: "party",
    EvidenceKind.EXPERT: "expert",
    EvidenceKind.SITE: "record",
}
_TOLD = (
    "已出示执法证件并说明身份",
    "已告知检查、调查的事由和依据",
    "已告知申请回避、陈述申辩的权利",
    "已告知如实回答、不得阻碍的义务",
    "已告知正在录音录像",
)
_OPENING = (
    ("我们是执法人员，这是我们的执法证件，请看清楚。是否看清？", "看清楚了。"),
    ("你有权拒绝回答与本案无关的问题，有权申请回避，有权陈述和申辩，有权核对和更正笔录。是否清楚？", "清楚。"),
    ("你应当如实回答，作虚假陈述要承担法律责任。本次询问同步录音录像。是否清楚？", "清楚。"),
    ("是否申请回避？", "不申请。"),
)


def _base(case: Case) -> Fields:
    return {
        "case_no": case.number,
        "cause": case.cause,
        "officers": officers_block(case),
        "handlers": officers_block(case),
    }


@composer("site-record")
def _site(case: Case, typed: Mapping[str, Any]) -> Fields:
    return {
        **_base(case),
        "party": case.party_name,
        "told": typed.get("told") or [{"item": item, "done": "yes"} for item in _TOLD],
    }


@composer("inquiry-record")
def _inquiry(case: Case, typed: Mapping[str, Any]) -> Fields:
    sitting = len(issued(case.pk, "inquiry-record")) + 1
    base = _base(case)
    return {
        **base,
        "sitting": sitting,
        "overlaps": sittings.overlapping(typed, base["officers"]),
        "same_answers": sittings.repeated_answers(case, typed),
        "opening": typed.get("opening") or [{"question": question, "answer": answer} for question, answer in _OPENING],
    }


@composer("investigation-report")
def _report(case: Case, typed: Mapping[str, Any]) -> Fields:
    discretion = typed.get("discretion") or {}
    evidence = evidence_block(case)
    refs = f"证据1至证据{len(evidence)}" if len(evidence) > 1 else "证据1" if evidence else ""
    return {
        **_base(case),
        "parties": [party_block(cases.party(case))],
        "case_source": f"本案来源于{Source(case.source).label}。",
        "filing_date": case.filed_on,
        "course": course(case),
        "facts": [{**row, "evidence_refs": row.get("evidence_refs") or refs} for row in typed.get("facts") or []],
        "evidence": evidence,
        "limitation": (
            f"违法行为终了之日为{case.conduct_ended_on.isoformat()}，于{case.discovered_on.isoformat()}被发现，未超过处罚时效。"
        ),
        "factors": discretion.get("factors", ""),
        "grade": discretion.get("grade", ""),
        "standard": discretion.get("standard", ""),
        "party_view": typed.get("party_view") or "调查中当事人对事实没有异议。",
        "proposal": "penalise",
        "doubts": "",
    }


@composer("case-filing-approval")
def _filing(case: Case, typed: Mapping[str, Any]) -> Fields:
    item = catalogues.entry(case.items, case.item_code) or {}
    return {
        **_base(case),
        "case_source": Source(case.source).label,
        "party": party_block(cases.party(case)),
        "facts": case.facts,
        "broken_articles": [{"citation": text} for text in item.get("broken", [])],
        "penalty_articles": [{"citation": text} for text in item.get("penalty", [])],
        "tests": [
            {"item": "有违法事实发生", "met": "yes"},
            {"item": "应当给予行政处罚", "met": "yes"},
            {"item": "属于本机关管辖", "met": "yes"},
            {"item": "未超过处罚时效", "met": "yes", "note": f"违法行为终了之日{case.conduct_ended_on.isoformat()}"},
        ],
        "decision": "file",
        "clock_start": case.filed_on,
        "handler_at": clock.legal_day(case.created_at),
        "head_at": clock.today(),
    }


@composer("evidence-list")
def _evidence(case: Case, typed: Mapping[str, Any]) -> Fields:
    rows = []
    for row in cases.evidence(case):
        excluded = hasattr(row, "exclusion")
        rows.append(
            {
                "kind": _EVIDENCE_CODE[EvidenceKind(row.kind)],
                "name": row.name,
                "source": row.origin,
                "obtained_at": clock.legal_day(row.collected_at),
                "obtained_by": row.collected_by,
                "quantity": "1份",
                "proves": row.proves,
                "original": True,
                "verified": "excluded" if excluded else "yes",
                "digest": row.file_id or "",
            }
        )
    return {**_base(case), "evidence": rows}


@composer("recording-list")
def _recordings(case: Case, typed: Mapping[str, Any]) -> Fields:
    flow = cases.procedure(case)
    return {
        **_base(case),
        "recordings": [
            {
                "stage": flow.stage(row.stage).name,
                "device_no": row.device or "未登记",
                "officer": row.recorded_by.name,
                "start": row.started_at,
                "end": row.started_at,
                "place": "见笔录",
                "summary": row.title,
                "digest": row.file_id,
            }
            for row in recordings.of_case(case)
        ],
        "gaps": [{"stage": row.matter, "reason": row.reason} for row in recordings.excuses(case)],
    }


@composer("decision-approval")
def _approval(case: Case, typed: Mapping[str, Any]) -> Fields:
    facts = "".join(row["text"] for row in typed.get("facts") or [])
    labels = penalty_labels()
    penalties = "；".join(
        f"{labels[row['kind']]}{yuan(row['amount']) + '元' if row.get('amount') else ''}{row.get('text') or ''}"
        for row in typed.get("penalties") or []
    )
    notice = latest(case, "penalty-notice")
    answers = [row for row in cases.statements(case) if hasattr(row, "answer")]
    return {
        **_base(case),
        "gist": facts,
        "notice_no": notice.number if notice else "",
        "statement_result": f"当事人陈述申辩{len(answers)}次，均已复核。" if answers else "当事人未提出陈述申辩。",
        "decision_text": penalties,
        "changed": bool(notice and notice.fields.get("penalties") != typed.get("penalties")),
        "change_note": "处罚内容较告知减轻，已记明理由。",
    }


@composer("revocation-decision")
def _revocation(case: Case, typed: Mapping[str, Any]) -> Fields:
    return {
        "original_gist": typed.get("original_gist") or f"对{case.party_name}{case.cause}一案作出行政处罚。",
        "ordered_by": "self",
        "articles": [{"citation": "《中华人民共和国行政处罚法》第七十五条第二款"}],
        "content": "撤销上述行政处罚决定。",
        "effects": "已经缴纳的罚款依法退还；已经公示的，自撤销之日起三个工作日内撤回公示信息并公开说明理由。",
        "copies": organ(case).get("copies", "本决定书一式两份，一份送达当事人，一份归档。"),
    }
