"""Reads of the journal and the log (账本查询): the only ones offered to other rooms."""

from __future__ import annotations

import functools
import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db.models import Count, QuerySet

from mingcha.common.canonical import digest, plain
from mingcha.common.errors import NotFound
from mingcha.common.prepared import prepared
from mingcha.ledger import keys, kinds, place
from mingcha.ledger.actors import ActorSnapshot
from mingcha.ledger.core import merkle, proof
from mingcha.ledger.core.bundle import Bundle
from mingcha.ledger.core.entry import VERSION, instant_text
from mingcha.ledger.core.errors import MalformedTile
from mingcha.ledger.core.note import VerifierKey
from mingcha.ledger.core.tiles import Levels, TileName, TileNodes, levels_of, parse_path
from mingcha.ledger.cosigning import policy
from mingcha.ledger.errors import NotYetSequenced
from mingcha.ledger.models import Checkpoint, Cosignature, JournalEntry, JournalPayload, LedgerLeaf
from mingcha.ledger.names import require_log_name

if TYPE_CHECKING:
    from mingcha.ledger.cosigning.client import Standing

FINAL, PENDING = "final", "pending"
# Beside the checkpoint: how the keys of the log followed one another.
KEYS_FILE = "keys.json"


@dataclass(frozen=True)
class Proof:
    """Inclusion of one entry in the tree of a checkpoint."""

    index: int
    size: int
    hashes: list[bytes]


def entries_of_case(case_id: uuid.UUID) -> QuerySet[JournalEntry]:
    """Entries of a case, oldest first, with contents and leaves at hand."""
    return JournalEntry.objects.filter(case_id=case_id).order_by("case_seq").select_related("content", "leaf")


def entries_of_subject(subject_type: str, subject_id: str) -> QuerySet[JournalEntry]:
    """Entries about one subject, oldest first, with contents and leaves at hand."""
    return (
        JournalEntry.objects.filter(subject_type=subject_type, subject_id=str(subject_id))
        .order_by("id")
        .select_related("content", "leaf")
    )


def entry(entry_id: int) -> JournalEntry:
    """One entry with content and leaf. Raises NotFound."""
    found = JournalEntry.objects.filter(pk=entry_id).select_related("content", "leaf").first()
    if found is None:
        raise NotFound
    return found


def label(found: JournalEntry) -> str:
    """The Chinese label of the entry's kind."""
    return kinds.label(found.kind)


def actor(found: JournalEntry) -> ActorSnapshot:
    """Who acted, as known at that time."""
    return ActorSnapshot(**found.actor)


def payload(found: JournalEntry) -> dict[str, Any] | None:
    """The content, or None where it has been erased."""
    text = found.content.payload
    return None if text is None else json.loads(text)


def header(found: JournalEntry) -> dict[str, Any]:
    """The fields whose digest is the leaf."""
    return {
        "v": VERSION,
        "log": found.log,
        "kind": found.kind,
        "subject_type": found.subject_type,
        "subject_id": found.subject_id,
        "case_id": None if found.case_id is None else str(found.case_id),
        "case_seq": found.case_seq,
        "prev_digest": found.prev_digest,
        "actor_digest": found.actor_digest,
        "occurred_at": instant_text(found.occurred_at),
        "recorded_at": instant_text(found.recorded_at),
        "payload_digest": found.payload_digest,
    }


def logs() -> list[str]:
    """Names of all logs that have a checkpoint."""
    return sorted(Checkpoint.objects.order_by().values_list("log", flat=True).distinct())


def latest_checkpoint(log: str) -> Checkpoint | None:
    """The newest signed checkpoint of a log."""
    return Checkpoint.objects.filter(log=log).order_by("-size").first()


def covered_size(log: str) -> int:
    """How many leaves the newest checkpoint covers."""
    return next(iter(_newest_size(log)), 0)


@prepared
def _newest_size(log: str) -> QuerySet[Checkpoint, int]:
    return Checkpoint.objects.filter(log=log).order_by("-size").values_list("size", flat=True)[:1]


@prepared
def _of_size(log: str, size: int) -> QuerySet[Checkpoint]:
    return Checkpoint.objects.filter(log=log, size=size)


def final_size(log: str) -> int:
    """How many leaves are final: covered by a checkpoint that carries the cosignatures which the log's policy demands.

    Raises WitnessPolicyBroken.
    """
    wanted = policy.of(log)
    if not wanted.demanded:
        return covered_size(log)
    names = [key.name for key in wanted.keys]
    newest = (
        Cosignature.objects.filter(log=log, witness__in=names)
        .order_by("-size")
        .values_list("size", flat=True)
        .annotate(count=Count("witness"))
        .filter(count__gte=wanted.demanded)
        .first()
    )
    return newest or 0


def cosignatures(log: str, size: int) -> list[Cosignature]:
    """Cosignatures of one checkpoint, in the order of the policy's witnesses."""
    names = [key.name for key in policy.of(log).keys]
    found = {row.witness: row for row in Cosignature.objects.filter(log=log, size=size, witness__in=names)}
    return [found[name] for name in names if name in found]


def cosigned_note(checkpoint: Checkpoint) -> str:
    """The note with the lines of the witnesses that the policy names."""
    # A checkpoint remembered from the published file may carry lines already; each line stands once.
    lines = [row.line for row in cosignatures(checkpoint.log, checkpoint.size) if row.line not in checkpoint.note]
    return checkpoint.note + "".join(lines)


def final_checkpoint(log: str) -> Checkpoint | None:
    """The newest final checkpoint, its note with the cosignatures."""
    found = next(iter(_of_size(log, final_size(log))), None)
    if found is not None:
        found.note = cosigned_note(found)
    return found


def witnesses(log: str) -> list[Standing]:
    """How it stands with each witness of the log's policy, for the pages."""
    from mingcha.ledger.cosigning import client

    return client.standings(log)


def states(entries: Iterable[JournalEntry]) -> dict[int, str]:
    """Entry key → "final" where a final checkpoint covers it, else "pending"; two statements for any number of entries."""
    found = list(entries)
    sizes = {log: final_size(log) for log in {item.log for item in found}}
    places = dict(LedgerLeaf.objects.filter(pk__in=[item.pk for item in found]).values_list("entry_id", "index"))
    return {item.pk: FINAL if item.pk in places and places[item.pk] < sizes[item.log] else PENDING for item in found}


def state_of(found: JournalEntry) -> str:
    """Only what a checkpoint with the demanded cosignatures covers is final."""
    return states([found])[found.pk]


@functools.lru_cache(maxsize=256)
def _kept_tile(folder: Path, name: TileName) -> Levels:
    # Tiles that a checkpoint covers never change, so what was read once stays right.
    return levels_of(place.read_below(folder, name), name.width)


class KeptTiles(TileNodes):
    """Tree whose tiles are kept between proofs: the upper ones serve almost every proof."""

    def __init__(self, folder: Path, size: int) -> None:
        super().__init__(size, lambda name: place.read_below(folder, name))
        self._folder = folder

    def levels(self, name: TileName) -> Levels:
        return _kept_tile(self._folder, name)


def nodes_at(log: str, size: int) -> TileNodes:
    """The tree of the first `size` leaves, read from its tiles; `size` must be covered by a checkpoint."""
    return KeptTiles(place.root(log), size)


def inclusion_proof(found: JournalEntry, size: int | None = None) -> Proof:
    """Proof that the entry is in the tree of `size` leaves (the newest checkpoint's by default).

    Raises NotYetSequenced, OutOfRange.
    """
    index = LedgerLeaf.objects.filter(pk=found.pk).values_list("index", flat=True).first()
    covered = final_size(found.log) if size is None else size
    if index is None or index >= covered:
        raise NotYetSequenced
    return Proof(index, covered, merkle.inclusion_proof(nodes_at(found.log, covered), index, covered))


def consistency_proof(log: str, old: int, new: int) -> list[bytes]:
    """Proof that the tree of `new` leaves continues the one of `old`. Raises OutOfRange."""
    return merkle.consistency_proof(nodes_at(log, new), old, new)


def bundle_for(
    entry_id: int,
    content: Mapping[str, Any],
    *,
    committed: tuple[int, str, Mapping[str, str]] | None = None,
    checkpoint: Checkpoint | None = None,
) -> bytes:
    """The proof bundle of a published content, as offered for download; by the newest final checkpoint or one given.

    `committed`: entry of the letter's commitment, its presentation and the public key it was signed with.
    Raises NotFound, NotYetSequenced, and ValueError for a content that is not the one the entry records.
    """
    found = entry(entry_id)
    checkpoint = checkpoint or final_checkpoint(found.log)
    if checkpoint is None:
        raise NotYetSequenced
    recorded = payload(found)
    if recorded is None:
        raise NotFound("这条记录的内容已经依法删除，不能再出具证明包。")
    content_digest = digest(content)
    if recorded.get("content_digest") != content_digest:
        raise ValueError(f"entry {entry_id} records another content")
    more = None
    if committed is not None:
        at, presentation, key = committed
        more = {"presentation": presentation, "key": dict(key), **_proven(entry(at), checkpoint.size)}
    return Bundle(
        content=plain(content),
        content_digest=content_digest,
        checkpoint=checkpoint.note,
        commitment=more,
        **_proven(found, checkpoint.size),
    ).as_bytes()


def _proven(found: JournalEntry, size: int) -> dict[str, Any]:
    """An entry with its content and its place in the tree of `size` leaves."""
    recorded = payload(found)
    if recorded is None or found.content.salt is None:
        raise NotFound("这条记录的内容已经依法删除，不能再出具证明包。")
    shown = inclusion_proof(found, size)
    return {
        "header": header(found),
        "payload": recorded,
        "salt": found.content.salt,
        "index": shown.index,
        "proof": proof.to_hex(shown.hashes),
    }


def verifier_key(log: str) -> str:
    """The log's public key in note form, for the portal and trust files. Raises KeyProblem before the log has begun."""
    return str(keys.verifier(log))


def verifier_keys(log: str) -> list[VerifierKey]:
    """All keys of the log since its beginning, each with the sizes for which it is in force. Raises KeyProblem."""
    return keys.verifiers(log)


def key_history(log: str) -> str:
    """The published history of the log's keys, as text. Raises KeyProblem."""
    return keys.history(log).as_text()


def served_file(log: str, path: str) -> tuple[bytes, str]:
    """A file of the public log by its C2SP path, with its content type; for the portal. Raises NotFound."""
    if path in (place.CHECKPOINT, place.WITNESSED):
        note = place.read_checkpoint(log, path)
        if note is None:
            raise NotFound
        return note.encode(), "text/plain; charset=utf-8"
    if path == KEYS_FILE:
        return key_history(log).encode(), "application/json"
    try:
        name = parse_path(path)
        return (place.root(require_log_name(log)) / name.path).read_bytes(), "application/octet-stream"
    except (MalformedTile, OSError):
        raise NotFound from None


def content_of(entries: Iterable[JournalEntry]) -> dict[int, dict[str, Any] | None]:
    """Entry key → content (None where erased), one statement for any number of entries."""
    rows = JournalPayload.objects.filter(pk__in=[item.pk for item in entries])
    return {row.pk: None if row.payload is None else json.loads(row.payload) for row in rows}


def pending(log: str) -> int:
    """How many entries of a log no checkpoint covers yet."""
    return max(JournalEntry.objects.filter(log=log).count() - covered_size(log), 0)
