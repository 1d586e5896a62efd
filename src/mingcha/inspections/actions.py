"""Writes of visits: a code is shown, the enterprise confirms."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.cases import queries as cases
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import NotFound, Refused
from mingcha.common.ids import uuid7
from mingcha.inspections import queries, rules
from mingcha.inspections.models import Visit, VisitCode
from mingcha.inspections.rulebook import rulebook
from mingcha.ledger.actions import append


@transaction.atomic
def show_code(case_id: uuid.UUID, *, actor: Actor, place: str) -> VisitCode:
    """A fresh code for the visit; the one before is void. Raises Refused, InvalidInput, NotPermitted, NotFound."""
    role = actor.require(Role.HANDLER)
    case = access.own_locked(actor, case_id)
    check = Check()
    place = check.text("place", place, "检查地点")
    check.done()
    reasons = rules.may_show(
        inspection=case.act_type == "inspection",
        stage_allows=case.stage in rulebook()["stages"],
        certified=queries.certified(cases.active_handlers(case), clock.today()),
        fewest=rulebook()["officers"]["fewest"],
    )
    if reasons:
        raise Refused(reasons)
    now, key = clock.now(), uuid7()
    row = VisitCode.objects.create(
        id=key,
        case=case,
        seq=VisitCode.objects.filter(case=case).count() + 1,
        code_digest=queries.digest(queries.code_of(key)),
        place=place,
        shown_by_id=actor.officer_id,
        shown_at=now,
        expires_at=now + dt.timedelta(minutes=rulebook()["minutes"]),
    )
    append(
        "visit-code-shown",
        log=case.jurisdiction,
        subject=("visit", str(row.id)),
        case_id=case.id,
        actor=actor.snapshot(role),
        payload={"place": place, "until": row.expires_at, "seq": row.seq},
    )
    return row


@transaction.atomic
def confirm(case_id: uuid.UUID, *, actor: Actor, word: str, confirmed_by: str) -> Visit:
    """Enter that the enterprise has scanned and agreed: with the word from its screen.

    Raises Refused (wrong, expired, replaced or used code), InvalidInput, NotPermitted, NotFound.
    """
    role = actor.require(Role.HANDLER)
    case = access.own_locked(actor, case_id)
    row = next(iter(queries.codes(case)), None)
    if row is None:
        raise NotFound("还没有出示检查码。")
    check = Check()
    word = check.text("word", "".join(word.split()), "确认码", most=6)
    confirmed_by = check.text("confirmed_by", confirmed_by, "现场确认人的姓名", most=60)
    check.done()
    now = clock.now()
    reasons = rules.may_confirm(
        given=word,
        wanted=queries.word_of(row.id),
        now=now,
        expires_at=row.expires_at,
        newest=True,
        confirmed=hasattr(row, "visit"),
    )
    if reasons:
        raise Refused(reasons)
    entry = append(
        "visit-confirmed",
        log=case.jurisdiction,
        subject=("visit", str(row.id)),
        case_id=case.id,
        actor=actor.snapshot(role),
        payload={"place": row.place, "confirmed_by": confirmed_by, "seq": row.seq},
    )
    return Visit.objects.create(
        code=row, confirmed_by=confirmed_by, entry_id=entry.pk, entered_by_id=actor.officer_id, at=now
    )
