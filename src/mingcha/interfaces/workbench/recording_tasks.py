"""What recordings ask of a person (今天要办): those that wait to be assigned, those that are expected and did not come."""

from __future__ import annotations

import datetime as dt

from django.db.models import Count, Min
from django.urls import reverse

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.common import clock
from mingcha.interfaces.workbench.organ_tasks import Duty
from mingcha.recordings.handing import queries as handing
from mingcha.recordings.matching import queries as matching

_ASKED = (Role.HANDLER, Role.UNIT_HEAD)


def inbox(actor: Actor) -> list[Duty]:
    """One line for the inbox, due when its oldest recording is. One statement where nothing waits: each page asks."""
    if not actor.has(*_ASKED):
        return []
    rows = matching.waiting(actor)
    found = rows.aggregate(n=Count("pk"), oldest=Min("started_at"))
    if not found["n"]:
        return []
    first = rows.filter(started_at=found["oldest"]).first() if found["oldest"] else None
    due = handing.due_of(first) if first else None
    what, why = f"确认{found['n']}段音像的归属", "入库的音像没有归入案件"
    return [_duty(actor, what, "音像收件箱", why, reverse("recordings-inbox"), due.value if due else None)]


def duties(actor: Actor) -> list[Duty]:
    """The inbox, and one line for what the list demands and nobody has handed in past its last day."""
    if not actor.has(*_ASKED):
        return []
    found = inbox(actor)
    lacking = [row for row in handing.missing(actor) if row.colour == "red"]
    if lacking:
        first = min((row.due.value for row in lacking if row.due.value), default=clock.today())
        what, why = f"交来{len(lacking)}项应有的音像", "清单要求音像记录，已经收集证据而没有音像"
        url = reverse("recordings-watch") + "?kind=missing"
        found.append(_duty(actor, what, str(lacking[0].case or ""), why, url, first))
    return found


def _duty(actor: Actor, what: str, about: str, why: str, url: str, due_on: dt.date | None) -> Duty:
    return Duty("recordings", actor.organ_id, what, about, why, url, due_on, "音像入库期限")
