"""Duties of people on a case and avoidance (回避) — 行政处罚法 art. 42, 43, 58."""

from __future__ import annotations

import uuid

from django.db import transaction

from mingcha.accounts import queries as accounts
from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access, queries
from mingcha.cases.choices import (
    AvoidanceState,
    DutyKind,
)
from mingcha.cases.locks import lock
from mingcha.cases.models import (
    Avoidance,
    Case,
    Duty,
)
from mingcha.cases.rules import advice, grounded, may_approve, may_decide_avoidance, may_take_duty
from mingcha.catalogues import profiles
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, NotFound, Reason, Refused
from mingcha.common.prepared import insert
from mingcha.ledger.actions import append


def add_duty(case: Case, officer_id: uuid.UUID, duty: str, actor: Actor) -> Duty:
    """Put an officer on a locked case. Raises Refused for incompatible duties, avoidance, missing certificates."""
    officer = accounts.officers([officer_id]).get(officer_id)
    if officer is None or (officer.organisation.organ_id or officer.organisation_id) != case.organisation_id:
        raise NotFound("没有找到这名人员，或者不属于本机关。")
    held = queries.duties_of(case, officer_id)
    namesakes = queries.namesakes(case, officer)
    acted = queries.acted_as(case, officer_id)
    reasons = may_take_duty(officer, duty, held, clock.today(), namesakes, acted)
    if officer_id in queries.avoiding(case):
        reasons.append(
            Reason(
                "officer-avoiding",
                f"{officer.name}已被决定回避，不能参与本案。",
                ("行政处罚法第四十三条",),
                "请由其他人员办理。",
            )
        )
    if reasons:
        raise Refused(grounded(reasons, case.act_type))
    if duty in held:
        raise Conflict("duty-held", f"{officer.name}已经是本案的{DutyKind(duty).label}人员。")
    separation = profiles.value(case.profile.content, "review.separation")
    warned = advice(officer, duty, queries.active_handlers(case), separation) if duty == DutyKind.REVIEWER else []
    row = insert(Duty(case=case, officer=officer, duty=duty, since=clock.now()))
    append(
        "duty-taken",
        log=case.jurisdiction,
        subject=("case", str(case.id)),
        case_id=case.id,
        actor=actor.snapshot(next(iter(sorted(actor.roles)), "系统")),
        payload={"officer": officer.name, "officer_id": str(officer.id), "duty": duty}
        | ({"advice": warned} if warned else {}),
    )
    return row


@transaction.atomic
def assign_handler(case_id: uuid.UUID, officer_id: uuid.UUID, *, actor: Actor) -> Duty:
    """Add a handler. Raises Refused for auxiliary staff, invalid certificates and incompatible duties (art. 42)."""
    if not actor.has(Role.UNIT_HEAD, Role.HEAD):
        access.own_case(actor, case_id)
    else:
        access.case(actor, case_id)
    return add_duty(lock(case_id), officer_id, DutyKind.HANDLER, actor)


def take_duty(case: Case, duty: str, *, actor: Actor) -> None:
    """The acting person takes a duty on a locked case, unless it is held already. Raises Refused."""
    if duty not in queries.duties_of(case, actor.officer_id):
        add_duty(case, actor.officer_id, duty, actor)


@transaction.atomic
def declare_avoidance(case_id: uuid.UUID, *, actor: Actor, conflict: bool, ground: str = "") -> Avoidance:
    """A handler declares whether a ground for avoidance (回避) exists — art. 43 ¶1. A conflict waits for the head."""
    case = access.own_locked(actor, case_id)
    check = Check()
    ground = check.text("ground", ground, "回避情形", most=300, required=conflict)
    check.done()
    if any(row.officer_id == actor.officer_id for row in queries.avoidance_rows(case)):
        # A later declaration must not overtake a request of the party or a decision of the head.
        raise Conflict("avoidance-declared", "您在本案的回避情况已经登记，有变化的请向机关负责人说明。")
    state = AvoidanceState.OPEN if conflict else AvoidanceState.REJECTED
    return _avoidance(case, actor, actor.officer_id, conflict, ground, actor.name, state, "avoidance-declared")


@transaction.atomic
def request_avoidance(
    case_id: uuid.UUID, officer_id: uuid.UUID, *, actor: Actor, applicant: str, ground: str
) -> Avoidance:
    """The party asks that an officer stay away — art. 43 ¶2. The investigation does not stop before the decision."""
    case = access.own_locked(actor, case_id)
    check = Check()
    applicant = check.text("applicant", applicant, "申请人", most=60)
    ground = check.text("ground", ground, "申请理由", most=300)
    if not queries.duties_of(case, officer_id):
        check.add("officer_id", "被申请回避的人员不是本案经办人员。")
    check.done()
    return _avoidance(case, actor, officer_id, True, ground, applicant, AvoidanceState.OPEN, "avoidance-requested")


@transaction.atomic
def decide_avoidance(
    case_id: uuid.UUID, officer_id: uuid.UUID, *, actor: Actor, granted: bool, ground: str
) -> Avoidance:
    """The head decides on avoidance — art. 43 ¶3. Nobody decides on himself."""
    role = actor.require(Role.HEAD, Role.UNIT_HEAD)
    access.case(actor, case_id)
    case = lock(case_id)
    check = Check()
    ground = check.text("ground", ground, "理由", most=300)
    check.done()
    held = queries.duties_of(case, actor.officer_id)
    if unmet := may_decide_avoidance(officer_id, actor.officer_id) or may_approve(actor.name, role, held):
        raise Refused(grounded(unmet, case.act_type))
    last = Avoidance.objects.filter(case=case, officer_id=officer_id).order_by("-at", "-id").first()
    if last is None or last.state != AvoidanceState.OPEN:
        raise Conflict("avoidance-not-open", "没有待决定的回避申请。")
    state = AvoidanceState.GRANTED if granted else AvoidanceState.REJECTED
    return _avoidance(case, actor, officer_id, last.conflict, ground, last.applicant, state, "avoidance-decided", role)


def _avoidance(
    case: Case,
    actor: Actor,
    officer_id: uuid.UUID,
    conflict: bool,
    ground: str,
    applicant: str,
    state: str,
    kind: str,
    role: str = Role.HANDLER,
) -> Avoidance:
    row = insert(
        Avoidance(
            case=case,
            officer_id=officer_id,
            conflict=conflict,
            ground=ground,
            applicant=applicant,
            state=state,
            decided_by_id=actor.officer_id if kind == "avoidance-decided" else None,
            at=clock.now(),
        )
    )
    append(
        kind,
        log=case.jurisdiction,
        subject=("avoidance", str(row.id)),
        case_id=case.id,
        actor=actor.snapshot(role),
        payload={"officer_id": str(officer_id), "conflict": conflict, "ground": ground, "state": state},
    )
    return row
