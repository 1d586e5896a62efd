"""Notes, checkpoints, tiles and strict JSON: the forms that strangers read."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from mingcha.ledger.core import checkpoint, merkle, note, strict, tiles
from mingcha.ledger.core.errors import (
    BadSignature,
    MalformedCheckpoint,
    MalformedKey,
    MalformedNote,
    MalformedTile,
    UnknownSigner,
    UnreadableBundle,
)

SIGNER = note.Signer("log.example/990100", Ed25519PrivateKey.from_private_bytes(b"\x01" * 32))
OTHER = note.Signer("log.example/990200", Ed25519PrivateKey.from_private_bytes(b"\x02" * 32))
# From the documentation of golang.org/x/mod/sumdb/note, hence made by a program of others.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_note_of_another_implementation_verifies() -> None:
    key = note.VerifierKey.parse(GO_KEY)
    assert str(key) == GO_KEY
    assert note.verify(note.parse(GO_NOTE), [key]) == [key]
    with pytest.raises(BadSignature):
        note.verify(note.parse(GO_NOTE.replace("answer", "anger")), [key])


@given(
    st.lists(st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), min_size=1), min_size=1, max_size=5)
)
def test_signed_text_comes_back(lines: list[str]) -> None:
    text = "\n".join(lines) + "\n"
    parsed = note.parse(SIGNER.sign(text))
    assert parsed.text == text
    assert note.verify(parsed, [OTHER.verifier, SIGNER.verifier]) == [SIGNER.verifier]


@pytest.mark.parametrize(
    "bad",
    ["", "text", "text\n", "text\n\n", "text\n\nno dash\n", "text\n\n— name\n", "text\n\n— name !!!!\n",
     "text\n\n— na+me AAAAAAAA\n", "text\n\n— name AAAA\n", "text\n\n— name AAAAAAAA extra\n",
     "te\txt\n\n— name AAAAAAAA\n",
     "text\n\n— name AAAAAAB=\n", "text\n\n— name AAAAAAAA\n" + "x" * (1 << 20)],
)  # fmt: skip
def test_malformed_note_is_refused(bad: str) -> None:
    with pytest.raises(MalformedNote):
        note.parse(bad)


def test_keys_refuse_every_other_form() -> None:
    good = str(SIGNER.verifier)
    name, key_id, data = good.split("+", 2)
    raw = base64.b64decode(data)
    for bad in (
        "", name, f"{name}+{key_id}", f"{name}+00000000+{data}", f"{name}+{key_id}+{data[:-4]}", f"a b+{key_id}+{data}",
        f"{name}+{key_id}+{base64.b64encode(bytes([2]) + raw[1:]).decode()}", f"{name}+zz+{data}",
    ):  # fmt: skip
        with pytest.raises(MalformedKey):
            note.VerifierKey.parse(bad)
    with pytest.raises(MalformedKey):
        note.Signer("a b", SIGNER.private)


HEAD = checkpoint.TreeHead(SIGNER.name, 7, merkle.leaf_hash(b"root"))


def test_checkpoint_opens_with_its_own_key_only() -> None:
    signed = HEAD.sign(SIGNER)
    assert checkpoint.open_signed(signed, [SIGNER.verifier], origin=SIGNER.name) == HEAD
    with pytest.raises(UnknownSigner):
        checkpoint.open_signed(signed, [OTHER.verifier])
    with pytest.raises(UnknownSigner):  # another log's key may not speak for this one
        checkpoint.open_signed(HEAD.sign(OTHER), [OTHER.verifier, SIGNER.verifier])
    with pytest.raises(MalformedCheckpoint):
        checkpoint.open_signed(signed, [SIGNER.verifier], origin="log.example/990300")
    with pytest.raises(BadSignature):
        checkpoint.open_signed(signed.replace("\n7\n", "\n8\n"), [SIGNER.verifier])


def test_same_name_and_other_key_is_unknown() -> None:
    forged = note.Signer(SIGNER.name, OTHER.private)
    with pytest.raises(UnknownSigner):
        checkpoint.open_signed(HEAD.sign(forged), [SIGNER.verifier])


ROOT64 = base64.b64encode(HEAD.root).decode()


@pytest.mark.parametrize(
    "text",
    ["", "a\n", "a\n1\n", f"a\n01\n{ROOT64}\n", f"a\n-1\n{ROOT64}\n", f"a\n１\n{ROOT64}\n", f"\n1\n{ROOT64}\n",
     f"a\n1\n{ROOT64[:-4]}\n", f"a\n1\n{ROOT64}\n\nb\n", "a\n1\n!\n", f"a\n0\n{ROOT64}\n", f"a\n1\n{ROOT64} \n"],
)  # fmt: skip
def test_malformed_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(MalformedCheckpoint):
        checkpoint.parse_text(text)


def test_checkpoint_ignores_extension_lines() -> None:
    assert checkpoint.parse_text(f"a\n7\n{ROOT64}\nextension\n") == checkpoint.TreeHead("a", 7, HEAD.root)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        (tiles.TileName(0, 0), "tile/0/000"),
        (tiles.TileName(0, 1234067), "tile/0/x001/x234/067"),
        (tiles.TileName(2, 1000, 5), "tile/2/x001/000.p/5"),
        (tiles.TileName(None, 273, 112), "tile/entries/273.p/112"),
    ],
)
def test_tile_paths(name: tiles.TileName, path: str) -> None:
    assert name.path == path
    assert tiles.parse_path(path) == name


@pytest.mark.parametrize(
    "path",
    ["tile/0/0", "tile/00/000", "tile/0/1000", "tile/0/x000/001", "tile/0/000.p/0", "tile/0/000.p/256",
     "tile/0/000.p/05",
     "tile/64/000", "tile/0/../000", "tile/-1/000", "checkpoint", "tile/0/000\n", "tile/0/٠٠٠"],
)  # fmt: skip
def test_other_tile_paths_are_refused(path: str) -> None:
    with pytest.raises(MalformedTile):
        tiles.parse_path(path)


@given(st.integers(0, 10**12), st.integers(1, 256), st.one_of(st.none(), st.integers(0, 63)))
def test_tile_paths_come_back(index: int, width: int, level: int | None) -> None:
    name = tiles.TileName(level, index, width)
    assert tiles.parse_path(name.path) == name


def test_tiles_of_the_specification_example() -> None:
    found = [(name.level, name.index, name.width) for name in tiles.tiles_at(70_000)]
    assert found == [(0, 273, 112), (1, 1, 17), (2, 0, 1)]
    assert [(name.level, name.index, name.width) for name in tiles.tiles_at(256)] == [(0, 0, 256), (1, 0, 1)]


@given(st.lists(st.binary(max_size=400), max_size=20))
def test_entry_bundles_come_back(entries: list[bytes]) -> None:
    assert tiles.unpack_entries(tiles.pack_entries(entries)) == entries


def test_truncated_tiles_are_refused() -> None:
    packed = tiles.pack_entries([b"abc", b"d"])
    for cut in (1, 4, len(packed) - 1):
        with pytest.raises(MalformedTile):
            tiles.unpack_entries(packed[:cut])
    with pytest.raises(MalformedTile):
        tiles.hashes_of(b"x" * 33, 1)


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"\xff", b'{"a":1,"a":2}', b'{"a":NaN}', b'{"a":1.0}', b'{"a":1e3}', b'{"a":-0}', b'"\\ud800"',
     b"[" * 100_000, b"9" * 50, b'{"a":{"b":1,"b":1}}'],
)  # fmt: skip
def test_strict_json_refuses(data: bytes) -> None:
    with pytest.raises(UnreadableBundle):
        strict.loads(data)


def test_strict_json_refuses_a_huge_file() -> None:
    with pytest.raises(UnreadableBundle, match="超过"):
        strict.loads(b" " * (strict.MOST_BYTES + 1))
