"""Writes of the journal: entries are appended in the caller's transaction, contents erased where the law demands."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import os
import uuid
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.base import ModelState

from mingcha.common import clock, direct
from mingcha.common.canonical import canonical
from mingcha.common.checks import Check
from mingcha.ledger import kinds, reactions, store
from mingcha.ledger.actors import ActorSnapshot
from mingcha.ledger.core.entry import VERSION, header_text, instant_text, salted_digest
from mingcha.ledger.errors import AlreadyErased, NotInTransaction
from mingcha.ledger.models import JournalEntry, JournalPayload
from mingcha.ledger.names import require_log_name

_Last = dict[uuid.UUID, tuple[int, str]]


class NewEntry(NamedTuple):
    """One entry for `append_many`."""

    subject: tuple[str, str]
    payload: Mapping[str, Any]
    case_id: uuid.UUID | None = None
    occurred_at: dt.datetime | None = None


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
    # Not by way of `append_many`: what it does to share statements costs a quarter of an entry that comes alone.
    connection = _ready(kind, log)
    item, now = NewEntry(subject, payload, case_id, occurred_at), clock.now()
    row, content = _prepare(
        connection, kind, log, _actor_text(actor), item, stamp=_stamp(connection.vendor, now), last={}
    )
    [key] = store.insert(connection, (row,), (content,))
    entry = _entry(connection, key, row, item, actor.as_dict(), now)
    reactions.run(entry, payload, actor)
    return entry


def append_many(
    kind: str, *, log: str, actor: ActorSnapshot, items: Iterable[NewEntry], returning: bool = True
) -> list[JournalEntry]:
    """Append many entries of one kind by one actor at one instant; the statements are shared, reactions run for each.

    `returning=False`: nothing is returned, and where nobody reacts to the kind no objects are built.
    """
    connection = _ready(kind, log)
    pending = list(items)
    actor_text, now = _actor_text(actor), clock.now()
    stamp = _stamp(connection.vendor, now)
    cases = {item.case_id for item in pending if item.case_id is not None}
    last: _Last = store.last_of_cases(connection, cases) if len(cases) > 1 else {}
    rows: list[tuple[Any, ...]] = []
    contents: list[tuple[str, str]] = []
    for item in pending:
        row, content = _prepare(connection, kind, log, actor_text, item, stamp=stamp, last=last)
        rows.append(row)
        contents.append(content)
    keys = store.insert(connection, rows, contents)
    if not returning and not reactions.awaited(kind):
        return []
    told = actor.as_dict()
    entries = [
        _entry(connection, key, row, item, told, now) for key, row, item in zip(keys, rows, pending, strict=True)
    ]
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
    if not direct.here().in_atomic_block:
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


def _ready(kind: str, log: str) -> BaseDatabaseWrapper:
    kinds.label(kind)
    require_log_name(log)
    connection = direct.here()
    if not connection.in_atomic_block:
        raise NotInTransaction
    if connection.needs_rollback:
        connection.validate_no_broken_transaction()
    return connection


@functools.lru_cache(maxsize=16)
def _stamp(vendor: str, now: dt.datetime) -> tuple[str, Any]:
    """An instant as the header and as the column keep it; entries of one act share it."""
    return instant_text(now), store.instant(vendor, now)


@functools.lru_cache(maxsize=256)
def _actor_text(actor: ActorSnapshot) -> tuple[bytes, str]:
    text = canonical(actor.as_dict())
    return text, text.decode()


def _prepare(
    connection: BaseDatabaseWrapper,
    kind: str,
    log: str,
    actor_text: tuple[bytes, str],
    item: NewEntry,
    *,
    stamp: tuple[str, Any],
    last: _Last,
) -> tuple[tuple[Any, ...], tuple[str, str]]:
    case_id, case_seq, prev_digest, case_text, case_key = item.case_id, None, "", None, None
    if case_id is not None:
        before, prev_digest = last.get(case_id) or store.last_of_case(connection, case_id)
        case_seq, case_text = before + 1, str(case_id)
        case_key = store.key(connection.vendor, case_id)
    recorded_text, recorded_key = stamp
    occurred_text, occurred_key = recorded_text, recorded_key
    if item.occurred_at is not None:
        occurred_at = _milliseconds(item.occurred_at)
        occurred_text, occurred_key = _stamp(connection.vendor, occurred_at)
    salt, text = os.urandom(32).hex(), canonical(item.payload)
    subject_type, subject_id = item.subject
    actor_digest, payload_digest = salted_digest(salt, actor_text[0]), salted_digest(salt, text)
    header = {
        "v": VERSION,
        "log": log,
        "kind": kind,
        "subject_type": subject_type,
        "subject_id": subject_id,
        "case_id": case_text,
        "case_seq": case_seq,
        "prev_digest": prev_digest,
        "actor_digest": actor_digest,
        "occurred_at": occurred_text,
        "recorded_at": recorded_text,
        "payload_digest": payload_digest,
    }
    digest = hashlib.sha256(header_text(header)).hexdigest()
    if case_id is not None and case_seq is not None:
        last[case_id] = (case_seq, digest)
    row = (
        log, kind, subject_type, subject_id, case_key, case_seq, prev_digest, actor_text[1], actor_digest,
        occurred_key, recorded_key, payload_digest, digest,
    )  # fmt: skip
    return row, (text.decode(), salt)


def _entry(
    connection: BaseDatabaseWrapper,
    key: int,
    row: tuple[Any, ...],
    item: NewEntry,
    actor: dict[str, Any],
    now: dt.datetime,
) -> JournalEntry:
    """The entry as an object, from the row that was stored (in the order of store.COLUMNS)."""
    log, kind, subject_type, subject_id, _, case_seq, prev_digest, _, actor_digest, _, _, payload_digest, digest = row
    occurred_at = now if item.occurred_at is None else _milliseconds(item.occurred_at)
    # As common.prepared makes its rows: through the model's own door it would cost three times as much, at every act.
    entry = JournalEntry.__new__(JournalEntry)
    state = ModelState()
    state.adding, state.db = False, connection.alias
    entry.__dict__.update(
        _state=state, id=key, log=log, kind=kind, subject_type=subject_type, subject_id=subject_id,
        case_id=item.case_id, case_seq=case_seq, prev_digest=prev_digest, actor=dict(actor), actor_digest=actor_digest,
        occurred_at=occurred_at, recorded_at=now, payload_digest=payload_digest, digest=digest,
    )  # fmt: skip
    return entry


def _milliseconds(moment: dt.datetime) -> dt.datetime:
    if moment.tzinfo is None:
        raise ValueError("occurred_at must be aware")
    return moment.astimezone(dt.UTC).replace(microsecond=moment.microsecond // 1000 * 1000)
