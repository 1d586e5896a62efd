"""The definitions that ship with Mingcha (随附的程序定义), and the words they use: roles, periods."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

from mingcha.common.errors import MingchaError
from mingcha.procedures.definition import Definition, parse, whole

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
    found: dict[str, Any] = json.loads(_kept(code))
    return found


@functools.cache
def baseline(code: str) -> Definition | None:
    """The definition that a local variant of this code is measured by; None for a code of one's own."""
    return parse(_file(code)) if code in _CODES else None


@functools.cache
def roles() -> Mapping[str, Mapping[str, str]]:
    """Roles of procedures: label, and the role of accounts that acts in the system for them ("" for the system)."""
    found: dict[str, dict[str, str]] = json.loads(_text("roles.json"))
    return found


def account_role(role: str) -> str:
    """The role of accounts that acts for a role of a procedure: bank → handler."""
    return roles().get(role, {}).get("account_role", "")


def role_label(role: str) -> str:
    """The Chinese name of a role of a procedure."""
    return roles().get(role, {}).get("label", role)


@functools.cache
def periods() -> Mapping[str, Mapping[str, Any]]:
    """Periods that definitions start: name, what follows when they run out, whether they lapse by themselves."""
    found: dict[str, dict[str, Any]] = json.loads(_text("periods.json"))
    return found


@functools.cache
def documents() -> frozenset[str]:
    """Kinds of documents with a template. Others are named in Chinese and made outside."""
    return frozenset(json.loads(_text("documents.json")))


@functools.cache
def _file(code: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(_text("definitions", f"{code}.json"))
    return whole(content, _file(content["extends"])) if "extends" in content else content


@functools.cache
def _kept(code: str) -> str:
    """The file as text: read again in a fifth of the time that copying it takes."""
    return json.dumps(_file(code), ensure_ascii=False)


def _text(*parts: str) -> str:
    return resources.files("mingcha.procedures").joinpath("data", *parts).read_text("utf-8")
