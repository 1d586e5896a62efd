"""A verifier written by others (golang.org/x/mod/sumdb) reads our log over HTTP: it accepts ours and refuses forgeries."""

from __future__ import annotations

import base64
import contextlib
import functools
import http.server
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from mingcha.ledger import commands, exporting, keys, place, queries, sequencer
from mingcha.ledger.core import checkpoint, merkle, note, tiles
from mingcha.ledger.cosigning import client
from mingcha.ledger.models import JournalEntry
from mingcha.ledger.names import origin
from mingcha.ledger.tests.conftest import LOG
from mingcha.ledger.tests.test_cosigning import Running, demand

SOURCE = Path(__file__).resolve().parents[4] / "tests" / "go" / "logverifier"
Append = Callable[..., list[JournalEntry]]
SIZE = 700


@pytest.fixture(scope="session")
def verifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Go program, built once per session against the distribution's packages; nothing is fetched."""
    folder = tmp_path_factory.mktemp("go")
    made = folder / "logverifier"
    environment = {
        **os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": str(folder / "cache"),
        "GOFLAGS": "", "CGO_ENABLED": "0",
    }  # fmt: skip
    subprocess.run(["go", "build", "-o", str(made), "."], cwd=SOURCE, env=environment, check=True)
    return made


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder served by a web server that knows nothing of logs."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    folder = tmp_path / "www"
    folder.mkdir()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


class World:
    """A log of 700 entries with two cosigned checkpoints, exported, and what a reader knows of it."""

    def __init__(self, append: Append, folder: Path, witnesses: list[Running]) -> None:
        append(300)
        sequencer.sequence(LOG)
        for item in witnesses:
            item.start()
        demand(2, witnesses)
        client.round_of(LOG)
        self.old = queries.final_checkpoint(LOG)
        exporting.export(LOG, folder / "old")
        append(400)
        sequencer.sequence(LOG)
        client.round_of(LOG)
        exporting.export(LOG, folder / "log")
        self.folder = folder
        self.signer = keys.signer(LOG)
        self.witnesses = [str(item.cosigner.verifier) for item in witnesses]
        self.digests = list(JournalEntry.objects.order_by("leaf__index").values_list("digest", flat=True))

    @property
    def seen(self) -> str:
        assert self.old is not None
        return f"{self.old.size}:{base64.b64encode(bytes.fromhex(self.old.root)).decode()}"

    def proof(self, index: int, of: int) -> str:
        entry = JournalEntry.objects.get(leaf__index=of)
        hashes = ";".join(base64.b64encode(item).decode() for item in queries.inclusion_proof(entry).hashes)
        return f"{index}:{self.digests[index]}:{hashes}"

    def arguments(self) -> list[str]:
        holds = ",".join(f"{n}:{self.digests[n]}" for n in (0, 255, 256, 511, 699))
        return ["-seen", self.seen, "-holds", holds, "-witnesses", ",".join(self.witnesses), "-need", "2",
                "-proof", self.proof(650, 650)]  # fmt: skip


def bend(path: str, at: int = 40) -> Callable[[World, Path], None]:
    def change(world: World, folder: Path) -> None:
        data = bytearray((folder / path).read_bytes())
        data[at] ^= 1
        (folder / path).write_bytes(data)

    return change


def cut(path: str, count: int) -> Callable[[World, Path], None]:
    return lambda world, folder: (folder / path).write_bytes((folder / path).read_bytes()[:-count]) and None


def head(text: Callable[[str], str], *, other_key: bool = False) -> Callable[[World, Path], None]:
    """The checkpoint's text changed and signed again, with the stolen key or another of the same name."""

    def change(world: World, folder: Path) -> None:
        signer = note.Signer(world.signer.name, Ed25519PrivateKey.generate()) if other_key else world.signer
        target = folder / "checkpoint"
        target.write_text(signer.sign(text(note.parse(target.read_text()).text)))

    return change


def fork(world: World, folder: Path) -> None:
    """Another history of the same length, whole and signed with the log's own key."""
    digests = [bytes.fromhex(item) for item in world.digests]
    digests[120] = b"\x07" * 32
    _write_tree(folder, digests, world.signer)


def swap(world: World, folder: Path) -> None:
    target = folder / "tile/entries/000"
    entries = tiles.unpack_entries(target.read_bytes())
    entries[3], entries[4] = entries[4], entries[3]
    target.write_bytes(tiles.pack_entries(entries))


def change_both(world: World, folder: Path) -> None:
    entries = tiles.unpack_entries((folder / "tile/entries/000").read_bytes())
    entries[9] = b"\x05" * 32
    (folder / "tile/entries/000").write_bytes(tiles.pack_entries(entries))
    (folder / "tile/0/000").write_bytes(b"".join(merkle.leaf_hashes(entries)))


def strip(world: World, folder: Path) -> None:
    """One cosignature is left."""
    lines = (folder / "checkpoint").read_text().rstrip("\n").split("\n")
    (folder / "checkpoint").write_text("\n".join(lines[:-1]) + "\n")


def forge_cosignature(world: World, folder: Path) -> None:
    lines = (folder / "checkpoint").read_text().rstrip("\n").split("\n")
    data = bytearray(base64.b64decode(lines[-1].split(" ")[2]))
    data[11] ^= 1  # the time
    lines[-1] = " ".join([*lines[-1].split(" ")[:2], base64.b64encode(data).decode()])
    (folder / "checkpoint").write_text("\n".join(lines) + "\n")


def _write_tree(folder: Path, digests: list[bytes], signer: note.Signer) -> None:
    leaves = merkle.leaf_hashes(digests)
    row, level = leaves, 0
    while row:
        for at in range(0, len(row), tiles.WIDTH):
            chunk = row[at : at + tiles.WIDTH]
            (folder / tiles.TileName(level, at // tiles.WIDTH, len(chunk)).path).write_bytes(b"".join(chunk))
            if level == 0:
                bundle = tiles.pack_entries(digests[at : at + tiles.WIDTH])
                (folder / tiles.TileName(None, at // tiles.WIDTH, len(chunk)).path).write_bytes(bundle)
        row = [merkle.root_of(row[at : at + 256]) for at in range(0, len(row) - 255, 256)]
        level += 1
    text = checkpoint.TreeHead(signer.name, len(digests), merkle.root_of(leaves)).sign(signer)
    (folder / "checkpoint").write_text(text)


NEED_NONE = ["-need", "0"]
# Name → (change of the folder, more arguments, words of the refusal).
FORGERIES: dict[str, tuple[Callable[[World, Path], object], list[str], str]] = {
    "text changed under the signature": (bend("checkpoint", 30), [], "signature"),
    "signature changed": (lambda w, f: (f / "checkpoint").write_text(_bad_signature(f)), [], "signature"),
    "signed by another key of the same name": (head(str, other_key=True), NEED_NONE, "no verifiable signatures"),
    "size raised with the stolen key": (head(lambda t: t.replace("\n700\n", "\n701\n")), NEED_NONE, "tile"),
    "root changed with the stolen key": (head(lambda t: t[:-9] + "AAAAAAA=\n"), NEED_NONE, "tile"),
    "size not canonical": (head(lambda t: t.replace("\n700\n", "\n0700\n")), NEED_NONE, "size malformed"),
    "wrong origin": (head(lambda t: "x" + t), NEED_NONE, "another origin"),
    "full tile changed": (bend("tile/0/000"), [], "does not hash to its leaf"),
    "entry and leaf changed together": (change_both, [], "signed root"),
    "partial tile changed": (bend("tile/0/002.p/188"), [], "tile"),
    "upper tile changed": (bend("tile/1/000.p/2"), [], "tile"),
    "full tile cut off": (cut("tile/0/001", 32), [], "bytes"),
    "tile missing": (lambda w, f: (f / "tile/0/001").unlink(), [], "404"),
    "entry changed": (bend("tile/entries/000"), [], "does not hash to its leaf"),
    "entries swapped": (swap, [], "does not hash to its leaf"),
    "bundle cut off": (cut("tile/entries/001", 3), [], "cut off"),
    "bundle one entry short": (cut("tile/entries/001", 34), [], "255 entries"),
    "rolled back to an older signed checkpoint": (
        lambda w, f: shutil.copy(f.parent / "old/checkpoint", f / "checkpoint"),
        ["-seen", "700:" + "A" * 43 + "="], "rolled back",
    ),
    "forked with the log's own key": (fork, [*NEED_NONE, "-holds", "", "-proof", ""], "not consistent"),
    "forked, without cosignatures": (fork, ["-seen", "", "-holds", "", "-proof", ""], "0 of 2 demanded"),
    "one cosignature missing": (strip, [], "1 of 2 demanded"),
    "cosignature with another time": (forge_cosignature, [], "signature"),
    "entry said to stand elsewhere": (lambda w, f: None, ["-holds", f"5:{'00' * 32}"], "entry 5 is not in the log"),
}  # fmt: skip


def _bad_signature(folder: Path) -> str:
    lines = (folder / "checkpoint").read_text().split("\n")
    lines[4] = lines[4][:-9] + ("A" if lines[4][-9] != "A" else "B") + lines[4][-8:]
    return "\n".join(lines)


def ask(verifier: Path, url: str, key: str, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [str(verifier), "-url", url, "-key", key, *arguments], capture_output=True, text=True, timeout=30, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_it_accepts_our_log_and_refuses_every_forgery(
    append: Append, verifier: Path, site: tuple[Path, str], tmp_path: Path
) -> None:
    folder, url = site
    keys.signer(LOG, make=True)
    witnesses = [Running(tmp_path, f"witness.example/{letter}") for letter in "ab"]
    try:
        world = World(append, folder, witnesses)
    finally:
        for item in witnesses:
            item.stop()
    key = (folder / "log/key.txt").read_text().strip()
    said = ask(verifier, url + "log/", key, *world.arguments())
    assert (said[0], said[1].split(" ")[0]) == (0, str(SIZE)), said
    shutil.copytree(place.root(LOG), folder / "live")
    assert ask(verifier, url + "live/", key, *world.arguments())[0] == 0, "the directory itself can be served"
    code, text = ask(verifier, url + "log/", key, *world.arguments(), "-proof", world.proof(650, 651))
    assert (code, "given proof is wrong" in text) == (1, True)
    wrong: dict[str, str] = {}
    for name, (change, arguments, words) in FORGERIES.items():
        shutil.rmtree(folder / "forged", ignore_errors=True)
        shutil.copytree(folder / "log", folder / "forged")
        change(world, folder / "forged")
        code, text = ask(verifier, url + "forged/", key, *world.arguments(), *arguments)
        if code != 1 or words not in text:
            wrong[name] = f"{code}: {text}"
    assert wrong == {}


@contextlib.contextmanager
def kept_connection() -> Iterator[None]:
    """As Django's own test client does: requests must not close the connection in which the test's transaction is."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


def test_it_reads_the_log_from_the_portal(append: Append, verifier: Path) -> None:
    """Through the site itself, served in this thread because the test's transaction lives in it."""
    append(300)
    sequencer.sequence(LOG)
    with kept_connection(), make_server("127.0.0.1", 0, WSGIHandler(), handler_class=_Quiet) as server:
        server.timeout = 0.05
        url = f"http://localhost:{server.server_address[1]}/p/log/files/{LOG}/"
        with subprocess.Popen(
            [str(verifier), "-url", url, "-key", queries.verifier_key(LOG).strip()], stdout=subprocess.PIPE, text=True
        ) as asking:
            while asking.poll() is None:
                server.handle_request()
            assert asking.stdout is not None
            assert asking.stdout.read().startswith("300 ")


def test_export_writes_what_never_changes_once(append: Append, tmp_path: Path) -> None:
    runner = CliRunner()
    assert runner.invoke(commands.ledger, ["export", LOG, str(tmp_path / "www")]).exit_code == 1
    append(300)
    sequencer.sequence(LOG)
    done = runner.invoke(commands.ledger, ["export", LOG, str(tmp_path / "www")])
    assert (done.exit_code, "300" in done.output) == (0, True)
    assert exporting.export(LOG, tmp_path / "www").files == 3
    append(5)
    sequencer.sequence(LOG)
    assert exporting.export(LOG, tmp_path / "www").files == 5
    found = {str(path.relative_to(tmp_path / "www")) for path in (tmp_path / "www").rglob("*") if path.is_file()}
    assert {name.path for name in exporting.names(305)} <= found
    assert (tmp_path / "www/checkpoint").read_text() == place.read_checkpoint(LOG)
    assert origin(LOG) in (tmp_path / "www/key.txt").read_text()
