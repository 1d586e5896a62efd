"""The reviewer's written opinion (法制审核意见) — 行政处罚法 art. 58."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from mingcha.accounts import queries as accounts
from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import facts
from mingcha.cases import queries as cases
from mingcha.cases.actions import take_duty
from mingcha.cases.choices import DutyKind
from mingcha.cases.models import Case
from mingcha.cases.moves import advance
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import InvalidInput, Reason, Refused
from mingcha.common.prepared import insert
from mingcha.documents.actions import make
from mingcha.review import queries
from mingcha.review.actions import writing
from mingcha.review.actions.allocating import take_over
from mingcha.review.choices import Conclusion, PointResult
from mingcha.review.models import Opinion, Submission
from mingcha.review.rules import checklist, effect, opinion_gaps


@transaction.atomic
def give_opinion(
    case_id: uuid.UUID, *, actor: Actor, conclusion: str, points: Sequence[Mapping[str, Any]], text: str
) -> Opinion:
    """Give the written opinion on the open submission — art. 58. Another reviewer than the allocated one takes it over.

    Raises Refused for handlers and the unqualified, while a supplement is open, and for agreement to a changed file;
    Conflict for a submission that was withdrawn or answered; InvalidInput.
    """
    case, submission = writing.reviewing(case_id, actor)
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
    _refuse_while_unready(case, submission, conclusion)
    take_over(case, submission, actor)
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
    writing.entered(
        "review-opinion-given",
        case,
        submission,
        by,
        {"conclusion": conclusion, "digest": submission.digest, "points": marks, "document": document.number},
    )
    target = _after(case) if conclusion == Conclusion.AGREE else "review-return"
    advance(case.id, target, actor=actor, action="review-opinion", data={"round": submission.round})
    return row


def _refuse_while_unready(case: Case, submission: Submission, conclusion: str) -> None:
    """An opinion waits for what was asked; agreement never covers what was not handed over. Raises Refused."""
    reasons = []
    if queries.open_supplement(submission) is not None:
        reasons.append(
            Reason(
                "supplement-open",
                "已经要求承办机构补充材料，还没有收到答复，不能出具意见。",
                ("行政处罚法第五十八条",),
                "请等待答复。",
            )
        )
    changed = queries.changed_since(case, submission) if conclusion == Conclusion.AGREE else []
    if changed:
        said = "；".join(f"{row['label']}{row['after'] or row['before']}" for row in changed[:5])
        reasons.append(
            Reason(
                "text-changed-since-review",
                f"送审以后案卷又有改动（{said}），不能对现在的内容出具同意的意见。",
                ("行政处罚法第五十八条",),
                "请要求补充材料，或者由承办人员撤回后再次送审。",
                {"changes": changed},
            )
        )
    if reasons:
        raise Refused(reasons)


def preview(
    case: Case, submission: Submission, *, actor: Actor, conclusion: str, points: Sequence[Mapping[str, Any]], text: str
) -> dict[str, Any]:
    """The fields of the opinion letter as they would be, for looking at before it is given; nothing is written."""
    known = {str(row.get("code")): row for row in points if row.get("result") in PointResult.values}
    marks = [
        {
            "code": item["code"],
            "result": known[item["code"]]["result"],
            "link": str(known[item["code"]].get("link") or ""),
            "note": str(known[item["code"]].get("note") or ""),
        }
        for item in checklist()
        if item["code"] in known
    ]
    return _letter(case, submission, actor, conclusion or Conclusion.PROBLEMS, marks, text)


def _after(case: Case) -> str:
    """Where an approved case goes: to the heads together where it is grave or complex (art. 57 ¶2), else to the head."""
    together = facts.together(case).value and cases.procedure(case).move(case.stage, "collective")
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
    number = "、".join(row.number for row in officer.qualifications.all()[:1])
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
        "opinion": effect(conclusion)["letter"],
        "problems": [
            {"problem": f"{points[mark['code']]['label']}：{mark['note']}", "advice": effect(conclusion)["advice"]}
            for mark in marks
            if mark["result"] == PointResult.PROBLEM and conclusion != Conclusion.AGREE
        ],
        "text": text,
        "reviewer": actor.name,
        "qualification": f"法律职业资格证书{number}",
        "reviewed_on": clock.today(),
    }
