"""The counsel pool (法律顾问、公职律师、其他机关审核人员) and calling them in on a case — R089."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import transaction

from mingcha.accounts import queries as accounts
from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import queries as cases
from mingcha.cases.locks import lock
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, NotFound, Refused
from mingcha.common.prepared import insert
from mingcha.ledger.actions import append
from mingcha.ledger.actors import ActorSnapshot
from mingcha.recordings.watching import actions as watching
from mingcha.recordings.watching.rules import LONGEST_SHARE
from mingcha.review import queries
from mingcha.review.access import consultation
from mingcha.review.actions import writing
from mingcha.review.choices import AnswerKind, CounselKind
from mingcha.review.models import Consultation, ConsultationAnswer, Counsel, CounselEnd
from mingcha.review.rules import may_answer, may_be_called

_LONGEST = dt.timedelta(days=90)


@transaction.atomic
def admit_counsel(officer_id: uuid.UUID, *, actor: Actor, kind: str, field: str) -> Counsel:
    """Take a person into the counsel pool of the actor's organ. Raises NotPermitted, Conflict, InvalidInput, NotFound."""
    role = actor.require(Role.ADMIN, Role.REVIEWER)
    officer = accounts.officers([officer_id]).get(officer_id)
    if officer is None or officer.organisation.jurisdiction != actor.jurisdiction:
        raise NotFound("没有找到这名人员。")
    check = Check()
    check.one_of("kind", kind, "身份", CounselKind.values)
    field = check.text("field", field, "专长", most=200)
    check.done()
    if queries.pool(actor.organ_id).filter(officer_id=officer_id).exists():
        raise Conflict("counsel-admitted", f"{officer.name}已经在名册中。")
    row = insert(
        Counsel(
            organisation_id=actor.organ_id,
            officer=officer,
            kind=kind,
            field=field,
            since=clock.today(),
            by_id=actor.officer_id,
        )
    )
    payload = {"name": officer.name, "kind": kind, "field": field}
    _listed("counsel-admitted", row, actor, actor.snapshot(role), payload)
    return row


@transaction.atomic
def end_counsel(counsel_id: uuid.UUID, *, actor: Actor, reason: str) -> CounselEnd:
    """A member leaves the pool; what was handed over to him closes with it. Raises NotFound, InvalidInput."""
    role = actor.require(Role.ADMIN, Role.REVIEWER)
    found = queries.counsel(actor.organ_id, counsel_id)
    if found is None:
        raise NotFound("没有找到这名顾问，可能已经退出。")
    check = Check()
    reason = check.text("reason", reason, "退出的原因", most=300)
    check.done()
    row = insert(CounselEnd(counsel=found, reason=reason, on=clock.today(), by_id=actor.officer_id))
    for called in found.consultations.all():
        watching.take_back(found.officer_id, shown_under(called), actor=actor, reason="退出顾问名册")
    payload = {"name": found.officer.name, "reason": reason}
    _listed("counsel-ended", found, actor, actor.snapshot(role), payload)
    return row


def _listed(kind: str, row: Counsel, actor: Actor, by: ActorSnapshot, payload: dict[str, str]) -> None:
    append(kind, log=actor.jurisdiction, subject=("counsel", str(row.pk)), actor=by, payload=payload)


@transaction.atomic
def call_counsel(
    case_id: uuid.UUID,
    counsel_id: uuid.UUID,
    *,
    actor: Actor,
    question: str,
    materials: Sequence[str],
    until: dt.date,
) -> Consultation:
    """Ask a member of the pool about the open submission, handing over `materials` (keys; "draft" for the draft) until a day.

    A recording is shown in the player until the end of that day, for legal review, and each viewing is on record.
    Raises Refused for whoever has a part in the case or may see no recordings, Conflict when called already,
    InvalidInput, NotFound.
    """
    case, submission = writing.reviewing(case_id, actor)
    found = queries.counsel(case.organisation_id, counsel_id)
    if found is None:
        raise NotFound("没有找到这名顾问，可能已经退出。")
    against = may_be_called(
        found.officer.name, cases.duties_of(case, found.officer_id), found.officer_id in cases.avoiding(case)
    )
    if against:
        raise Refused(against)
    check = Check()
    question = check.text("question", question, "征询的问题", most=3000)
    keys = {"draft", *(row["key"] for row in submission.materials)}
    if not materials or not set(materials) <= keys:
        check.add("materials", "请选择交给顾问的材料。")
    check.date("until", until, "答复期限")
    if "until" not in check.errors and not clock.today() <= until <= clock.today() + _LONGEST:
        check.add("until", f"答复期限应在今天到{_LONGEST.days}天以内。")
    elif recordings_of(materials) and until >= clock.today() + LONGEST_SHARE:
        check.add("until", f"交给顾问音像的，答复期限应在{LONGEST_SHARE.days}天以内。")
    check.done()
    if submission.consultations.filter(counsel=found).exists():
        raise Conflict("counsel-called", f"已经就这次送审征询{found.officer.name}的意见。")
    row = insert(
        Consultation(
            submission=submission,
            counsel=found,
            question=question,
            materials=list(dict.fromkeys(materials)),
            until=until,
            by_id=actor.officer_id,
            at=clock.now(),
        )
    )
    for recording_id in recordings_of(row.materials):
        watching.share(
            recording_id,
            actor=actor,
            to_id=found.officer_id,
            expires_at=clock.at(until + dt.timedelta(days=1), 0),
            purpose="review",
            note=shown_under(row),
        )
    payload = {"counsel": found.officer.name, "question": question, "materials": row.materials, "until": until}
    writing.entered("counsel-called", case, submission, actor.snapshot(Role.REVIEWER), payload)
    return row


def recordings_of(materials: Sequence[str]) -> list[uuid.UUID]:
    """The recordings among the keys of materials."""
    return [uuid.UUID(key.partition(":")[2]) for key in dict.fromkeys(materials) if key.startswith("recording:")]


def shown_under(row: Consultation) -> str:
    """The note under which the recordings of a consultation are shown to counsel."""
    return f"征询顾问意见 {row.pk}"


@transaction.atomic
def answer_consultation(
    consultation_id: uuid.UUID, *, actor: Actor, text: str, recuse: bool = False
) -> ConsultationAnswer:
    """Counsel gives an opinion, or says why he stays away (回避). Both are part of the file.

    Raises NotFound for others, Refused after the last day and for who left the pool, Conflict when answered already.
    """
    found = consultation(actor, consultation_id)
    case = lock(found.submission.case_id)
    if hasattr(found, "answer"):
        raise Conflict("consultation-answered", "您已经答复过。")
    left = hasattr(found.counsel, "end")
    reasons = may_answer(found.until, clock.today(), left, queries.waits(found.submission))
    if reasons:
        raise Refused(reasons)
    check = Check()
    text = check.text("text", text, "回避的理由" if recuse else "意见", most=8000)
    check.done()
    kind = AnswerKind.RECUSAL if recuse else AnswerKind.OPINION
    row = insert(ConsultationAnswer(consultation=found, kind=kind, text=text, at=clock.now()))
    if recuse:
        watching.take_back(actor.officer_id, shown_under(found), actor=actor, reason="顾问回避")
    name = "counsel-recused" if recuse else "counsel-answered"
    by = actor.snapshot(CounselKind(found.counsel.kind).label)
    writing.entered(name, case, found.submission, by, {"text": text})
    return row
