"""Edits of a definition: what each does, what is refused, the way back, the difference in words."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest

from mingcha.common import clock
from mingcha.common.errors import InvalidInput
from mingcha.procedures import queries
from mingcha.procedures.definition import parse
from mingcha.procedures.faces import choosing, comparing, words
from mingcha.procedures.faces.editing import apply, patch, undo
from mingcha.procedures.rules import check

CODES = queries.codes()


@pytest.fixture
def content() -> dict[str, Any]:
    return queries.definition_file("P-PT")


def stage(content: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(row for row in content["stages"] if row["name"] == name)
    return found


NEW = {"name": "内部会商", "article": "本机关办案规则第八条", "roles": ["unit_head"]}


def test_a_stage_by_itself_is_refuted_and_one_on_a_way_stands(content: dict[str, Any]) -> None:
    before = copy.deepcopy(content)
    alone = apply(content, {"op": "stage-add", "stage": "conclude", **NEW})
    assert content == before, "the given content stays"
    assert any("内部会商" in reason.message for reason in check(alone))
    row = content["stages"][[item["id"] for item in content["stages"]].index("conclude")]
    on = next(n for n, move in enumerate(row["moves"]) if move["to"] == "head-examine")
    guards = row["moves"][on]["guards"]
    through = apply(content, {"op": "stage-add", "stage": "conclude", "on": str(on), **NEW})
    added = stage(through, "内部会商")
    assert stage(through, row["name"])["moves"][on]["to"] == added["id"]
    assert stage(through, row["name"])["moves"][on]["guards"] == []
    assert [(move["to"], move["guards"]) for move in added["moves"]] == [("head-examine", guards)]
    assert check(through) == []


def test_an_unknown_period_or_guard_is_refuted(content: dict[str, Any]) -> None:
    started = apply(content, {"op": "part-add", "stage": "investigate", "part": "starts", "value": "PEN-02"})
    assert started["stages"] != content["stages"]
    for change in (
        {"op": "part-add", "stage": "investigate", "part": "starts", "value": "XXX-99"},
        {"op": "guard-add", "stage": "investigate", "value": "nobody-knows@1"},
    ):
        assert check(apply(content, change)), change


def test_parts_guards_and_moves(content: dict[str, Any]) -> None:
    one = apply(content, {"op": "part-add", "stage": "lead", "part": "documents", "value": "线索分析表"})
    assert "线索分析表" in one["stages"][0]["documents"]
    two = apply(one, {"op": "part-remove", "stage": "lead", "part": "documents", "value": "线索分析表"})
    assert two["stages"][0]["documents"] == content["stages"][0]["documents"]
    three = apply(content, {"op": "guard-add", "stage": "lead", "move": "0", "value": "recordings-complete@1"})
    assert "recordings-complete@1" in three["stages"][0]["moves"][0]["guards"]
    four = apply(content, {"op": "move-add", "stage": "lead", "to": "investigate", "label": "直接调查", "when": "紧急"})
    move = four["stages"][0]["moves"][-1]
    assert (move["to"], move["label"], move["when"], move["roles"]) == ("investigate", "直接调查", "紧急", ["handler"])
    assert check(four), "a way past the filing is refuted"
    five = apply(four, {"op": "move-remove", "stage": "lead", "move": str(len(four["stages"][0]["moves"]) - 1)})
    assert five == content


def test_a_removed_stage_takes_the_ways_to_it_along(content: dict[str, Any]) -> None:
    after = apply(content, {"op": "stage-remove", "stage": "recheck"})
    assert "recheck" not in {row["id"] for row in after["stages"]}
    assert all(move["to"] != "recheck" for row in after["stages"] for move in row["moves"] if not move.get("procedure"))
    parse(after)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"op": "burn"}, "op"),
        ({"op": "stage-add", "stage": "conclude", "name": "", "article": "x", "roles": ["head"]}, "name"),
        ({"op": "stage-add", "stage": "conclude", "name": "内部会商", "article": "", "roles": ["head"]}, "article"),
        ({"op": "stage-add", "stage": "conclude", "name": "内部会商", "article": "x", "roles": []}, "roles"),
        ({"op": "stage-add", "stage": "conclude", "name": "立案", "article": "x", "roles": ["head"]}, "name"),
        ({"op": "stage-add", "stage": "nowhere", **NEW}, "stage"),
        ({"op": "stage-remove", "stage": "lead"}, "stage"),
        ({"op": "move-add", "stage": "lead", "to": "nowhere", "label": "去"}, "to"),
        ({"op": "move-add", "stage": "lead", "to": "verify-lead", "label": "去"}, "to"),
        ({"op": "move-remove", "stage": "lead", "move": "99"}, "move"),
        ({"op": "part-add", "stage": "lead", "part": "moves", "value": "x"}, "part"),
        ({"op": "part-remove", "stage": "lead", "part": "documents", "value": "没有的"}, "value"),
        ({"op": "part-add", "stage": "lead", "part": "documents", "value": "字" * 61}, "value"),
        ({"op": "guard-remove", "stage": "lead", "value": "x@1"}, "value"),
        ({"op": "stage-place", "stage": "lead", "by": "-1"}, "stage"),
        ({"op": "rename", "name": "\u202e倒"}, "name"),
    ],
)
def test_what_is_refused_names_its_field(content: dict[str, Any], change: dict[str, Any], field: str) -> None:
    before = copy.deepcopy(content)
    with pytest.raises(InvalidInput) as refused:
        apply(content, change)
    assert field in refused.value.fields
    assert content == before


def test_a_move_taken_by_an_action_cannot_be_split(content: dict[str, Any]) -> None:
    for row in content["stages"]:
        for index, move in enumerate(row["moves"]):
            if move.get("action"):
                with pytest.raises(InvalidInput):
                    apply(content, {"op": "stage-add", "stage": row["id"], "on": str(index), **NEW})
                return
    raise AssertionError("P-PT has such moves")


def random_change(content: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    row = dice.choice(content["stages"])
    return dice.choice(
        [
            {"op": "stage-add", "stage": row["id"], "name": f"环节{dice.random()}"[:20], "article": "x", "roles": ["head"],
             "on": dice.choice(["", *map(str, range(len(row["moves"])))])},
            {"op": "stage-remove", "stage": row["id"]},
            {"op": "stage-place", "stage": row["id"], "by": dice.choice(["1", "-1"])},
            {"op": "stage-change", "stage": row["id"], "name": f"改{dice.random()}"[:20], "party": "申请；撤回"},
            {"op": "move-add", "stage": row["id"], "to": dice.choice(content["stages"])["id"], "label": "去"},
            {"op": "move-remove", "stage": row["id"], "move": "0"},
            {"op": "part-add", "stage": row["id"], "part": "pauses", "value": "PEN-01"},
            {"op": "rename", "name": f"程序{dice.random()}"[:20]},
        ]
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
def test_every_step_can_be_taken_back(seed: int) -> None:
    dice = random.Random(seed)
    content = queries.definition_file(CODES[seed % len(CODES)])
    kept, steps = [content], []
    while len(steps) < 15:
        try:
            after = apply(kept[-1], random_change(kept[-1], dice))
        except InvalidInput:
            continue
        parse(after)
        steps.append(patch(kept[-1], after))
        kept.append(after)
    for step in reversed(steps):
        assert undo(kept.pop(), step) == kept[-1]


def test_the_way_back_is_refused_when_a_stage_is_gone(content: dict[str, Any]) -> None:
    after = apply(content, {"op": "part-add", "stage": "lead", "part": "documents", "value": "x"})
    back = patch(content, after)
    other = apply(after, {"op": "stage-remove", "stage": "recheck"})
    with pytest.raises(InvalidInput):
        undo(other, back)


def test_the_difference_in_words(content: dict[str, Any]) -> None:
    said = words.of(clock.today())
    assert comparing.compare(content, content, said) == []
    after = apply(content, {"op": "stage-add", "stage": "conclude", "on": "0", **NEW})
    after = apply(after, {"op": "part-add", "stage": "lead", "part": "documents", "value": "线索分析表"})
    after = apply(after, {"op": "part-add", "stage": "lead", "part": "starts", "value": "PEN-02"})
    after = apply(after, {"op": "stage-change", "stage": "file", "name": "决定立案"})
    after = apply(after, {"op": "rename", "name": "本区普通程序"})
    found = {(item.kind, item.place, item.what) for item in comparing.compare(content, after, said)}
    assert {
        ("added", "内部会商", "环节"),
        ("added", "线索", "文书"),
        ("added", "线索", "开始的期限"),
        ("changed", "决定立案", "名称"),
        ("changed", "程序", "名称"),
    } <= found
    back = {(item.kind, item.place, item.what) for item in comparing.compare(after, content, said)}
    assert ("removed", "内部会商", "环节") in back


def test_the_questions_reach_every_procedure_and_never_lead_astray() -> None:
    assert choosing.results() == set(CODES)
    waiting, ends = [""], set()
    while waiting:
        found = choosing.standing(waiting.pop())
        if found.result:
            ends.add(found.result)
            assert found.why
            assert found.article
        else:
            assert found.answers
            waiting += [path for _, path in found.answers]
    assert ends == set(CODES)


@pytest.mark.parametrize("path", ["", "99", "x", "0.0.0.0.0", "0..1", "-1", "٣", "1" * 500])
def test_any_address_of_the_questions_shows_a_page(path: str) -> None:
    found = choosing.standing(path)
    assert found.question or found.result
