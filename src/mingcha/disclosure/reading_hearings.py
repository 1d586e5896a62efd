"""queries.py split: open hearings as the public reads them (听证公告) — 行政处罚法 art. 64 (3)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from mingcha.hearings import queries as hearings


@dataclass(frozen=True)
class Announced:
    """What the announcement of an open hearing says; of a person only the family name."""

    held_at: dt.datetime
    place: str
    organ: str
    cause: str
    party: str
    host: str
    attend: str
    seats: int
    register_by: str
    number: str
    moved: bool


def announced(jurisdiction: str) -> list[Announced]:
    """Open hearings to come, soonest first, in the words of their announcements."""
    found = []
    for row in hearings.upcoming(jurisdiction)[:200]:
        paper = row.announcement
        if paper is None:
            continue
        said = paper.fields
        found.append(
            Announced(
                row.held_at,
                row.place,
                row.hearing.case.organisation.name,
                said.get("cause", ""),
                said.get("party_shown", ""),
                said.get("host", ""),
                said.get("attend", ""),
                int(said.get("seats") or 0),
                said.get("register_by", ""),
                paper.number,
                row.seq > 1,
            )
        )
    return found
