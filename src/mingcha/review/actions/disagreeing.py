"""Disagreement about an opinion (审核分歧): objection, joint meeting, special study by the superior, the head's ruling."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.cases import queries as cases
from mingcha.cases.choices import DutyKind
from mingcha.cases.locks import lock
from mingcha.cases.models import Case
from mingcha.catalogues import profiles
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, NotFound, Refused
from mingcha.common.prepared import insert
from mingcha.documents.actions import make
from mingcha.documents.blocks import officers_block
from mingcha.review import queries
from mingcha.review.actions import writing
from mingcha.review.choices import Outcome, PointResult
from mingcha.review.models import Disagreement, Meeting, Ruling, Study, StudyReply
from mingcha.review.rules import checklist, may_settle, may_study

_NEXT = {Outcome.UPHELD: "resubmit", Outcome.ADOPTED: "again", Outcome.COLLECTIVE: "discuss"}


@transaction.atomic
def dispute(case_id: uuid.UUID, *, actor: Actor, points: Sequence[str], view: str) -> Disagreement:
    """The handling unit does not accept the last opinion: which points, and why. Raises Conflict, InvalidInput."""
    case = access.own_locked(actor, case_id)
    last = queries.latest(case)
    opinion = getattr(last, "opinion", None)
    if last is None or opinion is None or not any(row["result"] == PointResult.PROBLEM for row in opinion.points):
        raise Conflict("nothing-to-disagree", "没有指出问题的审核意见，不能提出异议。请刷新页面。")
    if hasattr(opinion, "disagreement"):
        raise Conflict("disputed-already", "对这份审核意见已经提出异议。")
    problems = [row["code"] for row in opinion.points if row["result"] == PointResult.PROBLEM]
    check = Check()
    if not points or not set(points) <= set(problems):
        check.add("points", "请选择有异议的审核要点（只能选审核意见指出问题的要点）。")
    view = check.text("view", view, "不同意的理由", most=3000)
    check.done()
    mechanism = profiles.value(case.profile.content, "review.coordination")
    row = insert(
        Disagreement(
            opinion=opinion,
            points=list(points),
            view=view,
            mechanism=mechanism,
            by_id=actor.officer_id,
            at=clock.now(),
        )
    )
    payload = {"points": list(points), "view": view, "mechanism": mechanism}
    writing.entered("review-disputed", case, last, actor.snapshot(Role.HANDLER), payload)
    return row


def _open(case: Case) -> Disagreement:
    found = queries.disagreement(case)
    if found is None or hasattr(found, "ruling"):
        raise Conflict("disagreement-not-open", "本案没有等待协调的审核分歧，可能已经决定。请刷新页面。")
    return found


@transaction.atomic
def hold_meeting(
    case_id: uuid.UUID, *, actor: Actor, held_on: dt.date, place: str, participants: Sequence[str], minutes: str
) -> Meeting:
    """Minutes of the joint meeting of both sides. Raises Conflict without an open disagreement, InvalidInput."""
    role = actor.require(Role.HANDLER, Role.REVIEWER, Role.UNIT_HEAD, Role.HEAD)
    access.case(actor, case_id)
    case = lock(case_id)
    found = _open(case)
    check = Check()
    check.date("held_on", held_on, "会商日期", latest=clock.today())
    place = check.text("place", place, "会商地点", most=100)
    minutes = check.text("minutes", minutes, "会商记录", most=5000)
    people = [name.strip() for name in participants if name.strip()]
    handlers = {officer.name for officer in cases.officers_on(case, DutyKind.HANDLER)}
    if len(people) > 30 or not handlers & set(people) or found.opinion.reviewer.name not in people:
        reviewer = found.opinion.reviewer.name
        check.add("participants", f"会商应当有承办人员和出具意见的审核人员（{reviewer}）参加，请写明姓名，每行一名。")
    check.done()
    row = insert(
        Meeting(
            disagreement=found,
            held_on=held_on,
            place=place,
            participants=people,
            minutes=minutes,
            by_id=actor.officer_id,
            at=clock.now(),
        )
    )
    payload = {"held_on": held_on, "place": place, "participants": people, "minutes": minutes}
    writing.entered("review-meeting-held", case, found.opinion.submission, actor.snapshot(role), payload)
    return row


@transaction.atomic
def settle(case_id: uuid.UUID, *, actor: Actor, outcome: str, reasons: str) -> Ruling:
    """The head settles the open disagreement with reasons; leaves the record of the coordination (分歧协调记录).

    Raises NotPermitted, Refused where the mechanism of the profile was not followed or the head had a part in the case.
    """
    actor.require(Role.HEAD)
    access.case(actor, case_id)
    case = lock(case_id)
    found = _open(case)
    check = Check()
    check.one_of("outcome", outcome, "协调结果", Outcome.values)
    reasons = check.text("reasons", reasons, "决定的理由", most=3000)
    check.done()
    meetings = list(found.meetings.order_by("at"))
    held = cases.duties_of(case, actor.officer_id)
    against = may_settle(actor.name, held, found.mechanism, len(meetings), case.act_type)
    if against:
        raise Refused(against)
    labels = {row["code"]: row["label"] for row in checklist()}
    notes = {row["code"]: row["note"] for row in found.opinion.points}
    by = actor.snapshot(Role.HEAD)
    today = clock.today()
    document = make(
        case,
        "review-disagreement",
        {
            "issue": "；".join(f"{labels[code]}：{notes[code]}" for code in found.points),
            "unit_view": found.view,
            "reviewer_view": found.opinion.text,
            "decider": "head",
            "outcome": "\n".join([*(f"会商：{row.minutes}" for row in meetings), Outcome(outcome).label]),
            "next": _NEXT[Outcome(outcome)],
            "reviewer_head": found.opinion.reviewer.name,
            "handler_opinion": found.view,
            "handlers": officers_block(case),
            "handler_at": clock.legal_day(found.at),
            "head_choice": "refuse" if outcome == Outcome.UPHELD else "agree",
            "head_opinion": reasons,
            "head": actor.name,
            "head_at": today,
        },
        by=by,
    )
    row = insert(
        Ruling(
            disagreement=found,
            outcome=outcome,
            reasons=reasons,
            by_id=actor.officer_id,
            document=document,
            at=clock.now(),
        )
    )
    writing.entered("review-ruled", case, found.opinion.submission, by, {"outcome": outcome, "reasons": reasons})
    return row


@transaction.atomic
def ask_superior(case_id: uuid.UUID, *, actor: Actor, superior: str, question: str) -> Study:
    """Submit a complex or major case to the superior for special study (专题研究) — S4; never before S0's own review passed.

    Raises Refused where the profile forbids it or no round was submitted, Conflict while one is open, InvalidInput.
    """
    role = actor.require(Role.REVIEWER, Role.HEAD)
    access.case(actor, case_id)
    case = lock(case_id)
    last = queries.latest(case)
    if last is None:
        raise Conflict("review-missing", "本案还没有送审，不能报上级专题研究。")
    mode = profiles.value(case.profile.content, "review.superior")
    against = may_study(mode, queries.standing(case) is not None, case.act_type)
    if against:
        raise Refused(against)
    if any(not hasattr(row, "reply") for row in queries.studies(case)):
        raise Conflict("study-open", "已经报上级专题研究，还没有登记答复。")
    check = Check()
    superior = check.text("superior", superior, "上级机关", most=100)
    question = check.text("question", question, "请示的问题", most=3000)
    check.done()
    row = insert(Study(submission=last, superior=superior, question=question, by_id=actor.officer_id, at=clock.now()))
    payload = {"superior": superior, "question": question}
    writing.entered("review-study-asked", case, last, actor.snapshot(role), payload)
    return row


@transaction.atomic
def record_reply(case_id: uuid.UUID, *, actor: Actor, reference: str, text: str) -> StudyReply:
    """Enter what the superior answered. Raises Conflict when nothing was asked, InvalidInput."""
    role = actor.require(Role.REVIEWER, Role.HEAD)
    access.case(actor, case_id)
    case = lock(case_id)
    asked = next((row for row in queries.studies(case) if not hasattr(row, "reply")), None)
    if asked is None:
        raise NotFound("没有等待答复的专题研究。")
    check = Check()
    reference = check.text("reference", reference, "来文文号", most=100)
    text = check.text("text", text, "答复内容", most=5000)
    check.done()
    row = insert(StudyReply(study=asked, reference=reference, text=text, by_id=actor.officer_id, at=clock.now()))
    payload = {"reference": reference, "text": text}
    writing.entered("review-study-answered", case, asked.submission, actor.snapshot(role), payload)
    return row
