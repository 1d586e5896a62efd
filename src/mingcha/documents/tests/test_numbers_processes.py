"""Two machines number at once: separate processes over one database give every number once and leave no gap."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tests.browser.server import environment

_FOUND = """
import django
django.setup()
from mingcha.interfaces.commands.setting_up import run_migrations
run_migrations()
from mingcha.interfaces.demo import district
district.create()
"""
_NUMBER = """
import django
django.setup()
from mingcha.accounts.queries import actor_named
from mingcha.cases import pads
keeper, holder = actor_named("luming"), actor_named("lince").officer_id
for _ in range(12):
    pads.issue(actor=keeper, kind="onsite-penalty-decision", code="当罚", count=3, holder_id=holder)
"""
_HANDS = 3


def test_two_machines_number_at_once(tmp_path: Path) -> None:
    """SQLite: each hand is a process of its own, as two servers over one file would be."""
    place = environment(tmp_path)
    founded = subprocess.run([sys.executable, "-c", _FOUND], env=place, capture_output=True, text=True, check=False)
    assert founded.returncode == 0, founded.stderr
    hands = [
        subprocess.Popen([sys.executable, "-c", _NUMBER], env=place, stderr=subprocess.PIPE, text=True)
        for _ in range(_HANDS)
    ]
    for hand in hands:
        _, told = hand.communicate(timeout=240)
        assert hand.returncode == 0, told
    with closing(sqlite3.connect(tmp_path / "mingcha.sqlite3")) as database:
        taken = [row[0] for row in database.execute("SELECT n FROM cases_issuednumber WHERE code = '当罚' ORDER BY n")]
        pads = list(database.execute("SELECT first, last FROM cases_pad ORDER BY first"))
    assert taken == list(range(1, _HANDS * 12 * 3 + 1))
    assert [last - first for first, last in pads] == [2] * (_HANDS * 12)
