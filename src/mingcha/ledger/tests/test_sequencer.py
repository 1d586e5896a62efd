"""Sequencer: what it writes, where it may be killed, and what it refuses to sign."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from mingcha.ledger import checks, keys, place, queries, sequencer, witness
from mingcha.ledger.core import merkle, tiles
from mingcha.ledger.core.checkpoint import open_signed
from mingcha.ledger.errors import KeyProblem, LedgerBroken, LogDiverged, NotYetSequenced
from mingcha.ledger.models import Checkpoint, JournalEntry, LedgerLeaf
from mingcha.ledger.names import origin
from mingcha.ledger.tests.conftest import LOG

Append = Callable[..., list[JournalEntry]]


def published() -> Any:
    text = place.read_checkpoint(LOG)
    return None if text is None else open_signed(text, [keys.verifier(LOG)], origin=origin(LOG))


def leaves() -> list[bytes]:
    return [
        merkle.leaf_hash(bytes.fromhex(d)) for d in JournalEntry.objects.order_by("id").values_list("digest", flat=True)
    ]


def test_nothing_waits_in_an_empty_log(db: None) -> None:
    assert sequencer.sequence(LOG) == 0
    assert published() is None


@pytest.mark.parametrize("steps", [[1], [255, 1], [256, 1, 300], [3, 600, 70]])
def test_log_is_the_tree_of_its_entries(append: Append, steps: list[int]) -> None:
    for count in steps:
        append(count)
        assert sequencer.sequence(LOG) == count
        head = published()
        found = leaves()
        assert (head.size, head.root) == (len(found), merkle.root_of(found))
        for name in tiles.tiles_at(head.size):
            assert len(place.read_tile(LOG, name)) == 32 * name.width
    size = sum(steps)
    digests = [bytes.fromhex(d) for d in JournalEntry.objects.order_by("id").values_list("digest", flat=True)]
    bundles = [
        entry
        for at in range(0, size, 256)
        for entry in place.read_entries(LOG, tiles.TileName(None, at // 256, min(256, size - at)))
    ]
    assert bundles == digests
    told = checks.check().as_dict()
    told.pop("looked_at")
    assert told == {
        "sound": True, "entries": size, "leaves": size, "checkpoints": len(steps), "waiting": 0, "findings": [],
    }  # fmt: skip
    checks.require_ready()


def test_partial_tiles_go_when_the_full_one_stands(append: Append) -> None:
    append(10)
    sequencer.sequence(LOG)
    assert (place.root(LOG) / "tile/0/000.p/10").exists()
    append(246)
    sequencer.sequence(LOG)
    assert not (place.root(LOG) / "tile/0/000.p").exists()
    assert len(place.read_tile(LOG, tiles.TileName(0, 0, 10))) == 320


def test_large_batches_are_cut(append: Append, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequencer, "BATCH", 100)
    append(950)
    assert sequencer.sequence(LOG) == 950
    assert published().root == merkle.root_of(leaves())
    assert Checkpoint.objects.count() == 10


def test_late_commit_is_found_by_its_missing_leaf(append: Append) -> None:
    """An entry with a smaller id than all those sequenced before it, as PostgreSQL commits them."""
    (made,) = append()
    listed = ", ".join(field.column for field in JournalEntry._meta.concrete_fields if field.column != "id")
    copy = f"INSERT INTO ledger_journalentry (id, {listed}) SELECT %s, {listed} FROM ledger_journalentry WHERE id = %s"
    with connection.cursor() as cursor:
        cursor.execute(copy, [made.pk + 100, made.pk])
    assert sequencer.sequence(LOG) == 2
    with connection.cursor() as cursor:
        cursor.execute(copy, [made.pk + 50, made.pk])
    assert sequencer.sequence(LOG) == 1
    assert LedgerLeaf.objects.get(pk=made.pk + 50).index == 2


def test_logs_are_apart(append: Append) -> None:
    append(3)
    append(2, log="990200")
    assert sequencer.known_logs() == [LOG, "990200"]
    assert sequencer.sequence(LOG) == 3
    assert sequencer.sequence("990200") == 2
    assert queries.logs() == [LOG, "990200"]
    assert keys.verifier(LOG).public != keys.verifier("990200").public
    assert queries.covered_size("990200") == 2


def test_only_what_a_checkpoint_covers_is_final(append: Append, monkeypatch: pytest.MonkeyPatch) -> None:
    (made,) = append()
    with pytest.raises(NotYetSequenced):
        queries.inclusion_proof(made)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(sequencer.TreeHead, "sign", killer())
        sequencer.sequence(LOG)
    assert LedgerLeaf.objects.filter(pk=made.pk).exists()
    assert queries.state_of(made) == "pending"
    sequencer.sequence(LOG)
    assert queries.state_of(made) == "final"
    shown = queries.inclusion_proof(made)
    assert (shown.index, shown.size, shown.hashes) == (0, 1, [])


def test_proofs_from_tiles_verify_at_every_checkpoint(append: Append) -> None:
    heads = []
    for count in (1, 254, 3, 700, 90):
        made = append(count)
        sequencer.sequence(LOG)
        heads.append(published())
    found = leaves()
    for head in heads:
        for index in {0, head.size // 2, head.size - 1}:
            entry = JournalEntry.objects.get(leaf__index=index)
            shown = queries.inclusion_proof(entry, head.size)
            merkle.verify_inclusion(found[index], index, head.size, shown.hashes, head.root)
    for old, new in itertools.pairwise(heads):
        proof = queries.consistency_proof(LOG, old.size, new.size)
        merkle.verify_consistency(old.size, new.size, proof, old.root, new.root)
    assert queries.state_of(made[0]) == "final"


class Killed(BaseException):
    """Stands for the end of the process: nothing catches it."""


def killer(after: int = 0, real: Any = None) -> Any:
    calls = [0]

    def kill(*args: Any, **kwargs: Any) -> Any:
        calls[0] += 1
        if calls[0] > after:
            raise Killed
        return real(*args, **kwargs)

    return kill


STEPS = [
    (sequencer.Sequencer, "_commit_leaves", 0),
    (sequencer.Sequencer, "_publish", 0),
    (place, "write_files", 0),
    (place, "write_files", 1),
    (place, "flush_folder", 0),
    (place, "flush_folder", 2),
    (os, "fsync", 0),
    (os, "fsync", 1),
    (Path, "replace", 0),
    (Path, "replace", 2),
    (Path, "replace", 4),
    (sequencer.TreeHead, "sign", 0),
    (sequencer.Sequencer, "_remember", 0),
    (place, "drop_partial", 0),
]


@pytest.mark.parametrize("step", STEPS, ids=[f"{n}-{a}" for _, n, a in STEPS])
@pytest.mark.parametrize("before", [0, 250])
def test_kill_at_any_step_is_resumed(
    append: Append, monkeypatch: pytest.MonkeyPatch, step: tuple[Any, str, int], before: int
) -> None:
    owner, name, after = step
    if before:
        append(before)
        sequencer.sequence(LOG)
    else:
        keys.signer(LOG, make=True)
    append(300)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(owner, name, killer(after, getattr(owner, name)))
        sequencer.sequence(LOG)
    seen = published()
    if seen is not None:
        assert seen.root == merkle.root_of(leaves()[: seen.size])
    checks.require_ready()
    append(5)
    sequencer.sequence(LOG)
    assert (published().size, published().root) == (before + 305, merkle.root_of(leaves()))
    assert checks.check(first_only=False).findings == []


def test_restored_database_stops(append: Append, untriggered: None) -> None:
    append(5)
    sequencer.sequence(LOG)
    Checkpoint.objects.all().delete()
    LedgerLeaf.objects.filter(index__gte=3).delete()
    with pytest.raises(LogDiverged, match="旧备份"):
        sequencer.sequence(LOG)
    assert published().size == 5


def test_lost_checkpoint_file_stops(append: Append) -> None:
    append(5)
    sequencer.sequence(LOG)
    (place.root(LOG) / "checkpoint").unlink()
    append(1)
    with pytest.raises(LogDiverged, match="检查点文件"):
        sequencer.sequence(LOG)
    with pytest.raises(LedgerBroken):
        checks.require_ready()


def test_restored_files_stop(append: Append, tmp_path: Path) -> None:
    append(5)
    sequencer.sequence(LOG)
    shutil.copytree(place.root(LOG), tmp_path / "backup")
    append(5)
    sequencer.sequence(LOG)
    shutil.rmtree(place.root(LOG))
    shutil.copytree(tmp_path / "backup", place.root(LOG))
    with pytest.raises(LogDiverged, match="检查点"):
        sequencer.sequence(LOG)


def test_witness_notices_that_database_and_files_were_both_restored(
    append: Append, untriggered: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINGCHA_LOG_WITNESS", str(tmp_path / "witness"))
    append(5)
    sequencer.sequence(LOG)
    shutil.copytree(place.root(LOG), tmp_path / "backup")
    append(5)
    sequencer.sequence(LOG)
    assert witness.configured()[0].newest(LOG) == place.read_checkpoint(LOG)
    shutil.rmtree(place.root(LOG))
    shutil.copytree(tmp_path / "backup", place.root(LOG))
    Checkpoint.objects.filter(size=10).delete()
    LedgerLeaf.objects.filter(index__gte=5).delete()
    with pytest.raises(LogDiverged, match="见证"):
        sequencer.sequence(LOG)
    assert published().size == 5


def test_tampered_files_stop(append: Append) -> None:
    append(300)
    sequencer.sequence(LOG)
    for path in ("tile/0/001.p/44", "tile/1/000.p/1", "checkpoint"):
        target = place.root(LOG) / path
        good = target.read_bytes()
        target.write_bytes(bytes([good[0] ^ 1]) + good[1:])
        append(1)
        with pytest.raises(LogDiverged):
            sequencer.sequence(LOG)
        target.write_bytes(good)
    assert sequencer.sequence(LOG) == 3


def test_key_is_never_replaced(append: Append) -> None:
    append(1)
    sequencer.sequence(LOG)
    path = Path(settings.KEYS_ROOT) / f"{LOG}.key"
    assert path.stat().st_mode & 0o777 == 0o600
    good = path.read_text()
    path.unlink()
    with pytest.raises(KeyProblem, match="不要另造"):
        sequencer.sequence(LOG)
    path.write_text(good)
    path.chmod(0o644)
    with pytest.raises(KeyProblem, match="0600"):
        sequencer.sequence(LOG)
    path.chmod(0o600)
    path.write_text("PRIVATE+KEY+nonsense")
    with pytest.raises(KeyProblem, match="损坏"):
        sequencer.sequence(LOG)


def test_key_from_the_environment(append: Append, monkeypatch: pytest.MonkeyPatch) -> None:
    keys.signer(LOG, make=True)
    path = Path(settings.KEYS_ROOT) / f"{LOG}.key"
    monkeypatch.setenv(f"MINGCHA_LOG_KEY_{LOG}", path.read_text())
    path.unlink()
    append(1)
    assert sequencer.sequence(LOG) == 1
    monkeypatch.setenv("MINGCHA_LOG_ORIGIN", "other.example")
    with pytest.raises(KeyProblem, match="MINGCHA_LOG_ORIGIN"):
        sequencer.sequence(LOG)


def test_one_sequencer_at_a_time(append: Append) -> None:
    append(2)
    with place.lock(LOG):
        assert sequencer.Sequencer(LOG).sweep(wait=False) == 0
    assert sequencer.sequence(LOG) == 2


def test_served_files_are_only_those_of_the_standard(append: Append) -> None:
    from mingcha.common.errors import NotFound

    append(3)
    sequencer.sequence(LOG)
    assert queries.served_file(LOG, "checkpoint")[1] == "text/plain; charset=utf-8"
    assert len(queries.served_file(LOG, "tile/0/000.p/3")[0]) == 96
    assert queries.verifier_key(LOG).startswith(origin(LOG) + "+")
    for path in ("tile/0/000", "../keys/990100.key", "tile/0/../../checkpoint", "", "tile/0/000.p"):
        with pytest.raises(NotFound):
            queries.served_file(LOG, path)


def test_horizon_looks_at_everything_again(db: None, append: Append, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [1000.0]
    monkeypatch.setattr(sequencer.time, "monotonic", lambda: moment[0])
    horizon = sequencer._Horizon()
    newest = append(3)[-1].pk
    horizon.note()
    assert horizon.after() == 0
    moment[0] += 60
    assert horizon.after() == 0
    moment[0] += sequencer.WINDOW_SECONDS
    assert horizon.after() == newest
    moment[0] += sequencer.SWEEP_SECONDS
    assert horizon.after() == 0


CHILD = """
import os, sys, threading, uuid
import django
django.setup()
from django.core.management import call_command
from django.db import transaction
from mingcha.ledger import actions, kinds, sequencer
from mingcha.ledger.actors import system
if sys.argv[1] == "prepare":
    call_command("migrate", run_syncdb=True, verbosity=0)
    kinds.kind("test-act", "试验行为")
    for _ in range(60):
        with transaction.atomic():
            items = [actions.NewEntry(("thing", str(n)), {"n": n}) for n in range(500)]
            actions.append_many("test-act", log="990100", actor=system("试验"), items=items)
elif sys.argv[1] == "run":
    sequencer.BATCH = 64
    print("running", flush=True)
    sequencer.run_forever(threading.Event(), interval=0.01)
else:
    from mingcha.ledger import checks
    sequencer.sequence("990100")
    report = checks.check()
    print(report.as_dict())
    sys.exit(0 if report.sound and report.leaves == 30000 else 1)
"""


@pytest.mark.slow
def test_sigkill_leaves_a_log_that_goes_on(tmp_path: Path) -> None:
    """The embedded database, a real process, a real kill."""
    environment = {
        **{k: v for k, v in os.environ.items() if k != "MINGCHA_DATABASE_URL"},
        "DJANGO_SETTINGS_MODULE": "mingcha.ledger.tests.settings",
        "MINGCHA_DATA": str(tmp_path),
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    subprocess.run([sys.executable, "-c", CHILD, "prepare"], env=environment, check=True)
    for wait in (0.05, 0.1, 0.2, 0.3, 0.5):
        child = subprocess.Popen([sys.executable, "-c", CHILD, "run"], env=environment, stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(wait)
        child.send_signal(signal.SIGKILL)
        child.communicate()
    done = subprocess.run(
        [sys.executable, "-c", CHILD, "finish"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_runner_sequences_all_logs_and_stops(append: Append, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequencer, "close_old_connections", lambda: None)  # the test's transaction lives in it
    append(3)
    append(2, log="990200")
    stop = threading.Event()
    stop.set()
    sequencer.run_forever(stop)
    assert (queries.covered_size(LOG), queries.covered_size("990200")) == (3, 2)


def test_runner_reports_a_diverged_log_and_serves_the_others(
    append: Append, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sequencer, "close_old_connections", lambda: None)
    append(3)
    sequencer.sequence(LOG)
    (place.root(LOG) / "checkpoint").unlink()
    append(1)
    append(2, log="990200")
    stop = threading.Event()
    stop.set()
    sequencer.run_forever(stop)
    assert queries.covered_size("990200") == 2
    assert "停止定序" in caplog.text
