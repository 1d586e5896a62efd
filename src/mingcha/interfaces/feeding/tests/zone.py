"""The portal's zone in a process of its own, driven by a test: one order a line of standard input, one answer a line."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "mingcha.project.settings_portal"
    import django

    django.setup()
    from django.conf import settings

    from mingcha.interfaces.feeding import answers

    settings.ALLOWED_HOSTS = ["testserver"]
    answers.bind()
    for line in sys.stdin:
        order = json.loads(line)
        print(json.dumps(globals()[order.pop("do")](**order)), flush=True)


def apply() -> dict[str, Any]:
    from mingcha.interfaces.feeding import letters
    from mingcha.interfaces.feeding.applying import Applier

    applier = Applier()
    done = applier.step()
    return {"done": done, "problem": applier.problem, "waiting": letters.lay_out()}


def killed(seconds: float) -> bool:
    """Apply in a child and kill it after a while; whether it had come to its end."""
    from django.db import connections

    connections.close_all()
    child = os.fork()
    if child == 0:
        apply()
        os._exit(0)
    time.sleep(seconds)
    done, _ = os.waitpid(child, os.WNOHANG)
    if not done:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return bool(done)


def get(url: str) -> dict[str, Any]:
    from django.test import Client

    answer = Client(raise_request_exception=False).get(url)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return {"status": answer.status_code, "body": body.decode("utf-8", "replace")}


def post(url: str, fields: dict[str, str]) -> dict[str, Any]:
    from django.test import Client

    answer = Client(raise_request_exception=False).post(url, fields)
    return {"status": answer.status_code, "body": answer.content.decode("utf-8", "replace")}


def tables() -> dict[str, list[str]]:
    """Names of all tables with the digests of their rows."""
    from django.db import connection

    found = {}
    with connection.cursor() as cursor:
        for name in sorted(connection.introspection.table_names(cursor)):
            clock = {"changed_at", "at"}
            columns = [
                column.name
                for column in connection.introspection.get_table_description(cursor, name)
                if column.name not in clock
            ]
            cursor.execute(f'SELECT {", ".join(f"{chr(34)}{column}{chr(34)}" for column in columns)} FROM "{name}"')
            found[name] = sorted(hashlib.sha256(repr(row).encode()).hexdigest() for row in cursor.fetchall())
    return found


def files_holding(words: list[str]) -> list[str]:
    """Which words stand in which files of the zone, as text or as it is stored in JSON."""
    from django.conf import settings
    from django.db import connection, connections

    connections.close_all()
    found = _rows_holding(words) if connection.vendor == "postgresql" else []
    for path in Path(settings.DATA).rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            forms = {word: (word.encode(), json.dumps(word)[1:-1].encode()) for word in words}
            found += [f"{path.name}: {word}" for word, ways in forms.items() if any(way in data for way in ways)]
    return found


def _rows_holding(words: list[str]) -> list[str]:
    """The same of a database that lies in no file of the zone."""
    from django.db import connection

    found = []
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            for word in words:
                cursor.execute(f'SELECT 1 FROM "{name}" t WHERE strpos(t::text, %s) > 0', [word])
                found += [f"{name}: {word}"] if cursor.fetchone() else []
    return found


if __name__ == "__main__":
    main()
