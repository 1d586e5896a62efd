"""Payment and enforcement (缴纳和强制执行): surcharge, ends of deferral, the window for the court, as the rules compute them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.clock import legal_day
from mingcha.deadlines import queries as deadlines
from mingcha.deadlines.periods import Pause
from mingcha.deadlines.remedies import Remedy, court_window
from mingcha.deadlines.rulebook import rule
from mingcha.deadlines.surcharge import surcharge
from mingcha.documents.blocks import Fields
from mingcha.documents.composing import composer


def day(value: Any) -> dt.date | None:
    """The day of a date or instant that stands in a form, stored or typed."""
    if isinstance(value, str) and value:
        value = dt.datetime.fromisoformat(value) if "T" in value else dt.date.fromisoformat(value)
    return legal_day(value) if isinstance(value, dt.datetime) else value or None


def _pauses(rows: Sequence[Mapping[str, Any]]) -> list[Pause]:
    found = [(day(row.get("first")), day(row.get("last")), str(row.get("reason", ""))) for row in rows or ()]
    return [Pause(first, last, reason) for first, last, reason in found if first and last]


@composer("deferral-approval")
def _deferral(case: Case, typed: Mapping[str, Any]) -> Fields:
    applied, due = day(typed.get("applied_on")), day(typed.get("pay_due"))
    return {"in_time": applied <= due} if applied and due else {}


@composer("deferral-notice")
def _deferral_notice(case: Case, typed: Mapping[str, Any]) -> Fields:
    days = [found for row in typed.get("plan") or () if (found := day(row.get("on")))]
    return {"last_on": max(days)} if days else {}


@composer("demand-notice")
def _demand(case: Case, typed: Mapping[str, Any]) -> Fields:
    unpaid, due = typed.get("unpaid"), day(typed.get("pay_due"))
    if not unpaid or not due:
        return {}
    late = surcharge(unpaid, due, day(typed.get("issue_date")) or clock.today(), _pauses(typed.get("pauses") or ()))
    return {"late_fee": late.value, "total": unpaid + late.value}


@composer("additional-fine-decision")
def _additional(case: Case, typed: Mapping[str, Any]) -> Fields:
    unpaid, due, end = typed.get("unpaid"), day(typed.get("pay_due")), day(typed.get("to_on"))
    if not unpaid or not due or not end:
        return {}
    late = surcharge(unpaid, due, end, _pauses(typed.get("pauses") or ()))
    return {
        "from_on": due + dt.timedelta(days=1),
        "days": late.facts["days"],
        "excluded_days": max((end - due).days, 0) - late.facts["days"],
        "rate": rule("PEN-07", due).length,
        "amount": late.value,
        "reckoning": late.steps[-1],
    }


@composer("court-application")
def _application(case: Case, typed: Mapping[str, Any]) -> Fields:
    """When the organ may apply: after the last remedy that the party had, for three months — 行政强制法 art. 53."""
    event = day(typed.get("event_on")) or day(typed.get("base_served_on"))
    if not event or not typed.get("remedy"):
        return {}
    window = court_window(
        Remedy(typed["remedy"]), event, deadlines.calendar(case.jurisdiction), suit_days=typed.get("suit_days")
    )
    return {"opens_after": window.opens_after.value, "last_day": window.last_day.value} if window else {}
