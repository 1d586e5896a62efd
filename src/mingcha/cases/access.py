"""The only door from a request to a case: who may see which rows."""

from __future__ import annotations

import uuid

from django.db.models import Exists, OuterRef, Q, QuerySet

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import closings, queries
from mingcha.cases.choices import DutyKind
from mingcha.cases.locks import lock
from mingcha.cases.models import Branch, Case, Duty
from mingcha.catalogues import queries as catalogues
from mingcha.common.errors import NotFound, NotPermitted, Reason, Refused
from mingcha.common.prepared import prepared

# From the decision on a case concerns the disclosure clerk; once closed, the archivist.
_DECIDED = ("serve", "perform-wait", "publish", "close")


# What a role opens: the roles, what case and person must have in common, the steps (none: all).
_OPENS: tuple[tuple[tuple[Role, ...], tuple[str, str], tuple[str, ...]], ...] = (
    ((Role.UNIT_HEAD, Role.HEAD), ("organisation_id", "organ_id"), ()),
    ((Role.REVIEWER,), ("organisation_id", "organ_id"), ("legal-review",)),
    ((Role.CLERK,), ("organisation_id", "organ_id"), _DECIDED),
    ((Role.ARCHIVIST,), ("organisation_id", "organ_id"), ("close",)),
    ((Role.SUPERVISOR,), ("jurisdiction", "jurisdiction"), ()),
)


def visible(actor: Actor) -> QuerySet[Case]:
    """Cases that this person may see: own duties, and what the role in the own organ opens, none that is closed to it."""
    rule = Q(Exists(Duty.objects.filter(officer_id=actor.officer_id, case_id=OuterRef("pk"))))
    for roles, (field, own), steps in _OPENS:
        if actor.has(*roles):
            mine = Q(**{field: getattr(actor, own)})
            beside = Exists(Branch.objects.filter(case_id=OuterRef("pk"), closed_at=None, step__in=steps))
            rule |= mine & (Q(step__in=steps) | Q(beside)) if steps else mine
    return Case.objects.filter(rule, *closings.left_to(actor))


def case(actor: Actor, case_id: uuid.UUID) -> Case:
    """A case this person may see. Raises NotFound for absent and for hidden ones alike."""
    found = next(iter(_case(case_id)), None)
    if found is None or not sees(actor, found):
        raise NotFound("没有找到这个案件，或者您无权查看。")
    found.items, found.profile = catalogues.pinned(found.items_id), catalogues.pinned(found.profile_id)
    return found


@prepared
def _case(case_id: uuid.UUID) -> QuerySet[Case]:
    return Case.objects.select_related("organisation", *closings.relations()).filter(id=case_id)


def sees(actor: Actor, found: Case) -> bool:
    """The rule of `visible` for one case; also for whoever handles it, when it is closed to him."""
    if closings.shut(actor, found):
        return False
    return any(
        actor.has(*roles)
        and getattr(found, field) == getattr(actor, own)
        and (not steps or found.step in steps or any(row.step in steps for row in queries.open_branches(found)))
        for roles, (field, own), steps in _OPENS
    ) or bool(queries.duties_of(found, actor.officer_id))


def own_case(actor: Actor, case_id: uuid.UUID, *, afterwards: bool = False) -> Case:
    """A case on which this person is a handler. Raises NotFound, NotPermitted, Refused for a closed case.

    `afterwards`: also a closed one, for what a later act on its decision still demands; the caller asks `require_open`.
    """
    return _handled(actor, case(actor, case_id), afterwards)


def own_locked(actor: Actor, case_id: uuid.UUID, *, afterwards: bool = False) -> Case:
    """As `own_case`, with the case row locked: how an action of a handler begins."""
    return _handled(actor, lock(case_id), afterwards)


def _handled(actor: Actor, found: Case, afterwards: bool) -> Case:
    if DutyKind.HANDLER not in queries.duties_of(found, actor.officer_id) or closings.shut(actor, found):
        case(actor, found.id)
        raise NotPermitted(message="只有本案的承办人员可以办理这项操作。")
    if actor.officer_id in queries.avoiding(found):
        raise NotPermitted(message="您已被决定回避，不能再办理本案。")
    if not afterwards:
        require_open(found)
    return found


def require_open(found: Case) -> None:
    """Raises Refused for a closed case."""
    if found.closed_on is not None:
        raise Refused(
            [Reason("case-closed", "案件已经结案，不能再办理。", ("行政处罚法第四十七条",), "确有需要的，请另行立案。")]
        )
