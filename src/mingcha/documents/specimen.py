"""Specimen of a form (文书样式): every field shows its own name, so that a form can be read before any case uses it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from mingcha.common.clock import SHANGHAI
from mingcha.documents.rendering import Rendered, render, template
from mingcha.documents.rendering.fields import Field

_DAY = dt.date(2026, 1, 1)
_AMOUNT = 10000


def specimen(kind: str) -> Rendered:
    """The form with the names of its fields in place of contents."""
    return render(kind, values(kind))


def values(kind: str) -> dict[str, Any]:
    """A content for every field of a form: its label, the first choice, one row."""
    found = _values(template(kind).fields)
    if "penalties" in found and "payment" in found:
        found["penalties"] = [{"kind": "fine", "amount": _AMOUNT}]
    return found


def _values(fields: Sequence[Field]) -> dict[str, Any]:
    return {field.name: _value(field) for field in fields}


def _value(field: Field) -> Any:
    label = f"〔{field.label_zh}〕"
    match field.type:
        case "text" | "long":
            return label
        case "date":
            return _DAY.isoformat()
        case "moment":
            return dt.datetime(_DAY.year, _DAY.month, _DAY.day, 9, 0, tzinfo=SHANGHAI).isoformat()
        case "int":
            return 60
        case "money":
            return _AMOUNT
        case "bool":
            return True
        case "enum":
            return next(iter(field.choices or {}), "")
        case "object":
            return _values(field.of)
        case "texts":
            return [label]
    return [_values(field.of)]


def schema(kind: str) -> dict[str, Any]:
    """The form for programs (JSON Schema 2020-12): what its machine-readable twin holds (R051)."""
    form = template(kind)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": form.title,
        "$comment": f"{kind} v{form.version} sha256:{form.digest}",
        "type": "object",
        **_object(form.fields),
    }


def _object(fields: Sequence[Field]) -> dict[str, Any]:
    return {
        "properties": {field.name: {"title": field.label_zh, **_schema(field)} for field in fields},
        "required": [field.name for field in fields if field.required],
        "additionalProperties": False,
    }


def _schema(field: Field) -> dict[str, Any]:
    match field.type:
        case "date":
            return {"type": "string", "format": "date"}
        case "moment":
            return {"type": "string", "format": "date-time"}
        case "int":
            return {"type": "integer", "minimum": 0}
        case "money":
            return {"type": "integer", "minimum": 0, "description": "单位：分"}
        case "bool":
            return {"type": "boolean"}
        case "enum":
            return {"enum": list(field.choices or {}), "description": "、".join((field.choices or {}).values())}
        case "object":
            return {"type": "object", **_object(field.of)}
        case "texts":
            return {"type": "array", "items": {"type": "string"}}
        case "list":
            return {"type": "array", "items": {"type": "object", **_object(field.of)}}
    return {"type": "string"}
