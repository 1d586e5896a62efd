"""Writes of letters: pulled from the portal's inbox, taken up, referred, reported on, extended, answered."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from mingcha.accounts.actors import SYSTEM, Actor
from mingcha.accounts.choices import Role
from mingcha.accounts.models import Organisation
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import NotPermitted, Refused
from mingcha.deadlines import queries as deadlines
from mingcha.disclosure.models import Publication, PublicEntry, Withdrawal
from mingcha.ledger.actions import append
from mingcha.petitions import access, queries, rulebook
from mingcha.petitions.choices import FINAL, Standing, StepKind
from mingcha.petitions.models import InboxItem, Petition, Step
from mingcha.petitions.rules import may_step

_BATCH = 50


def pull() -> int:
    """Take what waits in the portal's inbox; returns how many. Each letter is one transaction."""
    taken = 0
    for key in list(queries.unpulled().values_list("id", flat=True)[:_BATCH]):
        with transaction.atomic():
            item = InboxItem.objects.select_for_update().get(id=key)
            if item.pulled_at is None:
                _take(item)
                taken += 1
    return taken


def _take(item: InboxItem) -> Petition:
    content: dict[str, Any] = item.content or {}
    publication = _publication(content)
    organisation = Organisation.objects.filter(jurisdiction=item.jurisdiction, name=content["organisation"]).first()
    if organisation is None and publication is not None:
        organisation = publication.organisation
    due = rulebook.due(item.kind, "accept", clock.legal_day(item.received_at), deadlines.calendar(item.jurisdiction))
    row = Petition.objects.create(
        id=item.id,
        jurisdiction=item.jurisdiction,
        receipt=item.receipt,
        kind=item.kind,
        organisation=organisation,
        publication=publication,
        about=content["about"],
        text=content["text"],
        evidence=content["evidence"],
        name=content["name"],
        contact=content["contact"],
        received_at=item.received_at,
        accept_by=due.value,
        explanation=due.as_dict(),
    )
    # Who sent it and what it says is for the people who answer it, not for a journal kept for ever.
    append(
        "petition-received",
        log=item.jurisdiction,
        subject=("petition", str(row.id)),
        actor=SYSTEM,
        payload={"receipt": row.receipt, "kind": row.kind, "accept_by": row.accept_by},
    )
    item.content, item.pulled_at = None, clock.now()
    item.save()
    return row


def _publication(content: dict[str, Any]) -> Publication | None:
    """What the letter is about: the page it was written from, else the public decision with exactly this number."""
    try:
        found = Publication.objects.filter(id=uuid.UUID(content["entry"])).first() if content["entry"] else None
    except (ValueError, ValidationError):
        found = None
    if found is None and content["about"]:
        entries = list(PublicEntry.objects.filter(number=content["about"]).values_list("id", flat=True)[:2])
        found = Publication.objects.filter(id=entries[0]).first() if len(entries) == 1 else None
    return found


@transaction.atomic
def step(
    petition_id: uuid.UUID,
    kind: str,
    *,
    actor: Actor,
    text: str,
    organisation_id: uuid.UUID | None = None,
    outcome: str = "",
) -> Step:
    """One step in the course of a letter; the sender reads acceptance, extension and answer on the portal.

    The supervisor takes them all but the report, which comes from the organ to which the letter was referred.
    Raises Refused, InvalidInput, NotPermitted, NotFound.
    """
    role = actor.require(*((Role.HEAD, Role.CLERK) if kind == StepKind.REPORTED else (Role.SUPERVISOR,)))
    petition = access.petition(actor, petition_id)
    item = InboxItem.objects.select_for_update().get(id=petition.id)
    course = queries.course(petition)
    known = rulebook.kinds()[petition.kind]
    check = Check()
    check.one_of("kind", kind, "办理方式", StepKind.values)
    text = check.text("text", text, "告知来信人的内容" if kind in _TOLD else "内容", most=2000)
    if kind == StepKind.ANSWERED:
        check.one_of("outcome", outcome, "处理结果", known.outcomes)
    organ = None
    if kind == StepKind.REFERRED:
        organs = Organisation.objects.filter(jurisdiction=petition.jurisdiction)
        organ = organs.filter(id=organisation_id).first() if organisation_id else None
        if organ is None:
            check.add("organisation_id", "请选择由哪个机关说明情况。")
    check.done()
    reasons = may_step(
        kind,
        done=course.kinds,
        own_organ=petition.organisation_id == actor.organ_id,
        extendable=known.extend is not None,
        says_gone=outcome == "withdrawn"
        and petition.publication is not None
        and not Withdrawal.objects.filter(publication=petition.publication).exists(),
    )
    if reasons:
        raise Refused(reasons)
    if kind == StepKind.REPORTED and petition not in queries.awaited(
        Petition.objects.filter(id=petition.id), actor.organ_id
    ):
        raise NotPermitted(message="这封来信没有等待您的机关说明情况。")
    due = None
    if kind in (StepKind.ACCEPTED, StepKind.EXTENDED):
        accepted = next((row for row in course.steps if row.kind == StepKind.ACCEPTED), None)
        start = clock.legal_day(accepted.at) if accepted else clock.today()
        term = "extend" if kind == StepKind.EXTENDED else "answer"
        due = rulebook.due(petition.kind, term, start, deadlines.calendar(petition.jurisdiction))
    row = Step.objects.create(
        petition=petition,
        seq=len(course.steps) + 1,
        kind=kind,
        text=text,
        organisation=organ,
        outcome=outcome if kind == StepKind.ANSWERED else "",
        due_on=due.value if due else None,
        explanation=due.as_dict() if due else None,
        by_id=actor.officer_id,
        at=clock.now(),
    )
    append(
        "petition-step",
        log=petition.jurisdiction,
        subject=("petition", str(petition.id)),
        actor=actor.snapshot(role),
        payload={"kind": kind, "seq": row.seq, "outcome": row.outcome, "due_on": row.due_on},
    )
    if kind in _TOLD:
        item.state = Standing(kind)
        told = {"on": clock.today().isoformat(), "state": str(kind), "text": text, "outcome": row.get_outcome_display()}
        told["due_on"] = row.due_on.isoformat() if row.due_on else ""
        item.progress = [*item.progress, told]
        item.save()
    return row


# What the sender reads; what the organ reports is between it and the supervisor.
_TOLD = (StepKind.ACCEPTED, StepKind.EXTENDED, *FINAL)
