"""Migrations: a remade table gets its triggers back, a database without them is not served, models match migrations."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# What a careless migration does: SQLite remakes the table and silently forgets its triggers.
REMAKE = """
import django; django.setup()
from django.db import connection, models
from mingcha.recordings.models import Excuse
old = Excuse._meta.get_field("matter")
new = models.CharField(max_length=31); new.set_attributes_from_name("matter"); new.model = Excuse
with connection.schema_editor() as editor:
    editor.alter_field(Excuse, old, new)
if connection.vendor == "postgresql":
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER mc_recordings_excuse_update_record_immutable ON recordings_excuse")
"""
MISSING = """
import django; django.setup()
from mingcha.common import triggers
print(len(triggers.missing()))
"""


@pytest.fixture
def site(tmp_path: Path) -> dict[str, str]:
    """Environment of an installation of its own on the embedded database."""
    return {
        **{name: value for name, value in os.environ.items() if name != "MINGCHA_DATABASE_URL"},
        "MINGCHA_DATA": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "mingcha.project.settings",
        "PYTHONPATH": str(ROOT / "src"),
    }


def run(site: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], env=site, capture_output=True, text=True, check=False, timeout=180
    )


def test_a_remade_table_is_noticed_and_healed(site: dict[str, str]) -> None:
    command = ["-m", "mingcha.interfaces.commands.main"]
    assert run(site, *command, "migrate").returncode == 0
    assert run(site, "-c", MISSING).stdout.strip() == "0"
    assert run(site, "-c", REMAKE).returncode == 0
    assert int(run(site, "-c", MISSING).stdout) > 0
    refused = run(site, *command, "serve", "--port", "1")
    assert refused.returncode == 1 and "触发器" in refused.stderr
    assert run(site, *command, "migrate").returncode == 0
    assert run(site, "-c", MISSING).stdout.strip() == "0"


STEP_BY_STEP = """
import django; django.setup()
from django.core.management import call_command
from django.core.management.commands.migrate import Command
call_command(Command(), verbosity=0)
"""


def described(path: Path) -> dict[str, object]:
    """Columns, foreign keys, indexes and constraints of every table, whatever the order in which they were made."""
    with sqlite3.connect(path) as base:
        tables = dict(
            base.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        )
        found: dict[str, object] = {"migrations": sorted(base.execute("SELECT app, name FROM django_migrations"))}
        for name, text in tables.items():
            columns = sorted(str(row[1:]) for row in base.execute(f'PRAGMA table_info("{name}")'))
            keys = sorted(str(row[2:7]) for row in base.execute(f'PRAGMA foreign_key_list("{name}")'))
            made = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = ?"
            indexes = sorted(base.execute(made, [name]))
            found[name] = columns, keys, indexes, sorted(re.findall(r'CONSTRAINT "(\w+)"', text)), text.count("CHECK")
    return found


@pytest.mark.slow
def test_a_new_database_is_what_the_steps_lead_to(site: dict[str, str], tmp_path: Path) -> None:
    assert run(site, "-m", "mingcha.interfaces.commands.main", "migrate").returncode == 0
    slowly = {**site, "MINGCHA_DATA": str(tmp_path / "steps")}
    assert run(slowly, "-c", STEP_BY_STEP).returncode == 0
    assert described(tmp_path / "mingcha.sqlite3") == described(tmp_path / "steps" / "mingcha.sqlite3")
