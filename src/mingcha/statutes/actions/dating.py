"""Confirming when a version of a law took effect (核实施行日期), where the import could only presume it."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, NotFound
from mingcha.ledger.actions import append
from mingcha.statutes.actions.amending import KEEPERS
from mingcha.statutes.actions.laws import end_versions
from mingcha.statutes.choices import EffectiveBasis
from mingcha.statutes.kinds import LAW_DATE_CONFIRMED
from mingcha.statutes.models import DateConfirmation, Law


@transaction.atomic
def confirm_date(law_id: uuid.UUID, *, effective_from: dt.date, source: str, actor: Actor) -> DateConfirmation:
    """Confirm or correct the presumed day of effect of a version, with the paper that states it. Once per version.

    The versions before and after keep their order. Raises InvalidInput, NotFound, NotPermitted, Conflict.
    """
    role = actor.require(*KEEPERS)
    law = Law.objects.select_for_update().filter(id=law_id).first()
    if law is None:
        raise NotFound("没有找到这部法律的这一版本。")
    if law.effective_basis != EffectiveBasis.ADOPTED:
        raise Conflict(
            "law-date-known", f"《{law.name}》的施行日期不是推定的（{law.get_effective_basis_display()}），不需要核实。"
        )
    check = Check()
    check.date("effective_from", effective_from, "施行日期")
    source = check.text("source", source, "依据", most=300)
    check.done()
    others = Law.objects.filter(name=law.name).exclude(id=law.id)
    before = others.filter(effective_from__lt=law.effective_from).order_by("-effective_from").first()
    after = others.filter(effective_from__gt=law.effective_from).order_by("effective_from").first()
    if law.adopted_on and effective_from < law.adopted_on:
        check.add("effective_from", f"不能早于公布或者修改的日期{law.adopted_on.isoformat()}。")
    elif before and effective_from <= before.effective_from:
        check.add("effective_from", f"应晚于上一版本的施行日期{before.effective_from.isoformat()}。")
    elif after and effective_from >= after.effective_from:
        check.add("effective_from", f"应早于下一版本的施行日期{after.effective_from.isoformat()}。")
    elif law.effective_to and not after and effective_from > law.effective_to:
        check.add("effective_from", f"这一版本{law.effective_to.isoformat()}已经失效，施行日期不能在此之后。")
    check.done()
    row = DateConfirmation.objects.create(
        law=law,
        was=law.effective_from,
        effective_from=effective_from,
        source=source,
        officer_id=actor.officer_id,
        officer=actor.name,
        confirmed_at=clock.now(),
    )
    law.effective_from, law.effective_basis = effective_from, EffectiveBasis.CONFIRMED
    law.save(update_fields=["effective_from", "effective_basis"])
    end_versions({law.name})
    append(
        LAW_DATE_CONFIRMED,
        log=actor.jurisdiction,
        subject=("law", str(law.id)),
        actor=actor.snapshot(role),
        payload={"law": law.name, "was": row.was, "effective_from": effective_from, "source": source},
    )
    return row
