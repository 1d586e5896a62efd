"""What a recording says of itself: name first, then container, then the times of the file, each value with its source."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db.models import Q

from mingcha.accounts.models import Certificate, Officer
from mingcha.recordings import probing
from mingcha.recordings.intake import names

_FEWEST_DIGITS = 4


@dataclass(frozen=True)
class Found:
    """Values for `take_in`, or in `broken` the words why the file is refused."""

    device_no: str = ""
    officer: Officer | None = None
    started_at: dt.datetime | None = None
    duration_ms: int | None = None
    place: str = ""
    broken: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    def values(self) -> dict[str, Any]:
        return {
            "device_no": self.device_no,
            "officer": self.officer,
            "started_at": self.started_at,
            "duration_ms": self.duration_ms,
            "place": self.place,
            "details": self.details,
        }


def read(
    path: Path,
    name: str,
    media_type: str,
    *,
    organ_id: uuid.UUID,
    patterns: Sequence[names.Pattern],
    modified: dt.datetime | None = None,
) -> Found:
    """Read one recording. `modified`: the file's own time, where it means something (a card, not an upload)."""
    facts = probing.probe(path, media_type)
    if facts.broken:
        return Found(broken=facts.broken)
    named = names.read(name, patterns)
    sources: dict[str, str] = {}
    details: dict[str, Any] = {**facts.details, "container": media_type, "from": sources}
    if facts.unread:
        details["unread"] = facts.unread
    officer = None
    if named is not None:
        details |= {"pattern": named.pattern.id, "pattern_verified": named.pattern.verified}
        if named.badge:
            details["badge"] = named.badge
            officer = _officer(organ_id, named.badge)
            sources["officer"] = "pattern" if officer else "unknown-badge"
    device_no = (named.device_no if named else "") or facts.device_no
    if device_no:
        sources["device_no"] = "pattern" if named and named.device_no else "metadata"
    started = named.started_at if named else None
    if started is not None:
        sources["started_at"] = "pattern"
    elif facts.started_at is not None:
        started, sources["started_at"] = facts.started_at, "metadata"
    elif modified is not None:
        # The last byte was written at the end of the recording, if nobody copied the file since: a weak hint.
        started = modified - dt.timedelta(milliseconds=facts.duration_ms or 0)
        sources["started_at"] = "file-time"
        details["weak"] = ["started_at"]
    if facts.duration_ms is not None:
        sources["duration_ms"] = "metadata"
    if facts.place:
        sources["place"] = "metadata"
    return Found(device_no, officer, started, facts.duration_ms, facts.place, "", details)


def _officer(organ_id: uuid.UUID, badge: str) -> Officer | None:
    """The one officer of the organ whose certificate number has these last digits."""
    wanted = re.sub(r"[^0-9]", "", badge)
    if len(wanted) < _FEWEST_DIGITS:
        return None
    of_organ = Q(officer__organisation_id=organ_id) | Q(officer__organisation__organ_id=organ_id)
    rows = Certificate.objects.filter(of_organ).select_related("officer")
    hits = {row.officer_id: row.officer for row in rows if re.sub(r"[^0-9]", "", row.number).endswith(wanted)}
    return next(iter(hits.values())) if len(hits) == 1 else None
