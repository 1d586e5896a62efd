"""The fault campaign: hundreds here, ten thousand behind `./test --long`."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from mingcha.cases.models import Case
from mingcha.common import triggers
from mingcha.interfaces.demo.journey import Journey
from mingcha.ledger import checks, rows, seals, sequencer
from mingcha.ledger.actions import append
from mingcha.ledger.actors import system
from mingcha.ledger.soundness import Tally
from tests.faults import campaign
from tests.test_architecture import OPEN_TABLES

Play = Callable[..., Journey]
SEED = int(os.environ.get("MINGCHA_FAULT_SEED", "20261122"))


@pytest.fixture
def stored(play: Play, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole penalty case, sealed and in the log; the triggers dropped as the owner of the database can."""
    # Nobody else writes here: on PostgreSQL no entry can come late, so none need be allowed for.
    monkeypatch.setattr(seals, "_MARGIN", 0)
    settings.LOG_ROOT, settings.KEYS_ROOT = tmp_path / "log", tmp_path / "keys"
    play("archive")
    for log in sequencer.known_logs():
        sequencer.sequence(log)
    assert seals.seal() > 1000
    for log in sequencer.known_logs():
        sequencer.sequence(log)
    seals.seal()
    assert checks.check(first_only=False).findings == []
    triggers.drop_all()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")


def attack(count: int, seed: int) -> None:
    found = campaign.Campaign(seed)
    missed = [f"seed {at}: {fault.kind} in {fault.where}: {fault.detail}" for at, fault in found.run(count)]
    print(f"{count} faults over {found.ends[-1]} bytes in {len(found.places)} objects: {found.done}")
    assert missed == []


@pytest.mark.slow
def test_random_faults_are_found_and_named(stored: None) -> None:
    """The command itself comes to the same verdict as the campaign's look at the part that a fault lies in."""
    assert list(campaign.Campaign(SEED + 1).run(2, campaign.whole)) == []
    attack(150, SEED)


def test_reasons_count(stored: None) -> None:
    """A change with a reason is sealed anew; one without is never covered up by the next seal."""
    case = Case.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cases_case SET cause = 'x'")
    assert table_findings() == [("row-altered", "cases_case")]
    assert (seals.seal(), table_findings()) == (0, [("row-altered", "cases_case")])
    append(
        "case-filed", log=case.jurisdiction, subject=("case", str(case.id)), actor=system("试验"), payload={},
        case_id=case.id,
    )  # fmt: skip
    assert table_findings() == []
    assert seals.seal() >= 1
    assert table_findings() == []
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM cases_party")
    assert {code for code, _ in table_findings()} == {"row-removed"}


def table_findings() -> list[tuple[str, str]]:
    found = seals.check(Tally(), tables=["cases_case", "cases_party"])
    return [(item.code, item.data["table"]) for item in found]


@pytest.mark.slow
def test_ten_thousand_random_faults_are_found_and_named(stored: None) -> None:
    attack(10_000, random.SystemRandom().randrange(1 << 32) if "MINGCHA_FAULT_SEED" not in os.environ else SEED)


def test_every_open_table_says_why_its_rows_may_change(db: None) -> None:
    """What no trigger guards is sealed under a rule of its own, or left out by name."""
    kinds = {table: rows.rule_of(table).kind for table in OPEN_TABLES}
    assert {table: kind for table, kind in kinds.items() if kind in (rows.FIXED, rows.GOVERNED)} == {
        "accounts_apitoken": rows.GOVERNED
    }
