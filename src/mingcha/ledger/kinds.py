"""Vocabulary of the journal (日志类别): each room registers its kinds; an unknown kind is refused."""

from __future__ import annotations

import re

from mingcha.ledger.errors import UnknownKind

_labels: dict[str, str] = {}
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")


def kind(name: str, label_zh: str) -> str:
    """Register a kind with its Chinese label; returns the name, so that rooms keep it as a constant."""
    if not _NAME.match(name) or len(name) > 60 or not label_zh:
        raise ValueError(f"journal kind {name!r} needs a kebab-case name and a label")
    if _labels.setdefault(name, label_zh) != label_zh:
        raise ValueError(f"journal kind {name!r} is registered twice with different labels")
    return name


def label(name: str) -> str:
    """The Chinese label. Raises UnknownKind."""
    try:
        return _labels[name]
    except KeyError:
        raise UnknownKind(name) from None


def registered() -> dict[str, str]:
    """All kinds with their labels, for the glossary and its test."""
    return dict(sorted(_labels.items()))


PAYLOAD_ERASED = kind("payload-erased", "日志内容依法删除")
ROWS_SEALED = kind("rows-sealed", "数据库记录封签")
LOG_KEY_CHANGED = kind("log-key-changed", "账本换钥")
SCHEMA_RECORDED = kind("schema-recorded", "登记表结构")
