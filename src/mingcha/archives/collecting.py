"""A volume of a case collected into a bag: prints, twins, evidence, journal with proofs, metadata, page to read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from django.conf import settings

from mingcha.archives import framing
from mingcha.archives.errors import NotReady, SealingFailed
from mingcha.archives.framing import Leaf
from mingcha.archives.models import Acceptance, Supplement
from mingcha.archives.ordering import FRAME, VOLUMES
from mingcha.archives.packing import checking, page, premis
from mingcha.archives.packing.bag import RECORDINGS, Bag, Digests, Source
from mingcha.archives.queries import Paper
from mingcha.cases import queries as cases
from mingcha.cases.models import Case
from mingcha.common.canonical import canonical
from mingcha.common.clock import legal_day
from mingcha.common.errors import NotFound
from mingcha.disclosure.commitments.making import of_content
from mingcha.disclosure.models import Release, ReplacementRelease
from mingcha.documents.models import Document
from mingcha.files import queries as files
from mingcha.files.actions import path_of
from mingcha.files.models import StoredFile
from mingcha.ledger import queries as ledger
from mingcha.ledger.core import proof
from mingcha.ledger.models import Checkpoint, JournalEntry

_EXTENSIONS = {
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
    "video/mp4": "mp4",
    "video/webm": "webm",
    "video/x-msvideo": "avi",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/ogg": "ogg",
    "application/zip": "zip",
    "text/plain": "txt",
}
# Larger ones are linked or streamed instead of being held in memory.
_LARGE = 8 << 20


@dataclass
class Volume:
    """What is sealed together: number, papers with pages, where its journal begins and ends, the package as a bag."""

    case: Case
    number: int
    taken: Acceptance
    parts: Mapping[str, list[Leaf]]
    frames: Mapping[str, Mapping[str, Document]]
    recordings: list[Paper]
    secret: int
    entries: list[JournalEntry]
    checkpoint: Checkpoint
    supplement: Supplement | None = None
    # Recordings that the package only names: read and verified all the same.
    outside: dict[str, Source] = field(default_factory=dict)

    @property
    def first(self) -> int:
        return _number(self.entries[0])

    @property
    def last(self) -> int:
        return _number(self.entries[-1])

    @property
    def name(self) -> str:
        return f"dossier-{self.case.id}-{self.number}"


def _number(entry: JournalEntry) -> int:
    return entry.case_seq or 0


def checkpoint_over(log: str, size: int) -> Checkpoint:
    """The first final checkpoint that covers `size` leaves: the same one whenever the package is built again.

    Raises NotReady while there is none.
    """
    rows = Checkpoint.objects.filter(log=log, size__gte=size, size__lte=ledger.final_size(log)).order_by("size")
    found = rows.first()
    if found is None:
        raise NotReady(message="过程记录还没有全部写入账本，写入以后继续封存。")
    found.note = ledger.cosigned_note(found)
    return found


def collect(volume: Volume, *, with_recordings: bool = False) -> Bag:
    """The bag of a volume: the same rows always give the same bytes."""
    bag = Bag()
    parts = []
    proved = _proofs(volume, bag)
    for name, label in VOLUMES.items():
        rows = volume.parts[name]
        items = [_item(bag, name, n, leaf) for n, leaf in enumerate(rows, 1)]
        frame = [path for kind in FRAME for path in _frame(bag, name, kind, volume.frames.get(name, {}))]
        parts.append(
            {"id": name, "name": label, "pages": sum(leaf.pages for leaf in rows), "frame": frame, "items": items}
        )
    entries = [_entry(row, volume.checkpoint) for row in volume.entries]
    told: dict[str, Any] = {
        "format": checking.FORMAT,
        "case": _case(volume.case),
        "volume": volume.number,
        "supplement": {"reason": volume.supplement.reason} if volume.supplement else None,
        "retention": framing.retention_label(volume.taken.retention),
        "fonds_no": volume.taken.fonds_no,
        "catalogue_no": volume.taken.catalogue_no,
        "log": {
            "name": volume.case.jurisdiction,
            "origin": volume.checkpoint.note.split("\n", 1)[0],
            "first": volume.first,
            "last": volume.last,
            "continues": volume.entries[0].prev_digest,
        },
        "volumes": parts,
        "recordings": [_recording(n, paper) for n, paper in enumerate(volume.recordings, 1)],
        "secret_recordings": volume.secret,
        "proofs": proved,
    }
    bag.add("journal/entries.jsonl", b"".join(canonical(entry) + b"\n" for entry in entries))
    bag.add("journal/checkpoint.txt", volume.checkpoint.note.encode())
    bag.add("journal/log-key.txt", f"{ledger.verifier_key(volume.case.jurisdiction)}\n".encode())
    bag.add("dossier.json", canonical(told) + b"\n")
    bag.add("metadata/premis.xml", premis.document(told, entries, bag.payload()))
    dress(bag, told, entries, with_recordings=with_recordings)
    for row, paper in zip(told["recordings"], volume.recordings, strict=True):
        taken = source(paper.stored)
        if with_recordings:
            bag.sources[row["path"]] = taken
        else:
            volume.outside[row["path"]] = taken
    return bag


def dress(bag: Bag, told: Mapping[str, Any], entries: list[dict[str, Any]], *, with_recordings: bool) -> None:
    """Page to read and lines about the bag: what differs between copies with and without the recordings."""
    bag.tags["index.html"] = page.render(told, entries, with_recordings=with_recordings)
    bag.info = [
        ("Source-Organization", told["case"]["organisation"]),
        ("External-Identifier", told["case"]["number"] or told["case"]["id"]),
        ("External-Description", f"{told['case']['cause']}，当事人{told['case']['party']}"),
        ("Bagging-Date", entries[-1]["header"]["recorded_at"][:10]),
        ("Bag-Software-Agent", "mingcha"),
        ("Mingcha-Volume", str(told["volume"])),
        ("Mingcha-Log", told["log"]["origin"]),
        ("Mingcha-Recordings", "included" if with_recordings else "referenced"),
    ]


def source(stored: StoredFile | None) -> Source:
    """A stored file as it is taken into a package. Raises SealingFailed where it is gone."""
    if stored is None:
        raise SealingFailed("original-missing", "原件不在存储中，没有封存。请立即核查。")
    digest_, local = stored.sha256, path_of(stored.sha256)

    def opened() -> BinaryIO:
        return files.open_stored(digest_)

    link = local if not getattr(settings, "S3_BUCKET", "") and local.exists() else None
    return Source(opened, Digests(stored.sha256, stored.sm3, stored.size), link)


def _case(case: Case) -> dict[str, Any]:
    return {
        "id": str(case.id),
        "number": case.number,
        "cause": case.cause,
        "party": case.party_name,
        "organisation": case.organisation.name,
        "jurisdiction": case.jurisdiction,
        "procedure": cases.procedure(case).code,
        "filed_on": case.filed_on.isoformat() if case.filed_on else "",
        "closed_on": case.closed_on.isoformat() if case.closed_on else "",
    }


def _item(bag: Bag, volume: str, n: int, leaf: Leaf) -> dict[str, Any]:
    paper, stored = leaf.paper, leaf.stored
    stem = f"papers/{volume}/{n:03d}-{paper.kind}"
    path = twin = ""
    if stored is not None:
        path = f"{stem}.{_EXTENSIONS.get(stored.media_type, 'bin')}"
        if stored.size > _LARGE:
            bag.include(path, source(stored))
        else:
            bag.add(path, _bytes(stored, paper.title))
    if paper.document is not None:
        twin = f"{stem}.json"
        bag.add(twin, _twin(paper.document))
    return {
        "n": n,
        "id": paper.key,
        "slot": paper.slot_name,
        "title": paper.title,
        "number": paper.number,
        "maker": paper.maker,
        "date": paper.day,
        "kind": paper.kind,
        "digest": paper.digest,
        "file": f"data/{path}" if path else "",
        "twin": f"data/{twin}" if twin else "",
        "sha256": stored.sha256 if stored else "",
        "sm3": stored.sm3 if stored else "",
        "size": stored.size if stored else 0,
        "media_type": stored.media_type if stored else "",
        "pages": leaf.pages,
        "pages_from": leaf.first,
        "pages_to": leaf.last,
        "remark": paper.remark,
    }


def _frame(bag: Bag, volume: str, kind: str, found: Mapping[str, Document]) -> list[str]:
    if kind not in found:
        return []
    row = found[kind]
    stem = f"papers/{volume}/{kind}"
    bag.add(f"{stem}.pdf", _bytes(framing.print_of(row), row.title))
    bag.add(f"{stem}.json", _twin(row))
    return [f"data/{stem}.pdf", f"data/{stem}.json"]


def _bytes(stored: StoredFile, title: str) -> bytes:
    with files.open_stored(stored.sha256) as handle:
        data = handle.read()
    if hashlib.sha256(data).hexdigest() != stored.sha256:
        raise SealingFailed(
            "original-altered",
            f"“{title}”的原件与入库时的摘要不一致，没有封存。请立即核查。",
            {"sha256": stored.sha256},
        )
    return data


def _twin(row: Document) -> bytes:
    full = Document.objects.get(id=row.id)
    return (
        canonical(
            {
                "kind": full.kind,
                "template": full.template_version,
                "fields": full.fields,
                "title": full.title,
                "number": full.number,
                "issued_by": full.issued_by,
                "issued_at": full.issued_at,
                "document": str(full.id),
            }
        )
        + b"\n"
    )


def _recording(n: int, paper: Paper) -> dict[str, Any]:
    row, stored = paper.recording, paper.stored
    if row is None or stored is None:
        raise SealingFailed(message="音像没有原件。")
    return {
        "n": n,
        "id": str(row.id),
        "title": row.title,
        "stage": row.stage,
        "matter": row.matter,
        "device": row.device,
        "started_at": row.started_at.isoformat(),
        "day": legal_day(row.started_at).isoformat(),
        "recorded_by": row.recorded_by.name,
        "sha256": stored.sha256,
        "sm3": stored.sm3,
        "size": stored.size,
        "media_type": stored.media_type,
        "where": f"sha256:{stored.sha256}",
        # Where it lies in a copy that holds the recordings; other copies have no such file.
        "path": f"{RECORDINGS}{n:03d}.{_EXTENSIONS.get(stored.media_type, 'bin')}",
    }


def _entry(row: JournalEntry, checkpoint: Checkpoint) -> dict[str, Any]:
    shown = ledger.inclusion_proof(row, checkpoint.size)
    return {
        "header": ledger.header(row),
        "digest": row.digest,
        "label": ledger.label(row),
        "actor": ledger.actor(row).as_dict(),
        "payload": ledger.payload(row),
        "salt": row.content.salt,
        "index": shown.index,
        "proof": proof.to_hex(shown.hashes),
    }


def _proofs(volume: Volume, bag: Bag) -> list[str]:
    """Proof bundles of what the case made public, as the portal offers them."""
    found = []
    keys = {row.pk: row for row in volume.entries if row.kind.endswith("-published")}
    first, anew = (model.objects.filter(entry_id__in=keys) for model in (Release, ReplacementRelease))
    for release in sorted([*first, *anew], key=lambda shown: shown.entry_id):
        row = keys[release.entry_id]
        try:
            bundle = ledger.bundle_for(
                row.pk, release.content, committed=of_content(release.content), checkpoint=volume.checkpoint
            )
        except NotFound:
            continue
        path = f"proofs/{row.case_seq:04d}-{row.kind}.json"
        bag.add(path, bundle)
        found.append(f"data/{path}")
    return found
