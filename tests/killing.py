"""Kills recordings on their way in: run as a program over a founded data directory, it forks, kills and takes up again.

`python -m tests.killing ROUNDS SEED` prints the round and the seed of the first loss, or how many kills fell where.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import django

PIECE = 256 << 10


def child(work: Callable[[], Any], seconds: float | None) -> bool:
    """Do `work` in a process of its own and kill it after `seconds`; whether it had ended before."""
    from django.db import connections

    connections.close_all()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    if seconds is not None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                assert status == 0
                return True
            time.sleep(0.001)
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    assert seconds is not None or status == 0, "the run that was not killed failed"
    return os.WIFEXITED(status)


def sound_file(path: Path, size: int, chance: random.Random) -> str:
    from mingcha.interfaces.demo.paper import recording

    data = recording(seconds=1, mark=chance.randrange(30000)) + chance.randbytes(size)
    path.write_bytes(data)
    os.utime(path, (1789349400, 1789349400))
    return hashlib.sha256(data).hexdigest()


def importing(folder: Path) -> None:
    from mingcha.accounts.models import Organisation
    from mingcha.accounts.queries import actor_named
    from mingcha.recordings.intake.importing import Importer

    actor = actor_named("lince")
    organ = Organisation.objects.get(id=actor.organ_id)
    rows = list(Importer(folder, actor=actor, organisation=organ, origin="dock").run())
    assert all(row.outcome in ("taken", "duplicate") for row in rows), rows


def uploading(folder: Path) -> None:
    """What a client and the server do together: begin or take up again, send pieces, finish."""
    from mingcha.accounts.queries import actor_named
    from mingcha.files import uploads
    from mingcha.recordings.intake.uploads import begin, finish

    actor = actor_named("lince")
    note = folder.parent / "upload-id"
    for path in sorted(folder.iterdir()):
        data, known = path.read_bytes(), json.loads(note.read_text()) if note.exists() else {}
        if path.name in known:
            upload = uploads.find(known[path.name], str(actor.officer_id))
        else:
            upload = begin(actor, len(data), {"filename": path.name}, origin="field")
            # The client keeps the address of what it began; a kill before that costs it nothing but the beginning.
            fresh = note.with_suffix(".new")
            fresh.write_text(json.dumps({**known, path.name: upload.id}))
            fresh.rename(note)
        while upload.offset < upload.length:
            piece = data[upload.offset : upload.offset + PIECE]
            uploads.append(upload, upload.offset, (piece[at : at + 65536] for at in range(0, len(piece), 65536)))
        finish(upload, actor)


def lost(wanted: set[str]) -> str:
    """What is not as it should be after the work was taken up again, or nothing."""
    from django.conf import settings

    from mingcha.ledger.models import JournalEntry
    from mingcha.recordings.models import Intake

    rows = list(Intake.objects.values_list("file_id", flat=True))
    if len(rows) != len(set(rows)) or not wanted <= set(rows):
        return f"recordings: {len(wanted - set(rows))} missing, {len(rows) - len(set(rows))} twice"
    if JournalEntry.objects.filter(kind="recording-received").count() != len(rows):
        return "entries of the journal and recordings differ"
    for digest in wanted:
        path = Path(settings.FILES_ROOT) / digest[:2] / digest[2:4] / digest
        if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            return "an original is not what its name says"
    left = list((Path(settings.FILES_ROOT) / "incoming").glob("*"))
    return f"half-written: {len(left)}" if left else ""


def main(rounds: int, seed: int) -> int:
    from django.conf import settings

    chance, counts = random.Random(seed), Counter[str]()
    for number in range(rounds):
        work = (importing, uploading)[number % 2]
        folder = Path(settings.DATA) / "source" / str(number) / "card"
        folder.mkdir(parents=True)
        wanted = {sound_file(folder / f"{n}.wav", chance.randrange(1 << 20, 3 << 20), chance) for n in range(2)}
        begun = time.monotonic()
        # A second folder of the same kind shows how long the work takes now, on this machine.
        trial = folder.parent / "trial" / "card"
        trial.mkdir(parents=True)
        wanted |= {sound_file(trial / f"{n}.wav", 2 << 20, chance) for n in range(2)}
        child(partial(work, trial), None)
        span = time.monotonic() - begun
        for _ in range(2):
            ended = child(partial(work, folder), chance.uniform(0, span))
            counts["ended" if ended else "killed"] += 1
        child(partial(work, folder), None)
        if problem := lost(wanted):
            print(json.dumps({"round": number, "seed": seed, "work": work.__name__, "problem": problem}))
            return 1
    print(json.dumps({"rounds": rounds, "seed": seed, **counts}))
    return 0


if __name__ == "__main__":
    django.setup()
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
