"""The turn to write: one writer at a time, and every answer rests on bytes that have reached the disk."""

import fcntl
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from pytest_django.plugin import DjangoDbBlocker

from mingcha.common import direct
from mingcha.interfaces import turn as turns
from mingcha.interfaces.commands import writing_back

NORMAL, FULL = 1, 2


@pytest.fixture
def file_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, django_db_blocker: DjangoDbBlocker
) -> Iterator[BaseDatabaseWrapper]:
    """An embedded database in a file: that of the tests is in memory or on PostgreSQL."""
    connections.databases["turn"] = {
        **connections["default"].settings_dict,
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(tmp_path / "turn.sqlite3"),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        },
    }
    made = connections["turn"]
    monkeypatch.setattr(direct, "here", lambda: made)
    with django_db_blocker.unblock():
        with made.cursor() as cursor:
            cursor.execute("CREATE TABLE marks (x)")
        yield made
        made.close()
    del connections["turn"], connections.databases["turn"]


def synchronous(connection: BaseDatabaseWrapper) -> int:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        return int(cursor.fetchone()[0])


def test_the_disk_is_waited_for_after_the_turn(
    file_database: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = file_database
    reached: list[tuple[str, int]] = []
    real = turns.reach_disk

    def reach_disk(journal: str) -> None:
        real(journal)
        reached.append((journal, synchronous(here)))

    monkeypatch.setattr(turns, "reach_disk", reach_disk)

    def mark(fail: bool = False) -> None:
        with turns.turn(), transaction.atomic(using="turn"), here.cursor() as cursor:
            assert synchronous(here) == NORMAL
            cursor.execute("INSERT INTO marks VALUES (1)")
            if fail:
                raise ZeroDivisionError

    mark()
    assert reached == [(f"{here.settings_dict['NAME']}-wal", FULL)]
    with pytest.raises(ZeroDivisionError):
        mark(fail=True)
    with turns.turn():
        synchronous(here)
    assert len(reached) == 1, "nothing was written, nothing to wait for"
    assert synchronous(here) == FULL


def test_an_answer_waits_for_the_disk_once_and_whatever_becomes_of_it(
    file_database: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = file_database
    reached: list[str] = []
    real = turns.reach_disk

    def reach_disk(journal: str) -> None:
        real(journal)
        reached.append(journal)

    monkeypatch.setattr(turns, "reach_disk", reach_disk)

    def mark() -> None:
        with turns.turn(), transaction.atomic(using="turn"), here.cursor() as cursor:
            cursor.execute("INSERT INTO marks VALUES (1)")

    with turns.answering():
        mark()
        mark()
        assert reached == [], "the bytes have set out, the answer is being written"
    assert reached == [f"{here.settings_dict['NAME']}-wal"]
    with pytest.raises(ZeroDivisionError), turns.answering():
        mark()
        raise ZeroDivisionError
    assert len(reached) == 2, "an answer that fails after the act tells nothing that a power cut could take back"
    with turns.answering():
        pass
    assert len(reached) == 2
    mark()
    assert len(reached) == 3, "outside an answer everybody waits at once"


def test_a_connection_that_breaks_gives_the_turn_back(file_database: BaseDatabaseWrapper) -> None:
    here = file_database
    with pytest.raises(ZeroDivisionError), turns.turn():
        here.close()
        raise ZeroDivisionError
    with (settings.DATA / "write.turn").open("a") as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert synchronous(here) == FULL


def test_the_log_goes_home_beside_the_writers(
    file_database: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = file_database
    monkeypatch.setattr(writing_back, "connection", here)
    with here.cursor() as cursor:
        cursor.execute("INSERT INTO marks VALUES (1)")
    assert writing_back.write_back() == 0, "not worth it yet"
    assert writing_back.write_back(worth=1) > 0
    alone = sqlite3.connect(f"file:{here.settings_dict['NAME']}?mode=ro&immutable=1", uri=True)
    assert alone.execute("SELECT x FROM marks").fetchall() == [(1,)], "in the file itself, without its log"
