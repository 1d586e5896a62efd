"""Writes of legal review: submission with the frozen draft, the reviewer's opinion, exemption by the list."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from mingcha.accounts import queries as accounts
from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access, facts
from mingcha.cases import queries as cases
from mingcha.cases.actions import take_duty
from mingcha.cases.choices import DutyKind
from mingcha.cases.locks import lock
from mingcha.cases.models import Case
from mingcha.cases.moves import advance
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, InvalidInput, Reason, Refused
from mingcha.common.prepared import insert
from mingcha.documents import queries as documents
from mingcha.documents.actions import make
from mingcha.ledger.actions import append
from mingcha.review import queries
from mingcha.review.choices import Conclusion, PointResult
from mingcha.review.models import Exemption, Opinion, Submission
from mingcha.review.rules import checklist, may_review, opinion_gaps


@transaction.atomic
def submit(
    case_id: uuid.UUID, *, actor: Actor, attested: bool, answers: Sequence[Mapping[str, str]] = ()
) -> Submission:
    """Submit (or resubmit with answers) the decision draft for legal review. Raises Refused with what is missing."""
    case = access.own_locked(actor, case_id)
    check = Check()
    if not attested:
        check.add("attested", "请确认对送审材料的真实性、准确性、完整性负责。")
    last = queries.latest(case)
    given = [{"code": str(row.get("code", "")), "text": str(row.get("text", "")).strip()} for row in answers]
    if last is not None:
        if not hasattr(last, "opinion"):
            raise Conflict("review-open", "本案已经送审，正在等待审核意见。")
        answered = {row["code"] for row in given if row["text"]}
        for point in last.opinion.points:
            if point["result"] == PointResult.PROBLEM and point["code"] not in answered:
                label = next(item["label"] for item in checklist() if item["code"] == point["code"])
                check.add(f"answer-{point['code']}", f"请答复审核意见指出的“{label}”问题。")
    check.done()
    frozen = documents.frozen(case)
    if frozen is None:
        raise Refused(
            [
                Reason(
                    "decision-draft-missing", "还没有拟写处罚决定书。", ("行政处罚法第五十九条",), "请拟写决定书草稿。"
                )
            ]
        )
    demanded = queries.demanded(case)
    row = insert(
        Submission(
            case=case,
            round=(last.round if last else 0) + 1,
            content=frozen.content,
            digest=frozen.digest,
            materials=queries.materials(case),
            answers=given,
            scope=demanded.as_dict(),
            submitted_by_id=actor.officer_id,
            submitted_at=clock.now(),
        )
    )
    append(
        "review-submitted",
        log=case.jurisdiction,
        subject=("submission", str(row.id)),
        case_id=case.id,
        actor=actor.snapshot(Role.HANDLER),
        payload={
            "round": row.round,
            "digest": row.digest,
            "materials": [[item["key"], item["digest"]] for item in row.materials],
            "answers": given,
            "attested": True,
        },
    )
    advance(case.id, "legal-review", actor=actor, action="review-submit", data={"round": row.round})
    return row


@transaction.atomic
def give_opinion(
    case_id: uuid.UUID, *, actor: Actor, conclusion: str, points: Sequence[Mapping[str, Any]], text: str
) -> Opinion:
    """Give the written opinion on the open submission — art. 58. Raises Refused for handlers and the unqualified."""
    actor.require(Role.REVIEWER)
    access.case(actor, case_id)
    case = lock(case_id)
    submission = queries.open_submission(case)
    if submission is None:
        raise Conflict("review-not-open", "没有等待审核的送审材料，可能其他审核人员已经出具意见。请刷新页面。")
    officer = accounts.officers([actor.officer_id])[actor.officer_id]
    reasons = may_review(officer, cases.duties_of(case, actor.officer_id))
    if reasons:
        raise Refused(reasons)
    check = Check()
    check.one_of("conclusion", conclusion, "审核结论", Conclusion.values)
    text = check.text("text", text, "审核意见", most=5000)
    marks = [
        {
            "code": str(row.get("code", "")),
            "result": str(row.get("result", "")),
            "link": str(row.get("link") or ""),
            "note": check.text(f"point-{row.get('code')}", row.get("note"), "说明", most=2000, required=False),
        }
        for row in points
    ]
    check.done()
    gaps = opinion_gaps(conclusion, marks, submission.materials)
    if gaps:
        raise InvalidInput(gaps)
    take_duty(case, DutyKind.REVIEWER, actor=actor)
    by = actor.snapshot(Role.REVIEWER)
    document = make(case, "review-opinion", _letter(case, submission, actor, conclusion, marks, text), by=by)
    row = insert(
        Opinion(
            submission=submission,
            reviewer_id=actor.officer_id,
            conclusion=conclusion,
            points=marks,
            text=text,
            document=document,
            given_at=clock.now(),
        )
    )
    append(
        "review-opinion-given",
        log=case.jurisdiction,
        subject=("submission", str(submission.id)),
        case_id=case.id,
        actor=by,
        payload={
            "round": submission.round,
            "conclusion": conclusion,
            "digest": submission.digest,
            "points": marks,
            "document": document.number,
        },
    )
    target = _after(case) if conclusion == Conclusion.AGREE else "review-return"
    advance(case.id, target, actor=actor, action="review-opinion", data={"round": submission.round})
    return row


def _after(case: Case) -> str:
    """Where an approved case goes: to the heads together where it is grave or complex (art. 57 ¶2), else to the head."""
    together = facts.for_collective(facts.stated(case)) and cases.procedure(case).move(case.stage, "collective")
    return "collective" if together else "decide"


def _letter(
    case: Case,
    submission: Submission,
    actor: Actor,
    conclusion: str,
    marks: Sequence[Mapping[str, Any]],
    text: str,
) -> dict[str, Any]:
    labels = {item["key"]: item["label"] for item in submission.materials}
    points = {item["code"]: item for item in checklist()}
    officer = accounts.officers([actor.officer_id])[actor.officer_id]
    qualification = officer.qualifications.all()[0]
    met = {PointResult.MET: "yes", PointResult.PROBLEM: "no", PointResult.NOT_APPLICABLE: "na"}
    return {
        "case_no": case.number,
        "cause": case.cause,
        "parties": case.party_name,
        "submitted_by": submission.submitted_by.organisation.name,
        "submitted_on": clock.legal_day(submission.submitted_at),
        "round": submission.round,
        "triggers": submission.scope["steps"][1:],
        "draft_digest": submission.digest,
        "checklist": [
            {
                "item": points[mark["code"]]["label"],
                "met": met[PointResult(mark["result"])],
                "note": mark["note"],
                "page_ref": labels.get(mark["link"], ""),
            }
            for mark in marks
        ],
        "opinion": "agree" if conclusion == Conclusion.AGREE else "modify",
        "problems": [
            {"problem": f"{points[mark['code']]['label']}：{mark['note']}", "advice": "请研究处理后再次送审。"}
            for mark in marks
            if mark["result"] == PointResult.PROBLEM
        ],
        "text": text,
        "reviewer": actor.name,
        "qualification": f"法律职业资格证书{qualification.number}",
        "reviewed_on": clock.today(),
    }


def exempt(case: Case, *, actor: Actor) -> Exemption:
    """Record that the published list demands no review of this locked case. Raises Refused when it does."""
    found = queries.exemption(case)
    if found:
        return found
    demanded = queries.demanded(case)
    if demanded.value:
        raise Refused(
            [
                Reason(
                    "review-missing",
                    "本案属于法制审核范围，未经审核不得作出决定。",
                    ("行政处罚法第五十八条",),
                    "请先提交法制审核。",
                    {"scope": demanded.as_dict()},
                )
            ]
        )
    row = Exemption.objects.create(
        case=case, edition=queries.list_in_force(case), condition=demanded.steps[-1], at=clock.now()
    )
    append(
        "review-exempted",
        log=case.jurisdiction,
        subject=("case", str(case.id)),
        case_id=case.id,
        actor=actor.snapshot(Role.HEAD),
        payload=demanded.as_dict(),
    )
    return row
