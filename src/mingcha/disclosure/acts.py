"""Publishing acts other than the ordinary penalty (许可、强制、检查、征收、收费、确认等决定的公示): duty, facts, taking down."""

from __future__ import annotations

import datetime as dt
import uuid
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
from mingcha.disclosure import letters
from mingcha.disclosure.choices import SourceKind
from mingcha.disclosure.models import Publication, Submission
from mingcha.disclosure.models_controls import SubmissionKind
from mingcha.documents.models import Document, DocumentVoid
from mingcha.documents.queries import newest_version
from mingcha.documents.rendering import template
from mingcha.ledger.actions import append
from mingcha.ledger.actors import ActorSnapshot

_DAYS = {"PUB-01": "publish_days", "PUB-02": "publish_other_days"}


def public_kind(letter: Document) -> letters.Public | None:
    """What a letter is published as; None where its procedure publishes no letter of its kind."""
    return letters.of_procedure(cases.procedure(letter.case).code).get(letter.kind)


def decided_on(letter: Document) -> dt.date:
    """The day that the letter bears; the day of its making where it bears none."""
    found = letter.fields.get(template(letter.kind, letter.template_version).date)
    if isinstance(found, str) and found:
        return (
            dt.date.fromisoformat(found[:10]) if len(found) == 10 else clock.legal_day(dt.datetime.fromisoformat(found))
        )
    return clock.legal_day(letter.issued_at)


def queue(letter: Document, *, by: ActorSnapshot) -> Publication | None:
    """The duty to publish a letter, in the transaction that makes it: its last day runs from the day of the act.

    None where the letter is not one that is published, where it only replaces a corrected one, or where the clerk has
    recorded a lawful ground against publication of this case.
    """
    case, public = letter.case, public_kind(letter)
    if public is None or hasattr(letter, "corrects") or cases.refused_publication(case):
        return None
    found = Publication.objects.filter(letter=letter).first()
    if found is not None:
        return found
    key = uuid7()
    period = deadlines.start(
        public.rule,
        case_id=case.id,
        jurisdiction=case.jurisdiction,
        start=decided_on(letter),
        subject=str(key),
        length=pinned(case.profile_id).content.get(_DAYS[public.rule]),
    )
    row = insert(
        Publication(
            id=key,
            jurisdiction=case.jurisdiction,
            organisation=case.organisation,
            source=SourceKind.ACT,
            letter=letter,
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
        payload={"decision": letter.number or letter.title, "due_on": row.due_on},
    )
    return row


def undone(publication: Publication) -> bool:
    """Whether the letter was made void, or another letter of its case took its effect away (撤销、撤回、注销)."""
    letter = publication.letter
    if letter is None:
        return False
    return DocumentVoid.objects.filter(document=letter).exists() or bool(
        Document.objects.filter(
            case_id=letter.case_id, kind__in=letters.undoing(letter.kind), issued_at__gte=letter.issued_at, void=None
        ).exists()
    )


def standing(rows: QuerySet[Publication]) -> QuerySet[Publication]:
    """Of these, the ones whose letter is in force; publications of other things pass."""
    void = DocumentVoid.objects.filter(document_id=OuterRef("letter_id"))
    gone = Q()
    for kind in letters.kinds():
        if undoing := letters.undoing(kind):
            later = Document.objects.filter(
                case_id=OuterRef("letter__case_id"),
                kind__in=undoing,
                issued_at__gte=OuterRef("letter__issued_at"),
                void=None,
            )
            gone |= Q(letter__kind=kind) & Q(Exists(later))
    # What another approved not to be published, by its ground, is no duty any more.
    kept = Submission.objects.filter(publication_id=OuterRef("pk"), kind=SubmissionKind.WITHHOLD, answer__approved=True)
    return rows.filter(~(Q(source=SourceKind.ACT) & (Exists(void) | gone | Exists(kept))))


def touched(letter: Document) -> list[Publication]:
    """Publications of the case whose text a letter takes the effect from, the letter's own when it is void."""
    public = public_kind(letter)
    kinds = public.undoes if public else ()
    about = Q(letter=letter) if hasattr(letter, "void") else Q(letter__case=letter.case, letter__kind__in=kinds)
    rows = Publication.objects.filter(about, source=SourceKind.ACT, withdrawal=None)
    return list(rows.select_related("release", "letter__case", "organisation").order_by("created_at", "id"))


def end_period(publication: Publication, *, entry: int | None = None) -> None:
    """The period of a text that is not public yet and will not be."""
    if publication.case is None:
        return
    period = running.open_period(publication.case.id, publication.rule, str(publication.id))
    if period is not None:
        deadlines.end(period.id, on=max(clock.today(), period.starts_on), entry=entry)


def spoken(letter: Document) -> dict[str, str]:
    """The enums of a letter as their words."""
    form = template(letter.kind, letter.template_version)
    return {
        field.name: str(field.choices.get(str(letter.fields[field.name]), ""))
        for field in form.fields
        if field.choices and letter.fields.get(field.name)
    }


def _articles(fields: dict[str, Any]) -> list[str]:
    found = [
        str(row["citation"])
        for value in fields.values()
        if isinstance(value, list)
        for row in value
        if isinstance(row, dict) and row.get("citation")
    ]
    return list(dict.fromkeys(found))


def facts(letter: Document, version: Document) -> dict[str, Any]:
    """At least authority, party, act type and conclusion (R042), as they stand in the newest version of the letter."""
    case, fields, public = letter.case, version.fields, letters.of_kind(letter.kind)
    words = spoken(version)
    penalties = [row for row in fields.get("penalties", ()) if isinstance(row, dict)]
    labels = _penalty_labels(version) if penalties else {}
    concluded = [labels.get(row["kind"], "") for row in penalties] or [public.conclusion(words) if public else ""]
    fine = sum(int(row.get("amount") or 0) for row in penalties if row["kind"] == "fine")
    act = case.act_type
    found: dict[str, Any] = plain(
        {
            "title": letter.title,
            "number": letter.number or letter.title,
            "party": cases.party(case).name,
            "authority": fields.get("organ_name") or case.organisation.name,
            "cause": case.cause,
            "decided_on": decided_on(version),
            "act": act,
            "act_label": letters.acts().get(act, ""),
            "penalties": [word for word in dict.fromkeys(concluded) if word],
            "fine_fen": fine if penalties else None,
            "confiscated_fen": None,
            "articles": _articles(fields),
        }
    )
    return found


def _penalty_labels(version: Document) -> dict[str, str]:
    penalties = template(version.kind, version.template_version).field("penalties")
    kind = next((field for field in penalties.of if field.name == "kind"), None) if penalties else None
    return dict((kind.choices if kind else None) or {})


def letter_of(document_id: uuid.UUID) -> Document:
    return Document.objects.select_related("case__organisation", "case__profile").get(id=document_id)


def public_of(case_id: uuid.UUID) -> QuerySet[Publication]:
    """Publications of letters of a case in their own right."""
    return Publication.objects.filter(letter__case_id=case_id, source=SourceKind.ACT)


def newest(publication: Publication) -> Document:
    if publication.letter is None:
        raise ValueError("a publication of no letter")
    return newest_version(publication.letter)
