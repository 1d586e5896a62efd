"""Merkle hashing and proofs against the public vectors and against properties."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingcha.ledger.core import merkle
from mingcha.ledger.core.errors import OutOfRange, ProofError, RootMismatch, WrongProofLength

VECTORS = Path(__file__).parent / "vectors"


def vectors(folder: str) -> list[Path]:
    return sorted((VECTORS / folder).rglob("*.json"))


def test_vectors_are_all_there() -> None:
    assert len(vectors("inclusion")) > 30
    assert len(vectors("consistency")) > 40
    assert any(not json.loads(path.read_text())["wantErr"] for path in vectors("inclusion"))


@pytest.mark.parametrize("path", vectors("inclusion"), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_inclusion_vector(path: Path) -> None:
    case = json.loads(path.read_text())
    proof = [base64.b64decode(item) for item in case["proof"] or []]
    args = (
        base64.b64decode(case["leafHash"]),
        case["leafIdx"],
        case["treeSize"],
        proof,
        base64.b64decode(case["root"]),
    )
    if case["wantErr"]:
        with pytest.raises(ProofError):
            merkle.verify_inclusion(*args)
    else:
        merkle.verify_inclusion(*args)


@pytest.mark.parametrize("path", vectors("consistency"), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_consistency_vector(path: Path) -> None:
    case = json.loads(path.read_text())
    proof = [base64.b64decode(item) for item in case["proof"] or []]
    args = (case["size1"], case["size2"], proof, base64.b64decode(case["root1"]), base64.b64decode(case["root2"]))
    if case["wantErr"]:
        with pytest.raises(ProofError):
            merkle.verify_consistency(*args)
    else:
        merkle.verify_consistency(*args)


def mth(leaves: list[bytes]) -> bytes:
    """RFC 9162, 2.1.1, word for word: the oracle for the faster ways."""
    if len(leaves) <= 1:
        return leaves[0] if leaves else merkle.EMPTY_ROOT
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return merkle.node_hash(mth(leaves[:k]), mth(leaves[k:]))


def leaves(count: int) -> list[bytes]:
    return [merkle.leaf_hash(str(n).encode()) for n in range(count)]


@given(st.integers(0, 700))
def test_every_way_gives_the_same_root(size: int) -> None:
    found = leaves(size)
    grown = merkle.CompactRange()
    for leaf in found:
        grown.append(leaf)
    expected = mth(found)
    assert merkle.root_of(found) == grown.root() == merkle.root_at(merkle.MemoryTree(found), size) == expected


@given(st.data(), st.integers(1, 600))
def test_inclusion_proofs_verify_and_bind_everything(data: st.DataObject, size: int) -> None:
    index = data.draw(st.integers(0, size - 1))
    found = leaves(size)
    proof = merkle.inclusion_proof(merkle.MemoryTree(found), index, size)
    root = mth(found)
    merkle.verify_inclusion(found[index], index, size, proof, root)
    other = data.draw(st.integers(0, size - 1).filter(lambda n: n != index)) if size > 1 else None
    if other is not None:
        with pytest.raises(ProofError):
            merkle.verify_inclusion(found[index], other, size, proof, root)
        broken = data.draw(st.integers(0, len(proof) - 1))
        bent = [*proof[:broken], merkle.leaf_hash(proof[broken]), *proof[broken + 1 :]]
        with pytest.raises(RootMismatch):
            merkle.verify_inclusion(found[index], index, size, bent, root)
        with pytest.raises(ProofError):
            merkle.verify_inclusion(found[index], index, size, proof[:-1], root)
    with pytest.raises(ProofError):
        merkle.verify_inclusion(found[index], index, size, [*proof, root], root)


@given(st.data(), st.integers(1, 600))
def test_consistency_proofs_verify_and_refuse_a_rewritten_past(data: st.DataObject, new: int) -> None:
    old = data.draw(st.integers(1, new))
    found = leaves(new)
    proof = merkle.consistency_proof(merkle.MemoryTree(found), old, new)
    merkle.verify_consistency(old, new, proof, mth(found[:old]), mth(found))
    altered = data.draw(st.integers(0, old - 1))
    past = [*found[:altered], merkle.leaf_hash(b"another"), *found[altered + 1 : old]]
    with pytest.raises(RootMismatch):
        merkle.verify_consistency(old, new, proof, mth(past), mth(found))


def test_range_and_proofs_refuse_what_lies_outside() -> None:
    tree = merkle.MemoryTree(leaves(5))
    for index, size in ((5, 5), (-1, 5), (0, 0)):
        with pytest.raises(OutOfRange):
            merkle.inclusion_proof(tree, index, size)
    for old, new in ((0, 5), (6, 5)):
        with pytest.raises(OutOfRange):
            merkle.consistency_proof(tree, old, new)
    with pytest.raises(OutOfRange):
        merkle.CompactRange(3, [b""])
    with pytest.raises(WrongProofLength):
        merkle.verify_inclusion(b"short", 0, 1, [], b"short")


@given(st.integers(0, 300), st.integers(0, 4), st.integers(1, 5))
def test_subtrees_append_like_leaves(start: int, height: int, count: int) -> None:
    start = start >> height << height
    found = leaves(start + (count << height))
    grown = merkle.CompactRange()
    for leaf in found[:start]:
        grown.append(leaf)
    for at in range(start, len(found), 1 << height):
        grown.append_node(mth(found[at : at + (1 << height)]), height)
    assert (grown.size, grown.root()) == (len(found), mth(found))
    if height:
        grown.append(found[0])
        with pytest.raises(OutOfRange):
            grown.append_node(found[0], height)
