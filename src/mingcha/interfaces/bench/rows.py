"""Rows for the measurements, written in one go: leads of the bureau, papers of one case."""

from __future__ import annotations

import datetime as dt

from mingcha.accounts.queries import actor_named
from mingcha.cases.models import Case
from mingcha.catalogues import queries as catalogues
from mingcha.common import clock
from mingcha.common.ids import uuid7
from mingcha.documents.models import Document
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


def copies(case: Case, count: int) -> None:
    """`count` papers like the site record, each with a place of its own, as issued papers of the case."""
    row = Document.objects.filter(case=case, kind="site-record").latest("issued_at")
    Document.objects.bulk_create(
        Document(
            id=uuid7(),
            case=case,
            kind=row.kind,
            template_version=row.template_version,
            title=row.title,
            number="",
            fields={**row.fields, "place": f"{row.fields['place']}第{number}处"},
            digest=row.digest,
            issued_by=row.issued_by,
            issued_at=row.issued_at,
        )
        for number in range(1, count + 1)
    )
