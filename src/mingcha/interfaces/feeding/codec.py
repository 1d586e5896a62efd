"""Pure: answers as JSON that says what it holds, so that the other zone gets the same values and classes."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import json
import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

_TAG = "$"


def dumps(value: Any) -> str:
    """One value as text. Raises TypeError for a class that has no place in an answer."""
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))


def loads(text: str, classes: Mapping[str, type]) -> Any:
    """The value of a text; `classes` are the dataclasses it may hold. Raises ValueError for any other."""
    return _made(json.loads(text), classes)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, dt.datetime):
        return {_TAG: "instant", "of": value.isoformat()}
    if isinstance(value, dt.date):
        return {_TAG: "day", "of": value.isoformat()}
    if isinstance(value, uuid.UUID):
        return {_TAG: "id", "of": value.hex}
    if isinstance(value, Decimal):
        return {_TAG: "number", "of": str(value)}
    if isinstance(value, bytes | memoryview):
        return {_TAG: "bytes", "of": base64.b64encode(bytes(value)).decode()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, tuple):
        return {_TAG: "row", "of": [_plain(item) for item in value]}
    if isinstance(value, Mapping):
        if _TAG in value:
            raise TypeError("a mapping with the key of the tags")
        return {str(key): _plain(item) for key, item in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        inside = {item.name: _plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
        return {_TAG: type(value).__name__, "of": inside}
    raise TypeError(f"an answer holds no {type(value).__name__}")


def _made(value: Any, classes: Mapping[str, type]) -> Any:
    if isinstance(value, list):
        return [_made(item, classes) for item in value]
    if not isinstance(value, dict):
        return value
    if _TAG not in value:
        return {key: _made(item, classes) for key, item in value.items()}
    tag, of = value[_TAG], value["of"]
    match tag:
        case "instant":
            return dt.datetime.fromisoformat(of)
        case "day":
            return dt.date.fromisoformat(of)
        case "id":
            return uuid.UUID(hex=of)
        case "number":
            return Decimal(of)
        case "bytes":
            return base64.b64decode(of)
        case "row":
            return tuple(_made(item, classes) for item in of)
    if tag not in classes:
        raise ValueError(f"an answer with {tag}")
    return classes[tag](**{key: _made(item, classes) for key, item in of.items()})
