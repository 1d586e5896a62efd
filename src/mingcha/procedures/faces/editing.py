"""Editing a definition (编辑程序): one operation on a content gives the next content. Pure; the store is elsewhere.

An operation is a mapping with `op` and its fields, as a form sends them. `diff()` says in words what changed,
`patch()` and `undo()` take a step back without keeping whole copies.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from typing import Any

from mingcha.common.checks import Check
from mingcha.common.errors import InvalidInput

Content = dict[str, Any]
Fields = Mapping[str, Any]
_ID = re.compile(r"^[a-z][a-z0-9-]{0,29}$")
MOST_STAGES, MOST_MOVES = 120, 30
# Parts of a stage that hold a list of names, with the word for them.
PARTS = {
    "documents": "文书",
    "starts": "开始的期限",
    "ends": "结束的期限",
    "pauses": "暂停的期限",
    "extends": "延长的期限",
}
_PERIOD_PARTS = ("starts", "ends", "pauses", "extends")
_OPTIONAL = ("when", "expiry", "procedure", "action", "creates")


def apply(content: Mapping[str, Any], change: Fields) -> Content:
    """The content after one operation; the given one stays as it is. Raises InvalidInput with messages by field."""
    act = _OPERATIONS.get(str(change.get("op", "")))
    if act is None:
        raise InvalidInput({"op": ["没有这种修改。"]})
    after = copy.deepcopy(dict(content))
    act(after, change)
    return after


def stage_of(content: Mapping[str, Any], stage_id: Any) -> dict[str, Any]:
    """The row of a stage. Raises InvalidInput."""
    for row in content["stages"]:
        if row["id"] == stage_id:
            found: dict[str, Any] = row
            return found
    raise InvalidInput({"stage": ["没有这个环节，可能刚刚被删除。请刷新页面。"]})


def move_of(stage: Mapping[str, Any], index: Any) -> dict[str, Any]:
    """A move of a stage by its place. Raises InvalidInput."""
    if not str(index).isdigit() or int(index) >= len(stage["moves"]):
        raise InvalidInput({"move": ["没有这个去向，可能刚刚被删除。请刷新页面。"]})
    found: dict[str, Any] = stage["moves"][int(index)]
    return found


def _list(value: Any) -> list[str]:
    values = value if isinstance(value, list | tuple) else [value] if value else []
    return list(dict.fromkeys(str(item) for item in values if item))


def _new_id(content: Content) -> str:
    taken = {row["id"] for row in content["stages"]}
    number = 1
    while f"local-{number}" in taken:
        number += 1
    return f"local-{number}"


def _described(row: dict[str, Any], change: Fields, check: Check) -> None:
    """Name, article, roles, recording and what the party may do, as a form gives them."""
    row["name"] = check.text("name", change.get("name", row.get("name", "")), "环节名称", most=30)
    row["article"] = check.text("article", change.get("article", row.get("article", "")), "依据的条款", most=120)
    roles = _list(change.get("roles", row.get("roles", [])))
    if not roles:
        check.add("roles", "请至少选择一个办理角色。")
    # The role named first leads; ticked boxes come in the order of the form.
    row["roles"] = sorted(
        roles, key=lambda role: row["roles"].index(role) if role in row["roles"] else len(row["roles"])
    )
    recording = change.get("recording", row.get("recording", "N"))
    row["recording"] = check.one_of("recording", recording, "记录方式", ("A", "B", "N"))
    if "party" in change:
        text = check.text("party", change.get("party") or "", "当事人可以做什么", most=300, required=False)
        row["party"] = [part.strip() for part in re.split(r"[；;\n]", text) if part.strip()]


def _stage_add(content: Content, change: Fields) -> None:
    """A stage after another one; `on` puts it onto that stage's move, which then leads through it."""
    after = stage_of(content, change.get("stage"))
    check = Check()
    row: dict[str, Any] = {"id": _new_id(content), "name": "", "step": after["step"], "article": "", "roles": []}
    _described(row, change, check)
    if any(other["name"] == row["name"] for other in content["stages"]):
        check.add("name", f"已经有名为“{row['name']}”的环节，请换一个名称。")
    if len(content["stages"]) >= MOST_STAGES:
        check.add("name", f"一个程序最多{MOST_STAGES}个环节。")
    row |= {"documents": [], "starts": [], "ends": [], "moves": []}
    on = change.get("on", "")
    if on not in ("", None):
        move = move_of(after, on)
        if move.get("action") or move.get("procedure") or move.get("expiry"):
            check.add("on", f"“{move['label']}”由系统的专门功能办理，不能在它中间插入环节。")
        check.done()
        # The choice stays where it was made. Who takes the case on, and what must be met for that, stays as it was:
        # the last hand before a lawful stage is the one that the law names.
        onward = {key: value for key, value in move.items() if key not in ("when", "parallel", "reason", "passes")}
        row["moves"] = [{**onward, "label": "办理完毕"}]
        kept = {key: value for key, value in move.items() if key in ("label", "roles", "when", "parallel", "reason")}
        move.clear()
        move.update({**kept, "to": row["id"], "guards": []})
    check.done()
    content["stages"].insert(content["stages"].index(after) + 1, row)


def _stage_change(content: Content, change: Fields) -> None:
    row = stage_of(content, change.get("stage"))
    check = Check()
    _described(row, change, check)
    if any(other["name"] == row["name"] for other in content["stages"] if other is not row):
        check.add("name", f"已经有名为“{row['name']}”的环节，请换一个名称。")
    check.done()


def _stage_remove(content: Content, change: Fields) -> None:
    """A stage with all moves that lead to it."""
    row = stage_of(content, change.get("stage"))
    if row["id"] == content["entry"]:
        raise InvalidInput({"stage": [f"“{row['name']}”是起始环节，不能删除。"]})
    content["stages"].remove(row)
    if row["id"] in content.get("entries", []):
        content["entries"].remove(row["id"])
    for other in content["stages"]:
        other["moves"] = [move for move in other["moves"] if move.get("procedure") or move["to"] != row["id"]]


def _stage_place(content: Content, change: Fields) -> None:
    """One place up or down in reading order."""
    row = stage_of(content, change.get("stage"))
    stages = content["stages"]
    here = stages.index(row)
    there = here + (1 if str(change.get("by")) == "1" else -1)
    if not 0 <= there < len(stages):
        raise InvalidInput({"stage": ["已经在最边上了。"]})
    stages[here], stages[there] = stages[there], stages[here]
    if stages[here]["step"] != row["step"]:
        row["step"] = stages[here]["step"]


def _move_fields(content: Content, stage: Mapping[str, Any], move: dict[str, Any], change: Fields) -> None:
    check = Check()
    if not move.get("procedure"):
        targets = [row["id"] for row in content["stages"]]
        move["to"] = check.one_of("to", change.get("to", move.get("to")), "去向", targets)
    move["label"] = check.text("label", change.get("label", move.get("label", "")), "办理结果", most=40)
    usual = move.get("roles") or list(stage["roles"])
    roles = _list(change.get("roles", usual))
    if not roles:
        check.add("roles", "请至少选择一个办理角色。")
    # The order is that of before; what is new comes last, as the form gives it.
    move["roles"] = sorted(roles, key=lambda role: usual.index(role) if role in usual else len(usual))
    move["when"] = check.text("when", change.get("when", move.get("when", "")), "适用条件", most=120, required=False)
    move["expiry"] = str(change.get("expiry", move.get("expiry", "")) or "")
    for name in ("parallel", "reason"):
        if name in change:
            move[name] = bool(change[name])
    check.done()
    for name in (*_OPTIONAL, "parallel", "reason"):
        if not move.get(name):
            move.pop(name, None)


def _move_add(content: Content, change: Fields) -> None:
    stage = stage_of(content, change.get("stage"))
    if len(stage["moves"]) >= MOST_MOVES:
        raise InvalidInput({"to": [f"一个环节最多{MOST_MOVES}个去向。"]})
    move: dict[str, Any] = {"to": "", "label": "", "roles": [], "guards": []}
    _move_fields(content, stage, move, change)
    if any(other["to"] == move["to"] and not other.get("procedure") for other in stage["moves"]):
        raise InvalidInput({"to": ["这个环节已经有去那里的去向，请修改原来的那一个。"]})
    stage["moves"].append(move)


def _move_change(content: Content, change: Fields) -> None:
    stage = stage_of(content, change.get("stage"))
    move = move_of(stage, change.get("move"))
    _move_fields(content, stage, move, change)
    same = [other for other in stage["moves"] if other["to"] == move["to"] and not other.get("procedure")]
    if len(same) > 1 and not move.get("procedure"):
        raise InvalidInput({"to": ["这个环节已经有去那里的去向，请修改原来的那一个。"]})


def _move_remove(content: Content, change: Fields) -> None:
    stage = stage_of(content, change.get("stage"))
    stage["moves"].remove(move_of(stage, change.get("move")))


def _part_add(content: Content, change: Fields) -> None:
    """A document or a period of a stage."""
    stage = stage_of(content, change.get("stage"))
    part, check = str(change.get("part", "")), Check()
    check.one_of("part", part, "位置", tuple(PARTS))
    label = "文书" if part == "documents" else "期限"
    value = check.text("value", change.get("value"), label, most=60 if part == "documents" else 20)
    check.done()
    held = stage.setdefault(part, [])
    if value in held:
        raise InvalidInput({"value": [f"这个环节已经有这项{label}。"]})
    held.append(value)


def _part_remove(content: Content, change: Fields) -> None:
    stage = stage_of(content, change.get("stage"))
    held = stage.get(str(change.get("part", "")), [])
    if str(change.get("part")) not in PARTS or change.get("value") not in held:
        raise InvalidInput({"value": ["没有这一项，可能刚刚被删除。请刷新页面。"]})
    held.remove(change["value"])


def _guards(content: Content, change: Fields) -> list[str]:
    stage = stage_of(content, change.get("stage"))
    if change.get("move") in ("", None):
        held: list[str] = stage.setdefault("guards", [])
        return held
    held = move_of(stage, change.get("move")).setdefault("guards", [])
    return held


def _guard_add(content: Content, change: Fields) -> None:
    """A condition of entering a stage, or of one of its moves when `move` is given."""
    check = Check()
    value = check.text("value", change.get("value"), "条件", most=60)
    check.done()
    held = _guards(content, change)
    if value in held:
        raise InvalidInput({"value": ["已经有这个条件。"]})
    held.append(value)


def _guard_remove(content: Content, change: Fields) -> None:
    held = _guards(content, change)
    if change.get("value") not in held:
        raise InvalidInput({"value": ["没有这个条件，可能刚刚被删除。请刷新页面。"]})
    held.remove(change["value"])


def _different_add(content: Content, change: Fields) -> None:
    """Two roles that one person may not hold in the same case."""
    check = Check()
    first = check.text("first", change.get("first"), "一个角色", most=30)
    second = check.text("second", change.get("second"), "另一个角色", most=30)
    basis = check.text("basis", change.get("basis"), "依据的条款", most=120)
    known = {role for row in content["stages"] for role in row["roles"]}
    known |= {role for row in content["stages"] for move in row["moves"] for role in move.get("roles", [])}
    for name, role in (("first", first), ("second", second)):
        if role and role not in known:
            check.add(name, "这个程序里没有环节由这个角色办理。")
    if first and first == second:
        check.add("second", "请选择两个不同的角色。")
    held = content.setdefault("different", [])
    if any({row[0], row[1]} == {first, second} for row in held):
        check.add("second", "这两个角色已经要求由不同的人担任。")
    check.done()
    held.append([first, second, basis])


def _different_remove(content: Content, change: Fields) -> None:
    held, index = content.get("different", []), str(change.get("value", ""))
    if not index.isdigit() or int(index) >= len(held):
        raise InvalidInput({"value": ["没有这一项，可能刚刚被删除。请刷新页面。"]})
    held.pop(int(index))


def _entry_add(content: Content, change: Fields) -> None:
    """A further stage at which a case may begin, besides the entry."""
    row = stage_of(content, change.get("value"))
    held = content.setdefault("entries", [])
    if row["id"] == content["entry"] or row["id"] in held:
        raise InvalidInput({"value": [f"“{row['name']}”已经是起始环节。"]})
    held.append(row["id"])


def _entry_remove(content: Content, change: Fields) -> None:
    held = content.get("entries", [])
    if change.get("value") not in held:
        raise InvalidInput({"value": ["没有这一项，可能刚刚被删除。请刷新页面。"]})
    held.remove(change["value"])


def _rename(content: Content, change: Fields) -> None:
    check = Check()
    content["name"] = check.text("name", change.get("name"), "程序名称", most=60)
    check.done()


_OPERATIONS: dict[str, Callable[[Content, Fields], None]] = {
    "stage-add": _stage_add,
    "stage-change": _stage_change,
    "stage-remove": _stage_remove,
    "stage-place": _stage_place,
    "move-add": _move_add,
    "move-change": _move_change,
    "move-remove": _move_remove,
    "part-add": _part_add,
    "part-remove": _part_remove,
    "guard-add": _guard_add,
    "guard-remove": _guard_remove,
    "different-add": _different_add,
    "different-remove": _different_remove,
    "entry-add": _entry_add,
    "entry-remove": _entry_remove,
    "rename": _rename,
}


def patch(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What takes `after` back to `before`: old rows of the stages that changed, their old order, old head."""
    now = {row["id"]: row for row in after["stages"]}
    return {
        "order": [row["id"] for row in before["stages"]],
        "rows": {row["id"]: row for row in before["stages"] if now.get(row["id"]) != row},
        "head": {key: value for key, value in before.items() if key != "stages" and after.get(key) != value},
    }


def undo(content: Mapping[str, Any], back: Mapping[str, Any]) -> Content:
    """The content before the step. Raises InvalidInput when it no longer fits (somebody else changed it since)."""
    rows = {row["id"]: row for row in content["stages"]} | dict(back["rows"])
    if any(stage not in rows for stage in back["order"]):
        raise InvalidInput({"op": ["他人已经修改过这份草稿，这一步不能撤销。"]})
    return {
        **copy.deepcopy(dict(content)),
        **back["head"],
        "stages": [copy.deepcopy(rows[id_]) for id_ in back["order"]],
    }
