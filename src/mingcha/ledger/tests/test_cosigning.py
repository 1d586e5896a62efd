"""Witnesses: what one signs and refuses, what the client makes of its answers, what counts as final."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import IntegrityError, transaction

from mingcha.common.canonical import digest
from mingcha.common.errors import MingchaError
from mingcha.ledger import actions, checks, keys, place, queries, sequencer
from mingcha.ledger.actors import ActorSnapshot
from mingcha.ledger.core import bundle, checkpoint, cosignature, merkle, note
from mingcha.ledger.core.cosignature import Cosigner
from mingcha.ledger.core.errors import BadSignature
from mingcha.ledger.core.witness import MOST_BYTES, Request
from mingcha.ledger.cosigning import client, commands, policy, service
from mingcha.ledger.errors import NotYetSequenced, WitnessPolicyBroken, WitnessStateBroken
from mingcha.ledger.models import Checkpoint, Cosignature, JournalEntry
from mingcha.ledger.tests.conftest import LOG

Append = Callable[..., list[JournalEntry]]
LEAVES = [merkle.leaf_hash(bytes([n])) for n in range(40)]
TREE = merkle.MemoryTree(LEAVES)
OTHER = merkle.MemoryTree([*LEAVES[:7], merkle.leaf_hash(b"other"), *LEAVES[8:]])
SIGNER = note.Signer("log.example/1", Ed25519PrivateKey.from_private_bytes(b"1" * 32))
STRANGER = note.Signer("log.example/1", Ed25519PrivateKey.from_private_bytes(b"2" * 32))
ELSEWHERE = note.Signer("log.example/2", Ed25519PrivateKey.from_private_bytes(b"3" * 32))
COSIGNER = Cosigner("witness.example/a", Ed25519PrivateKey.from_private_bytes(b"4" * 32))


def head(size: int, *, signer: note.Signer = SIGNER, tree: merkle.MemoryTree = TREE) -> str:
    return checkpoint.TreeHead(signer.name, size, merkle.root_at(tree, size)).sign(signer)


def body(old: int, size: int, *, tree: merkle.MemoryTree = TREE, **more: Any) -> bytes:
    proof = merkle.consistency_proof(tree, old, size) if 0 < old < size else []
    return Request(old, proof, head(size, tree=tree, **more)).as_bytes()


def empty(signer: note.Signer = SIGNER) -> bytes:
    return Request(0, [], checkpoint.TreeHead(signer.name, 0, merkle.EMPTY_ROOT).sign(signer)).as_bytes()


# Name → (body after the witness has cosigned size 10, status, content type, words of the body).
CALLS: dict[str, tuple[bytes, int, str]] = {
    "continues": (body(10, 25), 200, ""),
    "the same once more": (body(10, 10), 200, ""),
    "old size zero asks for the size": (body(0, 25), 409, "10\n"),
    "old size too small": (body(8, 25), 409, "10\n"),
    "old size too large": (body(12, 25), 409, "10\n"),
    "smaller checkpoint": (Request(10, [], head(9)).as_bytes(), 400, ""),
    "rolled back": (Request(9, [], head(9)).as_bytes(), 409, "10\n"),
    "empty log again": (empty(), 409, "10\n"),
    "second history of the same size": (body(10, 10, tree=OTHER), 409, "两份历史"),
    "second history, longer": (body(10, 25, tree=OTHER), 422, ""),
    "proof of another size": (Request(10, merkle.consistency_proof(TREE, 9, 25), head(25)).as_bytes(), 422, ""),
    "no proof": (Request(10, [], head(25)).as_bytes(), 422, ""),
    "proof where none belongs": (Request(10, [LEAVES[0]], head(10)).as_bytes(), 422, ""),
    "signed by a stranger": (body(10, 25, signer=STRANGER), 403, ""),
    "signed by another log's key": (
        Request(10, merkle.consistency_proof(TREE, 10, 25), ELSEWHERE.sign(head(25).rpartition("\n\n")[0] + "\n")).as_bytes(),
        403, "",
    ),
    "unknown log": (body(0, 25, signer=ELSEWHERE), 404, ""),
    "no old line": (head(25).encode(), 400, ""),
    "leading zero": (body(10, 25).replace(b"old 10", b"old 010"), 400, ""),
    "64 hashes": (b"old 10\n" + 64 * (base64.b64encode(b"x" * 32) + b"\n") + b"\n" + head(25).encode(), 400, ""),
    "short hash": (b"old 10\n" + base64.b64encode(b"x" * 31) + b"\n\n" + head(25).encode(), 400, ""),
    "no text": (b"\xff\xfe", 400, ""),
    "signature cut off": (body(10, 25)[:-20], 400, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_what_a_witness_answers(name: str, tmp_path: Path) -> None:
    found = service.Witness(COSIGNER, [SIGNER.verifier], tmp_path / "state.json")
    assert found.add_checkpoint(body(0, 10)).status == 200
    sent, status, words = CALLS[name]
    answer = found.add_checkpoint(sent)
    assert (answer.status, words in answer.body.decode()) == (status, True)
    assert answer.content_type == ("text/x.tlog.size" if words == "10\n" else "text/plain; charset=utf-8")
    again = service.Witness(COSIGNER, [SIGNER.verifier], tmp_path / "state.json")
    assert again.cosigned()["log.example/1"].size == (25 if name == "continues" else 10)
    if status == 200:
        signed = head(25 if name == "continues" else 10) + answer.body.decode()
        assert list(cosignature.times(note.parse(signed), [COSIGNER.verifier])) == ["witness.example/a"]
        with pytest.raises(BadSignature):
            cosignature.times(note.parse(head(30) + answer.body.decode()), [COSIGNER.verifier])
    convicting = (tmp_path / "state.json.evidence").exists()
    assert convicting == (status == 422 or "两份历史" in words)


def test_cosignature_is_that_of_the_standard() -> None:
    """The example of C2SP tlog-cosignature: message, structure, key id."""
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    assert cosignature.message(text, 1679315147) == b"cosignature/v1\ntime 1679315147\n" + text.encode()
    data = base64.b64decode(COSIGNER.cosign(text, 1679315147).split(" ")[2])
    assert (data[:4], data[4:12], len(data)) == (COSIGNER.verifier.key_id, (1679315147).to_bytes(8, "big"), 76)
    assert cosignature.WitnessKey.parse(str(COSIGNER.verifier)) == COSIGNER.verifier
    with pytest.raises(MingchaError, match="04"):
        cosignature.WitnessKey.parse(str(SIGNER.verifier))


def test_a_damaged_state_stops_the_witness(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    service.Witness(COSIGNER, [SIGNER.verifier], state).add_checkpoint(body(0, 10))
    good = state.read_text()
    for bad in ("", "[]", good.replace("10", "11"), good[:-9]):
        state.write_text(bad)
        with pytest.raises(WitnessStateBroken):
            service.Witness(COSIGNER, [SIGNER.verifier], state)
    with service.held(state), pytest.raises(WitnessStateBroken), service.held(state):
        pass


class Running:
    """A witness over HTTP."""

    def __init__(self, folder: Path, name: str) -> None:
        keys.make_private(name, cosignature.COSIGNATURE, folder / f"{name[-1]}.key")
        self.cosigner = service.read_key(folder / f"{name[-1]}.key")
        self.folder, self.server, self.url = folder, None, "http://127.0.0.1:1"

    def start(self) -> None:
        found = service.Witness(self.cosigner, keys.verifiers(LOG), self.folder / f"{self.cosigner.name[-1]}.json")
        self.server: ThreadingHTTPServer | None = service.server(found, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None


@pytest.fixture
def witnesses(append: Append, tmp_path: Path) -> Iterator[list[Running]]:
    """Two running witnesses of a log with 300 entries under a checkpoint; nothing is demanded yet."""
    append(300)
    sequencer.sequence(LOG)
    found = [Running(tmp_path, f"witness.example/{letter}") for letter in "ab"]
    for item in found:
        item.start()
    yield found
    for item in found:
        item.stop()


def demand(number: int, witnesses: list[Running]) -> None:
    rows = [{"key": str(item.cosigner.verifier), "url": item.url} for item in witnesses]
    path = place.root(LOG).parent / policy.FILE
    path.write_text(json.dumps({LOG: {"demanded": number, "witnesses": rows}}))


def test_final_is_what_the_demanded_witnesses_have_signed(append: Append, witnesses: list[Running]) -> None:
    entry = JournalEntry.objects.get(leaf__index=7)
    assert queries.state_of(entry) == "final"
    demand(2, witnesses)
    assert queries.state_of(entry) == "pending"
    with pytest.raises(NotYetSequenced):
        queries.inclusion_proof(entry)
    witnesses[1].stop()
    first = client.round_of(LOG)
    assert [type(problem) for problem in first.values()] == [type(None), client.Unanswered]
    assert (queries.final_size(LOG), queries.state_of(entry)) == (0, "pending")
    assert [row.state for row in client.standings(LOG)] == ["current", "unreachable"]
    assert "连不上" in client.standings(LOG)[1].message
    append(50)
    assert sequencer.sequence(LOG) == 50, "nothing waits for a witness"
    witnesses[1].start()
    demand(2, witnesses)
    assert set(client.round_of(LOG).values()) == {None}
    assert (queries.final_size(LOG), queries.state_of(entry)) == (350, "final")
    assert [row.state for row in client.standings(LOG)] == ["current", "current"]
    text = queries.served_file(LOG, "checkpoint.witnessed")[0].decode()
    assert text == place.read_checkpoint(LOG) == queries.final_checkpoint(LOG).note
    assert len(cosignature.times(note.parse(text), [item.cosigner.verifier for item in witnesses])) == 2
    append(1)
    sequencer.sequence(LOG)
    assert queries.covered_size(LOG) == 351
    assert queries.final_size(LOG) == queries.inclusion_proof(entry).size == 350
    assert set(client.round_of(LOG).values()) == {None}
    report = checks.check(first_only=False)
    assert (report.findings, queries.final_size(LOG)) == ([], 351)


def test_a_split_view_and_a_restored_backup_are_refused(
    append: Append, witnesses: list[Running], untriggered: None, tmp_path: Path
) -> None:
    demand(1, witnesses[:1])
    assert set(client.round_of(LOG).values()) == {None}
    Cosignature.objects.all().delete()
    Checkpoint.objects.filter(size=300).update(note=fork(300))
    (problem,) = client.round_of(LOG).values()
    assert isinstance(problem, client.Contradicted)
    assert "另一份历史" in problem.message
    Checkpoint.objects.filter(size=300).update(size=200, note=fork(200))
    (problem,) = client.round_of(LOG).values()
    assert isinstance(problem, client.Contradicted)
    assert "旧备份" in problem.message
    (standing,) = client.standings(LOG)
    assert (standing.state, queries.final_size(LOG)) == ("contradicts", 0)
    evidence = (tmp_path / "a.json.evidence").read_text().splitlines()
    assert [json.loads(line)["code"] for line in evidence] == ["witness-split-view"]


def fork(size: int) -> str:
    tree = merkle.MemoryTree([merkle.leaf_hash(str(n).encode()) for n in range(size)])
    return checkpoint.TreeHead(f"mingcha.example/{LOG}", size, merkle.root_at(tree, size)).sign(keys.signer(LOG))


def test_a_forged_cosignature_is_found(witnesses: list[Running], untriggered: None) -> None:
    demand(1, witnesses[:1])
    client.round_of(LOG)
    Cosignature.objects.update(line=Cosigner("witness.example/a", Ed25519PrivateKey.generate()).cosign("x\n", 5))
    found = [item.code for item in checks.check(first_only=False).findings if item.code != "trigger-missing"]
    assert found == ["cosignature-untrusted"]


def test_a_cosignature_needs_its_checkpoint_and_stays(witnesses: list[Running]) -> None:
    demand(1, witnesses[:1])
    client.round_of(LOG)
    row = Cosignature.objects.get()
    for bad in (
        lambda: Cosignature.objects.create(log=LOG, size=7, witness="w", line="l", seen_at=row.seen_at),
        lambda: Cosignature.objects.update(line="l"),
        lambda: Cosignature.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            bad()


@pytest.mark.parametrize("text", ["{", "[]", '{"*": {}}', '{"*": {"demanded": 1, "witnesses": []}}'])
def test_a_policy_that_cannot_be_read_is_said(text: str, db: None) -> None:
    path = place.root(LOG).parent / policy.FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    with pytest.raises(WitnessPolicyBroken):
        policy.of(LOG)


def test_commands(witnesses: list[Running], tmp_path: Path) -> None:
    runner = CliRunner()
    made = runner.invoke(commands.witness, ["key", "witness.example/new", str(tmp_path / "new.key")])
    assert cosignature.WitnessKey.parse(made.output).name == "witness.example/new"
    assert runner.invoke(commands.witness, ["key", "w", str(tmp_path / "new.key")]).exit_code == 1
    demand(2, witnesses)
    before = runner.invoke(commands.witness, ["status"])
    assert (before.exit_code, "等待共签" in before.output, "最终确认到0条" in before.output) == (1, True, True)
    after = runner.invoke(commands.witness, ["status", "--ask", "--json"])
    assert (after.exit_code, [row["state"] for row in json.loads(after.output)[LOG]]) == (0, ["current", "current"])


def test_a_bundle_carries_the_cosignatures(witnesses: list[Running], actor: ActorSnapshot) -> None:
    content = {"document_number": "明综执罚〔2026〕1号"}
    with transaction.atomic():
        entry = actions.append(
            "test-published",
            log=LOG,
            subject=("decision", "d"),
            actor=actor,
            payload={"content_digest": digest(content)},
        )
    sequencer.sequence(LOG)
    demand(1, witnesses)
    with pytest.raises(NotYetSequenced):
        queries.bundle_for(entry.pk, content)
    client.round_of(LOG)
    data, log_keys = queries.bundle_for(entry.pk, content), [keys.verifier(LOG)]
    trusted = [item.cosigner.verifier for item in witnesses]
    assert bundle.verify(data, log_keys, trusted).outcome is bundle.Outcome.GENUINE
    report = bundle.verify(data, log_keys, [*trusted, COSIGNER.verifier])
    assert [step.code for step in report.steps if not step.passed] == ["checkpoint-not-cosigned"]
    assert bundle.verify(data, log_keys, [*trusted, COSIGNER.verifier], demanded=2).outcome is bundle.Outcome.GENUINE


def test_over_http_the_size_of_a_request_is_limited(witnesses: list[Running]) -> None:
    assert client._post(witnesses[0].url, b"x" * (MOST_BYTES + 1))[0] == 413
    assert client._post(witnesses[0].url + "/other", b"x")[0] == 404
