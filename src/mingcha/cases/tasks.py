"""Background work of this room (后台任务): moves that follow by law when a period has run out."""

from __future__ import annotations

import logging
import threading

from django.db import DatabaseError, close_old_connections

from mingcha.cases.models import Case
from mingcha.cases.moves import expire
from mingcha.catalogues.models import Edition
from mingcha.common import clock
from mingcha.common.errors import MingchaError
from mingcha.deadlines.models import RunningPeriod
from mingcha.procedures.queries import definition

log = logging.getLogger("mingcha.worker")
LOOK_SECONDS = 60.0
_MOST = 200


def follow_expiries() -> int:
    """Look once for cases whose period has run out at a stage that the clock leaves; returns how many moved."""
    moved = 0
    for edition_id in Edition.objects.filter(kind="procedure").values_list("id", flat=True):
        for stage in definition(edition_id).stages.values():
            for rule in {rule for move in stage.own if "system" in move.roles for rule in move.expiries}:
                over = RunningPeriod.objects.filter(
                    rule=rule, ended_on=None, paused=False, due_on__lt=clock.today()
                ).values("case_id")
                waiting = Case.objects.filter(procedure_id=edition_id, stage=stage.id, closed_on=None, id__in=over)
                for case_id in waiting.order_by("id").values_list("id", flat=True)[:_MOST]:
                    try:
                        moved += expire(case_id, rule)
                    except MingchaError as error:
                        log.warning("case %s did not follow %s: %s", case_id, rule, error.code)
    return moved


def run_forever(stop: threading.Event) -> None:
    """Look again and again until `stop` is set."""
    while not stop.is_set():
        try:
            follow_expiries()
        except DatabaseError:
            # The database may be away or busy for a moment; what waits is found again at the next look.
            log.exception("expiries: database not reachable")
        close_old_connections()
        stop.wait(LOOK_SECONDS)
