"""The order of a dossier (装卷次序) as data: which slot of which volume a paper belongs to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

MAIN, SECOND = "main", "second"
VOLUMES = {MAIN: "正卷", SECOND: "副卷"}
# Made by the sealing for each volume; they carry no page number and stand in no slot.
FRAME = ("dossier-cover", "dossier-index", "dossier-note")
# A receipt stands behind the paper that was served, wherever that is.
RECEIPT = "service-receipt"


@dataclass(frozen=True)
class Slot:
    """One place in the order; `kinds` of documents, "*" for whatever has no other place, `holds` what is no document."""

    id: str
    name: str
    kinds: tuple[str, ...]
    holds: str = ""


@dataclass(frozen=True)
class Order:
    """Slots of both volumes for the procedures of one sort of act."""

    id: str
    name: str
    main: tuple[Slot, ...]
    second: tuple[Slot, ...]

    def slots(self, volume: str) -> tuple[Slot, ...]:
        return self.main if volume == MAIN else self.second

    def place(self, kind: str, volume: str) -> tuple[str, Slot]:
        """Volume and slot of a kind; one that the order does not name goes where its form says, under 其他."""
        for name in (MAIN, SECOND):
            for slot in self.slots(name):
                if kind in slot.kinds:
                    return name, slot
        name = SECOND if volume == "secondary" else MAIN
        return name, next(slot for slot in self.slots(name) if "*" in slot.kinds)

    def holder(self, what: str) -> Slot:
        """The slot of the main volume that holds evidence or recordings."""
        return next(slot for slot in self.main if slot.holds == what)


@cache
def _data() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(
        resources.files("mingcha.archives").joinpath("data/order.json").read_text(encoding="utf-8")
    )
    return found


@cache
def order_for(procedure: str) -> Order:
    """The order for a procedure; one without an order of its own is bound like a penalty case."""
    sets = _data()["sets"]
    found = next((row for row in sets if procedure in row["procedures"]), sets[0])
    slots = {
        volume: tuple(
            Slot(row["slot"], row["name"], tuple(row["kinds"]), row.get("holds", "")) for row in found[volume]
        )
        for volume in (MAIN, SECOND)
    }
    return Order(found["id"], found["name"], slots[MAIN], slots[SECOND])


def source() -> tuple[str, bool]:
    """Where the order comes from, and whether somebody checked it."""
    return str(_data()["source"]), bool(_data()["verified"])
