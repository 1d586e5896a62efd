"""Writes of commitments: made once for each version of a letter, by the background process or, at the latest, before its publication."""

from __future__ import annotations

import itertools
import os
import uuid
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from mingcha.accounts.actors import SYSTEM
from mingcha.cases.locks import lock
from mingcha.common import clock
from mingcha.common.prepared import insert, prepared
from mingcha.decisions.models import Decision
from mingcha.disclosure import preparing
from mingcha.disclosure.choices import SourceKind
from mingcha.disclosure.commitments import cutting, keys
from mingcha.disclosure.models import Commitment, Opening, Presentation, Publication, Uncommitted
from mingcha.documents.models import Correction, Document
from mingcha.documents.queries import first_version, newest_version
from mingcha.documents.rendering import render
from mingcha.ledger.actions import append
from mingcha.ledger.core import committed, sdjwt
from mingcha.ledger.names import origin

_ELEMENTS = "text"


def commit(
    publication: Publication, document: Document, text: str | None = None, spans: Iterable[Any] | None = None
) -> Commitment | None:
    """The commitment of one version of the letter that is published, made where there is none; None for older letters.

    Renders and marks unless `text` and `spans` are given; call it outside a transaction. The publication need not be
    stored: a decision whose duty arises later is committed all the same.
    """
    found = of(document)
    if found is not None or Uncommitted.objects.filter(document=document).exists():
        return found
    if text is None:
        text = render(document.kind, document.fields, version=document.template_version).text
    if spans is None:
        spans = preparing.marked(publication, text).spans
    places = cutting.cuts(text, spans)
    claims = preparing.facts(publication, document)
    seed, moment = os.urandom(32), clock.now()
    log = publication.jurisdiction
    private = keys.signer(log)
    key = sdjwt.jwk(private.public_key())
    base = {"iss": origin(log), "iat": int(moment.timestamp()), "document_digest": document.digest}
    token = sdjwt.sign(
        private,
        base,
        _claims(seed, claims).values(),
        {_ELEMENTS: _elements(seed, cutting.pieces(text, places))},
    )
    with transaction.atomic():
        case = lock(document.case_id)
        found = of(document)
        if found is not None:
            return found
        about = {
            "token": committed.token_digest(token),
            "document_digest": document.digest,
            "kid": sdjwt.thumbprint(key),
        }
        entry = append(
            committed.KIND,
            log=log,
            subject=("document", str(document.id)),
            case_id=case.id,
            actor=SYSTEM,
            payload=about,
        )
        row = insert(
            Commitment(
                document=document,
                token=zlib.compress(token.encode(), 6),
                token_digest=about["token"],
                document_digest=document.digest,
                key=key,
                entry_id=entry.pk,
                made_at=entry.recorded_at,
            )
        )
        insert(Opening(commitment=row, text=text, cuts=places, claims=claims, seed=seed.hex()))
    return row


def of(document: Document) -> Commitment | None:
    return next(iter(_of(document.pk)), None)


@prepared
def _of(document_id: uuid.UUID) -> QuerySet[Commitment]:
    return Commitment.objects.filter(document_id=document_id).select_related("opening")


def _claims(seed: bytes, claims: Mapping[str, Any]) -> dict[str, str]:
    return {name: sdjwt.disclosure(sdjwt.salt(seed, f"claim {name}"), name, claims[name]) for name in committed.CLAIMS}


def _elements(seed: bytes, pieces: Iterable[str]) -> list[str]:
    return [sdjwt.disclosure(sdjwt.salt(seed, f"{_ELEMENTS} {at}"), piece) for at, piece in enumerate(pieces)]


def mark(commitment: Commitment, content: Mapping[str, Any], spans: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the public content says of its commitment; `spans` are fitted to its cuts."""
    opening = commitment.opening
    hidden = [name for name in committed.CLAIMS if content[name] != (opening.claims or {}).get(name)]
    return {
        "token": commitment.token_digest,
        "withheld": cutting.withheld(spans, opening.cuts),
        "fields_withheld": hidden,
    }


def presentation(commitment: Commitment, content: Mapping[str, Any]) -> str:
    """The token with the disclosures of what a public content shows. Raises CommitmentBroken."""
    opening = commitment.opening
    seed = bytes.fromhex(opening.seed or "")
    told = content["commitment"]
    hidden = {at for place in told["withheld"] for at in range(place["first"], place["last"])}
    elements = _elements(seed, cutting.pieces(opening.text or "", opening.cuts))
    claims = _claims(seed, opening.claims or {})
    shown = itertools.chain(
        (claims[name] for name in committed.CLAIMS if name not in told["fields_withheld"]),
        (element for at, element in enumerate(elements) if at not in hidden),
    )
    text = sdjwt.present(zlib.decompress(commitment.token).decode(), shown)
    committed.check(content, text, commitment.key, recorded(commitment))
    return text


def show(publication: Publication, commitment: Commitment, content: Mapping[str, Any]) -> Presentation:
    """Hand out the disclosures of what the public content shows, in the place of earlier ones. Checks them first."""
    text = zlib.compress(presentation(commitment, content).encode(), 6)
    row, _ = Presentation.objects.update_or_create(
        publication=publication, defaults={"commitment": commitment, "text": text, "made_at": clock.now()}
    )
    return row


def of_content(content: Mapping[str, Any]) -> tuple[int, str, dict[str, str]] | None:
    """As `presented`, of any content that was ever public and whose commitment can still be opened."""
    told = content.get("commitment")
    row = Commitment.objects.filter(token_digest=told["token"]).select_related("opening").first() if told else None
    if row is None or row.opening.text is None:
        return None
    return row.entry_id, presentation(row, content), row.key


def recorded(commitment: Commitment) -> dict[str, str]:
    """The payload of the journal entry, told again from the row."""
    return {
        "token": commitment.token_digest,
        "document_digest": commitment.document_digest,
        "kid": sdjwt.thumbprint(commitment.key),
    }


def take_down(publication: Publication) -> None:
    """With the publication its disclosures leave."""
    Presentation.objects.filter(publication=publication).delete()


def presented(publication_id: uuid.UUID) -> tuple[int, str, dict[str, str]] | None:
    """Entry, presentation and public key of what is public, for the proof bundle."""
    row = Presentation.objects.filter(publication_id=publication_id).select_related("commitment").first()
    if row is None:
        return None
    return row.commitment.entry_id, zlib.decompress(row.text).decode(), row.commitment.key


def waiting(most: int) -> list[tuple[Publication, Document]]:
    """Letters without commitment, oldest first: decisions, other published letters, their corrected versions."""
    decisions = Decision.objects.filter(*_owed("document_id")).select_related("case", "document")
    found = [(_due(row), row.document) for row in decisions.order_by("decided_at")[:most]]
    letters = Publication.objects.filter(*_owed("letter_id"), letter__isnull=False).select_related("letter__case")
    found += [(row, row.letter) for row in letters.order_by("created_at")[:most] if row.letter is not None]
    later = Correction.objects.filter(original_id=OuterRef("successor_id"))
    published = Publication.objects.filter(
        Q(decision__document__kind=OuterRef("successor__kind")) | Q(letter__kind=OuterRef("successor__kind")),
        Q(decision__case_id=OuterRef("successor__case_id")) | Q(letter__case_id=OuterRef("successor__case_id")),
    )
    corrected = Correction.objects.filter(*_owed("successor_id"), ~Exists(later), Exists(published))
    for row in corrected.select_related("successor")[:most]:
        root = first_version(row.successor)
        about = Publication.objects.filter(Q(decision__document=root) | Q(letter=root))
        found += [(item, row.successor) for item in about.select_related("decision__case", "letter__case")]
    return found[:most]


def _owed(letter: str) -> tuple[Any, Any]:
    """Neither committed nor from before; `letter` is the column that names the document."""
    of_it = {"document_id": OuterRef(letter)}
    return ~Exists(Commitment.objects.filter(**of_it)), ~Exists(Uncommitted.objects.filter(**of_it))


def _due(decision: Decision) -> Publication:
    """What will be published of a decision, whether or not the duty has arisen."""
    return Publication(source=SourceKind.DECISION, jurisdiction=decision.case.jurisdiction, decision=decision)


def erase(case_id: uuid.UUID) -> None:
    """Erase what opens the commitments of a case. The tokens prove on; nothing further can be opened, nothing guessed."""
    Opening.objects.filter(commitment__document__case_id=case_id, erased_at=None).update(
        text=None, claims=None, seed=None, erased_at=clock.now()
    )


def cuts(publication: Publication, text: str, spans: Iterable[Any]) -> list[int] | None:
    """Where the letter of a publication was cut or, not committed yet, will be; None for letters from before."""
    if publication.document is None:
        return None
    letter = newest_version(publication.document)
    found = of(letter)
    if found is not None:
        return list(found.opening.cuts)
    return None if Uncommitted.objects.filter(document=letter).exists() else cutting.cuts(text, spans)
