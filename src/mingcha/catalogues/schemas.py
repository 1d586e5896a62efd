"""Registry of list kinds (清单种类): label, typed columns, who reviews it, and the check that its content must pass."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from mingcha.catalogues import profiles
from mingcha.catalogues.columns import FIXED, CellError, Column
from mingcha.common.errors import InvalidInput, MingchaError, Reason

Content = Mapping[str, Any]
# What the system itself writes into an entry, besides the columns.
_OWN = (FIXED,)


@dataclass(frozen=True)
class Schema:
    """A kind of list (清单) with its columns and the rule that its content must pass.

    `reviewed_by`: legal (法制机构 of the same level) or superior (上级业务主管部门). `without`: what cannot be done
    while none is published. `every`: key of the policy profile that says how often the next one is due.
    `first`: what the first draft begins with, where a table ships.
    """

    kind: str
    label: str
    check: Callable[[Content], list[Reason]]
    columns: tuple[Column, ...] = ()
    about: str = ""
    basis: str = ""
    reviewed_by: str = "legal"
    without: str = ""
    every: str = ""
    first: Content | None = None

    @property
    def public(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.public)

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)

    def clean(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """The stored form of one entry; empty fields are left out. Raises InvalidInput for what does not fit."""
        errors: dict[str, list[str]] = {}
        cleaned: dict[str, Any] = {}
        known = {column.name: column for column in self.columns}
        for name, value in data.items():
            if name in _OWN:
                if value:
                    cleaned[name] = True
                continue
            if name not in known:
                errors[name] = [f"{self.label}没有“{name}”这个栏目。"]
                continue
            try:
                stored = known[name].clean(value)
            except CellError as error:
                errors[name] = [str(error)]
                continue
            if stored is not None:
                cleaned[name] = stored
        if errors:
            raise InvalidInput(errors)
        return cleaned


_schemas: dict[str, Schema] = {}


def register(kind: str, label: str, check: Callable[[Content], list[Reason]], **more: Any) -> None:
    """Register a kind whose content a room above checks itself (procedures)."""
    _schemas[kind] = Schema(kind, label, check, **more)


def schema(kind: str) -> Schema:
    """The schema of a kind. An unknown kind raises."""
    if kind not in _schemas:
        raise MingchaError("edition-kind-unknown", f"没有登记过“{kind}”这种清单。")
    return _schemas[kind]


def kinds() -> list[Schema]:
    return sorted(_schemas.values(), key=lambda item: item.kind)


def check_entries(columns: tuple[Column, ...], entries: Any) -> list[Reason]:
    """What is wrong with the entries of a list, by row and field; empty when they can be published."""
    if not isinstance(entries, list) or not entries:
        return [Reason("edition-empty", "清单没有条目。", fix="请至少填写一条。")]
    known = {column.name: column for column in columns}
    reasons: list[Reason] = []
    seen: dict[str, int] = {}
    for place, entry in enumerate(entries, 1):
        if not isinstance(entry, Mapping):
            reasons.append(Reason("edition-entry-malformed", f"第{place}条不是一个条目。", data={"row": place}))
            continue
        reasons += _check_entry(known, place, entry)
        code = str(entry.get("code", ""))
        if code and code in seen:
            where = {"row": place, "field": "code"}
            reasons.append(
                Reason("edition-code-twice", f"第{place}条的编码“{code}”与第{seen[code]}条重复。", data=where)
            )
        seen.setdefault(code, place)
    return reasons


def _check_entry(known: Mapping[str, Column], place: int, entry: Content) -> list[Reason]:
    reasons = []
    for name, column in known.items():
        value = entry.get(name)
        where = {"row": place, "field": name}
        if value is None or value in ("", []):
            if column.required:
                reasons.append(Reason("edition-field-missing", f"第{place}条没有填写“{column.label}”。", data=where))
            continue
        try:
            column.clean(value)
        except CellError as error:
            reasons.append(Reason("edition-field-value", f"第{place}条：{error}", data=where))
    for name in entry:
        if name not in known and name not in _OWN:
            reasons.append(
                Reason(
                    "edition-field-unknown", f"第{place}条有不认识的栏目“{name}”。", data={"row": place, "field": name}
                )
            )
    return reasons


def _load() -> None:
    text = resources.files("mingcha.catalogues").joinpath("data", "kinds.json").read_text("utf-8")
    for row in json.loads(text)["kinds"]:
        columns = tuple(Column.of(column) for column in row.pop("columns"))
        kind, label = row.pop("kind"), row.pop("label")

        def check(content: Content, columns: tuple[Column, ...] = columns) -> list[Reason]:
            return check_entries(columns, content.get("entries"))

        register(kind, label, check, columns=columns, **row)
    register(
        "policy-profile",
        "政策参数",
        profiles.check,
        about="法律交给地方规定的数额、时限和做法，每个值都有来源。",
        basis="国办发〔2018〕118号；行政处罚法第六十三条",
        without="不能登记线索，期限和数额无从计算",
    )


_load()
