"""Made-up handwriting for the demonstration, and everybody whom a paper demands signing it on the pad."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from mingcha.accounts.actors import Actor
from mingcha.documents.models import Document
from mingcha.documents.sealing import actions, queries, rules

_LEAST = {"officers": 2}


def handwriting(name: str) -> list[list[list[int]]]:
    """Strokes of a made-up hand, the same for one name every time."""
    chance, clock, strokes = random.Random(name), 0, []  # noqa: S311
    wide = min(900 // max(len(name), 1), 260)
    for place in range(len(name)):
        left = 60 + place * wide
        for _ in range(3):
            x, y = left + chance.randrange(wide // 2), 90 + chance.randrange(160)
            turn, pull = chance.uniform(0, math.tau), chance.uniform(0.1, 0.5)
            stroke = []
            for step in range(12):
                clock += 14
                turn += pull * chance.uniform(-0.4, 1)
                x += round(wide / 11 * math.cos(turn))
                y += round(22 * math.sin(turn))
                pressure = 300 + 45 * min(step, 11 - step) * 2
                stroke.append([min(max(x, 10), 990), min(max(y, 20), 380), clock, pressure])
            strokes.append(stroke)
            clock += 90
    return strokes


def all_sign(document: Document, actor: Actor, *, party: str, officers: Sequence[str]) -> None:
    """Whoever still has to sign by hand does so, on the pad that `actor` holds out."""
    for due in queries.standing(document):
        if not due.open or due.seal:
            continue
        ours = [name for name in officers if name not in due.signed][: _LEAST.get(due.who, 1)]
        recorder = [str(document.fields.get("recorder") or officers[-1])]
        names = [party] if due.who in rules.OUTSIDE else recorder if due.who == "recorder" else ours
        for name in names:
            actions.sign_by_hand(
                document.id,
                actor=actor,
                who=due.who,
                name=name,
                strokes=handwriting(name),
                digest=document.digest,
                device="pen",
            )


def hearing_signed(document: Document, actor: Actor, *, party: str, officers: Sequence[str]) -> None:
    """A record of a hearing: party, investigators, host and recorder, each as the record names them."""
    fields = document.fields
    named = {"party": [party], "officers": list(officers), "host": [fields["host"]], "recorder": [fields["clerk"]]}
    for due in queries.standing(document):
        for name in named.get(due.who, ()) if due.open and not due.seal else ():
            actions.sign_by_hand(
                document.id,
                actor=actor,
                who=due.who,
                name=name,
                strokes=handwriting(name),
                digest=document.digest,
                device="pen",
            )
