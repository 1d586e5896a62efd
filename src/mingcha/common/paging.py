"""Keyset paging: a page costs the same at the start and at the end of a long list."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet

from mingcha.common.errors import InvalidInput

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Page(Generic[M]):
    """Rows of one page and the opaque cursor of the next one, or None at the end."""

    rows: list[M]
    next_cursor: str | None


def page(rows: QuerySet[M], *, order: tuple[str, ...], cursor: str | None = None, size: int = 50) -> Page[M]:
    """One page by keyset. `order` names non-null fields, each with an optional '-', the last one unique."""
    rows = rows.order_by(*order)
    if cursor:
        try:
            rows = rows.filter(_after(order, _decode(cursor, len(order))))
        except (ValueError, TypeError, ValidationError):
            # Well-formed, but made by nobody here: a word where the field wants a date.
            raise _stale() from None
    found = list(rows[: size + 1])
    more = len(found) > size
    found = found[:size]
    return Page(found, _encode([getattr(found[-1], name.lstrip("-")) for name in order]) if more else None)


def _after(order: tuple[str, ...], values: list[Any]) -> Q:
    result = Q()
    equal: dict[str, Any] = {}
    for name, value in zip(order, values, strict=True):
        field = name.lstrip("-")
        result |= Q(**equal, **{f"{field}__{'lt' if name.startswith('-') else 'gt'}": value})
        equal[field] = value
    return result


def _encode(values: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps([str(value) for value in values]).encode()).decode().rstrip("=")


def _decode(cursor: str, length: int) -> list[Any]:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        # A NUL passes on SQLite and fails on PostgreSQL.
        if isinstance(values, list) and len(values) == length and all(_whole(value) for value in values):
            return values
    except (ValueError, RecursionError):  # binascii.Error and UnicodeDecodeError are ValueErrors
        pass
    raise _stale()


def _whole(value: Any) -> bool:
    return isinstance(value, str) and "\0" not in value and not any("\ud800" <= char <= "\udfff" for char in value)


def _stale() -> InvalidInput:
    return InvalidInput({"cursor": ["翻页标记已失效，请回到第一页。"]})
