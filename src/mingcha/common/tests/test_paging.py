"""Keyset paging over real rows, and the statements of the trigger registry."""

import base64
import json

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from mingcha.common import triggers
from mingcha.common.errors import InvalidInput, code_of_database_error
from mingcha.common.paging import page
from mingcha.ledger.models import JournalEntry
from mingcha.statutes.models import Article


@pytest.mark.parametrize("order", [("id",), ("-id",), ("law_id", "number", "-id"), ("-law_id", "number", "id")])
def test_pages_meet_without_gap_or_overlap(district, order):
    rows = Article.objects.all()
    whole = [row.pk for row in rows.order_by(*order)]
    assert len(whole) > 20
    found, cursor, pages = [], None, 0
    while True:
        part = page(rows, order=order, cursor=cursor, size=7)
        assert len(part.rows) <= 7
        found += [row.pk for row in part.rows]
        pages, cursor = pages + 1, part.next_cursor
        if cursor is None:
            break
    assert found == whole
    assert pages == -(-len(whole) // 7)


@pytest.mark.parametrize("cursor", ["x", "e30", "WzFd", "明", "%00", "W10", "AAAA"])
def test_cursor_that_is_none(db, cursor):
    with pytest.raises(InvalidInput) as caught:
        page(Article.objects.all(), order=("number", "id"), cursor=cursor)
    assert "cursor" in caught.value.fields


@pytest.mark.parametrize(
    "values", [["x", "y"], ["1", "y"], ["1\0", "y"], [1, 2], [{}, []], ["\ud800", "y"], [None, None]]
)
def test_cursor_that_nobody_here_made(db, values):
    cursor = base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")
    with pytest.raises(InvalidInput):
        list(page(Article.objects.all(), order=("number", "id"), cursor=cursor).rows)


def refused(statement: str, values: list) -> str | None:
    with (
        pytest.raises((IntegrityError, OperationalError)) as caught,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, values)
    return code_of_database_error(caught.value)


def test_append_only_rows_refuse_raw_sql(district):
    key = JournalEntry.objects.values_list("pk", flat=True).first()
    assert refused("UPDATE ledger_journalentry SET kind = 'x' WHERE id = %s", [key]) == "record-immutable"
    assert refused("DELETE FROM ledger_journalentry WHERE id = %s", [key]) == "record-immutable"
    if connection.vendor == "sqlite":
        again = "INSERT OR REPLACE INTO ledger_journalentry SELECT * FROM ledger_journalentry WHERE id = %s"
        assert refused(again, [key]) == "record-immutable"
    else:
        assert refused("TRUNCATE ledger_journalentry CASCADE", []) == "record-immutable"


def test_every_registered_trigger_stands_in_the_database(db):
    assert triggers.missing() == []


def test_a_missing_trigger_is_found_and_comes_back(db):
    first = triggers.registered()[0]
    with connection.cursor() as cursor:
        where = "" if connection.vendor == "sqlite" else f' ON "{first.table}"'
        cursor.execute(f'DROP TRIGGER "{first.name}"{where}')
    assert triggers.missing() == [first.name]
    with pytest.raises(triggers.TriggersMissing):
        triggers.require()
    triggers.drop_all()
    assert triggers.missing() == [trigger.name for trigger in triggers.registered()]
    triggers.create_all()
    triggers.require()


def test_statements_for_both_databases():
    trigger = triggers.Trigger("room_thing", "DELETE", "thing-stays", "OLD.kept = 1")
    (lite,) = triggers._statements(trigger, "sqlite")
    assert "BEFORE DELETE" in lite
    assert "WHEN OLD.kept = 1" in lite
    assert "mingcha:thing-stays" in lite
    post = triggers._statements(trigger, "postgresql")
    assert len(post) == 4  # function and trigger for rows, function and trigger for TRUNCATE
    assert "RETURN OLD" in post[0]
    assert "BEFORE TRUNCATE" in post[3]
    assert len(triggers._statements(triggers.Trigger("room_thing", "UPDATE", "c"), "postgresql")) == 2


def test_registry_refuses_what_would_be_lost():
    with pytest.raises(ValueError, match="SELECT"):
        triggers.forbid("room_thing", "SELECT", "never")
    known = triggers.registered()[0]
    with pytest.raises(ValueError, match="two triggers"):
        triggers.forbid(known.table, known.event, known.code, "1 = 2")
