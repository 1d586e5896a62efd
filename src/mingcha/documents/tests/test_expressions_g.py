"""Products of rows (文书校验): quantity times rate is the amount of every fee."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from mingcha.deadlines import shipped
from mingcha.documents.checking import Paper
from mingcha.documents.checking.expressions import Unknown, holds

TEXT = "products(items, 'quantity', 'rate', 'amount')"


def paper(*rows: dict[str, Any]) -> Paper:
    return Paper("x", {"items": list(rows)}, dt.datetime(2026, 9, 21, 4, tzinfo=dt.UTC), shipped.calendar())


@pytest.mark.parametrize(("amount", "expected"), [(600, True), (601, False), (0, False)])
def test_every_product_is_looked_at(amount: int, expected: bool) -> None:
    rows = ({"quantity": 3, "rate": 100, "amount": 300}, {"quantity": 6, "rate": 100, "amount": amount})
    assert holds(TEXT, paper(*rows)) is expected


def test_a_missing_factor_cannot_be_judged() -> None:
    with pytest.raises(Unknown):
        holds(TEXT, paper({"quantity": 3, "rate": None, "amount": 300}))
