"""Reads of procedures for other rooms."""

from __future__ import annotations

import copy
import functools
import json
import uuid
from importlib import resources
from typing import Any

from mingcha.catalogues.models import Edition
from mingcha.common.errors import MingchaError
from mingcha.procedures.definition import Definition, parse, whole


@functools.lru_cache(maxsize=256)
def definition(edition_id: uuid.UUID) -> Definition:
    """The definition of a published edition; editions never change, so it is read once per process."""
    return parse(Edition.objects.get(id=edition_id, kind="procedure").content)


def shipped(code: str) -> dict[str, Any]:
    """A definition that ships with Mingcha, ready to be adopted by a founding act."""
    text = resources.files("mingcha.procedures").joinpath("data", f"{code}.json").read_text("utf-8")
    content: dict[str, Any] = json.loads(text)
    return content


# In the order of the act types: penalties, licence, coercion, the others, transfers.
_CODES = (
    "P-JY", "P-PT", "P-TZ", "P-XK", "P-CS", "P-ZX", "P-FY", "P-JC", "P-ZF", "P-ZT", "P-ZY", "P-SF", "P-QR", "P-YS",
    "P-JW",
)  # fmt: skip


def codes() -> tuple[str, ...]:
    """The procedures for which a whole definition ships."""
    return _CODES


def definition_file(code: str) -> dict[str, Any]:
    """The whole definition of a procedure as it ships, what it inherits filled in. Raises MingchaError."""
    if code not in _CODES:
        raise MingchaError("procedure-unknown", f"没有编号为“{code}”的程序，现有：{'、'.join(_CODES)}。")
    return copy.deepcopy(_file(code))


@functools.cache
def _file(code: str) -> dict[str, Any]:
    text = resources.files("mingcha.procedures").joinpath("data", "definitions", f"{code}.json").read_text("utf-8")
    content: dict[str, Any] = json.loads(text)
    return whole(content, _file(content["extends"])) if "extends" in content else content
