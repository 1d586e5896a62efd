"""Making a changed decision public (变更后的公示): the duty, what the new text repeats, the way from the old page to it."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from mingcha.cases import queries as cases
from mingcha.catalogues.queries import pinned
from mingcha.common import clock
from mingcha.common.canonical import plain
from mingcha.common.ids import uuid7
from mingcha.common.prepared import insert
from mingcha.deadlines import actions as deadlines
from mingcha.deadlines import queries as running
from mingcha.decisions.choices import Variant
from mingcha.decisions.models import Change, Decision
from mingcha.disclosure import acts
from mingcha.disclosure.choices import PublicState, SourceKind
from mingcha.disclosure.models import Publication, PublicEntry
from mingcha.documents.models import Document
from mingcha.documents.rules import penalty_labels
from mingcha.ledger.actions import append
from mingcha.ledger.actors import ActorSnapshot


def change_of(letter: Document) -> Change:
    """The act of change whose letter this is, decision and case joined."""
    return Change.objects.select_related("decision__case", "decision__document").get(document=letter)


def undone(publication: Publication) -> bool:
    """Whether what would be made public was revoked or changed since: then it is not made public (any more)."""
    if publication.decision is not None:
        return hasattr(publication.decision, "revocation") or publication.decision.changes.exists()
    if publication.source == SourceKind.ACT:
        return acts.undone(publication)
    if publication.letter is None:
        return False
    row = change_of(publication.letter)
    later = Change.objects.filter(decision=row.decision, seq__gt=row.seq)
    return hasattr(row.decision, "revocation") or later.exists()


def standing(rows: QuerySet[Publication]) -> QuerySet[Publication]:
    """Of these, the ones whose text was neither revoked nor changed since."""
    changed = Change.objects.filter(decision_id=OuterRef("decision_id"))
    later = Change.objects.filter(decision_id=OuterRef("decision_id"), seq__gt=OuterRef("seq"))
    superseded = Change.objects.filter(document_id=OuterRef("letter_id"))
    superseded = superseded.filter(Q(decision__revocation__isnull=False) | Exists(later))
    return acts.standing(rows.filter(~Exists(changed), ~Exists(superseded), decision__revocation=None))


def queue(change: Change, *, by: ActorSnapshot) -> Publication | None:
    """The duty to publish the text of a change, in its transaction; what is only declared illegal or void has none.

    The last day is reckoned like that of the decision (PUB-01), from the day of the change.
    """
    settle(change.decision)
    case = change.decision.case
    if change.variant != Variant.CHANGE or cases.refused_publication(case):
        return None
    key = uuid7()
    period = deadlines.start(
        "PUB-01",
        case_id=case.id,
        jurisdiction=case.jurisdiction,
        start=change.decided_on,
        subject=str(key),
        length=pinned(case.profile_id).content["publish_days"],
    )
    row = insert(
        Publication(
            id=key,
            jurisdiction=case.jurisdiction,
            organisation=case.organisation,
            source=SourceKind.CHANGE,
            letter=change.document,
            due_on=period.due_on,
            created_at=clock.now(),
        )
    )
    append(
        "publication-queued",
        log=case.jurisdiction,
        subject=("publication", str(row.id)),
        case_id=case.id,
        actor=by,
        payload={"decision": change.document.number, "due_on": row.due_on, "changes": change.decision.number},
    )
    return row


def settle(decision: Decision) -> None:
    """End the periods of texts of a decision that are not public yet and will not be."""
    for publication in of_decision(decision):
        period = running.open_period(decision.case_id, "PUB-01", str(publication.id))
        if period is not None and undone(publication):
            deadlines.end(period.id, on=max(clock.today(), period.starts_on))


def of_decision(decision: Decision) -> list[Publication]:
    """Publications of a decision and of the letters that changed it, oldest first."""
    rows = Publication.objects.filter(decision=decision) | Publication.objects.filter(
        letter__in=decision.changes.values("document")
    )
    return list(rows.select_related("release", "withdrawal", "letter__case", "decision").order_by("created_at", "id"))


def facts(letter: Document, version: Document) -> dict[str, Any]:
    """The fields of a letter of change that publication repeats, and which decision it changes."""
    row = change_of(letter)
    labels = penalty_labels()
    fields = version.fields
    old = Publication.objects.filter(decision=row.decision, release__isnull=False).first()
    found: dict[str, Any] = plain(
        {
            "title": letter.title,
            "number": letter.number,
            "party": fields["parties"][0]["name"],
            "authority": fields["organ_name"],
            "cause": row.decision.case.cause,
            "decided_on": row.decided_on,
            "penalties": [labels[item["kind"]] for item in row.decision.document.fields["penalties"]],
            "fine_fen": row.fine_fen,
            "confiscated_fen": row.confiscated_fen,
            "articles": [item["citation"] for item in fields["articles"]],
            "changes": {
                "number": row.decision.number,
                "decided_on": row.decision.decided_on,
                "entry": str(old.id) if old else "",
            },
        }
    )
    return found


def point_back(publication: Publication) -> None:
    """Name on the tombstones of a changed decision, and of earlier changes, the text that is public instead."""
    if publication.letter is None or publication.source == SourceKind.ACT:
        return
    decision = change_of(publication.letter).decision
    ids = [row.id for row in of_decision(decision) if row.id != publication.id]
    note = {"changed_by": {"entry": str(publication.id), "number": publication.number}}
    for row in PublicEntry.objects.filter(id__in=ids, state=PublicState.WITHDRAWN):
        row.content = note
        row.save()
