"""`ledger check`: each kind of damage by the database's owner is found and named."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from django.conf import settings

from mingcha.common import triggers
from mingcha.ledger import actions, checks, commands, place, sequencer
from mingcha.ledger.actors import ActorSnapshot
from mingcha.ledger.errors import LedgerBroken
from mingcha.ledger.models import Checkpoint, JournalEntry, JournalPayload, LedgerLeaf
from mingcha.ledger.tests.conftest import LOG

Append = Callable[..., list[JournalEntry]]
CASE = uuid.uuid4()


@pytest.fixture
def damaged(append: Append, untriggered: None, actor: ActorSnapshot) -> list[JournalEntry]:
    """A sound log of 300 entries in two checkpoints, whose triggers its owner has dropped."""
    made = append(100, case_id=CASE)
    actions.erase(made[3], actor=actor, ground="个人信息保护法第四十七条")
    sequencer.sequence(LOG)
    made += append(199)
    sequencer.sequence(LOG)
    return made


def swap_leaves(made: list[JournalEntry]) -> None:
    one, two = made[5], made[6]
    hashes = {leaf.pk: bytes(leaf.hash) for leaf in LedgerLeaf.objects.filter(pk__in=[one.pk, two.pk])}
    for entry, index in ((one, 900), (two, 5), (one, 6)):
        LedgerLeaf.objects.filter(pk=entry.pk).update(index=index, hash=hashes[entry.pk])


def rewrite_consistently(made: list[JournalEntry]) -> None:
    """Entry, payload and leaf changed together, as an administrator would who knows the format."""
    from mingcha.ledger import queries
    from mingcha.ledger.core.entry import header_digest, salted_digest
    from mingcha.ledger.core.merkle import leaf_hash

    entry = queries.entry(made[150].pk)
    text = '{"n":50,"words":"撤案"}'
    assert entry.content.salt is not None
    entry.payload_digest = salted_digest(entry.content.salt, text.encode())
    new = header_digest(queries.header(entry))
    JournalPayload.objects.filter(pk=entry.pk).update(payload=text)
    JournalEntry.objects.filter(pk=entry.pk).update(payload_digest=entry.payload_digest, digest=new)
    LedgerLeaf.objects.filter(pk=entry.pk).update(hash=leaf_hash(bytes.fromhex(new)))


def bend(path: str) -> Callable[[list[JournalEntry]], None]:
    def change(made: list[JournalEntry]) -> None:
        target = place.root(LOG) / path
        data = target.read_bytes()
        target.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))

    return change


def entries(made: list[JournalEntry], at: int) -> Any:
    return JournalEntry.objects.filter(pk=made[at].pk)


DAMAGE: dict[str, tuple[Callable[[list[JournalEntry]], Any], str]] = {
    "kind changed": (lambda m: entries(m, 7).update(kind="test-published"), "entry-altered"),
    "time changed": (lambda m: entries(m, 7).update(occurred_at="2020-01-01T00:00:00Z"), "entry-altered"),
    "actor changed": (lambda m: entries(m, 7).update(actor={**m[7].actor, "name": "李四"}), "actor-altered"),
    "payload changed": (lambda m: JournalPayload.objects.filter(pk=m[7].pk).update(payload="{}"), "payload-altered"),
    "payload emptied": (
        lambda m: JournalPayload.objects.filter(pk=m[7].pk).update(payload=None, salt=None),
        "payload-erased-without-record",
    ),
    "payload removed": (lambda m: JournalPayload.objects.filter(pk=m[7].pk).delete(), "payload-lost"),
    "digest changed": (lambda m: entries(m, 200).update(digest="0" * 64), "entry-altered"),
    "entry removed from the middle of a case": (lambda m: remove(m[50]), "chain-broken"),
    "entry removed outside a case": (lambda m: remove(m[150]), "leaf-missing"),
    "leaf changed": (lambda m: LedgerLeaf.objects.filter(pk=m[9].pk).update(hash=b"\0" * 32), "leaf-altered"),
    "leaves swapped": (swap_leaves, "checkpoint-differs"),
    "leaves lost": (lambda m: LedgerLeaf.objects.filter(index__gte=290).delete(), "leaves-lost"),
    "all rewritten together": (rewrite_consistently, "tile-altered"),
    "checkpoint root changed": (lambda m: checkpoint().update(root="0" * 64), "checkpoint-differs"),
    "checkpoint note changed": (lambda m: checkpoint().update(note="x\n"), "checkpoint-untrusted"),
    "checkpoints removed": (lambda m: Checkpoint.objects.all().delete(), "checkpoint-row-missing"),
    "full tile changed": (bend("tile/0/000"), "tile-altered"),
    "partial tile changed": (bend("tile/0/001.p/44"), "tile-altered"),
    "upper tile changed": (bend("tile/1/000.p/1"), "tile-altered"),
    "entry bundle changed": (bend("tile/entries/000"), "tile-altered"),
    "partial bundle changed": (bend("tile/entries/001.p/44"), "tile-altered"),
    "tile removed": (lambda m: (place.root(LOG) / "tile/0/000").unlink(), "tile-missing"),
    "checkpoint file changed": (bend("checkpoint"), "checkpoint-file-untrusted"),
    "checkpoint file removed": (lambda m: (place.root(LOG) / "checkpoint").unlink(), "checkpoint-file-missing"),
    "public key removed": (lambda m: shutil.rmtree(settings.KEYS_ROOT), "key-missing"),
}  # fmt: skip


def checkpoint() -> Any:
    return Checkpoint.objects.filter(size=101)


def remove(entry: JournalEntry) -> None:
    for model in (LedgerLeaf, JournalPayload, JournalEntry):
        model.objects.filter(pk=entry.pk).delete()


def codes(report: checks.CheckReport) -> list[str]:
    return [finding.code for finding in report.findings if finding.code != "trigger-missing"]


def test_sound_log_without_triggers_is_refused_for_that_only(damaged: list[JournalEntry]) -> None:
    report = checks.check(first_only=False)
    assert codes(report) == []
    assert (report.entries, report.leaves, report.checkpoints) == (300, 300, 2)
    assert {finding.code for finding in report.findings} == {"trigger-missing"}
    assert not checks.check().sound


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_found_and_named(damaged: list[JournalEntry], name: str) -> None:
    change, code = DAMAGE[name]
    change(damaged)
    report = checks.check(first_only=False)
    assert codes(report)[0] == code
    assert all(finding.message for finding in report.findings)


def test_first_divergence_names_the_entry(append: Append) -> None:
    made = append(20)
    sequencer.sequence(LOG)
    triggers.drop_all()
    entries(made, 12).update(kind="payload-erased")
    entries(made, 15).update(kind="payload-erased")
    triggers.create_all()
    (finding,) = checks.check().findings
    assert finding.data["entry"] == made[12].pk
    assert str(made[12].pk) in finding.message


def test_start_up_refuses_a_missing_trigger_and_an_older_database(append: Append) -> None:
    append(5)
    sequencer.sequence(LOG)
    checks.require_ready()
    triggers.drop_all()
    with pytest.raises(triggers.TriggersMissing):
        checks.require_ready()
    LedgerLeaf.objects.filter(index=4).delete()
    triggers.create_all()
    with pytest.raises(LedgerBroken, match="数据库"):
        checks.require_ready()


def test_commands(append: Append) -> None:
    runner = CliRunner()
    append(3)
    done = runner.invoke(commands.ledger, ["sequence", "--json"])
    assert json.loads(done.output) == {LOG: {"added": 3}}
    assert "新增0条" in runner.invoke(commands.ledger, ["sequence", LOG]).output
    assert runner.invoke(commands.ledger, ["key", LOG]).output.startswith("mingcha.example/990100+")
    assert runner.invoke(commands.ledger, ["key", "990900"]).exit_code == 1
    done = runner.invoke(commands.ledger, ["check", "--json"])
    assert (done.exit_code, json.loads(done.output)["sound"]) == (0, True)
    assert "账本完好" in runner.invoke(commands.ledger, ["check"]).output
    (place.root(LOG) / "checkpoint").unlink()
    assert runner.invoke(commands.ledger, ["sequence"]).exit_code == 1
    done = runner.invoke(commands.ledger, ["check", "--all"])
    assert (done.exit_code, "checkpoint-file-missing" in done.output) == (1, True)
