"""Attacks on the check-in codes of inspections."""

from __future__ import annotations

import datetime as dt

from django.db import connection

from mingcha.accounts.queries import actor_named
from mingcha.common import clock
from mingcha.common.ids import uuid7
from mingcha.inspections import actions
from mingcha.inspections.rules import may_confirm
from mingcha.inspections.tests.test_visits import PLACE, inspection
from mingcha.interfaces.demo.journey import Journey
from mingcha.ledger.actions import append


def _key(value: object) -> object:
    return value.hex if connection.vendor == "sqlite" else value  # type: ignore[attr-defined]


def late(journey: Journey) -> list[str]:
    now = clock.now()
    ended = now - dt.timedelta(minutes=1)
    reasons = may_confirm(given="1", wanted="1", now=now, expires_at=ended, newest=True, confirmed=False)
    return [reason.code for reason in reasons]


def show_for_a_penalty(journey: Journey) -> None:
    actions.show_code(journey.id, actor=actor_named("lince"), place=PLACE)


def visit_sql(journey: Journey) -> list[tuple[str, list[object], str]]:
    case, lince = inspection(), actor_named("lince")
    old = actions.show_code(case.id, actor=lince, place=PLACE)
    row = actions.show_code(case.id, actor=lince, place=PLACE)
    shown = (
        "INSERT INTO inspections_visitcode (id, case_id, seq, code_digest, place, shown_by_id, shown_at, expires_at) "
        "VALUES (%s, %s, 9, %s, 'x', %s, %s, %s)"
    )
    told = (
        "INSERT INTO inspections_visit (code_id, confirmed_by, entry_id, entered_by_id, at) "
        "VALUES (%s, 'x', %s, %s, %s)"
    )
    now, by = clock.now(), _key(lince.officer_id)
    after = row.expires_at + dt.timedelta(minutes=1)
    # An entry of its own, so that each row offends in one thing only.
    entry = append(
        "visit-confirmed", log=case.jurisdiction, subject=("visit", str(row.id)), case_id=case.id,
        actor=lince.snapshot("handler"), payload={"seq": 2},
    ).pk  # fmt: skip
    zhou = _key(actor_named("zhouheng").officer_id)
    return [
        (shown, [_key(uuid7()), _key(journey.id), "a" * 64, by, now, after], "visit-not-inspection"),
        (shown, [_key(uuid7()), _key(case.id), "b" * 64, zhou, now, after], "visit-code-not-handler"),
        (told, [_key(row.id), entry, by, after], "visit-code-expired"),
        (told, [_key(old.id), entry, by, now], "visit-code-superseded"),
        (told, [_key(row.id), 999999, by, now], "visit-without-journal"),
        ("UPDATE inspections_visitcode SET place = 'y' WHERE id = %s", [_key(row.id)], "record-immutable"),
    ]
