"""Naming who hosts a hearing, who looks at statements again (指定听证主持人、申辩复核人员) — 行政处罚法 art. 45, 64 (4)."""

from __future__ import annotations

import uuid

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.cases.actions.duties import add_duty
from mingcha.cases.choices import DutyKind
from mingcha.cases.locks import lock
from mingcha.cases.models import Duty


@transaction.atomic
def name_host(case_id: uuid.UUID, officer_id: uuid.UUID, *, actor: Actor) -> Duty:
    """The head names who hosts the hearing. Raises NotPermitted, Refused for whoever handled or reviewed the case."""
    actor.require(Role.HEAD)
    access.case(actor, case_id)
    return add_duty(lock(case_id), officer_id, DutyKind.HEARING_HOST, actor)


@transaction.atomic
def name_rechecker(case_id: uuid.UUID, officer_id: uuid.UUID, *, actor: Actor) -> Duty:
    """A head names who looks at the statements of the party again (指定申辩复核人员): from then on nobody else answers them.

    Raises NotPermitted, Refused for handlers.
    """
    actor.require(Role.HEAD, Role.UNIT_HEAD)
    access.case(actor, case_id)
    return add_duty(lock(case_id), officer_id, DutyKind.RECHECKER, actor)
