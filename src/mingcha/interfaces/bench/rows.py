"""Rows for the list of the bench: leads of the bureau, written in one go."""

from __future__ import annotations

import datetime as dt

from mingcha.accounts.queries import actor_named
from mingcha.cases.models import Case
from mingcha.catalogues import queries as catalogues
from mingcha.common import clock
from mingcha.procedures.queries import definition


def fill(count: int) -> None:
    """`count` leads as they stand on the day of registration."""
    actor, today, now = actor_named("lince"), clock.today(), clock.now()
    pinned = catalogues.require(actor.organ_id, "procedure", today, "P-PT")
    items = catalogues.require(actor.organ_id, "items", today)
    profile = catalogues.profile(actor.organ_id, today)
    flow = definition(pinned.id)
    Case.objects.bulk_create(
        (
            Case(
                jurisdiction=actor.jurisdiction,
                organisation_id=actor.organ_id,
                act_type=flow.act_type,
                procedure=pinned,
                items=items,
                profile=profile,
                item_code="3.14",
                stage=flow.entry,
                step=flow.stage(flow.entry).step,
                cause="涉嫌施工工地未采取有效防尘降尘措施",
                facts="群众反映工地扬尘严重。",
                source="report",
                conduct_ended_on=today,
                discovered_on=today,
                party_name=f"测量用当事人{number}",
                created_at=now - dt.timedelta(seconds=number + 60),
            )
            for number in range(count)
        ),
        batch_size=500,
    )
