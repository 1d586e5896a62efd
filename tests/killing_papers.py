"""Kills papers while they are signed and dossiers while they are sealed: `python -m tests.killing_papers ROUNDS SEED`.

The first round of each kind is left alone: what it leaves behind is what every killed one must leave behind.
Prints the round and the seed of the first difference, or how many kills fell where.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import django

from tests.killing import child

START = dt.date(2026, 9, 14)
MOST_KILLS = 4


def played(until: str, mark: int) -> Any:
    """A case played up to a step, in a process of its own: typesetting starts threads, which no fork survives."""
    from django.conf import settings

    from mingcha.interfaces.demo.journey import Journey, Scenario

    note = Path(settings.DATA) / "played.json"

    def play() -> None:
        journey = Journey(START, Scenario(mark=mark))
        journey.run(until)
        note.write_text(json.dumps([str(journey.id), journey.day.isoformat()]))

    child(play, None)
    case, day = json.loads(note.read_text())
    return Journey(START, Scenario(mark=mark), case_id=uuid.UUID(case), day=dt.date.fromisoformat(day))


def signing(journey: Any) -> None:
    """A record is issued, signed by all on the pad, and printed with their hands: or what is left of that is done."""
    from mingcha.accounts.queries import actor_named
    from mingcha.common import clock
    from mingcha.documents.models import Document
    from mingcha.documents.sealing.actions import ensure_signed

    with clock.frozen(clock.at(journey.day, 10)):
        document = Document.objects.filter(case_id=journey.id, kind="site-record").first()
        if document is None:
            journey.site_record(actor_named("lince"))
            document = Document.objects.get(case_id=journey.id, kind="site-record")
        journey.sign(document, actor_named("lince"))
        ensure_signed(document.id)


def sealing(journey: Any) -> None:
    """The dossier is sealed, unless the run before had come that far."""
    from mingcha.archives import sealing as archive
    from mingcha.archives.models import Package
    from mingcha.common import clock

    if not Package.objects.filter(case_id=journey.id).exists():
        with clock.frozen(clock.at(journey.day, 16)):
            archive.seal(journey.id, sequence=True)


def left(case: uuid.UUID) -> dict[str, int]:
    """What stands of a case: its entries by kind, its papers, signatures and packages."""
    from mingcha.archives.models import Package, Sealing
    from mingcha.documents.models import Document, Rendering
    from mingcha.documents.sealing.models import HandSignature, SignedCopy
    from mingcha.ledger.models import JournalEntry

    found = Counter(JournalEntry.objects.filter(case_id=case).values_list("kind", flat=True))
    for model, field in (
        (Document, "case_id"), (Rendering, "document__case_id"), (HandSignature, "document__case_id"),
        (SignedCopy, "document__case_id"), (Package, "case_id"), (Sealing, "case_id"),
    ):  # fmt: skip
        found[model.__name__] = model._default_manager.filter(**{field: case}).count()
    return dict(found)


def strays() -> str:
    """Files that no row names."""
    from django.conf import settings

    from mingcha.archives.models import Package

    packages = {path.name for path in (Path(settings.ARCHIVES_ROOT) / "packages").glob("*")}
    extra = packages - set(Package.objects.values_list("name", flat=True))
    waiting = list((Path(settings.FILES_ROOT) / "incoming").glob("*"))
    return f"half-written: {sorted(extra)} {waiting}" if extra or waiting else ""


def main(rounds: int, seed: int) -> int:
    chance, counts = random.Random(seed), Counter[str]()
    works: tuple[tuple[Callable[[Any], None], str], ...] = ((signing, "evidence"), (sealing, "archive"))
    whole: dict[str, tuple[dict[str, int], float]] = {}
    for number in range(rounds):
        work, until = works[number % 2]
        name = work.__name__
        if name not in whole:
            journey, begun = played(until, number + 1), time.monotonic()
            child(partial(work, journey), None)
            whole[name] = left(journey.id), time.monotonic() - begun
        journey = played(until, number + 1001)
        wanted, span = whole[name]
        for _ in range(MOST_KILLS):
            ended = child(partial(work, journey), chance.uniform(0, span))
            counts[f"{name}-{'ended' if ended else 'killed'}"] += 1
            if ended:
                break
        child(partial(work, journey), None)
        found = left(journey.id)
        if found != wanted or strays():
            problem = {
                key: (wanted.get(key), found.get(key)) for key in wanted | found if wanted.get(key) != found.get(key)
            }
            print(json.dumps({"round": number, "seed": seed, "work": name, "problem": problem, "strays": strays()}))
            return 1
    print(json.dumps({"rounds": rounds, "seed": seed, **counts}))
    return 0


if __name__ == "__main__":
    django.setup()
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
