"""The end of publication by itself (公示期满): what was on show for the years of its profile comes down, found by absence."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
import uuid
from collections.abc import Iterator

from django.db import DatabaseError, close_old_connections, transaction

from mingcha.accounts.actors import SYSTEM
from mingcha.catalogues.queries import pinned
from mingcha.common import clock
from mingcha.common.errors import MingchaError
from mingcha.disclosure.actions import take_down
from mingcha.disclosure.choices import PublicState, SourceKind
from mingcha.disclosure.models import Publication, PublicEntry
from mingcha.disclosure.rules import ends_on

log = logging.getLogger("mingcha.ending")
_CHUNK = 200
_EARLIEST = dt.timedelta(days=365)
HOURLY = 3600.0


def until(publication: Publication) -> dt.date | None:
    """The last day of a penalty on show, by the profile that its case began with; None where no term runs.

    Letters of other acts and historic decisions have none: the years of the profile speak of penalties.
    """
    if publication.case is None or not hasattr(publication, "release"):
        return None
    if publication.source not in (SourceKind.DECISION, SourceKind.CHANGE):
        return None
    years = int(pinned(publication.case.profile_id).content["publish_years"])
    return ends_on(clock.legal_day(publication.release.released_at), years) if years else None


def expired(today: dt.date) -> Iterator[Publication]:
    """What is on show longer than its profile allows."""
    shown = PublicEntry.objects.filter(state=PublicState.VALID, published_at__lte=clock.at(today, 0) - _EARLIEST)
    rows = Publication.objects.filter(id__in=shown.values("id"), historic=None, withdrawal=None)
    rows = rows.select_related("decision__case", "letter__case", "release").order_by("id")
    for row in rows.iterator(chunk_size=_CHUNK):
        last = until(row)
        if last is not None and last < today:
            yield row


def end_expired(stop: threading.Event | None = None) -> int:
    """Take down what has run out; returns how many. Each in a transaction of its own."""
    done = 0
    for row in list(expired(clock.today())):
        if stop is not None and stop.is_set():
            break
        last = until(row)
        try:
            with transaction.atomic():
                take_down(row, reason=f"公示期满：至{last}，不再公示", by=SYSTEM)
            done += 1
        except MingchaError as error:
            # Somebody took it down meanwhile, or the case is held: the next look decides.
            log.warning("公示 %s 期满没有撤下：%s", row.id, error.code)
    return done


def run_forever(stop: threading.Event, *, interval: float = 30.0) -> None:
    """Look once on every new day, and every hour for what an outage left, until `stop` is set."""
    looked: tuple[dt.date, float] | None = None
    while not stop.is_set():
        today = clock.today()
        if looked is None or looked[0] != today or time.monotonic() - looked[1] > HOURLY:
            try:
                end_expired(stop)
                looked = (today, time.monotonic())
            except DatabaseError:
                log.exception("ending: database not reachable")
        close_old_connections()
        stop.wait(interval)


def last_days(ids: list[uuid.UUID]) -> dict[uuid.UUID, dt.date]:
    """The last days on show of some publications."""
    rows = Publication.objects.filter(id__in=ids).select_related("decision__case", "letter__case", "release")
    return {row.id: last for row in rows if (last := until(row)) is not None}
