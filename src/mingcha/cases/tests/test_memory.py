"""What is kept of a case while a page is read: the same answer everywhere, forgotten by a write and by a lock."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from mingcha.cases import memory
from mingcha.cases.models import Case
from mingcha.common.ids import uuid7


@pytest.mark.django_db
def test_a_page_keeps_what_it_read_until_a_write_or_a_lock() -> None:
    asked: list[int] = []

    @memory.kept("cases_party")
    def read(case: Case) -> int:
        asked.append(1)
        return len(asked)

    case = Case(id=uuid7())
    assert [read(case), read(case)] == [1, 2], "outside a page and a lock nothing is kept"
    with memory.reading():
        assert [read(case), read(case)] == [3, 3]
        with connection.cursor() as cursor:
            cursor.execute("UPDATE cases_party SET version = version WHERE 1 = 0")
        assert [read(case), read(case)] == [4, 4], "the page's own write is seen"
        with transaction.atomic():
            memory.begin()
            assert [read(case), read(case)] == [5, 5], "what was read before the lock decides nothing"
    assert read(case) == 6, "the next page asks anew"
