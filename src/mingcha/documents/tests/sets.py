"""Samples of the whole set (文书样例): one JSON file per kind with a complete document and one fault per check.

`documents/tests/set/<kind>.json`: `fields` a complete made-up document; `documents` what was made before it in the same
case (kind → `on`, `served_on`, `fields`); `facts` of the case; `faults`, each with the `check` (id of a rule, or code of a
reason of a validator) that must speak when `set` (path → value), `unset` (paths), `documents` or `facts` are changed.
"""

from __future__ import annotations

import copy
import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mingcha.common.clock import SHANGHAI
from mingcha.deadlines import shipped
from mingcha.documents.checking import Paper, Past
from mingcha.documents.rendering import check_fields, template

HOME = Path(__file__).resolve().parent / "set"
NOON = dt.time(12, 0, tzinfo=SHANGHAI)


def samples() -> dict[str, dict[str, Any]]:
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(HOME.glob("*.json"))}


def paper(kind: str, sample: Mapping[str, Any], fault: Mapping[str, Any] | None = None) -> Paper:
    """The sample as the checks see it, with a fault put in."""
    fault = fault or {}
    fields = copy.deepcopy(dict(sample["fields"]))
    for path, value in fault.get("set", {}).items():
        _put(fields, path, value)
    for path in fault.get("unset", ()):
        _put(fields, path, None)
    before = {**sample.get("documents", {}), **fault.get("documents", {})}
    values = check_fields(kind, _clear(fields))
    own = values.get(template(kind).date)
    day = own if isinstance(own, dt.datetime) else dt.datetime.combine(own or dt.date(2026, 4, 1), NOON)
    facts = {**sample.get("facts", {}), **fault.get("facts", {})}
    return Paper(
        kind=kind,
        fields=values,
        at=dt.datetime.fromisoformat(facts.pop("made_at")) if "made_at" in facts else day,
        calendar=shipped.calendar(),
        past=lambda wanted: _past(wanted, before.get(wanted)),
        certificates={
            number: (dt.date.fromisoformat(first), dt.date.fromisoformat(last))
            for number, (first, last) in facts.pop("certificates", {}).items()
        },
        recused=frozenset(facts.pop("recused", ())),
        facts={name: _read(value) for name, value in facts.items()},
        known_articles=lambda text, day: False if "不存在" in text else None,
    )


def _past(kind: str, row: Mapping[str, Any] | None) -> Past | None:
    if row is None:
        return None
    on = dt.date.fromisoformat(row["on"][:10])
    at = dt.datetime.fromisoformat(row["at"]) if "at" in row else dt.datetime.combine(on, NOON)
    served = dt.date.fromisoformat(row["served_on"]) if row.get("served_on") else None
    return Past(kind, template(kind).title, on, at, row.get("number", ""), served, row.get("fields", {}))


def _read(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return dt.date.fromisoformat(value)
    return value


def _put(fields: Any, path: str, value: Any) -> None:
    """`items[0].quantity` or `party.name`; None removes."""
    steps: list[Any] = [
        int(part) if part.isdigit() else part for part in re.split(r"[.\[\]]+", path.rstrip("]")) if part != ""
    ]
    for step in steps[:-1]:
        fields = fields[step]
    if value is None:
        del fields[steps[-1]]
    else:
        fields[steps[-1]] = value


def _clear(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def codes(marks: Iterable[Any]) -> set[str]:
    """Everything by which a mark can be named: the code of its reason and the check that made it."""
    return {mark.reason.code for mark in marks} | {mark.check for mark in marks}
