"""Periods of a case follow its stages: started on entering, ended on leaving, reckoned by `deadlines`."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access, queries
from mingcha.cases.choices import AvoidanceState, DutyKind
from mingcha.cases.locks import lock
from mingcha.cases.models import Avoidance, Case, Duty
from mingcha.cases.rules import grounded, may_approve
from mingcha.common import clock
from mingcha.common.errors import NotFound, NotPermitted, Refused
from mingcha.common.explained import Explained
from mingcha.deadlines import actions as deadlines
from mingcha.deadlines import queries as running
from mingcha.deadlines import rulebook
from mingcha.deadlines.lawclocks import procedural_law_date, substantive_law_date
from mingcha.deadlines.models import PeriodPause, RunningPeriod
from mingcha.deadlines.periods import length_by
from mingcha.deadlines.providers import concerned
from mingcha.ledger.actions import append
from mingcha.ledger.kinds import kind
from mingcha.procedures.definition import Stage
from mingcha.procedures.queries import definition

kind("period-paused", "期限停止计算")
kind("period-resumed", "期限恢复计算")
kind("period-extended", "期限延长")

# A day, or an instant for a rule in hours; None: the rule does not run on this case.
StartDay = Callable[[Case], dt.date | dt.datetime | None]
_start_days: dict[str, StartDay] = {}


def starts_from(rule: str) -> Callable[[StartDay], StartDay]:
    """A room above tells from which day a rule runs on a case; None: the rule does not run on this case."""

    def register(function: StartDay) -> StartDay:
        _start_days[rule] = function
        return function

    return register


def enter(case: Case, stage: Stage) -> None:
    """Start the periods of a stage that are not running yet."""
    for name in stage.starts:
        if running.open_period(case.id, name):
            continue
        begin = _start_days[name](case) if name in _start_days else clock.now()
        if begin is not None:
            _begin(case, name, begin)
    if not stage.moves:
        leave(case, stage)


def _begin(case: Case, name: str, begin: dt.date | dt.datetime) -> None:
    rule = rulebook.rule(name, clock.legal_day(begin) if isinstance(begin, dt.datetime) else begin)
    length = length_by(rule, case.profile.content)
    if not rule.has_date or rule.kind == "before" or (length is None and rule.length is None and not rule.fixed):
        # A rate, "at once", or a length that only a paper states: no last day can be reckoned on entering.
        return
    if rule.unit != "H" and isinstance(begin, dt.datetime):
        begin = clock.legal_day(begin)
    deadlines.start(
        rule.id,
        case_id=case.id,
        jurisdiction=case.jurisdiction,
        start=begin,
        length=length,
        lenient=rule.kind == "wait" and case.profile.content.get(rule.profile_key) is True,
    )


def begin_by_service(case: Case) -> None:
    """Start what runs from a service that came after its stage was entered, or after it was left already."""
    for name in _under_way(case):
        begin = _start_days[name](case) if name in _start_days else None
        if begin is None or isinstance(begin, dt.datetime) or running.open_period(case.id, name):
            continue
        last = queries.last_period(case, name)
        if last is None or last.starts_on < begin:
            _begin(case, name, begin)


def _under_way(case: Case) -> list[str]:
    """Rules that a stage on the way of the case starts and none that it has left since has ended."""
    flow, changes = queries.procedure(case), queries.changes(case)
    way = [*(row.source for row in changes[:1]), *(row.target for row in changes)]
    found: dict[str, None] = {}
    for name in way[:-1]:
        # A stage that is no longer in the procedure of a case pinned anew started nothing that it knows.
        stage = flow.stages.get(name)
        if stage is not None:
            found |= dict.fromkeys(stage.starts)
            for rule in stage.ends:
                found.pop(rule, None)
    for place in queries.places(case):
        found |= dict.fromkeys(flow.stage(place).starts)
    return list(found)


def leave(case: Case, stage: Stage) -> None:
    """End the periods of a stage."""
    for rule in stage.ends:
        period = running.open_period(case.id, rule)
        if period is not None:
            deadlines.end(period.id, on=max(clock.today(), period.starts_on))


@concerned
def officers_concerned(case_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, list[uuid.UUID]]:
    """Case → its handlers who need not stay away, with the case rows locked."""
    ids = list(case_ids)
    locked = Case.objects.select_for_update().filter(id__in=ids).order_by("id")
    found: dict[uuid.UUID, list[uuid.UUID]] = {key: [] for key in locked.values_list("id", flat=True)}
    away = set(
        Avoidance.objects.filter(case_id__in=ids, state=AvoidanceState.GRANTED).values_list("case_id", "officer_id")
    )
    duties = Duty.objects.filter(case_id__in=ids, duty=DutyKind.HANDLER).order_by("since", "id")
    for case_id, officer_id in duties.values_list("case_id", "officer_id"):
        if (case_id, officer_id) not in away:
            found[case_id].append(officer_id)
    return found


def law_clocks(case: Case) -> list[Explained[dt.date]]:
    """Both law clocks of a case (两个法律时点): substance by the date of the act, procedure by the date of each step."""
    stages = definition(case.procedure_id).stages
    steps = [("登记线索", clock.legal_day(case.created_at))]
    steps += [
        (stages[change.target].name if change.target in stages else change.target, clock.legal_day(change.at))
        for change in case.changes.order_by("seq")
    ]
    return [
        substantive_law_date(case.conduct_ended_on, clock.today()),
        *(procedural_law_date(name, day) for name, day in steps),
    ]


def _own(case: Case, period_id: uuid.UUID) -> RunningPeriod:
    row = running.period(period_id)
    if row.case_id != case.id:
        raise NotFound("没有找到该期限。")
    return row


def _record(name: str, case: Case, row: RunningPeriod, actor: Actor, role: str, payload: Mapping[str, Any]) -> int:
    entry = append(
        name,
        log=case.jurisdiction,
        subject=("period", str(row.id)),
        case_id=case.id,
        actor=actor.snapshot(role),
        payload={"rule": row.rule, "label": row.label, "due_on": row.due_on, **payload},
    )
    return int(entry.pk)


@transaction.atomic
def pause(
    case_id: uuid.UUID,
    period_id: uuid.UUID,
    *,
    actor: Actor,
    first_day: dt.date,
    reason: str,
    basis: str,
    notice_document: str = "",
) -> PeriodPause:
    """Stop the clock of a period of the own case, with reason, legal basis and notice document (停止计算).

    Raises NotFound, NotPermitted, Refused (closed case), InvalidInput, PeriodEnded, PeriodState.
    """
    case = access.own_locked(actor, case_id)
    row = _own(case, period_id)
    told = {"first_day": first_day, "reason": reason, "basis": basis, "notice_document": notice_document}
    return deadlines.pause(
        row.id,
        first_day=first_day,
        reason=reason,
        basis=basis,
        notice_document=notice_document,
        entry=_record("period-paused", case, row, actor, Role.HANDLER, told),
    )


@transaction.atomic
def resume(case_id: uuid.UUID, period_id: uuid.UUID, *, actor: Actor, last_day: dt.date) -> RunningPeriod:
    """Let the clock run again after `last_day` (恢复计算)."""
    case = access.own_locked(actor, case_id)
    row = _own(case, period_id)
    entry = _record("period-resumed", case, row, actor, Role.HANDLER, {"last_day": last_day})
    return deadlines.resume(row.id, last_day=last_day, entry=entry)


@transaction.atomic
def extend(
    case_id: uuid.UUID,
    period_id: uuid.UUID,
    *,
    actor: Actor,
    length: int,
    reason: str,
    notice_document: str = "",
) -> RunningPeriod:
    """Extend a period once, by the head of the organ (延长), within what the law allows — 行政强制法 art. 25."""
    case = lock(case_id)
    if case.organisation_id != actor.organ_id or not access.sees(actor, case):
        raise NotFound("没有找到这个案件，或者您无权查看。")
    if not actor.has(Role.HEAD):
        raise NotPermitted(message="期限的延长须由机关负责人批准。")
    if unmet := may_approve(actor.name, Role.HEAD, queries.duties_of(case, actor.officer_id)):
        raise Refused(grounded(unmet, case.act_type))
    row = _own(case, period_id)
    told = {"length": length, "reason": reason, "notice_document": notice_document}
    entry = _record("period-extended", case, row, actor, Role.HEAD, told)
    return deadlines.extend(
        row.id,
        length=length,
        granted_by=actor.name,
        granted_on=clock.today(),
        reason=reason,
        notice_document=notice_document,
        entry=entry,
    )
