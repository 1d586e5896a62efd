"""A hearing begins with the naming of its host, and its seven working days with the service of its notice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from mingcha.cases import facts
from mingcha.cases.choices import DutyKind
from mingcha.cases.locks import lock
from mingcha.cases.models import Case
from mingcha.cases.periods import starts_from
from mingcha.common import clock
from mingcha.hearings import actions, queries
from mingcha.ledger.actors import ActorSnapshot
from mingcha.ledger.reactions import on


@on("duty-taken")
def open_hearing(entry: Any, payload: Mapping[str, Any], actor: ActorSnapshot) -> None:
    if payload.get("duty") == DutyKind.HEARING_HOST:
        actions.open_for(lock(entry.case_id), actor)


@on("document-served")
def begin_notice_period(entry: Any, payload: Mapping[str, Any], actor: ActorSnapshot) -> None:
    if payload.get("kind") == "hearing-notice":
        actions.begin_waiting(lock(entry.case_id))


@on("calendar-announced")
def look_at_fixed_days(entry: Any, payload: Mapping[str, Any], actor: ActorSnapshot) -> None:
    actions.note_lost_days(int(payload["year"]), actor)


@starts_from(queries.NOTICE)
def _waits(case: Case) -> dt.date | None:
    """By the service of the notice; where the hearing is kept outside of this room, by the stage."""
    request = facts.last_request(case)
    return None if request is not None and queries.current(case) is not None else clock.today()
