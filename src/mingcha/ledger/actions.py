"""Writes of the journal: entries are appended in the caller's transaction, contents erased where the law demands."""

from __future__ import annotations

import datetime as dt
import functools
import os
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from mingcha.common import clock
from mingcha.common.canonical import canonical
from mingcha.common.checks import Check
from mingcha.ledger import kinds, reactions
from mingcha.ledger.actors import ActorSnapshot
from mingcha.ledger.core.entry import VERSION, header_digest, salted_digest
from mingcha.ledger.errors import AlreadyErased, BadLogName, NotInTransaction
from mingcha.ledger.models import JournalEntry, JournalPayload

LOG_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,31}\Z")
_COLUMNS = (
    "log, kind, subject_type, subject_id, case_id, case_seq, prev_digest, "
    "actor, actor_digest, occurred_at, recorded_at, payload_digest, digest"
)
_ROW = "(" + ", ".join(["%s"] * 13) + ")"
_INSERT = f"INSERT INTO ledger_journalentry ({_COLUMNS}) VALUES "
_INSERT_PAYLOAD = "INSERT INTO ledger_journalpayload (entry_id, payload, salt) VALUES "
_LAST = "SELECT case_seq, digest FROM ledger_journalentry WHERE case_id = %s ORDER BY case_seq DESC LIMIT 1"
_BATCH = 500


@dataclass(frozen=True)
class NewEntry:
    """One entry for `append_many`."""

    subject: tuple[str, str]
    payload: Mapping[str, Any]
    case_id: uuid.UUID | None = None
    occurred_at: dt.datetime | None = None


@dataclass
class _Prepared:
    entry: JournalEntry
    text: str
    salt: str
    actor_text: str


def append(
    kind: str,
    *,
    log: str,
    subject: tuple[str, str],
    actor: ActorSnapshot,
    payload: Mapping[str, Any],
    case_id: uuid.UUID | None = None,
    occurred_at: dt.datetime | None = None,
) -> JournalEntry:
    """Append one entry and run the reactions of its kind. At most three statements besides those of the reactions.

    Raises UnknownKind, BadLogName, NotInTransaction. For an entry of a case, lock the case row first.
    """
    return append_many(kind, log=log, actor=actor, items=[NewEntry(subject, payload, case_id, occurred_at)])[0]


def append_many(kind: str, *, log: str, actor: ActorSnapshot, items: Iterable[NewEntry]) -> list[JournalEntry]:
    """Append many entries of one kind by one actor; the statements are shared, the reactions run for each."""
    kinds.label(kind)
    if not LOG_NAME.match(log):
        raise BadLogName(log)
    if not connection.in_atomic_block:
        raise NotInTransaction
    pending = list(items)
    entries: list[JournalEntry] = []
    with connection.cursor() as cursor:
        last: dict[uuid.UUID, tuple[int, str]] = {}
        for start in range(0, len(pending), _BATCH):
            entries += _insert(
                cursor,
                [_prepare(cursor, kind, log, actor, item, last=last) for item in pending[start : start + _BATCH]],
            )
    for entry, item in zip(entries, pending, strict=True):
        reactions.run(entry, item.payload, actor)
    return entries


def erase(entry: JournalEntry, *, actor: ActorSnapshot, ground: str) -> JournalEntry:
    """Erase content and salt of an entry; `ground` names the legal ground. The digest stays, so the log stays whole.

    The erasure is itself an entry. Raises AlreadyErased, NotInTransaction, InvalidInput.
    """
    check = Check()
    ground = check.text("ground", ground, "删除依据", most=500)
    check.done()
    if not connection.in_atomic_block:
        raise NotInTransaction
    content = JournalPayload.objects.select_for_update().get(pk=entry.pk)
    if content.payload is None:
        raise AlreadyErased
    record = append(
        kinds.PAYLOAD_ERASED,
        log=entry.log,
        subject=("journal-entry", str(entry.pk)),
        actor=actor,
        payload={"ground": ground, "entry_digest": entry.digest},
        case_id=entry.case_id,
    )
    JournalPayload.objects.filter(pk=entry.pk).update(payload=None, salt=None)
    return record


@functools.lru_cache(maxsize=256)
def _actor_text(actor: ActorSnapshot) -> bytes:
    return canonical(actor.as_dict())


def _prepare(
    cursor: CursorWrapper,
    kind: str,
    log: str,
    actor: ActorSnapshot,
    item: NewEntry,
    *,
    last: dict[uuid.UUID, tuple[int, str]],
) -> _Prepared:
    case_seq, prev_digest = None, ""
    if item.case_id is not None:
        if item.case_id not in last:
            cursor.execute(_LAST, [_uuid(item.case_id)])
            last[item.case_id] = cursor.fetchone() or (0, "")
        case_seq, prev_digest = last[item.case_id]
        case_seq += 1
    recorded_at = clock.now()
    occurred_at = item.occurred_at or recorded_at
    if occurred_at.tzinfo is None:
        raise ValueError("occurred_at must be aware")
    occurred_at = occurred_at.replace(microsecond=occurred_at.microsecond // 1000 * 1000)
    salt = os.urandom(32).hex()
    text, actor_text = canonical(item.payload), _actor_text(actor)
    header = {
        "v": VERSION,
        "log": log,
        "kind": kind,
        "subject_type": item.subject[0],
        "subject_id": item.subject[1],
        "case_id": item.case_id,
        "case_seq": case_seq,
        "prev_digest": prev_digest,
        "actor_digest": salted_digest(salt, actor_text),
        "occurred_at": occurred_at,
        "recorded_at": recorded_at,
        "payload_digest": salted_digest(salt, text),
    }
    digest = header_digest(header)
    if item.case_id is not None and case_seq is not None:
        last[item.case_id] = (case_seq, digest)
    del header["v"]
    return _Prepared(
        JournalEntry(**header, actor=actor.as_dict(), digest=digest), text.decode(), salt, actor_text.decode()
    )


def _insert(cursor: CursorWrapper, batch: list[_Prepared]) -> list[JournalEntry]:
    adapt = connection.ops.adapt_datetimefield_value
    values: list[Any] = []
    for item in batch:
        entry = item.entry
        values += [
            entry.log,
            entry.kind,
            entry.subject_type,
            entry.subject_id,
            _uuid(entry.case_id),
            entry.case_seq,
            entry.prev_digest,
            item.actor_text,
            entry.actor_digest,
            adapt(entry.occurred_at),
            adapt(entry.recorded_at),
            entry.payload_digest,
            entry.digest,
        ]
    # Digests are salted, hence unique: they find the row's key whatever the order in which the database returns rows.
    cursor.execute(_INSERT + ", ".join([_ROW] * len(batch)) + " RETURNING id, digest", values)
    keys = {digest: key for key, digest in cursor.fetchall()}
    values = []
    for item in batch:
        item.entry.pk = keys[item.entry.digest]
        item.entry._state.adding = False
        item.entry._state.db = connection.alias
        values += [item.entry.pk, item.text, item.salt]
    cursor.execute(_INSERT_PAYLOAD + ", ".join(["(%s, %s, %s)"] * len(batch)), values)
    return [item.entry for item in batch]


def _uuid(value: uuid.UUID | None) -> Any:
    if value is None or connection.features.has_native_uuid_field:
        return value
    return value.hex
