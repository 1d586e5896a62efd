"""The check-up of a file (卷宗体检) on a case that was really played, sound and with defects put in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from mingcha.accounts.actors import Actor
from mingcha.common import clock
from mingcha.documents.checkup import checkup
from mingcha.documents.making import make
from mingcha.documents.models import Document
from mingcha.interfaces.demo.journey import Journey


def codes(found: list[Any]) -> set[str]:
    return {row.mark.reason.code for row in found}


def test_a_sound_file_has_nothing_grave(play: Callable[..., Journey], actor: Callable[[str], Actor]) -> None:
    journey = play("submit")
    with clock.frozen(clock.at(journey.day, 11)):
        found = checkup(journey.case)
    assert [row.mark.reason.message for row in found if row.grave] == []


def test_records_of_two_sites_at_once_are_found(play: Callable[..., Journey], actor: Callable[[str], Actor]) -> None:
    journey = play("notice")
    with clock.frozen(clock.at(journey.day, 11)):
        case = journey.case
        other = play("notice").case
        found = checkup(case)
    overlap = next(row for row in found if row.mark.reason.code == "sittings-overlap")
    assert not overlap.grave, "records of sites are to be looked at, two questionings are refused when made"
    assert str(other) in overlap.mark.reason.message
    assert overlap.mark.consequence == "可以撤销"
    assert overlap.document is not None


def test_a_paper_after_the_report_breaks_the_order(play: Callable[..., Journey], actor: Callable[[str], Actor]) -> None:
    journey = play("notice")
    with clock.frozen(clock.at(journey.day, 11) + dt.timedelta(days=1)):
        case = journey.case
        record = Document.objects.filter(case=case, kind="site-record").latest("issued_at")
        start = clock.now().replace(hour=9)
        later = {
            **record.fields,
            "cert_shown_at": start.isoformat(),
            "start": start.isoformat(),
            "end": (start + dt.timedelta(hours=1)).isoformat(),
        }
        make(case, "site-record", later, by=actor("lince").snapshot("handler"))
        found = checkup(case)
    assert "L-06" in codes(found)
    assert all(row.document for row in found if row.mark.reason.code == "L-06")
