from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from mingcha.ledger import actions, kinds
from mingcha.ledger.actors import ActorSnapshot
from mingcha.ledger.models import JournalEntry

kinds.kind("test-act", "试验行为")
kinds.kind("test-published", "试验公开")
LOG = "990100"


@pytest.fixture(autouse=True)
def log_folders(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.LOG_ROOT = tmp_path / "log"
    settings.KEYS_ROOT = tmp_path / "keys"
    for name in [name for name in os.environ if name.startswith("MINGCHA_LOG_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def db(db: None) -> None:
    """The database with an empty journal, whatever the demonstration has left in it; rolled back like all the rest."""
    if not JournalEntry.objects.exists():
        return
    tables = ["ledger_checkpoint", "ledger_ledgerleaf", "ledger_journalpayload", "ledger_journalentry"]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'mc_ledger_%_delete_%'"
            )
            guards = cursor.fetchall()
            before, after = [f"DROP TRIGGER {name}" for name, _ in guards], [sql for _, sql in guards]
        else:
            before = ["SET LOCAL session_replication_role = replica"]
            after = ["SET LOCAL session_replication_role = DEFAULT"]
        for statement in [*before, *(f"DELETE FROM {table}" for table in tables), *after]:
            cursor.execute(statement)


@pytest.fixture
def actor() -> ActorSnapshot:
    return ActorSnapshot("0f1c", "张立新", "执法人员", "0a2b", "明水区综合行政执法局")


@pytest.fixture
def append(db: None, actor: ActorSnapshot) -> Callable[..., list[JournalEntry]]:
    """Append `count` entries to a log."""

    def make(count: int = 1, *, log: str = LOG, case_id: uuid.UUID | None = None) -> list[JournalEntry]:
        with transaction.atomic():
            items = [actions.NewEntry(("thing", str(n)), {"n": n, "words": "立案"}, case_id) for n in range(count)]
            return actions.append_many("test-act", log=log, actor=actor, items=items)

    return make


@pytest.fixture
def untriggered(db: None) -> None:
    """The database as its owner may leave it: without our triggers. The test's rollback brings them back."""
    from mingcha.common import triggers

    triggers.drop_all()
