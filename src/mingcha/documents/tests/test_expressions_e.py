"""Comparing lists with those of an earlier document (文书校验)."""

from __future__ import annotations

import datetime as dt

import pytest

from mingcha.deadlines import shipped
from mingcha.documents.checking import Paper, Past
from mingcha.documents.checking.expressions import Unknown, holds

DAY = dt.date(2026, 3, 10)
NOON = dt.datetime(2026, 3, 10, 4, tzinfo=dt.UTC)


def paper(before: bool = True) -> Paper:
    earlier = Past("item-list", "清单", DAY, NOON, fields={"items": [{"name": "泵", "n": 2}, {"name": "管", "n": 1}]})
    fields = {
        "items": [{"name": "泵", "n": 2}, {"name": ""}],
        "more": [{"name": "泵", "n": 1}, {"name": "泵", "n": 2}],
        "strange": [{"name": "车", "n": 1}],
        "tools": [{"to": dt.date(2026, 3, 10)}, {"to": None}],
        "old": [{"to": dt.date(2026, 3, 9)}],
        "born": dt.date(2008, 3, 11),
        "steps": [{"at": NOON}],
        "late": [{"at": NOON + dt.timedelta(minutes=1)}],
        "text": "已全部改正。",
        "start": NOON,
    }
    return Paper("x", fields, NOON, shipped.calendar(), past=lambda kind: earlier if before else None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("within(items, 'name', past('item-list', 'items'))", True),
        ("within(strange, 'name', past('item-list', 'items'))", False),
        ("not_more(more, past('item-list', 'items'), 'name', 'n')", False),
        ("not_more(strange, past('item-list', 'items'), 'name', 'n')", False),
        ("not_more(none, past('item-list', 'items'), 'name', 'n')", True),
        ("none_before(tools, 'to', day(start))", True),
        ("none_before(old, 'to', start)", False),
        ("none_before(steps, 'at', start)", True),
        ("none_after(steps, 'at', start)", True),
        ("none_after(late, 'at', start)", False),
        ("age(born, day(start)) == 17", True),
        ("age(born, '2026-03-11') == 18", True),
        ("says(text, '全部')", True),
        ("says(missing, '全部')", False),
        ("some_says(items, 'name', '一批', '泵')", True),
        ("some_says(items, 'name', '一批')", False),
    ],
)
def test_lists_are_compared(text: str, expected: bool) -> None:
    assert holds(text, paper()) is expected


@pytest.mark.parametrize(
    "text",
    [
        "within(items, 'name', past('item-list', 'items'))",
        "not_more(items, past('item-list', 'items'), 'name', 'n')",
        "none_before(tools, 'to', nowhere)",
        "none_after(steps, 'at', nowhere)",
    ],
)
def test_what_is_not_there_cannot_be_compared_with(text: str) -> None:
    with pytest.raises(Unknown):
        holds(text, paper(before=False))
