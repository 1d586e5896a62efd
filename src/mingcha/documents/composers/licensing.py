"""Licences, levies, fees, confirmations (许可、征收、收费、确认): what no name of a field says — 行政许可法 art. 42, 45, 47."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.deadlines import periods
from mingcha.deadlines import queries as deadlines
from mingcha.deadlines.rulebook import rule
from mingcha.documents.blocks import Fields
from mingcha.documents.composing import composer
from mingcha.documents.filling import KNOWN, remedies
from mingcha.documents.rendering import template


def _length(rule_id: str) -> Callable[[Case], int | None]:
    """The length itself, for a paper that is served later: its last day depends on the day of service."""
    return lambda case: rule(rule_id, clock.today()).length


KNOWN.update({f"days.{rule_id}": _length(rule_id) for rule_id in ("LIC-06", "REV-01", "LIT-01")})

# 行政复议法 art. 23 (1) 2: rights in natural resources that are already held must go to reconsideration first.
_NATURAL_RESOURCES = "《中华人民共和国行政复议法》第二十三条第一款第二项"


@composer("special-procedure-notice")
def _special(case: Case, typed: Mapping[str, Any]) -> Fields:
    """The days that a test, a hearing or an expert review takes are added to the period for the decision."""
    accepted, days = typed.get("accepted_on"), typed.get("days_needed")
    if not accepted or not isinstance(days, int):
        return {}
    start = accepted if isinstance(accepted, dt.date) else dt.date.fromisoformat(str(accepted))
    calendar = deadlines.calendar(case.jurisdiction)
    return {"new_due": periods.compute(rule("LIC-02", start), start, calendar, extra=days).value}


def _resources(case: Case, kind: str, typed: Mapping[str, Any]) -> Fields:
    block = remedies(case, template(kind))
    if typed.get("natural_resource"):
        block = {**block, "kind": "R-PRE", "basis": _NATURAL_RESOURCES}
    return {"remedies": block}


@composer("levy-decision")
def _levy(case: Case, typed: Mapping[str, Any]) -> Fields:
    return _resources(case, "levy-decision", typed)


@composer("compensation-decision")
def _compensation(case: Case, typed: Mapping[str, Any]) -> Fields:
    return _resources(case, "compensation-decision", typed)


@composer("land-handover-order")
def _handover(case: Case, typed: Mapping[str, Any]) -> Fields:
    return _resources(case, "land-handover-order", typed)


@composer("confirmation-decision")
def _confirmation(case: Case, typed: Mapping[str, Any]) -> Fields:
    return _resources(case, "confirmation-decision", typed)


@composer("fee-notice")
def _fee(case: Case, typed: Mapping[str, Any]) -> Fields:
    return {"remedies": {**remedies(case, template("fee-notice")), "paper": "本通知书", "act": "本通知书"}}
