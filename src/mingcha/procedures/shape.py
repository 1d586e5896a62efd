"""Whether a content has the shape of a definition at all (格式): told by place, before anything is read from it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_ID = re.compile(r"^[a-z][a-z0-9-]{0,29}$")
_TEXTS = ("id", "name", "step", "article", "recording")
_LISTS = ("roles", "documents", "starts", "ends")
_MORE_LISTS = ("guards", "pauses", "extends", "party")
_MORE_TEXTS = ("when", "expiry", "procedure", "action", "creates")


def malformed(content: Any) -> list[str]:
    """What is missing or of the wrong kind, in words; empty when the content can be read."""
    if not isinstance(content, Mapping):
        return ["程序定义应是一个对象"]
    found = [f"“{key}”应是文字" for key in ("code", "name", "act_type", "entry") if not _text(content.get(key))]
    found += [f"“{key}”应是文字的列表" for key in ("steps",) if not _texts(content.get(key))]
    found += [f"“{key}”应是文字的列表" for key in ("entries", "unverified") if not _texts(content.get(key, []))]
    if not isinstance(content.get("source", ""), str):
        found.append("“source”应是文字")
    pairs = content.get("different", [])
    if not isinstance(pairs, list) or not all(_texts(pair) and len(pair) == 3 for pair in pairs):
        found.append("“different”应是（角色、角色、依据）的列表")
    rows = content.get("stages")
    if not isinstance(rows, list) or not rows:
        return [*found, "“stages”应是环节的列表"]
    for place, row in enumerate(rows, 1):
        found += [f"第{place}个环节：{said}" for said in _stage(row)]
    ids = [row["id"] for row in rows if isinstance(row, Mapping) and _text(row.get("id"))]
    found += [f"环节编号重复：{item}" for item in dict.fromkeys(ids) if ids.count(item) > 1]
    return found


def _stage(row: Any) -> Iterator[str]:
    if not isinstance(row, Mapping):
        yield "应是一个对象"
        return
    yield from (f"“{key}”应是文字" for key in _TEXTS if not isinstance(row.get(key), str))
    if isinstance(row.get("id"), str) and not _ID.match(row["id"]):
        yield "编号“id”应由小写字母、数字和连字符组成，以字母开头，不超过30个字符"
    if isinstance(row.get("name"), str) and not row["name"].strip():
        yield "名称“name”不能为空"
    yield from (f"“{key}”应是文字的列表" for key in _LISTS if not _texts(row.get(key)))
    yield from (f"“{key}”应是文字的列表" for key in _MORE_LISTS if not _texts(row.get(key, [])))
    moves = row.get("moves")
    if not isinstance(moves, list):
        yield "“moves”应是移动的列表"
        return
    for place, move in enumerate(moves, 1):
        yield from (f"第{place}个移动{said}" for said in _move(move))


def _move(row: Any) -> Iterator[str]:
    if not isinstance(row, Mapping):
        yield "应是一个对象"
        return
    yield from (f"的“{key}”应是文字" for key in ("to", "label") if not _text(row.get(key)))
    yield from (f"的“{key}”应是文字的列表" for key in ("roles", "guards") if not _texts(row.get(key)))
    yield from (f"的“{key}”应是文字" for key in _MORE_TEXTS if not isinstance(row.get(key, ""), str))


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
