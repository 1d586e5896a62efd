"""The collective discussion (集体讨论): called, each member's own opinion, conclusion with minutes — art. 57 ¶2."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from mingcha.accounts import queries as accounts
from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.cases import queries as cases
from mingcha.cases.locks import lock
from mingcha.cases.models import Case
from mingcha.cases.moves import advance, options
from mingcha.catalogues import profiles
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, Refused
from mingcha.common.prepared import insert
from mingcha.decisions import queries
from mingcha.decisions.choices import Conclusion, Ground, View
from mingcha.decisions.models import Discussion, Resolution, Voice
from mingcha.decisions.rules import may_conclude, may_discuss
from mingcha.documents import queries as documents
from mingcha.documents.actions import make
from mingcha.ledger.actions import append

# Where the case goes from the stage of the discussion, by what was concluded.
_ONWARD = {
    Conclusion.AGREE: "decide",
    Conclusion.LIGHTER: "notify",
    Conclusion.NONE: "decide-none",
    Conclusion.MORE: "investigate",
    Conclusion.TRANSFER: "transfer-crime",
    # The case stays where it is until another discussion carries a view.
    Conclusion.SPLIT: "",
}
_STAGES = ("collective", "decide")


def _own_head(case: Case, actor: Actor) -> None:
    head = actor.has(Role.HEAD) and actor.organ_id == case.organisation_id
    held = {*cases.duties_of(case, actor.officer_id)}
    if actor.officer_id in cases.avoiding(case):
        held.add("handler")
    if reasons := may_discuss(actor.name, held, head=head):
        raise Refused(reasons)


def _record(kind: str, row: Discussion, actor: Actor, payload: Mapping[str, Any]) -> None:
    append(
        kind,
        log=row.case.jurisdiction,
        subject=("discussion", str(row.id)),
        case_id=row.case_id,
        actor=actor.snapshot(Role.HEAD),
        payload=payload,
    )


def _running(case: Case) -> Discussion:
    found = queries.open_discussion(case)
    if found is None:
        raise Conflict("discussion-none", "本案没有正在进行的集体讨论。请先由负责人提请讨论。")
    return found


@transaction.atomic
def convene(case_id: uuid.UUID, *, actor: Actor, ground: str, agenda: str, place: str, clerk: str) -> Discussion:
    """A head calls the others together over a case (提请集体讨论); quorum and majority are those of the policy profile."""
    access.case(actor, case_id)
    case = lock(case_id)
    _own_head(case, actor)
    if case.stage not in _STAGES:
        raise Conflict("discussion-not-now", f"“{cases.stage(case).name}”环节不进行集体讨论。")
    if queries.open_discussion(case):
        raise Conflict("discussion-open", "本案的集体讨论正在进行。")
    check = Check()
    check.one_of("ground", ground, "提请讨论的情形", Ground.values)
    agenda = check.text("agenda", agenda, "议题", most=2000)
    place = check.text("place", place, "地点", most=200)
    clerk = check.text("clerk", clerk, "记录人", most=60)
    check.done()
    values = case.profile.content
    row = insert(
        Discussion(
            case=case,
            seq=len(queries.discussions(case)) + 1,
            ground=ground,
            agenda=agenda,
            place=place,
            chair_id=actor.officer_id,
            clerk=clerk,
            quorum=max(2, int(profiles.value(values, "collective.quorum"))),
            vote=profiles.value(values, "collective.vote"),
            started_at=clock.now(),
        )
    )
    told = {"ground": Ground(ground).label, "agenda": agenda, "place": place, "clerk": clerk}
    _record("discussion-convened", row, actor, {**told, "quorum": row.quorum, "vote": row.vote})
    return row


@transaction.atomic
def voice(case_id: uuid.UUID, *, actor: Actor, view: str, reason: str) -> Voice:
    """A member says what he holds and why, in his own name. Raises Refused for handlers, Conflict for a second word."""
    access.case(actor, case_id)
    case = lock(case_id)
    found = _running(case)
    _own_head(case, actor)
    check = Check()
    check.one_of("view", view, "意见", View.values)
    reason = check.text("reason", reason, "理由", most=2000)
    check.done()
    if any(row.officer_id == actor.officer_id for row in queries.voices(found)):
        raise Conflict("discussion-voiced", "您已经发表意见，意见不能修改。")
    row = insert(Voice(discussion=found, officer_id=actor.officer_id, view=view, reason=reason, at=clock.now()))
    _record("discussion-voiced", found, actor, {"view": View(view).label, "reason": reason})
    return row


@transaction.atomic
def conclude(
    case_id: uuid.UUID, *, actor: Actor, outcome: str, text: str, report: str, evidence_view: str, absent: str = ""
) -> Resolution:
    """The chair states the conclusion that the opinions carry; minutes are made and the case goes where it says.

    Raises Refused below the quorum or against the majority, with the article.
    """
    access.case(actor, case_id)
    case = lock(case_id)
    found = _running(case)
    if found.chair_id != actor.officer_id:
        raise Conflict("discussion-chair-only", "结论由召集讨论的主持人作出。")
    said = queries.voices(found)
    check = Check()
    check.one_of("outcome", outcome, "结论", Conclusion.values)
    text = check.text("text", text, "讨论结论", most=3000)
    report = check.text("report", report, "案情汇报", most=5000)
    evidence_view = check.text("evidence_view", evidence_view, "证据、法制审核和听证的意见", most=5000)
    absent = check.text("absent", absent, "缺席人员及原因", most=300, required=False)
    check.done()
    if reasons := may_conclude(outcome, [row.view for row in said], found.quorum, found.vote):
        raise Refused(reasons)
    staff = accounts.officers([row.officer_id for row in said])
    members = [
        {
            "name": row.officer.name,
            "title": staff[row.officer_id].title or "负责人",
            "view": row.view,
            "reason": row.reason,
        }
        for row in said
    ]
    dissent = "；".join(f"{row.officer.name}：{row.reason}" for row in said if row.view != outcome)
    minutes = make(
        case,
        "collective-discussion",
        {
            "start": found.started_at,
            "end": clock.now(),
            "place": found.place,
            "ground": found.ground,
            "chair": actor.name,
            "members": members,
            "quorum": found.quorum,
            "absent": absent,
            "clerk": found.clerk,
            "report": report,
            "evidence_view": evidence_view,
            "conclusion": text,
            "dissent": dissent,
        },
        by=actor.snapshot(Role.HEAD),
    )
    frozen = documents.frozen(case)
    row = insert(
        Resolution(
            discussion=found,
            outcome=outcome,
            text=text,
            content_digest=frozen.digest if frozen else "",
            minutes=minutes,
            at=clock.now(),
        )
    )
    told = {
        "outcome": Conclusion(outcome).label,
        "text": text,
        "minutes": minutes.digest,
        "content_digest": row.content_digest,
    }
    _record("discussion-concluded", found, actor, told)
    _onward(case, actor, outcome, text)
    return row


def _onward(case: Case, actor: Actor, outcome: str, text: str) -> None:
    """The move that the conclusion means, where the case stands at its stage and nothing stands against it."""
    to = _ONWARD[Conclusion(outcome)]
    if case.stage == "decide":
        to = "" if outcome in (Conclusion.AGREE, Conclusion.SPLIT) else "review-return"
    for option in options(case, actor):
        if option.branch is None and option.move.to == to and option.permitted and option.open:
            advance(case.id, to, actor=actor, reason=f"集体讨论的结论：{text}"[:1000])
            return
