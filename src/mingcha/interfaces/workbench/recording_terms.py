"""By when a recording had to be handed in (音像资料入库), under the profile of its case — R064, R066, R068."""

from __future__ import annotations

from typing import Any

from mingcha.cases.models import Case
from mingcha.catalogues import profiles
from mingcha.common import clock
from mingcha.deadlines import queries as deadlines
from mingcha.deadlines.calendar import Calendar
from mingcha.interfaces.workbench.base import plainly
from mingcha.recordings.models import Recording


def handed_in(case: Case, row: Recording, table: Calendar | None = None) -> dict[str, Any]:
    """Last day, day of hand-in, whether it was late, and the reckoning; `due` is None where the profile sets none."""
    table = table or deadlines.calendar(case.jurisdiction)
    due = profiles.upload_due(case.profile.content, clock.legal_day(row.started_at), table.nth_workday)
    day = clock.legal_day(row.created_at)
    return {
        "due": due.value,
        "day": day,
        "late": due.value is not None and day > due.value,
        "explained": plainly(due),
    }
