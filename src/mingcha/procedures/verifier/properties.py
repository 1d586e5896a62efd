"""The properties that the law demands of procedures (程序属性), as data: statement, article, what is checked."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

_INHERITS = {"P-TZ": "P-PT"}


@dataclass(frozen=True)
class Property:
    """A statement that must hold on every path, its article, and the checks that prove it."""

    no: str
    statement: str
    article: str
    checks: tuple[Mapping[str, Any], ...]

    def of(self, scope: str) -> list[Mapping[str, Any]]:
        """The checks that concern a procedure: its own, those it inherits, those of all."""
        return [check for check in self.checks if _concerns(check, scope)]


def _concerns(check: Mapping[str, Any], scope: str) -> bool:
    if check["form"] == "DIFF":
        return scope in check["procedures"]
    wanted = check["procedure"]
    return wanted in ("*", scope) or (_INHERITS.get(scope) == wanted and check.get("inherited", True))


@functools.cache
def properties() -> tuple[Property, ...]:
    text = resources.files("mingcha.procedures").joinpath("data", "properties.json").read_text("utf-8")
    return tuple(
        Property(row["no"], row["statement"], row["article"], tuple(row["checks"]))
        for row in json.loads(text)["properties"]
    )
