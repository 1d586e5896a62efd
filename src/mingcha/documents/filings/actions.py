"""Recording that forms were filed: all of the set at once, or one after it changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, InvalidInput, NotPermitted
from mingcha.documents.filings.models import FormFiling
from mingcha.documents.filings.queries import filed
from mingcha.documents.rendering import kinds, template
from mingcha.ledger.actions import append


@transaction.atomic
def record(wanted: Iterable[str], *, actor: Actor, filed_with: str, number: str, filed_on: dt.date) -> list[FormFiling]:
    """Record the filing of forms in their present edition. Raises InvalidInput, Conflict when all are filed already."""
    if not actor.has(Role.ADMIN):
        raise NotPermitted(message="只有系统管理员可以登记文书格式备案。")
    check = Check()
    filed_with = check.text("filed_with", filed_with, "备案机关", most=100)
    number = check.text("number", number, "备案编号", most=60)
    check.date("filed_on", filed_on, "备案日期", latest=clock.today())
    check.done()
    chosen = list(dict.fromkeys(wanted))
    if not chosen or set(chosen) - set(kinds()):
        raise InvalidInput({"kinds": ["请选择要登记备案的文书格式。"]})
    known = filed(actor.organ_id)
    rows = [
        FormFiling(
            organisation_id=actor.organ_id,
            kind=kind,
            version=template(kind).version,
            digest=template(kind).digest,
            filed_with=filed_with,
            number=number,
            filed_on=filed_on,
            recorded_by_id=actor.officer_id,
            recorded_at=clock.now(),
        )
        for kind in chosen
        if (found := known.get(kind)) is None or found.digest != template(kind).digest
    ]
    if not rows:
        raise Conflict("forms-filed", "所选文书格式的现行版本都已经备案。")
    FormFiling.objects.bulk_create(rows)
    append(
        "forms-filed",
        log=actor.jurisdiction,
        subject=("organisation", str(actor.organ_id)),
        actor=actor.snapshot(Role.ADMIN),
        payload={
            "number": number,
            "filed_with": filed_with,
            "filed_on": filed_on,
            "forms": {row.kind: row.digest for row in rows},
        },
    )
    return rows
