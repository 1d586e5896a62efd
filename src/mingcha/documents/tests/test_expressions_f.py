"""Functions of the rule language for decisions and enforcement: each true of one document and false of another."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from mingcha.common.clock import SHANGHAI
from mingcha.deadlines import shipped
from mingcha.documents.checking import Paper
from mingcha.documents.checking.expressions import Unknown, holds
from mingcha.documents.checking.limits import limit

FINES = [{"kind": "fine", "amount": 20_000}, {"kind": "warning"}, {"kind": "fine", "amount": 1}]


def paper(on: dt.date = dt.date(2026, 5, 8), **fields: Any) -> Paper:
    at = dt.datetime.combine(on, dt.time(12), tzinfo=SHANGHAI)
    return Paper("penalty-decision", fields, at, shipped.calendar())


@pytest.mark.parametrize(
    ("text", "fields", "wanted"),
    [
        ("total_of(rows, 'kind', 'fine', 'amount') == 20001", {"rows": FINES}, True),
        ("total_of(rows, 'kind', 'fine', 'amount') <= limit('onsite-fine-person')", {"rows": FINES}, False),
        ("total_of(rows, 'kind', 'fine', 'amount') <= limit('onsite-fine-organisation')", {"rows": FINES}, True),
        ("covers(rows, 'name', others, 'of')", {"rows": [{"name": "照片"}], "others": [{"of": "书证：照片"}]}, True),
        ("covers(rows, 'name', others, 'of')", {"rows": [{"name": "照片"}], "others": [{"of": "笔录"}]}, False),
        ("none_of(rows, 'name', others, 'name')", {"rows": [{"name": "甲"}], "others": [{"name": "乙"}]}, True),
        ("none_of(rows, 'name', others, 'name')", {"rows": [{"name": "甲"}], "others": [{"name": "甲"}]}, False),
        ("none_of(rows, 'name', others)", {"rows": [{"name": "甲"}], "others": ["甲"]}, False),
        ("differ(rows, 'a', 'b')", {"rows": [{"a": "1", "b": "2"}]}, True),
        ("differ(rows, 'a', 'b')", {"rows": [{"a": "1", "b": "1"}]}, False),
        ("latest(rows, 'on') == 3", {"rows": [{"on": 1}, {"on": 3}, {"on": 2}]}, True),
        ("latest(rows, 'on') == 3", {"rows": [{"on": 1}]}, False),
        ("private(text)", {"text": "身份证号110101198903070011的当事人"}, True),
        ("private(text)", {"text": "明综执罚〔2026〕12号，金额1234567890123元"}, False),
    ],
)
def test_function(text: str, fields: dict[str, Any], wanted: bool) -> None:
    assert holds(text, paper(**fields)) is wanted


def test_a_limit_has_an_edition_of_its_day() -> None:
    assert limit("spot-collection", dt.date(2021, 7, 14)) is None
    assert limit("spot-collection", dt.date(2021, 7, 15)) == 10_000
    with pytest.raises(Unknown):
        holds("limit('spot-collection') > 0", paper(dt.date(2020, 1, 2)))
    with pytest.raises(KeyError):
        limit("no-such", dt.date(2026, 1, 1))
