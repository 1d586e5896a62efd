"""Two machines number at once: separate processes over one database give every number once and leave no gap."""

from __future__ import annotations

import json
import os
import subprocess
import sys
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
from mingcha.cases.actions import register_lead
from mingcha.common import clock
keeper, handler = actor_named("luming"), actor_named("lince")
for _ in range(12):
    pads.issue(actor=keeper, kind="onsite-penalty-decision", code="当罚", count=3, holder_id=handler.officer_id)
    register_lead(
        actor=handler, procedure="P-JC", source="report", cause="检查", facts="按计划检查。", item_code="3.14",
        conduct_ended_on=clock.today(), discovered_on=clock.today(), party_kind="organisation",
        party_name="清和建筑工程有限公司", uscc="91990100MA1QH00018", address="明水区望江路66号",
    )
"""
_READ = """
import json
import django
django.setup()
from mingcha.cases.models import Case, IssuedNumber, Pad
print(json.dumps({
    "pads": list(Pad.objects.order_by("first").values_list("first", "last")),
    "series": {code: sorted(IssuedNumber.objects.filter(code=code).values_list("n", flat=True)) for code in ("当罚", "检案")},
    "cases": sorted(Case.objects.values_list("number", flat=True)),
}))
"""
_HANDS = 3


def test_two_machines_number_at_once(tmp_path: Path) -> None:
    """Each hand is a process of its own, as two servers over one database would be: one file, or one PostgreSQL."""
    place = environment(tmp_path)
    if url := os.environ.get("MINGCHA_DATABASE_URL"):
        place["MINGCHA_DATABASE_URL"] = url
    _run(_FOUND, place)
    hands = [
        subprocess.Popen([sys.executable, "-c", _NUMBER], env=place, stderr=subprocess.PIPE, text=True)
        for _ in range(_HANDS)
    ]
    for hand in hands:
        _, told = hand.communicate(timeout=240)
        assert hand.returncode == 0, told
    found = json.loads(_run(_READ, place))
    assert found["series"] == {"当罚": list(range(1, _HANDS * 36 + 1)), "检案": list(range(1, _HANDS * 12 + 1))}
    assert [last - first for first, last in found["pads"]] == [2] * (_HANDS * 12)
    assert len(set(found["cases"])) == len(found["cases"]) == _HANDS * 12


def _run(script: str, place: dict[str, str]) -> str:
    done = subprocess.run([sys.executable, "-c", script], env=place, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
