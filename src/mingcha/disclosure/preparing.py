"""What a publication would look like: the letter's text, the spans that the engine marks, the public fields."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from mingcha.cases import queries as cases
from mingcha.cases.choices import PartyKind
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.canonical import plain
from mingcha.decisions.models import Decision
from mingcha.disclosure import acts, changed
from mingcha.disclosure.choices import SourceKind
from mingcha.disclosure.models import Publication
from mingcha.documents.models import Document
from mingcha.documents.queries import newest_version
from mingcha.documents.rendering import render
from mingcha.documents.rules import penalty_labels
from mingcha.precedents import queries as precedents
from mingcha.redaction import KnownEntity, Redacted, redact, residual, rulebook

PROFILE = "public"


def original(publication: Publication) -> str:
    """The full text of the letter. Renders: call it outside a transaction."""
    if publication.source == SourceKind.HISTORIC and publication.historic:
        return publication.historic.text
    if publication.document is None:
        raise ValueError("a publication of nothing")
    # After a correction (补正) what is made public is the newest version.
    document = newest_version(publication.document)
    return render(document.kind, document.fields, version=document.template_version).text


def known(publication: Publication) -> list[KnownEntity]:
    if publication.case is None:
        return []
    return known_in(publication.case, _day(publication))


def _day(publication: Publication) -> dt.date:
    """The day of the act that is made public, by which the age of a party is reckoned."""
    if publication.source == SourceKind.ACT and publication.letter is not None:
        return acts.decided_on(publication.letter)
    decision = _decision(publication)
    return decision.decided_on if decision else clock.today()


def _decision(publication: Publication) -> Decision | None:
    """The decision that is made public, or that the letter changes."""
    if publication.source == SourceKind.CHANGE and publication.letter is not None:
        return changed.change_of(publication.letter).decision
    return publication.decision


def known_in(case: Case, day: dt.date) -> list[KnownEntity]:
    """Persons and numbers that the case itself knows, so that none depends on being recognised."""
    party = cases.party(case)
    found = [
        KnownEntity("person", party.legal_representative, "legal_representative"),
        KnownEntity("phone", party.phone, "contact"),
        KnownEntity("id-number", party.id_number, "identity"),
    ]
    if party.kind == PartyKind.PERSON:
        found.append(KnownEntity("address", party.address, "home"))
    found += [KnownEntity("person", row.officer.name, row.duty) for row in cases.duties(case)]
    found += [KnownEntity("person", row.speaker, "speaker") for row in cases.statements(case)]
    hidden = [item for item in dict.fromkeys(found) if item.text and item.text != party.name]
    return [*hidden, KnownEntity("person", party.name, "minor" if _of_minor(case, day) else "party")]


def _of_minor(case: Case, day: dt.date) -> bool:
    """Whether the party was a minor on the day of the act: the name is never public."""
    party = cases.party(case)
    return party.kind == PartyKind.PERSON and rulebook().minor(party.id_number, day)


def profiles() -> dict[str, str]:
    """Profiles that the clerk may choose for a publication, with their labels; the usual one first."""
    return rulebook().publications


def _veiled(publication: Publication, words: str, gone: Mapping[str, str], profile: str) -> str:
    """A field of the letter beside its text: what the text hides must not stand there, nor what the engine finds."""
    for text, replacement in gone.items():
        words = words.replace(text, replacement)
    return redact(words, profile=profile, known=known(publication)).text


def marked(publication: Publication, text: str, profile: str = PROFILE) -> Redacted:
    """The engine's proposal for the original text."""
    return redact(text, profile=profile, known=known(publication))


def leftover(publication: Publication, text: str, kept: Collection[str] = (), profile: str = PROFILE) -> int:
    """How many places of the public text still look like personal data."""
    found = residual(text, profile=profile, known=known(publication))
    return sum(text[span.start : span.end] not in kept for span in found)


def content(
    publication: Publication,
    text: str,
    hidden: Sequence[Mapping[str, Any]],
    gone: Mapping[str, str] | None = None,
    profile: str = PROFILE,
) -> dict[str, Any]:
    """The public content whose digest enters the log. `gone`: hidden words → what stands instead.

    It names the redaction profile where that is another than the usual one.
    """
    if publication.historic is not None:
        fields: dict[str, Any] = {
            "title": "行政处罚决定书",
            "cause": "",
            **precedents.public_fields(publication.historic),
        }
    elif publication.case is not None and publication.document is not None:
        version = newest_version(publication.document)
        fields = {**facts(publication, version), "document_digest": version.digest}
        fields["cause"] = _veiled(publication, fields["cause"], gone or {}, profile)
        if _of_minor(publication.case, _day(publication)):
            fields["party"] = rulebook().rules["minor"].mask
    else:
        raise ValueError("a publication of nothing")
    found: dict[str, Any] = plain(
        {"format": "mingcha-public@1", "source": publication.source, **fields, "text": text, "hidden": hidden}
    )
    if profile != PROFILE:
        found["profile"] = profile
    return found


def facts(publication: Publication, version: Document) -> dict[str, Any]:
    """The fields of a version of the letter that publication repeats, as they stand in it: nothing is hidden."""
    if publication.letter is not None:
        told = acts.facts if publication.source == SourceKind.ACT else changed.facts
        return told(publication.letter, version)
    if publication.decision is None:
        raise ValueError("a publication of nothing")
    return _of_decision(publication.decision, version)


def _of_decision(decision: Decision, version: Document) -> dict[str, Any]:
    letter = version.fields
    labels = penalty_labels()
    found: dict[str, Any] = plain(
        {
            "title": decision.document.title,
            "number": decision.number,
            "party": letter["parties"][0]["name"],
            "authority": letter["organ_name"],
            "cause": letter["cause"],
            "decided_on": decision.decided_on,
            "penalties": [labels[row["kind"]] for row in letter["penalties"]],
            "fine_fen": decision.fine_fen,
            "confiscated_fen": decision.confiscated_fen,
            "articles": [
                row["citation"] for name in ("broken_articles", "penalty_articles") for row in letter.get(name, [])
            ],
        }
    )
    return found


MANUAL = {"label": "经办人认定不公开的内容", "ground": "政府信息公开条例第十四条、第十五条"}


def described(rule: str) -> dict[str, str]:
    """Label and ground of a rule, as the public page shows them."""
    found = rulebook().rules.get(rule)
    return {"label": found.label, "ground": found.ground} if found else dict(MANUAL)


def count_hidden(spans: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """How many places are withheld, by rule: label, ground, count."""
    counted: dict[str, int] = {}
    for span in spans:
        counted[span["rule"]] = counted.get(span["rule"], 0) + 1
    return [{"rule": rule, **described(rule), "count": count} for rule, count in sorted(counted.items())]
