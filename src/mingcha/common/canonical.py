"""Canonical JSON and digests: the same value always gives the same bytes (RFC 8785 for the types we use)."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

# json.dumps would build an encoder for every call that differs from its defaults.
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def plain(value: Any) -> Any:
    """JSON-ready copy: dates as ISO, UUID and Decimal as text. Floats are refused: money and law know none."""
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    if kind is dict:
        return {key if type(key) is str else str(key): plain(item) for key, item in value.items()}
    if kind is list or kind is tuple:
        # Most are numbers or texts: long rows of them (strokes) would cost a call each.
        return [item if type(item) is int or type(item) is str else plain(item) for item in value]
    # Less frequent kinds, and kinds derived from the above.
    if isinstance(value, float):
        raise TypeError("floats have no canonical form here; use int (分) or Decimal")
    if isinstance(value, int | str):
        return value
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, uuid.UUID | Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        items = [plain(item) for item in value]
        return sorted(items) if isinstance(value, set | frozenset) else items
    raise TypeError(f"no canonical form for {type(value).__name__}")


def canonical(value: Any) -> bytes:
    """UTF-8 bytes: keys sorted, no spaces, no escapes beyond JSON's own."""
    return _encode(plain(value)).encode()


def digest(value: Any) -> str:
    """SHA-256 of the canonical bytes, lower-case hex."""
    return hashlib.sha256(canonical(value)).hexdigest()
