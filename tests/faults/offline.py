"""Faults in a data directory while nobody writes: `python -m tests.faults.offline COUNT SEED` over what `world` built.

Every byte of every stored file has the same chance. Of the faults that fall into the SQLite file one half is made in
the bytes of the file itself, the other half by SQL as an administrator with full rights could, without triggers.
Each fault is made and looked at in a process of its own, so that a crash of the check counts as a miss.
"""

from __future__ import annotations

import bisect
import hashlib
import itertools
import json
import os
import random
import re
import select
import shutil
import signal
import sqlite3
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import django

from tests.faults.spoiling import KINDS, WIDTH, Nothing, names_file, names_row, spoil

SECONDS = 120
# The secret of the web sessions says nothing of the record; a new one signs everybody out.
ASIDE = {"secret.key"}


@dataclass
class Outcome:
    """What became of one fault."""

    seed: str
    where: str
    kind: str
    detail: str
    verdict: str  # named, unnamed, missed, same (no content changed), nothing (draw again)
    says: list[str]


class Base:
    """The untouched directory, and how a fault in its database is told from one that changes no content."""

    def __init__(self, data: Path) -> None:
        from django.conf import settings

        self.database = Path(settings.DATABASES["default"]["NAME"])
        self.content = self.database.read_bytes()
        self.digests = dump(self.database)
        with closing(sqlite3.connect(self.database)) as base:
            self.page = int(base.execute("PRAGMA page_size").fetchone()[0])
            names = dict(base.execute("SELECT name, tbl_name FROM sqlite_master"))
            pages = base.execute("SELECT pageno, name FROM dbstat").fetchall()
            self.owners = {number: names.get(name, name) for number, name in pages}
        found = [path for path in sorted(data.rglob("*")) if path.is_file() and path.name not in ASIDE]
        self.files = [path for path in found if path.stat().st_size and path.suffix != ".lock"]
        self.ends = list(itertools.accumulate(path.stat().st_size for path in self.files))

    def owner(self, at: int) -> str:
        return self.owners.get(at // self.page + 1, "")


def dump(path: Path) -> dict[str, str]:
    """Digest of every table's rows as they read; equal dumps of two sound files hold the same content."""
    found: dict[str, str] = {}
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as base:
        base.text_factory = bytes
        settings = [
            base.execute(f"PRAGMA {name}").fetchone() for name in ("user_version", "application_id", "encoding")
        ]
        found["settings"] = repr(settings)
        schema = base.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY rowid").fetchall()
        found["schema"] = repr(schema)
        for name in [row[1].decode() for row in schema if row[0] == b"table"]:
            columns = [row[1].decode() for row in base.execute(f'PRAGMA table_info("{name}")')]
            digest = hashlib.sha256()
            values = ", ".join(f'quote("{column}")' for column in columns)
            for row in base.execute(f'SELECT rowid, {values} FROM "{name}" ORDER BY rowid'):
                digest.update(repr(row).encode())
            found[name] = digest.hexdigest()
    return found


def same(base: Base) -> bool:
    """Proof that a fault changed no content: SQLite finds the file sound, and every row of every table reads as before."""
    try:
        with closing(sqlite3.connect(f"file:{base.database}?mode=ro", uri=True)) as found:
            if found.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                return False
        return dump(base.database) == base.digests
    except (sqlite3.Error, UnicodeDecodeError):
        return False


def findings() -> list[Any]:
    """The check itself, all parts, as the command runs it."""
    from mingcha.ledger import checks

    return checks.check(first_only=False).findings


def in_file(base: Base, chance: random.Random, path: Path, at: int) -> dict[str, Any]:
    """A fault in the bytes of a file; `at` is where the draw fell."""
    kind = chance.choice(KINDS)
    good = path.read_bytes()
    path.chmod(0o644)
    if kind == "delete":
        path.unlink()
        detail = ""
    else:
        data, detail = spoil(good, kind, chance, at)
        path.write_bytes(data)
    raw = path == base.database
    # An exchange touches two places, and a stretch may reach into the next page.
    begins = [int(word) for word in re.findall(r"bytes at (\d+) and (\d+)", detail)[0]] if kind == "exchange" else []
    spots = {at, *begins, *(begin + WIDTH - 1 for begin in begins)}
    owners = {base.owner(spot) for spot in spots}
    where = f"{path.name}:{','.join(sorted(owners))}" if raw else path.as_posix()
    found = findings()
    if raw:
        named = any(names_part(item, owner, kind) for item in found for owner in owners)
    else:
        named = any(names_file(item, path) for item in found)
    verdict = "named" if named else "unnamed" if found else "same" if raw and same(base) else "missed"
    return {"where": where, "kind": f"file-{kind}", "detail": detail, "verdict": verdict, "says": says(found)}


def names_part(finding: Any, table: str, kind: str) -> bool:
    """Whether a finding leads to the table that the bytes belong to; a cut or missing file is named as such."""
    whole = kind in ("truncate", "delete") or table in ("", "sqlite_schema")
    # A row of the schema is a definition: the finding names the object that it defines.
    if table == "sqlite_schema" and finding.code == "schema-altered" and finding.data.get("object"):
        return True
    if finding.code == "database-malformed" and (whole or finding.data.get("table") == table):
        return True
    return names_row(finding, table) or (whole and finding.code in ("unreadable", "trigger-missing"))


def by_sql(base: Base, chance: random.Random, opened: Path) -> dict[str, Any]:
    """A fault by SQL in a copy of the database whose triggers were dropped."""
    from django.db import DatabaseError, connection, transaction

    from tests.faults.campaign import pick, spoil_row

    connection.settings_dict["NAME"] = str(opened)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = ON")
        cursor.execute("PRAGMA foreign_keys = OFF")
    with transaction.atomic():
        where, kind = pick(chance), chance.choice(KINDS)
        try:
            fault = spoil_row(where, kind, chance)
        except DatabaseError as error:
            raise Nothing from error
        found = [item for item in findings() if item.code != "trigger-missing"]
        named = any(names_row(item, where.table) for item in found)
        transaction.set_rollback(True)
    verdict = "named" if named else "unnamed" if found else "missed"
    return {"where": str(where), "kind": f"row-{kind}", "detail": fault.detail, "verdict": verdict, "says": says(found)}


def says(found: list[Any]) -> list[str]:
    return [f"{item.code}: {item.message}"[:160] for item in found[:3]]


def apart(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Do it in a process of its own; a crash or a hang is an outcome too."""
    from django.db import connections

    connections.close_all()
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            told = work()
        except Nothing:
            told = {"verdict": "nothing"}
        except BaseException:
            told = {"verdict": "missed", "says": [traceback.format_exc()[-1500:]]}
        os.write(writing, json.dumps(told).encode()[:60000])
        os._exit(0)
    os.close(writing)
    ready, _, _ = select.select([reading], [], [], SECONDS)
    if not ready:
        os.kill(pid, signal.SIGKILL)
    with os.fdopen(reading, "rb") as handle:
        text = handle.read()
    os.waitpid(pid, 0)
    found: dict[str, Any] = json.loads(text) if text else {"verdict": "missed", "says": ["crash or hang"]}
    return found


def campaign(count: int, seed: str) -> Iterator[Outcome]:
    """`count` faults one after the other, each over the untouched directory."""
    from django.conf import settings

    from tests.faults.campaign import pick

    base = Base(Path(settings.DATA))
    opened = Path(settings.DATA).parent / f"{Path(settings.DATA).name}-opened.sqlite3"
    shutil.copy(base.database, opened)
    apart(partial(without_triggers, opened))
    # What is read once for all is read here, before the processes fork.
    findings()
    pick(random.Random(0))
    number = draws = 0
    while number < count:
        at = f"{seed}/{draws}"
        draws += 1
        chance = random.Random(at)
        drawn = chance.randrange(base.ends[-1])
        index = bisect.bisect_right(base.ends, drawn)
        path = base.files[index]
        offset = drawn - (base.ends[index - 1] if index else 0)
        good, mode = path.read_bytes(), path.stat().st_mode
        if path == base.database and chance.random() < 0.5:
            told = apart(partial(by_sql, base, chance, opened))
        else:
            told = apart(partial(in_file, base, chance, path, offset))
            path.unlink(missing_ok=True)
            path.write_bytes(good)
            path.chmod(mode)
            for left in base.database.parent.glob(f"{base.database.name}-*"):
                left.unlink()
        if told["verdict"] == "nothing":
            continue
        number += 1
        yield Outcome(
            at, told.get("where", str(path)), told.get("kind", ""), told.get("detail", ""), told["verdict"],
            told.get("says", []),
        )  # fmt: skip


def without_triggers(path: Path) -> dict[str, Any]:
    from django.db import connection

    from mingcha.common import triggers

    connection.settings_dict["NAME"] = str(path)
    triggers.drop_all()
    connection.close()
    return {"verdict": "done"}


def main(count: int, seed: str) -> int:
    begun, kinds, verdicts = time.monotonic(), Counter[str](), Counter[str]()
    for outcome in campaign(count, seed):
        kinds[outcome.kind] += 1
        verdicts[outcome.verdict] += 1
        if outcome.verdict in ("missed", "unnamed"):
            print(json.dumps({"missed": vars(outcome)}, ensure_ascii=False), flush=True)
        if sum(verdicts.values()) % 250 == 0:
            print(json.dumps({"faults": sum(verdicts.values()), **verdicts}), file=sys.stderr, flush=True)
    seconds = round(time.monotonic() - begun)
    print(json.dumps({"faults": count, "seed": seed, "seconds": seconds, "kinds": kinds, "verdicts": verdicts}))
    return 1 if verdicts["missed"] + verdicts["unnamed"] else 0


if __name__ == "__main__":
    django.setup()
    sys.exit(main(int(sys.argv[1]), sys.argv[2]))
