"""Canonical JSON and digests: the same value always gives the same bytes (RFC 8785 for the types we use)."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

_PLAIN = frozenset({str, int, bool, type(None)})


def _encoder() -> Callable[[Any], str]:
    """json.dumps would build an encoder for every call, and JSONEncoder its inner one; this one is made once."""
    made = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    fast: Any = getattr(json.encoder, "c_make_encoder", None)
    if fast is None:
        return made.encode
    # The order of json.encoder: no marks against circles (`plain` would not end), texts as they are, no indentation.
    parts = fast(None, made.default, json.encoder.encode_basestring, None, ":", ",", True, False, False)
    return lambda value: "".join(parts(value, 0))


_encode = _encoder()


def plain(value: Any) -> Any:
    """JSON-ready copy: dates as ISO, UUID and Decimal as text. Floats are refused: money and law know none."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    # Most are numbers or texts, which would cost a call each.
    if kind is dict:
        return {
            key if type(key) is str else str(key): item if type(item) in _PLAIN else plain(item)
            for key, item in value.items()
        }
    if kind is list or kind is tuple:
        return [item if type(item) in _PLAIN else plain(item) for item in value]
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
