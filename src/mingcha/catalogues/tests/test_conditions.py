"""Conditions that decide: what holds, what fails, what cannot be said; how they are compared and put into words."""

from __future__ import annotations

from typing import Any

import pytest

from mingcha.catalogues import comparing, conditions
from mingcha.catalogues.schemas import schema

CASE: dict[str, Any] = {
    "procedure": "P-PT",
    "act_type": "penalty",
    "party_kind": "organisation",
    "kinds": {"fine", "revoke_permit"},
    "fine": 6_000_000,
    "hearing_held": False,
}
LIMITS = {"person": 1_000_000, "organisation": 10_000_000}


@pytest.mark.parametrize(
    ("condition", "facts", "holds"),
    [
        ({"procedure": ["P-PT", "P-TZ"]}, {}, True),
        ({"act_type": ["permit"]}, {}, False),
        ({"kinds": ["revoke_permit", "close"]}, {}, True),
        ({"fine_at_least": LIMITS}, {}, False),
        ({"fine_at_least": LIMITS}, {"party_kind": "person"}, True),
        ({"fine_at_least": LIMITS}, {"fine": 10_000_000}, True),
        ({"hearing_held": True}, {}, False),
        ({"hearing_held": True}, {"hearing_held": True}, True),
        ({"public_interest": True}, {}, None),
        ({"public_interest": True}, {"public_interest": False}, False),
        ({"complaints_at_least": 3}, {"complaints": 3}, True),
        ({"complaints_at_least": 3}, {"complaints": 2}, False),
        ({"amount_at_least": LIMITS}, {"amount": 10_000_000}, True),
        ({"field": ["食品"]}, {"field": "食品、药品"}, True),
        ({"level": ["county"]}, {"level": "township"}, False),
        ({"procedure": ["P-PT"], "hearing_held": True}, {}, False),
        ({"procedure": ["P-JY"], "public_interest": True}, {}, False),
        ({"procedure": ["P-PT"], "public_interest": True}, {}, None),
        ({"any": [{"hearing_held": True}, {"procedure": ["P-PT"]}]}, {}, True),
        ({"any": [{"hearing_held": True}, {"complex": True}]}, {}, None),
        ({"any": [{"hearing_held": True}, {"procedure": ["P-JY"]}]}, {}, False),
        ({"all": [{"kinds": ["fine"]}, {"procedure": ["P-PT"]}]}, {}, True),
        ({"shoe_size": 43}, {}, None),
    ],
)
def test_what_a_condition_says_of_a_case(condition: dict[str, Any], facts: dict[str, Any], holds: bool | None) -> None:
    assert conditions.evaluate(condition, {**CASE, **facts}).holds is holds


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ({}, "condition-empty"),
        ([], "condition-empty"),
        ({"any": []}, "condition-empty"),
        ({"shoe_size": 43}, "condition-unknown"),
        ({"any": [{"shoe_size": 43}]}, "condition-unknown"),
        ({"hearing_held": "yes"}, "condition-value"),
        ({"fine_at_least": {"person": 1}}, "condition-value"),
        ({"fine_at_least": {"person": -1, "organisation": 1}}, "condition-value"),
        ({"kinds": ["slap"]}, "condition-value"),
        ({"complaints_at_least": 0}, "condition-value"),
        ({"any": [{"any": [{"any": [{"any": [{"hearing_held": True}]}]}]}]}, "condition-deep"),
    ],
)
def test_what_cannot_decide_is_refused_at_publication(condition: Any, code: str) -> None:
    assert code in [reason.code for reason in conditions.check(condition)]
    entry = {"code": "1", "condition": condition or {"x": 1}, "plain": "p"}
    assert schema("review-list").check({"entries": [entry]}) != []


def test_undecided_entries_keep_the_gate_shut_and_say_what_is_missing() -> None:
    entries = [
        {"code": "1", "condition": {"public_interest": True}, "plain": "重大公共利益"},
        {"code": "2", "condition": {"procedure": ["P-PT"]}, "plain": "普通程序"},
        {"code": "3", "condition": {"procedure": ["P-JY"]}, "plain": "简易程序"},
    ]
    found = conditions.matches(entries, CASE)
    assert [(match.code, match.open) for match in found] == [("2", ()), ("1", ("涉及重大公共利益",))]
    assert "没有认定" in found[1].step


def test_words_of_a_condition() -> None:
    made = {"any": [{"fine_at_least": LIMITS, "act_type": ["penalty"]}, {"complaints_at_least": 5}]}
    said = "（罚款数额达到对公民1万元、对单位10万元以上，并且执法行为类别是行政处罚，或者收到的投诉举报件数达到5件）"
    assert conditions.sentence(made) == said


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("罚款＝是", "读不懂"),
        ("罚款数额≥100元", "应写成"),
        ("任一（（经过听证程序＝是）", "括号"),
        ("经过听证程序＝大概", "“是”"),
    ],
)
def test_a_line_that_cannot_be_read_says_why(line: str, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        conditions.parse(line)


def test_the_form_shows_alternatives_and_gives_them_back() -> None:
    plain = {"hearing_held": True, "complex": True}
    assert conditions.groups(plain) == [plain] and conditions.of_groups([plain, {}]) == plain
    either = {"any": [{"hearing_held": True}, {"complex": True}]}
    assert conditions.of_groups(conditions.groups(either) or []) == either
    mixed = {"act_type": ["penalty"], "any": [{"hearing_held": True}, {"complex": True}]}
    shown = conditions.groups(mixed)
    assert shown == [{"act_type": ["penalty"], "hearing_held": True}, {"act_type": ["penalty"], "complex": True}]
    assert conditions.groups({"hearing_held": True, "all": [{"hearing_held": False}]}) is None


def test_differences_are_told_field_by_field() -> None:
    columns = schema("items").columns
    one = {"code": "1", "name": "甲", "plain": "p", "basis": "b"}
    before = {"entries": [one, {**one, "code": "2"}]}
    after = {"entries": [{**one, "act_type": "penalty", "fixed": True}, {**one, "code": "3"}]}
    found = comparing.differences("items", columns, before, after)
    assert [(item.kind, item.code) for item in found] == [("changed", "1"), ("removed", "2"), ("added", "3")]
    assert found[0].fields == [("执法行为类别", "", "行政处罚"), ("上级固定", "否", "是")]
    assert comparing.differences("items", columns, before, before) == []


def test_differences_of_procedures_are_told_by_stage() -> None:
    before = {"name": "程序", "stages": [{"id": "a", "name": "甲", "article": "x"}, {"id": "b", "name": "乙"}]}
    after = {"name": "新程序", "stages": [{"id": "a", "name": "甲", "article": "y"}, {"id": "c", "name": "丙"}]}
    found = comparing.differences("procedure", (), before, after)
    assert [(item.kind, item.title) for item in found] == [
        ("changed", "甲"),
        ("removed", "乙"),
        ("added", "丙"),
        ("changed", "其他内容"),
    ]
    assert found[0].fields == [("依据", "x", "y")]
