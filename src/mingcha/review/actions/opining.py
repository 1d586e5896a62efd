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
from mingcha.common.errors import InvalidInput, Refused
from mingcha.common.prepared import insert
from mingcha.documents.actions import make
from mingcha.procedures.definition import Move
from mingcha.review import queries
from mingcha.review.actions import writing
from mingcha.review.actions.allocating import take_over
from mingcha.review.choices import Conclusion, PointResult
from mingcha.review.models import Opinion, Submission
from mingcha.review.rules import checklist, effect, may_opine, opinion_gaps


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
    move = _after(case, submission, conclusion == Conclusion.AGREE)
    if move is not None:
        told = text[:1000] if move.needs_reason else ""
        data = {"round": submission.round}
        advance(case.id, move.to, actor=actor, reason=told, action="review-opinion", data=data)
    return row


def _refuse_while_unready(case: Case, submission: Submission, conclusion: str) -> None:
    """Raises Refused while more is asked for, or for agreement to a changed file."""
    asked = queries.open_supplement(submission) is not None
    changed = queries.changed_since(case, submission) if conclusion == Conclusion.AGREE else []
    if reasons := may_opine(conclusion, asked, changed, case.act_type):
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


def _after(case: Case, submission: Submission, agreed: bool) -> Move | None:
    """Where the case goes: back with problems; else to the stage that makes the approved paper, a grave or complex
    penalty to the heads together (art. 57 ¶2). None where the review stands beside the course of the case.
    """
    flow = cases.procedure(case)
    moves = [move for move in flow.stage(case.stage).moves if move.action == "review-opinion"]
    if not agreed:
        return next((move for move in moves if "review-problems-stated@1" in move.guards), None)
    onward = [move for move in moves if "review-approved@1" in move.guards]
    if facts.together(case).value:
        onward.sort(key=lambda move: move.to != "collective")
    else:
        onward = [move for move in onward if move.to != "collective"]
    kind = submission.content["kind"]
    making = [move for move in onward if kind in flow.stage(move.to).documents]
    return next(iter(making or onward), None)


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
