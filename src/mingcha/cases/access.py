"""The only door from a request to a case: who may see which rows."""

from __future__ import annotations

import uuid

from django.db.models import Exists, OuterRef, Q, QuerySet

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import queries
from mingcha.cases.choices import DutyKind
from mingcha.cases.locks import lock
from mingcha.cases.models import Case, Duty
from mingcha.common.errors import NotFound, NotPermitted, Reason, Refused

# From the decision on a case concerns the disclosure clerk; once closed, the archivist.
_DECIDED = ("serve", "perform-wait", "close")


def visible(actor: Actor) -> QuerySet[Case]:
    """Cases that this person may see: own duties, and what the role in the own organ opens."""
    rule = Q(Exists(Duty.objects.filter(officer_id=actor.officer_id, case_id=OuterRef("pk"))))
    if actor.has(Role.UNIT_HEAD, Role.HEAD):
        rule |= Q(organisation_id=actor.organ_id)
    if actor.has(Role.REVIEWER):
        rule |= Q(organisation_id=actor.organ_id, step="legal-review")
    if actor.has(Role.CLERK):
        rule |= Q(organisation_id=actor.organ_id, step__in=_DECIDED)
    if actor.has(Role.ARCHIVIST):
        rule |= Q(organisation_id=actor.organ_id, step="close")
    if actor.has(Role.SUPERVISOR):
        rule |= Q(jurisdiction=actor.jurisdiction)
    return Case.objects.filter(rule)


def case(actor: Actor, case_id: uuid.UUID) -> Case:
    """A case this person may see. Raises NotFound for absent and for hidden ones alike."""
    found = visible(actor).select_related("organisation").filter(id=case_id).first()
    if found is None:
        raise NotFound("没有找到这个案件，或者您无权查看。")
    return found


def own_case(actor: Actor, case_id: uuid.UUID) -> Case:
    """A case on which this person is a handler. Raises NotFound, NotPermitted, Refused for a closed case."""
    return _handled(actor, case(actor, case_id))


def own_locked(actor: Actor, case_id: uuid.UUID) -> Case:
    """As `own_case`, with the case row locked: how an action of a handler begins."""
    return _handled(actor, lock(case_id))


def _handled(actor: Actor, found: Case) -> Case:
    if DutyKind.HANDLER not in queries.held_duties(found.id, actor.officer_id):
        case(actor, found.id)
        raise NotPermitted(message="只有本案的承办人员可以办理这项操作。")
    if actor.officer_id in queries.avoiding(found):
        raise NotPermitted(message="您已被决定回避，不能再办理本案。")
    if found.closed_on is not None:
        raise Refused(
            [Reason("case-closed", "案件已经结案，不能再办理。", ("行政处罚法第四十七条",), "确有需要的，请另行立案。")]
        )
    return found
