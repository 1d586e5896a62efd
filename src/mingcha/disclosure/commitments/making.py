"""Writes of commitments: made once for each version of a letter, by the background process or, at the latest, before its publication."""

from __future__ import annotations

import itertools
import os
import uuid
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from mingcha.accounts.actors import SYSTEM
from mingcha.cases.locks import lock
from mingcha.common import clock
from mingcha.common.prepared import insert, prepared
from mingcha.decisions.models import Decision
from mingcha.disclosure import preparing
from mingcha.disclosure.commitments import cutting, keys
from mingcha.disclosure.models import Commitment, Opening, Presentation, Publication, Uncommitted
from mingcha.documents.models import Correction, Document
from mingcha.documents.queries import newest_version
from mingcha.documents.rendering import render
from mingcha.ledger.actions import append
from mingcha.ledger.core import committed, sdjwt
from mingcha.ledger.names import origin

_ELEMENTS = "text"


def commit(
    decision: Decision, document: Document, text: str | None = None, spans: Iterable[Any] | None = None
) -> Commitment | None:
    """The commitment of one version of a decision letter, made where there is none; None for a letter from before.

    Renders and marks unless `text` and `spans` are given; call it outside a transaction.
    """
    found = of(document)
    if found is not None or Uncommitted.objects.filter(document=document).exists():
        return found
    if text is None:
        text = render(document.kind, document.fields, version=document.template_version).text
    if spans is None:
        spans = preparing.marked_in(decision, text).spans
    places = cutting.cuts(text, spans)
    claims = preparing.facts(decision, document)
    seed, moment = os.urandom(32), clock.now()
    log = decision.case.jurisdiction
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
        case = lock(decision.case_id)
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
                decision=decision,
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


def waiting(most: int) -> list[tuple[Decision, Document]]:
    """Letters without commitment, oldest first: decisions and the corrected versions of their letters."""
    older = Uncommitted.objects.filter(document_id=OuterRef("document_id"))
    made = Commitment.objects.filter(document_id=OuterRef("document_id"))
    rows = Decision.objects.filter(~Exists(made), ~Exists(older)).select_related("case", "document")
    found = [(row, row.document) for row in rows.order_by("decided_at")[:most]]
    made = Commitment.objects.filter(document_id=OuterRef("successor_id"))
    older = Uncommitted.objects.filter(document_id=OuterRef("successor_id"))
    corrected = Correction.objects.filter(~Exists(made), ~Exists(older), successor__case__decision__isnull=False)
    for row in corrected.select_related("successor__case__decision__document")[:most]:
        decision = row.successor.case.decision
        if newest_version(decision.document).id == row.successor_id:
            found.append((decision, row.successor))
    return found[:most]


def erase(case_id: uuid.UUID) -> None:
    """Erase what opens the commitments of a case. The tokens prove on; nothing further can be opened, nothing guessed."""
    Opening.objects.filter(commitment__decision__case_id=case_id, erased_at=None).update(
        text=None, claims=None, seed=None, erased_at=clock.now()
    )


def cuts(publication: Publication, text: str, spans: Iterable[Any]) -> list[int] | None:
    """Where the letter of a publication was cut or, not committed yet, will be; None for letters from before."""
    if publication.decision is None:
        return None
    letter = newest_version(publication.decision.document)
    found = of(letter)
    if found is not None:
        return list(found.opening.cuts)
    return None if Uncommitted.objects.filter(document=letter).exists() else cutting.cuts(text, spans)
