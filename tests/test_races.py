"""Two at once, each with a connection of his own: one opinion, one decision, and what the other tried is on record."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from tests.browser.server import environment

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.slow
def test_of_two_at_once_one_acts_and_the_other_is_told_and_on_record(tmp_path: Path) -> None:
    """On the embedded database, and on PostgreSQL where the tests run on it (in a database of its own)."""
    env = environment(tmp_path)
    env["PYTHONPATH"] = f"{env['PYTHONPATH']}:{ROOT}"
    url = os.environ.get("MINGCHA_DATABASE_URL", "")
    if url:
        import psycopg

        name = f"race_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        place, mark, options = url.partition("?")
        env["MINGCHA_DATABASE_URL"] = f"{place.rpartition('/')[0]}/{name}{mark}{options}"
    done = subprocess.run(
        [sys.executable, "-m", "tests.racing"], env=env, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    for what, act, codes in (
        ("opinions", "review-opinion", {"review-not-open", "opinion-given"}),
        ("decisions", "decision", {"decided-already", "move-not-permitted"}),
    ):
        (first, _), (second, code) = told[what]
        assert (first, second) == (201, 409) and code in codes, told
        assert told[f"stored_{what}"] == 1, told
        assert told["refused"].count(act) == 1, told
