"""Findings (认定): conditions that no machine can judge alone are answered by an officer, with grounds, on record."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from mingcha.accounts.actors import Actor
from mingcha.cases import access, queries
from mingcha.cases.locks import lock
from mingcha.cases.memory import kept
from mingcha.cases.models import Case, Finding
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import InvalidInput, NotFound, NotPermitted, Reason
from mingcha.common.prepared import insert, prepared
from mingcha.ledger.actions import append
from mingcha.procedures.guards import Answer, Entry, GuardFunction, catalogue, guard
from mingcha.procedures.shipped import account_role


@dataclass(frozen=True)
class Known:
    """What the case already tells about a condition (已知): nobody is asked again."""

    met: bool
    why: str
    fix: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)


Knower = Callable[[Case], Known | None]
_knowers: dict[str, Knower] = {}


def known(name: str) -> Callable[[Knower], Knower]:
    """A room tells what a case says about a condition that otherwise wants a finding; None: somebody must look.

    What the case says against it refuses. What it says for it counts until an officer finds otherwise.
    """

    def register(function: Knower) -> Knower:
        if _knowers.setdefault(name, function) is not function:
            raise ValueError(f"{name} is known twice")
        return function

    return register


def told(case: Case, name: str) -> Known | None:
    """What the case says about a condition, by the room that knows; None: somebody must look."""
    return _knowers[name](case) if name in _knowers else None


def register() -> None:
    """Register a guard for each condition of the catalogue that wants a finding and that no room computes."""
    for entry in catalogue().values():
        if entry.mode == "finding" and not entry.period:
            guard(entry.name, entry.label, entry.article)(_asker(entry))


def _asker(entry: Entry) -> GuardFunction:
    def ask(case: Case, actor: Actor) -> Answer:
        known_ = told(case, entry.name)
        if known_ is not None and not known_.met:
            message = f"不符合“{entry.label}”：{known_.why}"
            reason = Reason("finding-contradicted", message, (entry.article,), known_.fix)
            return Answer((reason,), {"known": known_.why, **known_.inputs})
        found = next((row for row in of_case(case) if row.guard == entry.name), None)
        data = {"guard": entry.name}
        if found is None and known_ is not None:
            return Answer(inputs={"known": known_.why, **known_.inputs})
        if found is None:
            message = f"还没有人认定“{entry.label}”，不能继续。"
            return Answer(
                (
                    Reason(
                        "finding-missing",
                        message,
                        (entry.article,),
                        "请由这一环节的办理人员写明认定的理由和证据。",
                        data,
                    ),
                )
            )
        inputs = {"finding": str(found.id), "met": found.met}
        if found.met:
            return Answer(inputs=inputs)
        message = f"已认定不符合“{entry.label}”：{found.grounds[:80]}"
        return Answer(
            (Reason("finding-negative", message, (entry.article,), "情况有变的，请重新认定。", data),), inputs
        )

    return ask


@kept("cases_finding")
def of_case(case: Case) -> list[Finding]:
    """All findings of a case, newest first; the newest of a condition counts."""
    return _findings(case.pk)


def grounds(case: Case, names: Iterable[str]) -> str:
    """The grounds of the findings among these conditions, for the paper of the act that rests on them."""
    wanted = set(names)
    return "；".join(row.grounds for row in of_case(case) if row.guard in wanted)


@prepared
def _findings(case_id: uuid.UUID) -> QuerySet[Finding]:
    return Finding.objects.filter(case_id=case_id).select_related("made_by").order_by("-at", "-id")


def role_to_record(case: Case, actor: Actor) -> str:
    """The role in which a person may establish conditions where the case stands now; empty where he may not."""
    if actor.organ_id != case.organisation_id or case.closed_on is not None:
        return ""
    stages = [queries.procedure(case).stage(place) for place in queries.places(case)]
    roles = {account_role(role) for stage in stages for move in stage.moves for role in (*stage.roles, *move.roles)}
    role = next((item for item in sorted(roles) if item and actor.has(item)), "")
    return role if role and actor.officer_id not in queries.avoiding(case) else ""


@transaction.atomic
def record_finding(case_id: uuid.UUID, name: str, *, actor: Actor, met: bool, grounds: str) -> Finding:
    """Establish a condition (认定). Whoever may act at the present stage may: handlers, heads, reviewers by duty.

    Raises NotFound for a condition that wants no finding, NotPermitted, InvalidInput without grounds.
    """
    case = lock(case_id)
    if not access.sees(actor, case):
        raise NotFound("没有找到这个案件，或者您无权查看。")
    entry = catalogue().get(name)
    if entry is None or entry.mode != "finding":
        raise NotFound("这个条件不需要认定。")
    role = role_to_record(case, actor)
    if not role:
        raise NotPermitted(message="这个环节的认定应由本案的办理人员作出。")
    check = Check()
    grounds = check.text("grounds", grounds, "认定的理由和证据", most=5000)
    check.done()
    row = insert(Finding(case=case, guard=name, met=met, grounds=grounds, made_by_id=actor.officer_id, at=clock.now()))
    append(
        "finding-recorded",
        log=case.jurisdiction,
        subject=("finding", str(row.id)),
        case_id=case.id,
        actor=actor.snapshot(role),
        payload={"guard": name, "label": entry.label, "article": entry.article, "met": met, "grounds": grounds},
    )
    return row


@transaction.atomic
def record_findings(case_id: uuid.UUID, found: Iterable[Mapping[str, Any]], *, actor: Actor) -> list[Finding]:
    """Several findings in one act, each as `guard`, `met`, `grounds`. Nothing is stored when one is incomplete."""
    rows, wrong = [], {}
    for item in found:
        try:
            rows.append(record_finding(case_id, item["guard"], actor=actor, met=item["met"], grounds=item["grounds"]))
        except InvalidInput as error:
            wrong[f"grounds-{item['guard']}"] = [text for texts in error.fields.values() for text in texts]
    if wrong:
        raise InvalidInput(wrong)
    return rows
