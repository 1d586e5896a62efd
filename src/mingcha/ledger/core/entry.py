"""What of a journal entry enters the log: only salted digests, so that nothing can be guessed from the leaf."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from json.encoder import encode_basestring as _quote
from typing import Any

from mingcha.common.canonical import canonical

VERSION = 1
HEADER_FIELDS = (
    "v",
    "log",
    "kind",
    "subject_type",
    "subject_id",
    "case_id",
    "case_seq",
    "prev_digest",
    "actor_digest",
    "occurred_at",
    "recorded_at",
    "payload_digest",
)


def salted_digest(salt: str, text: bytes) -> str:
    """SHA-256 over the salt's bytes and the canonical text, lower-case hex."""
    return hashlib.sha256(bytes.fromhex(salt) + text).hexdigest()


def instant_text(moment: dt.datetime) -> str:
    """An instant as `canonical` writes it: UTC, milliseconds, Z."""
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def header_text(header: Mapping[str, Any]) -> bytes:
    """The canonical bytes of a header whose values are plain already; written out, since every act passes here."""
    case_id, case_seq = header["case_id"], header["case_seq"]
    return (
        f'{{"actor_digest":"{header["actor_digest"]}","case_id":{"null" if case_id is None else _quote(case_id)},'
        f'"case_seq":{"null" if case_seq is None else case_seq},"kind":{_quote(header["kind"])},'
        f'"log":{_quote(header["log"])},"occurred_at":"{header["occurred_at"]}","payload_digest":"{header["payload_digest"]}",'
        f'"prev_digest":"{header["prev_digest"]}","recorded_at":"{header["recorded_at"]}",'
        f'"subject_id":{_quote(header["subject_id"])},"subject_type":{_quote(header["subject_type"])},"v":{header["v"]}}}'
    ).encode()


def header_digest(header: Mapping[str, Any]) -> str:
    """Digest of the entry, lower-case hex; its 32 bytes are the data of the leaf. Takes any header, trusted or not."""
    return hashlib.sha256(canonical(header)).hexdigest()
