"""Change of a log's key: everybody who follows the history goes on, no forged history and no stolen old key gets through."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from mingcha.common.errors import MingchaError
from mingcha.ledger import checks, commands, exporting, keys, place, queries, rotating, sequencer
from mingcha.ledger.core import checkpoint, keychain, merkle, note
from mingcha.ledger.core.errors import KeyChainBroken, KeyOutOfForce
from mingcha.ledger.core.keychain import Change, History
from mingcha.ledger.cosigning import client
from mingcha.ledger.models import JournalEntry
from mingcha.ledger.tests.conftest import LOG
from mingcha.ledger.tests.test_cosigning import Running, demand
from mingcha.ledger.tests.test_other_verifier import Append, ask, site, verifier

__all__ = ["site", "verifier"]
NAME = "log.example/1"
ONE, TWO, THREE, STRANGER = (
    note.Signer(NAME, Ed25519PrivateKey.from_private_bytes(letter * 32)) for letter in (b"1", b"2", b"3", b"9")
)
ELSEWHERE = note.Signer("log.example/2", Ed25519PrivateKey.from_private_bytes(b"4" * 32))
AT = "2026-11-22T00:00:00.000000Z"


def change(size: int, old: note.Signer, new: note.Signer, *, by: note.Signer | None = None, name: str = NAME) -> str:
    tree = checkpoint.TreeHead(name, size, merkle.leaf_hash(bytes([size])))
    return Change(tree, old.verifier, new.verifier, AT).sign(by or old, new)


FIRST = change(10, ONE, TWO)
FORGED: dict[str, tuple[str, ...]] = {
    "signed by a stranger for the old key": (change(10, ONE, STRANGER, by=STRANGER),),
    "without the new key's own signature": (FIRST.rsplit("\n", 2)[0] + "\n",),
    "begins with another key": (change(10, THREE, TWO),),
    "leaves out a change": (FIRST, change(20, THREE, STRANGER)),
    "goes back in size": (FIRST, change(9, TWO, THREE)),
    "hands over to itself": (change(10, ONE, ONE),),
    "of another log": (change(10, ONE, TWO, name="log.example/2"),),
    "to a key of another log": (change(10, ONE, ELSEWHERE),),
    "with another size": (FIRST.replace("\n10\n", "\n11\n"),),
    "a checkpoint instead": (checkpoint.TreeHead(NAME, 1, merkle.leaf_hash(b"1")).sign(ONE),),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_history_is_refused(name: str) -> None:
    with pytest.raises(KeyChainBroken):
        keychain.chain(History(ONE.verifier, FORGED[name]))


def test_each_key_speaks_for_its_own_time() -> None:
    history = keychain.read(History(ONE.verifier, (FIRST, change(20, TWO, THREE))).as_text())
    found = keychain.chain(history)
    assert [(key.first, key.last) for key in found] == [(0, 10), (11, 20), (21, None)]
    for signer, taken in ((ONE, {1, 10}), (TWO, {11, 20}), (THREE, {21, 90})):
        for size in (1, 10, 11, 20, 21, 90):
            text = checkpoint.TreeHead(NAME, size, merkle.leaf_hash(b"x")).sign(signer)
            if size in taken:
                assert checkpoint.open_signed(text, found).size == size
            else:
                with pytest.raises(KeyOutOfForce):
                    checkpoint.open_signed(text, found)
    assert keychain.follow(history, [ONE.verifier]) == keychain.follow(history, [THREE.verifier]) == found
    with pytest.raises(KeyChainBroken):
        keychain.follow(history, [STRANGER.verifier])
    for text in ("", "[]", "{}", history.as_text().replace("key-history/1", "key-history/2")):
        with pytest.raises(KeyChainBroken):
            keychain.read(text)


def test_the_log_goes_on_under_a_new_key(
    append: Append, verifier: Path, site: tuple[Path, str], tmp_path: Path
) -> None:
    """Check, export, a witness and the verifier written by others, before and after; and what a thief can still do."""
    append(300)
    sequencer.sequence(LOG)
    old, before = keys.signer(LOG), queries.latest_checkpoint(LOG)
    told = CliRunner().invoke(commands.ledger, ["rotate-key", LOG, "--reason", "每年更换"])
    assert told.exit_code == 0, told.output
    new = keys.verifier(LOG)
    assert str(new) in told.output and new != old.verifier and keys.signer(LOG).verifier == new
    append(100)
    sequencer.sequence(LOG)
    assert [(key.first, key.last) for key in keys.verifiers(LOG)] == [(0, 301), (302, None)]
    assert checks.check().findings == [] and before is not None
    folder, url = site
    exporting.export(LOG, folder / "log")
    seen = f"{before.size}:{base64.b64encode(bytes.fromhex(before.root)).decode()}"
    assert ask(verifier, url + "log/", str(new), "-seen", seen)[0] == 0
    assert ask(verifier, url + "log/", str(old.verifier), "-seen", seen)[0] == 1
    # A reader who holds the old key alone follows the published history.
    (tmp_path / "old").write_text(f"{old.verifier}\n")
    followed = CliRunner().invoke(
        commands.ledger, ["follow", str(folder / "log/keys.json"), "--key", str(tmp_path / "old")]
    )
    assert followed.exit_code == 0 and str(new) in followed.output
    trusted = keys.trusted((folder / "log/keys.json").read_text())
    assert checkpoint.open_signed(place.read_checkpoint(LOG) or "", trusted).size == 401
    # The old key, stolen: a checkpoint of today's size under it counts for nothing.
    grown = checkpoint.open_signed(place.read_checkpoint(LOG) or "", [new])
    with pytest.raises(KeyOutOfForce):
        checkpoint.open_signed(grown.sign(old), trusted)
    witness = Running(tmp_path, "witness.example/a")
    witness.start()
    try:
        demand(1, [witness])
        client.round_of(LOG)
        assert queries.final_size(LOG) == 401
    finally:
        witness.stop()


def _without_history() -> None:
    (Path(settings.KEYS_ROOT) / f"{LOG}.history").unlink()


def _another_history() -> None:
    path = Path(settings.KEYS_ROOT) / f"{LOG}.history"
    value = json.loads(path.read_text())
    value["changes"][0] = value["changes"][0].replace("\n11\n", "\n12\n")
    path.write_text(json.dumps(value))


def _unannounced() -> None:
    """Whoever holds the key of today hands over past the log."""
    head = checkpoint.open_signed(place.read_checkpoint(LOG) or "", keys.verifiers(LOG))
    keys.prepare(LOG)
    keys.change(LOG, head, AT)


@pytest.mark.parametrize(
    ("attack", "code"),
    [
        (_without_history, "checkpoint-untrusted"),
        (_another_history, "key-missing"),
        (_unannounced, "key-change-unannounced"),
    ],
)
def test_the_check_names_what_was_done_to_the_keys(append: Append, attack: Callable[[], None], code: str) -> None:
    append(10)
    sequencer.sequence(LOG)
    rotating.rotate(LOG, "试验")
    append(10)
    sequencer.sequence(LOG)
    assert checks.check().findings == []
    attack()
    assert code in {item.code for item in checks.check(first_only=False).findings}


def test_a_change_that_was_killed_is_finished_or_never_was(append: Append) -> None:
    append(10)
    sequencer.sequence(LOG)
    root = Path(settings.KEYS_ROOT)
    before = keys.signer(LOG).verifier
    shutil.copytree(root, root.with_name("earlier"))
    # Killed with the new key made but nothing handed over: the old one stays.
    keys.prepare(LOG)
    assert keys.signer(LOG).verifier == before
    rotating.rotate(LOG, "试验")
    new = keys.verifier(LOG)
    # Killed with the history in its place, the private key not yet: the next signer finishes.
    (root / f"{LOG}.key").rename(root / f"{LOG}.next")
    shutil.copy(root.with_name("earlier") / f"{LOG}.key", root / f"{LOG}.key")
    shutil.copy(root.with_name("earlier") / f"{LOG}.pub", root / f"{LOG}.pub")
    assert keys.signer(LOG).verifier == new and (root / f"{LOG}.pub").read_text() == f"{new}\n"
    append(3)
    assert sequencer.sequence(LOG) == 3 and checks.check().findings == []


def test_a_key_from_the_environment_is_not_replaced(append: Append, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MingchaError, match="还没有检查点"):
        rotating.rotate(LOG, "试验")
    append(1)
    sequencer.sequence(LOG)
    monkeypatch.setenv(f"MINGCHA_LOG_KEY_{LOG}", (Path(settings.KEYS_ROOT) / f"{LOG}.key").read_text())
    entries = JournalEntry.objects.count()
    with pytest.raises(MingchaError, match="环境变量"):
        rotating.rotate(LOG, "试验")
    assert JournalEntry.objects.count() == entries
