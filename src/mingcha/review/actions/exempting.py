"""A case that the published list does not send to review (不属于审核范围): recorded with edition and condition."""

from __future__ import annotations

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.errors import Reason, Refused
from mingcha.ledger.actions import append
from mingcha.review import queries
from mingcha.review.models import Exemption
from mingcha.review.rules import source


def exempt(case: Case, *, actor: Actor) -> Exemption:
    """Record that the published list demands no review of this locked case. Raises Refused when it does."""
    found = queries.exemption(case)
    if found:
        return found
    demanded = queries.in_scope(case)
    if demanded.value:
        raise Refused(
            [
                Reason(
                    "review-missing",
                    "本案属于法制审核范围，未经审核不得作出决定。",
                    (source(case.act_type),),
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
