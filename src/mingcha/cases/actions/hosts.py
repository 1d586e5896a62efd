"""Naming who hosts a hearing, who looks at statements again (指定听证主持人、申辩复核人员) — 行政处罚法 art. 45, 64 (4)."""

from __future__ import annotations

import uuid

from django.db import transaction

from mingcha.accounts import queries as accounts
from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access, queries
from mingcha.cases.actions.duties import add_duty
from mingcha.cases.choices import DutyKind
from mingcha.cases.locks import lock
from mingcha.cases.models import Duty
from mingcha.cases.rules import may_be_rechecker, may_take_duty
from mingcha.common import clock
from mingcha.common.errors import Refused


@transaction.atomic
def name_host(case_id: uuid.UUID, officer_id: uuid.UUID, *, actor: Actor) -> Duty:
    """The head names who hosts the hearing. Raises NotPermitted, Refused for whoever handled or reviewed the case."""
    actor.require(Role.HEAD)
    access.case(actor, case_id)
    return add_duty(lock(case_id), officer_id, DutyKind.HEARING_HOST, actor)


@transaction.atomic
def name_rechecker(case_id: uuid.UUID, officer_id: uuid.UUID, *, actor: Actor) -> Duty:
    """A head names who looks at the statements of the party again (指定申辩复核人员): from then on nobody else answers them.

    Raises NotPermitted, Refused for handlers, auxiliary staff and who only runs the system, and without a statement.
    """
    actor.require(Role.HEAD, Role.UNIT_HEAD)
    access.case(actor, case_id)
    case = lock(case_id)
    officer = accounts.officers([officer_id]).get(officer_id)
    if officer is not None:
        said = len(queries.statements(case, kinds=queries.SPOKEN))
        if unsuitable := may_be_rechecker(officer, accounts.actor_of(officer).roles, said):
            held = queries.duties_of(case, officer_id)
            raise Refused([*may_take_duty(officer, DutyKind.RECHECKER, held, clock.today()), *unsuitable])
    return add_duty(case, officer_id, DutyKind.RECHECKER, actor)
