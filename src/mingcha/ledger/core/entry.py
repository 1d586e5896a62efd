"""What of a journal entry enters the log: only salted digests, so that nothing can be guessed from the leaf."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
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


def header_digest(header: Mapping[str, Any]) -> str:
    """Digest of the entry, lower-case hex; its 32 bytes are the data of the leaf."""
    return hashlib.sha256(canonical(header)).hexdigest()
