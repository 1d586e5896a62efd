"""Replacing a public text by the corrected one (更正公示): the duty, what is open, what is public now."""

from __future__ import annotations

import datetime as dt
import uuid
from itertools import pairwise
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from mingcha.catalogues.queries import pinned
from mingcha.common import clock
from mingcha.common.ids import uuid7
from mingcha.common.prepared import insert, prepared
from mingcha.deadlines import actions as deadlines
from mingcha.deadlines import queries as running
from mingcha.disclosure.models import Publication, Release, Replacement, ReplacementRelease, Withdrawal
from mingcha.documents.models import Correction
from mingcha.documents.queries import first_version
from mingcha.ledger.actions import append
from mingcha.ledger.actors import ActorSnapshot


def arise(correction: Correction, *, by: ActorSnapshot) -> Replacement | None:
    """The duty to replace, in the transaction of the correction; None where the letter is not public.

    Before its release a letter needs none: what is signed off is always its newest version. The last day is reckoned
    like that of the first publication (PUB-01), from the day of the correction.
    """
    root = first_version(correction.original)
    about = Q(decision__document_id=root.id) | Q(letter_id=root.id)
    found = Publication.objects.filter(about, release__isnull=False).first()
    if found is None or found.case is None or Withdrawal.objects.filter(publication=found).exists():
        return None
    case = found.case
    key = uuid7()
    period = deadlines.start(
        "PUB-01",
        case_id=case.id,
        jurisdiction=case.jurisdiction,
        start=clock.legal_day(correction.at),
        subject=str(key),
        length=pinned(case.profile_id).content["publish_days"],
    )
    row = insert(
        Replacement(
            id=key,
            publication=found,
            correction=correction,
            number=1 + Replacement.objects.filter(publication=found).count(),
            due_on=period.due_on or clock.legal_day(correction.at),
            created_at=clock.now(),
        )
    )
    append(
        "replacement-queued",
        log=found.jurisdiction,
        subject=("publication", str(found.id)),
        case_id=case.id,
        actor=by,
        payload={"number": found.number, "letter": correction.letter.number, "due_on": row.due_on},
    )
    return row


def _open(rows: QuerySet[Replacement]) -> QuerySet[Replacement]:
    """A release for a later duty shows the newest version and settles the earlier ones."""
    settled = ReplacementRelease.objects.filter(
        replacement__publication_id=OuterRef("publication_id"), replacement__number__gte=OuterRef("number")
    )
    rows = rows.filter(publication__withdrawal=None, publication__decision__revocation=None)
    return rows.filter(~Exists(settled))


def waiting(publications: QuerySet[Publication]) -> QuerySet[Replacement]:
    """Newest open duty of each of these publications, most urgent first."""
    later = Replacement.objects.filter(publication_id=OuterRef("publication_id"), number__gt=OuterRef("number"))
    rows = _open(Replacement.objects.filter(publication__in=publications)).filter(~Exists(later))
    return rows.select_related(
        "publication__decision__case", "publication__letter__case", "publication__organisation", "correction__letter"
    ).order_by("due_on", "id")


def open_duty(publication_id: uuid.UUID) -> Replacement | None:
    """The newest duty that waits, or None."""
    return next(iter(_newest_duty(publication_id)), None)


@prepared
def _newest_duty(publication_id: uuid.UUID) -> QuerySet[Replacement]:
    rows = _open(Replacement.objects.filter(publication_id=publication_id))
    return rows.select_related("correction__letter", "correction__successor").order_by("-number")[:1]


def first_due(publication_id: uuid.UUID) -> dt.date | None:
    """Last day of the oldest duty that waits."""
    rows = _open(Replacement.objects.filter(publication_id=publication_id))
    return rows.order_by("number").values_list("due_on", flat=True).first()


def current(publication_id: uuid.UUID) -> ReplacementRelease | None:
    """What replaced the first text and is public now."""
    return next(iter(_newest(publication_id)), None)


@prepared
def _newest(publication_id: uuid.UUID) -> QuerySet[ReplacementRelease]:
    rows = ReplacementRelease.objects.filter(replacement__publication_id=publication_id)
    return rows.select_related("signoff").order_by("-replacement__number")[:1]


def earlier(publication_id: uuid.UUID) -> list[dict[str, Any]]:
    """Digests and days of the texts that were public before, oldest first. Their words are public no more."""
    texts: list[Release | ReplacementRelease] = [*_first(publication_id), *_replacements(publication_id)]
    return [
        {"digest": old.content_digest, "entry_id": old.entry_id, "since": old.released_at, "until": new.released_at}
        for old, new in pairwise(texts)
    ]


@prepared
def _first(publication_id: uuid.UUID) -> QuerySet[Release]:
    return Release.objects.filter(publication_id=publication_id)


@prepared
def _replacements(publication_id: uuid.UUID) -> QuerySet[ReplacementRelease]:
    rows = ReplacementRelease.objects.filter(replacement__publication_id=publication_id)
    return rows.order_by("replacement__number")


def notes(correction: Correction) -> list[dict[str, Any]]:
    """The visible note: each correction up to this one, oldest first — day, letter, places.

    The words themselves may hold what is hidden in public, so only the places are named.
    """
    found: list[dict[str, Any]] = []
    row: Correction | None = correction
    while row is not None:
        places = list(dict.fromkeys(str(slip["where"]) for slip in row.slips))
        letter = row.letter
        found.append({"on": clock.legal_day(row.at), "letter": letter.number or letter.title, "places": places})
        row = Correction.objects.filter(successor_id=row.original_id).select_related("letter").first()
    return found[::-1]


def end_periods(publication: Publication, *, on: dt.date, entry: int) -> None:
    """The periods of all duties of a publication end: replaced, withdrawn or revoked."""
    if publication.case is None:
        return
    for key in publication.replacements.values_list("id", flat=True):
        period = running.open_period(publication.case.id, "PUB-01", str(key))
        if period is not None:
            deadlines.end(period.id, on=max(on, period.starts_on), entry=entry)
