"""Writes of the circle: it begins with the maker; a head admits others, with a reason that stays."""

from __future__ import annotations

import uuid

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.accounts.models import Officer
from mingcha.cases import access
from mingcha.cases.locks import lock
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, NotFound, NotPermitted, Refused
from mingcha.documents.access import reads
from mingcha.documents.circles.queries import granted, reported
from mingcha.documents.circles.rules import may_know
from mingcha.documents.models import Admission
from mingcha.documents.rendering import template
from mingcha.documents.rendering.about import about
from mingcha.ledger.actions import append


def may_begin(actor: Actor, case: Case, kind: str) -> None:
    """A restricted paper is written by its circle; where nobody has begun it, by any handler. Raises NotFound."""
    if not reads(actor, case, kind) and Admission.objects.filter(case=case, kind=kind).exists():
        raise NotFound("没有找到这份文书。")


def enter(case: Case, kind: str, actor: Actor) -> None:
    """Before a restricted paper is written: its first writer opens the circle, others must be in it. Raises NotFound."""
    if reads(actor, case, kind):
        return
    may_begin(actor, case, kind)
    _admit(case, kind, actor.officer_id, "起草本件", actor, Role.HANDLER)


@transaction.atomic
def admit(case_id: uuid.UUID, kind: str, *, officer_id: uuid.UUID, reason: str, actor: Actor) -> Admission:
    """A head admits an officer of the organ to a restricted paper (扩大知悉范围). Raises NotPermitted, Refused, Conflict."""
    case = lock(case_id)
    access.case(actor, case_id)
    if not actor.has(Role.HEAD) or case.organisation_id != actor.organ_id:
        raise NotPermitted(message="只有本机关负责人可以扩大知悉范围。")
    check = Check()
    reason = check.text("reason", reason, "理由", most=300)
    if not granted(case).filter(officer_id=officer_id).exists():
        check.add("officer_id", "请选择本机关的人员。")
    if not about(kind).restricted:
        check.add("kind", f"《{template(kind).title}》没有限制知悉范围。")
    check.done()
    person = Officer.objects.get(id=officer_id)
    if unmet := may_know(person.name, reported(case, kind)):
        raise Refused(unmet)
    if Admission.objects.filter(case=case, kind=kind, officer_id=officer_id).exists():
        raise Conflict("admitted-already", "这名人员已经在知悉范围内。")
    return _admit(case, kind, officer_id, reason, actor, Role.HEAD)


def _admit(case: Case, kind: str, officer_id: uuid.UUID, reason: str, actor: Actor, role: Role) -> Admission:
    row = Admission.objects.create(
        case=case, kind=kind, officer_id=officer_id, reason=reason, admitted_by_id=actor.officer_id, at=clock.now()
    )
    # The entry names nobody's paper: the journal of the case is read by many.
    append(
        "circle-admitted",
        log=case.jurisdiction,
        subject=("admission", str(row.id)),
        case_id=case.id,
        actor=actor.snapshot(role),
        payload={"officer": str(officer_id)},
    )
    return row
