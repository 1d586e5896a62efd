"""The fault campaigns: a handful here, ten thousand behind `./test --long`."""

from __future__ import annotations

import base64
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from mingcha.cases.models import Case
from mingcha.common import triggers
from mingcha.interfaces.demo.journey import Journey
from mingcha.ledger import checks, checks_schema, queries, rows, seals, sequencer
from mingcha.ledger.actions import append
from mingcha.ledger.actors import system
from mingcha.ledger.models import JournalEntry, SealSheet
from mingcha.ledger.soundness import Tally
from tests.browser.server import command, environment
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


@pytest.mark.parametrize("count", [8, pytest.param(1000, marks=pytest.mark.slow)])
def test_random_faults_in_rows_and_files_are_found_and_named(stored: None, count: int) -> None:
    attack(count, SEED)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same case, sealed as a package too, as a data directory that no process has open."""
    data = tmp_path_factory.mktemp("faults") / "data"
    data.mkdir()
    alone(data, "tests.faults.world")
    return data


def alone(data: Path, module: str, *arguments: str) -> str:
    env = environment(data)
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env={**env, "PYTHONPATH": f"{env['PYTHONPATH']}:{root}"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("count", [10, pytest.param(10_000, marks=pytest.mark.slow)])
def test_random_faults_in_the_bytes_of_a_site_are_found_and_named(world: Path, count: int) -> None:
    """Bits of the SQLite file itself too. What is not found must be proved to change no content."""
    chance = count > 100 and "MINGCHA_FAULT_SEED" not in os.environ
    told = alone(world, "tests.faults.offline", str(count), str(time.time_ns() if chance else SEED))
    print(told)
    verdicts = json.loads(told.splitlines()[-1])["verdicts"]
    assert set(verdicts) <= {"named", "same"} and sum(verdicts.values()) == count


def checked(data: Path) -> list[dict[str, Any]]:
    told = command(data, "ledger", "check", "--all", "--json")
    assert told.returncode == 1, told.stdout + told.stderr
    found: list[dict[str, Any]] = json.loads(told.stdout)["findings"]
    return found


def test_originals_that_changed_places_are_named(world: Path, tmp_path: Path) -> None:
    data = Path(shutil.copytree(world, tmp_path / "data"))
    one, two = sorted(path for path in (data / "files").rglob("*") if path.is_file())[:2]
    first, second = one.read_bytes(), two.read_bytes()
    for path, held in ((one, second), (two, first)):
        path.chmod(0o644)
        path.write_bytes(held)
    found = [item for item in checked(data) if item["code"] == "file-altered"]
    assert [item["data"]["sha256"] for item in found] == [one.name, two.name]


@pytest.mark.slow
def test_a_restored_backup_is_named(world: Path, tmp_path: Path) -> None:
    """The files have gone on, the database has not: the check says so, and the sequencer signs nothing over it."""
    data = Path(shutil.copytree(world, tmp_path / "data"))
    backup = shutil.copy(data / "mingcha.sqlite3", tmp_path / "backup")
    assert command(data, "token", "lince", "--label", "备份以后").returncode == 0
    assert command(data, "ledger", "sequence").returncode == 0
    for left in data.glob("mingcha.sqlite3*"):
        left.unlink()
    shutil.copy(backup, data / "mingcha.sqlite3")
    assert checked(data)[0]["code"] == "checkpoint-row-missing"
    assert command(data, "ledger", "sequence").returncode == 1


def test_nothing_of_a_person_stands_in_the_open_log(world: Path, tmp_path: Path) -> None:
    """Tiles, bundles and checkpoints of a whole case, and what any web server shows of them: digests and numbers only."""
    with closing(sqlite3.connect(world / "mingcha.sqlite3")) as base:
        rows_of = base.execute("SELECT name, uscc, legal_representative, address, phone, id_number FROM cases_party")
        words = {value for row in rows_of for value in row if value}
        words |= {row[0] for row in base.execute("SELECT name FROM accounts_officer")}
        words |= {row[0] for row in base.execute("SELECT cause FROM cases_case UNION SELECT facts FROM cases_case")}
        salts = [row[0] for row in base.execute("SELECT salt FROM ledger_journalpayload")]
    log, exported = next(path.name for path in (world / "log").iterdir() if path.is_dir()), tmp_path / "exported"
    assert command(world, "ledger", "export", log, str(exported)).returncode == 0
    inside, outside = ([path for path in root.rglob("*") if path.is_file()] for root in (world / "log", exported))
    told = b"\n".join(path.read_bytes() for path in (*inside, *outside))
    assert len(words) > 10 and len(inside) >= 3 and len(outside) >= 5 and len(salts) > 100
    assert {path.relative_to(exported).parts[0] for path in outside} == {"tile", "checkpoint", "key.txt", "keys.json"}
    for word in words:
        plain = word.encode()
        for form in (plain, json.dumps(word)[1:-1].encode(), word.encode("gb18030"), base64.b64encode(plain)[:-4]):
            assert form not in told, word
    for salt in salts:
        raw = bytes.fromhex(salt)
        assert salt.encode() not in told and raw not in told and base64.b64encode(raw).rstrip(b"=") not in told


# What whoever owns the database can do to a definition, and the table that the check has to name.
SOFTENED = {
    "sqlite": [
        "UPDATE sqlite_master SET sql = REPLACE(sql, 'varchar', 'varcHar') WHERE name = 'recordings_share'",
        "UPDATE sqlite_master SET sql = REPLACE(sql, 'CHECK', 'check') WHERE name = 'recordings_share'",
    ],
    "postgresql": [
        "ALTER TABLE recordings_share ALTER COLUMN to_name DROP NOT NULL",
        "ALTER TABLE recordings_share ALTER COLUMN to_name TYPE text",
        "ALTER TABLE recordings_share ALTER COLUMN to_name SET DEFAULT '某机关'",
        "ALTER TABLE recordings_share ADD COLUMN more text",
        "DO $$ DECLARE name text; BEGIN FOR name IN SELECT conname FROM pg_constraint WHERE contype = 'f' AND "
        "conrelid = 'recordings_share'::regclass LOOP EXECUTE format("
        "'ALTER TABLE recordings_share DROP CONSTRAINT %I', name); END LOOP; END $$",
        "ALTER TABLE recordings_share DISABLE TRIGGER ALL",
        "CREATE RULE nothing AS ON DELETE TO recordings_share DO INSTEAD NOTHING",
        "ALTER TABLE recordings_share ENABLE ROW LEVEL SECURITY",
        "CREATE INDEX late ON recordings_share (id)",
    ],
}


def test_a_definition_that_was_softened_is_named(stored: None) -> None:
    """As a flipped bit leaves it: SQLite reads the same, the check does not; a constraint that was dropped all the more."""
    for change in SOFTENED[connection.vendor]:
        with transaction.atomic():
            with connection.cursor() as cursor:
                if connection.vendor == "sqlite":
                    cursor.execute("PRAGMA writable_schema = ON")
                else:
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute(change)
                if connection.vendor == "sqlite":
                    cursor.execute("PRAGMA writable_schema = OFF")
            found = list(checks_schema.check())
            # With a foreign key go the triggers of the table it points to, which is named as well.
            assert {item.code for item in found} == {"schema-altered"}, change
            assert "recordings_share" in {item.data["table"] for item in found}, change
            transaction.set_rollback(True)
        assert list(checks_schema.check()) == []


def test_reasons_count(stored: None) -> None:
    """A change with a reason is sealed anew; one without is never covered up by the next seal."""
    case = Case.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cases_case SET cause = 'x'")
    assert table_findings() == [("row-altered", "cases_case")]
    key = case.id.hex if connection.vendor == "sqlite" else str(case.id)
    for _ in range(2):
        assert (seals.seal(), table_findings()) == (0, [("row-altered", "cases_case")])
        # The fault is on record, once, whatever explains the row later.
        told = [queries.payload(row) for row in JournalEntry.objects.filter(kind="rows-sealed").order_by("id")]
        assert [item["faults"] for item in told if item and "faults" in item] == [[["cases_case", key]]]
    act(case)
    assert table_findings() == []
    # The row, and the checkpoint over the seal before, which alone was no reason for a seal.
    assert seals.seal() == 2
    newest = SealSheet.objects.order_by("-entry_id").values_list("entry_id", flat=True)[:1]
    assert list(SealSheet.objects.filter(entry__in=newest).order_by("table").values_list("table", "rows")) == [
        ("cases_case", 1), ("ledger_checkpoint", 1)
    ]  # fmt: skip
    assert table_findings() == []
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM cases_party")
    assert {code for code, _ in table_findings()} == {"row-removed"}


def test_an_act_excuses_nothing_that_a_later_sweep_has_seen(stored: None) -> None:
    """An edition sealed long ago: what was done elsewhere since does not cover a change of today."""
    act(Case.objects.get())
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cases_case SET cause = 'x'")
    assert seals.seal() > 0
    with connection.cursor() as cursor:
        cursor.execute("UPDATE catalogues_edition SET title = 'x'")
        cursor.execute("UPDATE cases_case SET cause = 'y'")
    assert set(table_findings()) == {("row-altered", "catalogues_edition"), ("row-altered", "cases_case")}


def act(case: Case) -> None:
    append(
        "case-filed", log=case.jurisdiction, subject=("case", str(case.id)), actor=system("试验"), payload={},
        case_id=case.id,
    )  # fmt: skip


def table_findings() -> list[tuple[str, str]]:
    found = seals.check(Tally(), tables=["cases_case", "cases_party", "catalogues_edition"])
    return [(item.code, item.data["table"]) for item in found]


def test_every_open_table_says_why_its_rows_may_change(db: None) -> None:
    """What no trigger guards is sealed under a rule of its own, or left out by name."""
    kinds = {table: rows.rule_of(table).kind for table in OPEN_TABLES}
    assert {table: kind for table, kind in kinds.items() if kind in (rows.FIXED, rows.GOVERNED)} == {
        "accounts_apitoken": rows.GOVERNED
    }
