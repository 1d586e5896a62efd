"""Made-up decisions into the portal's read model: named as such in their number, without publication and log entry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db import transaction

from mingcha.common import clock
from mingcha.common.errors import Reason, Refused
from mingcha.disclosure.choices import PublicState, SourceKind
from mingcha.disclosure.demonstration.letters import MadeUp, letters
from mingcha.disclosure.models import PublicEntry

CHUNK = 500


def write(count: int, *, jurisdiction: str, seed: int = 1, said: Callable[[int], None] = lambda _: None) -> int:
    """Bring the number of made-up decisions up to `count`; returns how many were added.

    Raises Refused where nothing but a demonstration may stand: `jurisdiction` is empty.
    """
    if not jurisdiction:
        message = "演示决定只能装入演示区县，请先运行 mingcha setup --demo。"
        raise Refused([Reason("not-a-demonstration", message)])
    there = PublicEntry.objects.filter(source=SourceKind.DEMONSTRATION).count()
    added = 0
    while there + added < count:
        with transaction.atomic():
            made = letters(min(CHUNK, count - there - added), seed=seed, start=there + added)
            rows = PublicEntry.objects.bulk_create([_row(item, jurisdiction) for item in made])
        added += len(rows)
        said(there + added)
    return added


def _row(made: MadeUp, jurisdiction: str) -> PublicEntry:
    published = clock.at(made.decided_on + dt.timedelta(days=5), 10)
    return PublicEntry(
        id=made.id,
        jurisdiction=jurisdiction,
        source=SourceKind.DEMONSTRATION,
        state=PublicState.VALID,
        number=made.number,
        party=made.party,
        authority=made.authority,
        cause=made.cause,
        decided_on=made.decided_on,
        listed_on=made.decided_on,
        published_at=published,
        kinds=made.kinds,
        fine_fen=made.fine_fen,
        confiscated_fen=made.confiscated_fen,
        content=_content(made),
        search_text="\n".join((made.number, made.party, made.authority, made.cause, made.text)),
    )


def _content(made: MadeUp) -> dict[str, Any]:
    return {
        "format": "mingcha-public@1",
        "source": SourceKind.DEMONSTRATION.value,
        "title": "行政处罚决定书",
        "number": made.number,
        "party": made.party,
        "authority": made.authority,
        "cause": made.cause,
        "decided_on": made.decided_on.isoformat(),
        "penalties": made.kinds,
        "fine_fen": made.fine_fen,
        "confiscated_fen": made.confiscated_fen,
        "articles": [],
        "text": made.text,
        "hidden": [],
    }
