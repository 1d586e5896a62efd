"""Journal: what an entry is, and that nothing can change it."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction
from hypothesis import given
from hypothesis import strategies as st

from mingcha.common import clock, triggers
from mingcha.common.canonical import canonical
from mingcha.common.errors import InvalidInput, code_of_database_error
from mingcha.ledger import actions, kinds, queries, reactions, sequencer
from mingcha.ledger.actors import ActorSnapshot
from mingcha.ledger.core.entry import header_digest, header_text, salted_digest
from mingcha.ledger.errors import AlreadyErased, BadLogName, NotInTransaction, UnknownKind
from mingcha.ledger.models import JournalEntry, JournalPayload
from mingcha.ledger.tests.conftest import LOG

Append = Callable[..., list[JournalEntry]]


def test_entry_is_its_digest(db: None, actor: ActorSnapshot) -> None:
    case_id = uuid.uuid4()
    happened = clock.now() - dt.timedelta(days=3, microseconds=7)
    made = actions.append(
        "test-act", log=LOG, subject=("case", "c1"), actor=actor, payload={"words": "立案", "day": clock.today()},
        case_id=case_id, occurred_at=happened,
    )  # fmt: skip
    found = queries.entry(made.pk)
    content = JournalPayload.objects.get(pk=made.pk)
    assert content.payload is not None and content.salt is not None
    assert queries.payload(found) == {"words": "立案", "day": clock.today().isoformat()}
    assert found.payload_digest == salted_digest(content.salt, content.payload.encode())
    assert found.actor_digest == salted_digest(content.salt, canonical(actor.as_dict()))
    assert found.digest == header_digest(queries.header(found)) == made.digest
    assert queries.header(found) == queries.header(made)
    assert queries.actor(found) == actor
    assert queries.label(found) == "试验行为"
    assert found.occurred_at == happened.replace(microsecond=happened.microsecond // 1000 * 1000)
    assert (found.case_seq, found.prev_digest, queries.state_of(found)) == (1, "", "pending")


@given(st.lists(st.text(), min_size=5, max_size=5), st.one_of(st.none(), st.integers(1, 10**9)))
def test_written_out_header_is_canonical(texts: list[str], seq: int | None) -> None:
    header = {
        "v": 1, "log": texts[0], "kind": texts[1], "subject_type": texts[2], "subject_id": texts[3],
        "case_id": None if seq is None else texts[4], "case_seq": seq, "prev_digest": "", "actor_digest": "a" * 64,
        "occurred_at": "2026-01-01T00:00:00.000Z", "recorded_at": "2026-01-01T00:00:00.000Z",
        "payload_digest": "b" * 64,
    }  # fmt: skip
    try:
        expected = canonical(header)
    except UnicodeEncodeError:
        with pytest.raises(UnicodeEncodeError):
            header_text(header)
        return
    assert header_text(header) == expected


def test_case_entries_form_a_chain(append: Append) -> None:
    case_id = uuid.uuid4()
    first, second = append(2, case_id=case_id)
    append(3)
    (third,) = append(1, case_id=case_id)
    assert [item.pk for item in queries.entries_of_case(case_id)] == [first.pk, second.pk, third.pk]
    assert [item.case_seq for item in (first, second, third)] == [1, 2, 3]
    assert (second.prev_digest, third.prev_digest) == (first.digest, second.digest)


@pytest.mark.parametrize("case_id", [None, uuid.UUID(int=7)])
def test_the_entry_handed_back_is_the_stored_row(append: Append, case_id: uuid.UUID | None) -> None:
    (made,) = append(1, case_id=case_id)
    stored = JournalEntry.objects.get(pk=made.pk)
    names = [field.attname for field in JournalEntry._meta.concrete_fields]
    assert made.get_deferred_fields() == set()
    assert [getattr(made, name) for name in names] == [getattr(stored, name) for name in names]
    assert (made._state.adding, made._state.db) == (stored._state.adding, stored._state.db)


def test_entries_of_a_subject_come_in_order(append: Append) -> None:
    made = [append(2)[1] for _ in range(3)]
    assert [item.pk for item in queries.entries_of_subject("thing", "1")] == [item.pk for item in made]
    assert set(queries.content_of(made)) == {item.pk for item in made}


def test_append_costs_three_statements(db: None, actor: ActorSnapshot) -> None:
    seen: list[str] = []
    if connection.vendor == "sqlite":
        connection.connection.set_trace_callback(seen.append)
    try:
        with connection.execute_wrapper(
            lambda execute, sql, params, many, context: seen.append(sql) or execute(sql, params, many, context)
        ):
            actions.append(
                "test-act", log=LOG, subject=("case", "c"), actor=actor, payload={"n": 1}, case_id=uuid.uuid4()
            )
    finally:
        if connection.vendor == "sqlite":
            connection.connection.set_trace_callback(None)
    # SQLite reports a statement once more for each trigger that it fires, with the same values.
    statements = list(dict.fromkeys(seen))
    assert [sql.split()[0] for sql in statements] == ["SELECT", "INSERT", "INSERT"]


def test_many_entries_keep_their_order_across_batches(append: Append) -> None:
    made = append(1203, case_id=uuid.uuid4())
    assert [item.subject_id for item in made] == [str(n) for n in range(1203)]
    assert [item.pk for item in made] == sorted(item.pk for item in made)
    assert json.loads(JournalPayload.objects.get(pk=made[1202].pk).payload or "")["n"] == 1202


def test_wrong_use_is_refused(db: None, actor: ActorSnapshot) -> None:
    with pytest.raises(UnknownKind):
        actions.append("never-registered", log=LOG, subject=("a", "b"), actor=actor, payload={})
    for log in ("", "../x", "a/b", "990100\n", "x" * 33):
        with pytest.raises(BadLogName):
            actions.append("test-act", log=log, subject=("a", "b"), actor=actor, payload={})
    with pytest.raises(ValueError, match="aware"):
        actions.append(
            "test-act", log=LOG, subject=("a", "b"), actor=actor, payload={}, occurred_at=dt.datetime(2026, 1, 1)
        )
    with pytest.raises(TypeError, match="float"):
        actions.append("test-act", log=LOG, subject=("a", "b"), actor=actor, payload={"amount": 1.5})
    assert not JournalEntry.objects.exists()


def test_entry_outside_a_transaction_is_refused(
    db: None, actor: ActorSnapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch, pytest.raises(NotInTransaction):
        patch.setattr(connections["default"], "in_atomic_block", False)
        actions.append("test-act", log=LOG, subject=("a", "b"), actor=actor, payload={})


def test_kinds_are_one_vocabulary() -> None:
    assert kinds.kind("test-act", "试验行为") == "test-act"
    for name, label in (("test-act", "别的名称"), ("Test", "试"), ("test_act", "试"), ("test-empty", "")):
        with pytest.raises(ValueError, match="kind"):
            kinds.kind(name, label)
    assert kinds.registered()["payload-erased"] == "日志内容依法删除"


def test_reactions_run_in_the_same_transaction(db: None, actor: ActorSnapshot) -> None:
    name = kinds.kind("test-reaction", "试验后续")
    seen: list[tuple[int, Any, str]] = []

    @reactions.on(name)
    def remember(entry: JournalEntry, payload: Any, who: ActorSnapshot) -> None:
        seen.append((entry.pk, payload["n"], who.name))
        if payload["n"] == 2:
            raise RuntimeError("consequence failed")

    reactions.on(name)(remember)
    made = actions.append(name, log=LOG, subject=("a", "b"), actor=actor, payload={"n": 1})
    assert seen == [(made.pk, 1, "张立新")]
    with pytest.raises(RuntimeError), transaction.atomic():
        actions.append(name, log=LOG, subject=("a", "b"), actor=actor, payload={"n": 2})
    assert JournalEntry.objects.filter(kind=name).count() == 1
    assert len(reactions.registered()[name]) == 1


def test_erasure_leaves_digest_and_record(append: Append, actor: ActorSnapshot) -> None:
    made = append()[0]
    with pytest.raises(InvalidInput):
        actions.erase(made, actor=actor, ground=" ")
    record = actions.erase(made, actor=actor, ground="个人信息保护法第四十七条")
    found = queries.entry(made.pk)
    assert queries.payload(found) is None
    assert found.content.salt is None
    assert header_digest(queries.header(found)) == found.digest
    assert queries.payload(queries.entry(record.pk)) == {
        "ground": "个人信息保护法第四十七条",
        "entry_digest": made.digest,
    }
    with pytest.raises(AlreadyErased):
        actions.erase(made, actor=actor, ground="个人信息保护法第四十七条")
    sequencer.sequence(LOG)
    assert queries.states([made, record]) == {made.pk: "final", record.pk: "final"}


def entry_with(key: str, seq: str) -> str:
    """A copy of the first entry under another key or number."""
    return (
        "INSERT INTO ledger_journalentry (id, log, kind, subject_type, subject_id, case_id, case_seq, prev_digest, "
        "actor, actor_digest, occurred_at, recorded_at, payload_digest, digest) "
        f"SELECT {key}, log, kind, subject_type, subject_id, case_id, {seq}, prev_digest, actor, actor_digest, "
        "occurred_at, recorded_at, payload_digest, digest FROM ledger_journalentry WHERE id = {first}"
    )


def leaf_with(entry: str, log: str, index: str) -> str:
    return (
        f'INSERT INTO ledger_ledgerleaf (entry_id, log, "index", hash) SELECT {entry}, {log}, {index}, hash '
        "FROM ledger_ledgerleaf WHERE entry_id = {first}"
    )


def checkpoint_with(key: str, size: str) -> str:
    return (
        f"INSERT INTO ledger_checkpoint (id, log, size, root, note, created) SELECT {key}, log, {size}, root, note, "
        "created FROM ledger_checkpoint"
    )


PAYLOAD = "INSERT INTO ledger_journalpayload (entry_id, payload, salt) VALUES "
NEW_ID = "'01234567890123456789012345678901'"
ATTACKS = {
    "entry changed": ("UPDATE ledger_journalentry SET kind = 'test-act' WHERE id = {first}", "record-immutable"),
    "entry deleted": ("DELETE FROM ledger_journalentry WHERE id = {second}", "record-immutable"),
    "entry replaced": (entry_with("id", "3"), "record-immutable journal-chain-broken"),
    "entry with a gap": (entry_with("99999", "7"), "journal-chain-broken"),
    "entry on a wrong digest": (entry_with("99999", "3"), "journal-chain-broken"),
    "entry without number": (entry_with("99999", "NULL"), "journal-chain-broken"),
    "entry on a taken number": (entry_with("99999", "1"), "journal-chain-broken"),
    "payload changed": ("UPDATE ledger_journalpayload SET payload = '[]'", "payload-immutable"),
    "payload erased unrecorded": ("UPDATE ledger_journalpayload SET payload = NULL, salt = NULL", "payload-immutable"),
    "payload deleted": ("DELETE FROM ledger_journalpayload WHERE entry_id = {first}", "record-immutable"),
    "payload replaced": (PAYLOAD + "({first}, '[]', '00')", "record-immutable"),
    "payload born empty": (PAYLOAD + "(99999, NULL, NULL)", "payload-missing"),
    "leaf changed": ('UPDATE ledger_ledgerleaf SET "index" = 9 WHERE entry_id = {first}', "record-immutable"),
    "leaf deleted": ("DELETE FROM ledger_ledgerleaf WHERE entry_id = {second}", "record-immutable"),
    "leaf replaced": (leaf_with("entry_id", "log", "2"), "record-immutable"),
    "leaf with a gap": (leaf_with("{third}", "log", "5"), "leaf-out-of-order"),
    "leaf on a taken place": (leaf_with("{third}", "log", "0"), "leaf-out-of-order"),
    "leaf of another log": (leaf_with("{third}", "'990200'", "0"), "leaf-not-of-entry"),
    "checkpoint changed": ("UPDATE ledger_checkpoint SET note = 'x'", "record-immutable"),
    "checkpoint deleted": ("DELETE FROM ledger_checkpoint", "record-immutable"),
    "checkpoint replaced": (checkpoint_with("id", "size"), "record-immutable checkpoint-out-of-order"),
    "checkpoint of the same size": (checkpoint_with(NEW_ID, "size"), "checkpoint-out-of-order"),
    "checkpoint beyond the leaves": (checkpoint_with(NEW_ID, "size + 1"), "checkpoint-out-of-order"),
}
TABLES = ("ledger_journalentry", "ledger_journalpayload", "ledger_ledgerleaf", "ledger_checkpoint")


def rows() -> list[Any]:
    with connection.cursor() as cursor:
        found = []
        for table in TABLES:
            cursor.execute(f"SELECT * FROM {table} ORDER BY 1")
            found.append(cursor.fetchall())
    return found


@pytest.mark.parametrize("verb", ["INSERT INTO", "INSERT OR REPLACE INTO"])
@pytest.mark.parametrize("name", ATTACKS)
def test_raw_sql_is_refused(append: Append, name: str, verb: str) -> None:
    sql, code = ATTACKS[name]
    if connection.vendor == "sqlite":
        sql = sql.replace("INSERT INTO", verb)
    else:
        sql = sql.replace(NEW_ID, f"{NEW_ID}::uuid")
    first, second = append(2, case_id=uuid.uuid4())
    sequencer.sequence(LOG)
    (third,) = append()
    before = rows()
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.format(first=first.pk, second=second.pk, third=third.pk))
    # Where two triggers refuse, the databases differ in which speaks first.
    assert code_of_database_error(caught.value) in code.split()
    assert rows() == before


def test_truncate_is_refused_on_postgresql(append: Append) -> None:
    append(1)
    if connection.vendor == "sqlite":
        assert {f"mc_{table}_delete_record_immutable" for table in TABLES} <= {t.name for t in triggers.registered()}
        return
    for table in TABLES:
        with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"TRUNCATE {table} CASCADE")
        assert code_of_database_error(caught.value) == "record-immutable"


def test_triggers_are_in_the_database(db: None) -> None:
    assert [name for name in triggers.missing() if name.startswith("mc_ledger_")] == []
