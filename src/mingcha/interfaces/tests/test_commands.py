"""The operator's command line: every command explains itself, refuses in Chinese, and the journey ends verified."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from mingcha.accounts.queries import actor_of_token
from mingcha.common.triggers import registered
from mingcha.interfaces.commands.demonstration import PLAYS, begin
from mingcha.interfaces.commands.main import COMMANDS, cli
from mingcha.interfaces.demo import district as demo

ROOT = Path(__file__).resolve().parents[4]


def run(*words: str, data: Path) -> subprocess.CompletedProcess[str]:
    # The settings of the tests keep their database in memory: a command that runs by itself takes the real ones.
    kept = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    env = {**kept, "PYTHONPATH": str(ROOT / "src"), "MINGCHA_DATA": str(data), "MINGCHA_DATABASE_URL": ""}
    command = [sys.executable, "-m", "mingcha.interfaces.commands.main", *words]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def test_every_command_has_help() -> None:
    listing = CliRunner().invoke(cli, ["--help"])
    assert listing.exit_code == 0
    for name in COMMANDS:
        assert name in listing.output
        answer = CliRunner().invoke(cli, [name, "--help"])
        assert answer.exit_code == 0 and "--help" in answer.output, name


def test_an_unknown_command_is_named() -> None:
    answer = CliRunner().invoke(cli, ["nonsense"])
    assert answer.exit_code == 2 and "没有“nonsense”这个命令" in answer.output


def test_a_new_place_is_set_up_twice_and_serves_only_with_its_triggers(tmp_path: Path) -> None:
    refused = run("serve", "--port", "1", data=tmp_path)
    assert refused.returncode == 1 and "mingcha migrate" in refused.stderr
    for _ in range(2):
        done = run("setup", data=tmp_path)
        assert done.returncode == 0, done.stderr
    again = run("migrate", data=tmp_path)
    assert f"{len(registered())}个保护触发器完整" in again.stdout
    nobody = run("token", "nobody", data=tmp_path)
    assert (nobody.returncode, nobody.stdout) == (1, "") and "没有用户“nobody”" in nobody.stderr


def test_the_journey_ends_with_a_verified_decision(tmp_path: Path) -> None:
    done = run("journey", "--keep", str(tmp_path / "kept"), data=tmp_path / "site")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "林策（明水区综合行政执法局·执法一大队）" in done.stdout and "真实：" in done.stdout
    # Nothing of the installation is touched.
    assert not (tmp_path / "site" / "mingcha.sqlite3").exists()
    bundle, key = tmp_path / "kept" / "decision.bundle.json", tmp_path / "kept" / "log.key"
    altered = tmp_path / "altered.json"
    altered.write_text(bundle.read_text("utf-8").replace("20000", "10000", 1), encoding="utf-8")
    assert run("verify", str(bundle), "--key", str(key), data=tmp_path / "site").returncode == 0
    assert run("verify", str(altered), "--key", str(key), data=tmp_path / "site").returncode == 1
    assert run("verify", str(key), "--key", str(key), data=tmp_path / "site").returncode == 2


@pytest.mark.django_db
def test_a_token_is_opened_and_works(district: None) -> None:
    answer = CliRunner().invoke(cli, ["token", "lince", "--json"])
    assert answer.exit_code == 0
    assert actor_of_token(json.loads(answer.output)["token"]).name == "林策"


@pytest.mark.django_db
def test_the_demonstration_lists_its_people(district: None) -> None:
    rows = json.loads(CliRunner().invoke(cli, ["demo", "people", "--json"]).output)
    assert {"lince", "zhouheng", "shenyi", "sutang", "jiangmu", "fangzhi"} <= {row["username"] for row in rows}


@pytest.mark.django_db
def test_every_queue_of_the_demonstration_has_a_case(district: None) -> None:
    stops = {play.until for play in PLAYS}
    assert {
        "request-filing",
        "to-head",
        "submit",
        "problems",
        "approve",
        "serve-decision",
        "settle",
        "close",
        "archive",
    } <= stops
    assert any(play.revoked for play in PLAYS)
    today = demo.FOUNDED.replace(month=11, day=20)
    days = [begin(today, play.workdays) for play in PLAYS]
    # The older case comes first, so that numbers follow the days.
    assert days == sorted(days) and days[-1] < today
