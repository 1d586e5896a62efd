"""What changed between two editions of a procedure (版本对照), in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mingcha.procedures.faces.editing import PARTS
from mingcha.procedures.faces.words import RECORDING, Words

_STAGE = {"name": "名称", "article": "依据", "recording": "记录方式", "step": "所属步骤"}
_MOVE = {"label": "办理结果", "when": "适用条件"}


@dataclass(frozen=True)
class Change:
    """One change: where, what, before and after. `kind`: added, removed, changed."""

    kind: str
    place: str
    what: str
    before: str
    after: str


def compare(before: Mapping[str, Any], after: Mapping[str, Any], words: Words) -> list[Change]:
    """Every difference that a reader of the procedure can see, stage by stage."""
    old, new = ({row["id"]: row for row in content["stages"]} for content in (before, after))
    found = []
    if before["name"] != after["name"]:
        found.append(Change("changed", "程序", "名称", before["name"], after["name"]))
    if before["entry"] != after["entry"]:
        found.append(Change("changed", "程序", "起始环节", _name(old, before["entry"]), _name(new, after["entry"])))
    for row in after["stages"]:
        if row["id"] not in old:
            found.append(Change("added", row["name"], "环节", "", _whole(row, words)))
            found += _moves(row["name"], {"moves": []}, row, new, new, words)
        else:
            found += _stage(old[row["id"]], row, old, new, words)
    found += [
        Change("removed", row["name"], "环节", _whole(row, words), "")
        for row in before["stages"]
        if row["id"] not in new
    ]
    kept_before = [row["id"] for row in before["stages"] if row["id"] in new]
    kept_after = [row["id"] for row in after["stages"] if row["id"] in old]
    if kept_before != kept_after:
        found.append(Change("changed", "程序", "环节顺序", "", "排列有变"))
    return found


def _name(rows: Mapping[str, Any], stage: str) -> str:
    return str(rows[stage]["name"]) if stage in rows else stage


def _whole(row: Mapping[str, Any], words: Words) -> str:
    parts = [f"办理：{words.actors(tuple(row['roles']))}", f"依据：{row['article']}"]
    parts += [f"{label}：{'、'.join(_labels(row, part, words))}" for part, label in PARTS.items() if row.get(part)]
    return "；".join(parts)


def _labels(row: Mapping[str, Any], part: str, words: Words) -> list[str]:
    return [words.document(code) if part == "documents" else words.period(code).text for code in row.get(part, [])]


def _stage(before: Any, after: Any, old: Any, new: Any, words: Words) -> list[Change]:
    place, found = after["name"], []
    for key, label in _STAGE.items():
        was, now = str(before.get(key, "")), str(after.get(key, ""))
        if was != now:
            if key == "recording":
                was, now = RECORDING.get(was, was), RECORDING.get(now, now)
            found.append(Change("changed", place, label, was, now))
    if before["roles"] != after["roles"]:
        sides = (words.actors(tuple(row["roles"])) for row in (before, after))
        found.append(Change("changed", place, "办理", *sides))
    if before.get("party", []) != after.get("party", []):
        sides = ("；".join(row.get("party", [])) for row in (before, after))
        found.append(Change("changed", place, "当事人可以", *sides))
    for part, label in PARTS.items():
        found += _sets(place, label, _labels(before, part, words), _labels(after, part, words))
    guards = ([words.guard(name) for name in row.get("guards", [])] for row in (before, after))
    found += _sets(place, "进入的条件", *guards)
    return found + _moves(place, before, after, old, new, words)


def _sets(place: str, what: str, before: list[str], after: list[str]) -> list[Change]:
    return [
        *(Change("removed", place, what, item, "") for item in before if item not in after),
        *(Change("added", place, what, "", item) for item in after if item not in before),
    ]


def _key(move: Mapping[str, Any]) -> tuple[str, str]:
    return str(move.get("procedure", "")), move["to"]


def _moves(place: str, before: Any, after: Any, old: Any, new: Any, words: Words) -> list[Change]:
    was = {_key(move): move for move in before["moves"]}
    now = {_key(move): move for move in after["moves"]}
    found = []
    for key, move in was.items():
        if key not in now:
            found.append(Change("removed", place, "去向", _leads(move, old, words), ""))
    for key, move in now.items():
        if key not in was:
            found.append(Change("added", place, "去向", "", _leads(move, new, words)))
            continue
        where = f"{place} → {_target(move, new, words)}"
        for field, label in _MOVE.items():
            if was[key].get(field, "") != move.get(field, ""):
                found.append(Change("changed", where, label, was[key].get(field, ""), move.get(field, "")))
        if was[key]["roles"] != move["roles"]:
            sides = (words.actors(tuple(item["roles"])) for item in (was[key], move))
            found.append(Change("changed", where, "办理", *sides))
        sets = ([words.guard(name) for name in item.get("guards", [])] for item in (was[key], move))
        found += _sets(where, "条件", *sets)
        if was[key].get("expiry", "") != move.get("expiry", ""):
            terms = (words.period(item["expiry"]).text if item.get("expiry") else "" for item in (was[key], move))
            found.append(Change("changed", where, "期限届满", *terms))
        for flag, label in (
            ("parallel", "并行"),
            ("reason", "须写明理由"),
            ("irreversible", "不可撤回"),
            ("passes", "自动经过"),
        ):
            if bool(was[key].get(flag)) != bool(move.get(flag)):
                found.append(
                    Change("changed", where, label, *("是" if item.get(flag) else "否" for item in (was[key], move)))
                )
    return found


def _target(move: Mapping[str, Any], rows: Mapping[str, Any], words: Words) -> str:
    return f"《{words.procedure(move['procedure'])}》" if move.get("procedure") else _name(rows, move["to"])


def _leads(move: Mapping[str, Any], rows: Mapping[str, Any], words: Words) -> str:
    needs = [words.guard(name) for name in move.get("guards", [])]
    return f"{move['label']} → {_target(move, rows, words)}" + (f"（须：{'、'.join(needs)}）" if needs else "")
