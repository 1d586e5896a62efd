"""The timeline of a case by stages (办理经过): where the case stands is open, what has passed is folded to a line each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mingcha.cases import queries as cases
from mingcha.cases.models import Case
from mingcha.ledger.models import JournalEntry

# The two last stages in which something was done; a short story stands open as a whole.
OPEN = 2
SHORT = 12


def chapters(case: Case, entries: Sequence[JournalEntry], lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """`lines` of these entries, newest first, parted by stage; the move out of a stage ends its chapter.

    A stage in which nothing but the move was done belongs to the chapter after it.
    """
    flow = cases.procedure(case)
    left = {change.entry_id: change.source for change in cases.changes(case)}
    found: list[dict[str, Any]] = [{"name": flow.stage(case.stage).name, "entries": []}]
    for entry, line in zip(entries, lines, strict=True):
        if entry.pk in left:
            name = flow.stage(left[entry.pk]).name
            if len(found[-1]["entries"]) <= 1 and len(found) > 1:
                found[-1]["name"] = f"{name}、{found[-1]['name']}"
            else:
                found.append({"name": name, "entries": []})
        found[-1]["entries"].append(line)
    told = [chapter for chapter in found if chapter["entries"]]
    for place, chapter in enumerate(told):
        chapter["open"] = len(lines) <= SHORT or place < OPEN
        chapter["last"], chapter["first"] = chapter["entries"][0]["at"], chapter["entries"][-1]["at"]
    return told
