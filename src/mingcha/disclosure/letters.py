"""Which letters are made public in their own right (各类执法决定的公示), as data: by procedure, with rule and conclusion. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

PENALTY = "penalty"
_PLACE = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True)
class Public:
    """A kind of letter that is published: the rule of its last day, the words of its conclusion, what it undoes."""

    kind: str
    rule: str
    concludes: str
    undoes: tuple[str, ...] = ()

    def conclusion(self, spoken: Mapping[str, str]) -> str:
        """The conclusion (执法结论) of one letter; `spoken` are its fields, enums as their labels."""
        return _PLACE.sub(lambda found: spoken.get(found[1], ""), self.concludes)


@cache
def _data() -> Mapping[str, Any]:
    text = resources.files("mingcha.disclosure").joinpath("data/letters.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@cache
def of_procedure(code: str) -> Mapping[str, Public]:
    """The published letters of a procedure, by kind."""
    return {
        kind: Public(kind, row["rule"], row["concludes"], tuple(row.get("undoes", ())))
        for kind, row in _data()["letters"].get(code, {}).items()
    }


@cache
def of_kind(kind: str) -> Public | None:
    """What is published under a kind of letter, whichever procedure issues it."""
    return next((row for code in _data()["letters"] if (row := of_procedure(code).get(kind))), None)


@cache
def kinds() -> tuple[str, ...]:
    """All kinds of letters that are published in their own right."""
    return tuple(sorted({kind for rows in _data()["letters"].values() for kind in rows}))


@cache
def undoing(kind: str) -> tuple[str, ...]:
    """The kinds of letters by which one of this kind stops being in force."""
    return tuple(other for other in kinds() if (row := of_kind(other)) and kind in row.undoes)


def acts() -> Mapping[str, str]:
    """Labels of the act types (执法类别) that are published."""
    labels: dict[str, str] = _data()["acts"]
    return labels
