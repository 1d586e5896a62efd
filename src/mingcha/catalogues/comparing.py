"""What differs between two editions (版本比较): entries added, removed, changed field by field, readable. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mingcha.catalogues import local, profiles
from mingcha.catalogues.columns import Column

Content = Mapping[str, Any]
_FIXED_LABEL = "上级固定"


@dataclass(frozen=True)
class Change:
    """One entry that differs. `kind`: added, removed, changed."""

    kind: str
    code: str
    title: str
    fields: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def label(self) -> str:
        return {"added": "新增", "removed": "删去", "changed": "修改"}[self.kind]


def differences(kind: str, columns: Sequence[Column], before: Content, after: Content) -> list[Change]:
    """Changes from one content to another: removed and changed in the old order, added in the new one."""
    if kind == "policy-profile":
        return _of_profile(before, after)
    if not columns:
        return _of_parts(before, after)
    old = {str(row.get("code")): row for row in before.get("entries", [])}
    new = {str(row.get("code")): row for row in after.get("entries", [])}
    found = []
    for code, row in old.items():
        if code not in new:
            found.append(Change("removed", code, _title(row), _fields(columns, row, {})))
        elif dict(row) != dict(new[code]):
            found.append(Change("changed", code, _title(new[code]), _fields(columns, row, new[code])))
    found += [
        Change("added", code, _title(row), _fields(columns, {}, row)) for code, row in new.items() if code not in old
    ]
    return found


def _title(row: Content) -> str:
    return str(row.get("name") or row.get("item") or row.get("plain") or row.get("object") or "")[:80]


def _fields(columns: Sequence[Column], before: Content, after: Content) -> list[tuple[str, str, str]]:
    rows = []
    for column in columns:
        was, now = before.get(column.name), after.get(column.name)
        if was != now:
            rows.append((column.label, column.words(was), column.words(now)))
    if bool(before.get("fixed")) != bool(after.get("fixed")):
        rows.append((_FIXED_LABEL, "是" if before.get("fixed") else "否", "是" if after.get("fixed") else "否"))
    return rows


def _of_profile(before: Content, after: Content) -> list[Change]:
    found = []
    for name, key in profiles.keys().items():
        was, now = profiles.value(before, name), profiles.value(after, name)
        if was != now:
            rows = [("值", profiles.words(name, was), profiles.words(name, now))]
            reason = after.get("values", {}).get(name, {}).get("reason")
            if reason:
                rows.append(("理由", "", reason))
            found.append(Change("changed", name, key.label, rows))
    for part in local.parts().values():
        old, new = local.values(before, part.name), local.values(after, part.name)
        rows = [
            (field.label, local.words(field, old[field.name]), local.words(field, new[field.name]))
            for field in part.fields
            if old[field.name] != new[field.name]
        ]
        rows += _flat_rows(
            {name: before.get(part.name, {}).get(name) for name in _TOLD},
            {name: after.get(part.name, {}).get(name) for name in _TOLD},
        )
        if rows:
            found.append(Change("changed", part.name, part.label, rows))
    return found


def _of_parts(before: Content, after: Content) -> list[Change]:
    """Contents without columns (procedures): compared by stage, the rest as one."""
    old = {row["id"]: row for row in before.get("stages", [])}
    new = {row["id"]: row for row in after.get("stages", [])}
    found = []
    for code, row in old.items():
        if code not in new:
            found.append(Change("removed", code, row.get("name", code)))
        elif row != new[code]:
            found.append(Change("changed", code, new[code].get("name", code), _flat_rows(row, new[code])))
    found += [Change("added", code, row.get("name", code)) for code, row in new.items() if code not in old]
    rest = _flat_rows(
        {name: item for name, item in before.items() if name != "stages"},
        {name: item for name, item in after.items() if name != "stages"},
    )
    return [*found, Change("changed", "-", "其他内容", rest)] if rest else found


# What a part of a profile tells besides its values.
_TOLD = ("source", "reason", "verified")
_PARTS = {
    "name": "名称", "title": "名称", "article": "依据", "roles": "办理人", "documents": "文书", "starts": "开始的期限",
    "ends": "结束的期限", "moves": "流转", "recording": "音像记录", "guards": "条件", "steps": "步骤", "source": "来源",
    "verified": "已核实", "reason": "理由", "entry": "起始环节", "label": "名称", "to": "去向",
}  # fmt: skip


def _flat_rows(before: Content, after: Content) -> list[tuple[str, str, str]]:
    rows = []
    for name in [*before, *(name for name in after if name not in before)]:
        was, now = before.get(name), after.get(name)
        if was == now:
            continue
        label = _PARTS.get(name, name)
        if isinstance(was, Mapping) and isinstance(now, Mapping):
            rows += [(f"{label}：{part}", a, b) for part, a, b in _flat_rows(was, now)]
        else:
            rows.append((label, _words(was), _words(now)))
    return rows


def _words(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Mapping):
        return "，".join(f"{_PARTS.get(name, name)}：{_words(item)}" for name, item in value.items() if item)
    if isinstance(value, list):
        return "；".join(_words(item) for item in value)
    return str(value)
