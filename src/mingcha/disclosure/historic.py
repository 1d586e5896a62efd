"""Historic decisions (历史决定) into the public register: read, extract, redact, sign off and publish as one batch."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.accounts.models import Officer
from mingcha.accounts.queries import actor_of_user
from mingcha.common import clock
from mingcha.common.canonical import digest
from mingcha.common.errors import InvalidInput
from mingcha.disclosure import preparing
from mingcha.disclosure.choices import SourceKind
from mingcha.disclosure.models import Publication, PublicEntry, Release, Signoff
from mingcha.disclosure.showing import shown
from mingcha.ledger.actions import NewEntry, append_many
from mingcha.precedents import importing
from mingcha.precedents import queries as precedents
from mingcha.precedents.actions import store
from mingcha.precedents.extract import Extraction
from mingcha.precedents.extract.agreement import Agreement, compare
from mingcha.precedents.importing import Prepared, prepare
from mingcha.redaction import Redacted, redact, residual

_CHUNK = 200


@dataclass
class Outcome:
    """What an import did; `unchanged` records stood in the register already, from this very file."""

    read: int = 0
    imported: int = 0
    unchanged: int = 0
    refused: list[importing.Refusal] = field(default_factory=list)
    agreement: Agreement = field(default_factory=Agreement)

    def as_dict(self) -> dict[str, Any]:
        return {
            "read": self.read,
            "imported": self.imported,
            "refused": [refusal.as_dict() for refusal in self.refused],
            "agreement": self.agreement.as_dict(),
        }


@dataclass(frozen=True)
class _Ready:
    prepared: Prepared
    redacted: Redacted


def import_decisions(path: Path, *, actor: Actor) -> Outcome:
    """Import a file of published decisions; the clerk answers for the redaction of the whole batch.

    What is wrong with a record refuses that record; everything else is written in one transaction or not at all.
    The index that comes with a record is compared afterwards and enters neither the extraction nor the register.
    Raises NotPermitted, SourceUnreadable, TooManyRecords, ImportedMeanwhile.
    """
    actor.require(Role.CLERK)
    source = importing.source_digest(path)
    outcome = Outcome()
    prepared: list[Prepared] = []
    for found in importing.read(path):
        outcome.read += 1
        made = prepare(found) if isinstance(found, importing.Record) else found
        if isinstance(made, importing.Refusal):
            outcome.refused.append(made)
        else:
            prepared.append(made)
    outcome.agreement = compare(_compared(prepared))
    standing = precedents.known([item.digest for item in prepared])
    same_file = precedents.batch_of(source) is not None
    ready = []
    for item in prepared:
        if item.digest in standing:
            if same_file:
                outcome.unchanged += 1
            else:
                outcome.refused.append(_refused(item, "imported-already", "同样的文书已在登记册中，没有重复导入。"))
            continue
        redacted = redact(item.record.text, profile=preparing.PROFILE)
        left = len(residual(redacted.text, profile=preparing.PROFILE))
        if left:
            message = f"脱敏后复查仍发现{left}处可能的个人信息，请人工处理后再导入。"
            outcome.refused.append(_refused(item, "residual-personal-data", message))
        else:
            ready.append(_Ready(item, redacted))
    outcome.refused.sort(key=lambda refusal: refusal.line)
    if ready:
        _publish(ready, source=source, read=outcome.read, actor=actor)
    outcome.imported = len(ready)
    return outcome


def sole_clerk() -> Actor:
    """The clerk, where the whole installation has exactly one. Raises InvalidInput otherwise."""
    people = Officer.objects.filter(grants__role=Role.CLERK, user__is_active=True).select_related("user").distinct()
    found = [actor for officer in people if (actor := actor_of_user(officer.user)).has(Role.CLERK)]
    if len(found) == 1:
        return found[0]
    message = (
        "有多名公示员，请用 --clerk 写明由谁签发，填用户名。" if found else "还没有公示员，请先由系统管理员设置公示员。"
    )
    raise InvalidInput({"clerk": [message]})


def _refused(item: Prepared, code: str, message: str) -> importing.Refusal:
    return importing.Refusal(item.record.line, item.record.id, code, message)


def _compared(prepared: Iterable[Prepared]) -> list[tuple[str, Mapping[str, str], str, Extraction]]:
    return [(item.record.id, item.record.index, item.record.text, item.extraction) for item in prepared]


@transaction.atomic
def _publish(ready: list[_Ready], *, source: str, read: int, actor: Actor) -> None:
    by = actor.snapshot(Role.CLERK)
    rows = store(
        [item.prepared for item in ready],
        source_digest=source,
        read=read,
        jurisdiction=actor.jurisdiction,
        by=by,
    )
    moment = clock.now()
    publications, signoffs, contents, signed = [], [], [], []
    for row, item in zip(rows, ready, strict=True):
        publication = Publication(
            jurisdiction=actor.jurisdiction,
            organisation_id=actor.organ_id,
            source=SourceKind.HISTORIC,
            historic=row,
            created_at=moment,
        )
        spans = [span.as_dict() for span in item.redacted.spans]
        original = hashlib.sha256(row.text.encode()).hexdigest()
        content = preparing.content(publication, item.redacted.text, preparing.count_hidden(spans))
        publications.append(publication)
        contents.append(content)
        signoffs.append(
            Signoff(
                publication=publication,
                original_digest=original,
                spans=spans,
                text=item.redacted.text,
                residual=0,
                signed_by_id=actor.officer_id,
                signed_at=moment,
            )
        )
        signed.append({"original": original, "hidden": content["hidden"], "spans": len(spans)})
    Publication.objects.bulk_create(publications, batch_size=_CHUNK)
    Signoff.objects.bulk_create(signoffs, batch_size=_CHUNK)
    subjects = [("publication", str(publication.id)) for publication in publications]
    append_many(
        "redaction-signed-off",
        log=actor.jurisdiction,
        actor=by,
        items=[NewEntry(subject, payload) for subject, payload in zip(subjects, signed, strict=True)],
    )
    digests = [digest(content) for content in contents]
    entries = append_many(
        "decision-published",
        log=actor.jurisdiction,
        actor=by,
        items=[
            NewEntry(subject, {"number": content["number"], "content_digest": found})
            for subject, content, found in zip(subjects, contents, digests, strict=True)
        ],
    )
    releases = [
        Release(
            publication=publication,
            signoff=signoff,
            content=content,
            content_digest=found,
            entry_id=entry.pk,
            released_at=entry.recorded_at,
        )
        for publication, signoff, content, found, entry in zip(
            publications, signoffs, contents, digests, entries, strict=True
        )
    ]
    Release.objects.bulk_create(releases, batch_size=_CHUNK)
    PublicEntry.objects.bulk_create(
        [PublicEntry(id=release.publication_id, **shown(release.publication, release)) for release in releases],
        batch_size=_CHUNK,
    )
