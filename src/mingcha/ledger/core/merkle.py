"""Merkle tree (默克尔树) by RFC 9162, section 2.1: hashes, roots, inclusion and consistency proofs.

Proofs are built from complete subtrees, which `Nodes` delivers by height and index: from memory, or from tiles.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Protocol

from mingcha.ledger.core.errors import OutOfRange, RootMismatch, WrongProofLength

HASH_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()


class Nodes(Protocol):
    """Reader of the roots of complete subtrees: the node covers leaves [index * 2**height, (index + 1) * 2**height)."""

    def node(self, height: int, index: int) -> bytes: ...


def leaf_hash(data: bytes) -> bytes:
    return sha256(b"\x00" + data).digest()


def leaf_hashes(data: Iterable[bytes]) -> list[bytes]:
    return [sha256(b"\x00" + item).digest() for item in data]


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def parents(level: Sequence[bytes]) -> list[bytes]:
    """Hashes one level up; an odd last one is left out."""
    pairs = iter(level)
    return [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=False)]


def root_of(leaves: Sequence[bytes]) -> bytes:
    """MTH over leaf hashes (2.1.1). A lone last node rises unchanged, which equals the split at a power of two."""
    if not leaves:
        return EMPTY_ROOT
    level = list(leaves)
    while len(level) > 1:
        above = parents(level)
        if len(level) % 2:
            above.append(level[-1])
        level = above
    return level[0]


class CompactRange:
    """The right edge of a growing tree: one root per set bit of the size, largest first."""

    def __init__(self, size: int = 0, edge: Iterable[bytes] = ()) -> None:
        self.size = size
        self.edge = list(edge)
        if len(self.edge) != size.bit_count():
            raise OutOfRange(message="默克尔树的右边缘与树的大小不符。", data={"size": size, "edge": len(self.edge)})

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        node, rest = leaf, self.size
        while rest & 1:
            node = node_hash(self.edge.pop(), node)
            rest >>= 1
        self.edge.append(node)
        self.size += 1

    def append_node(self, node: bytes, height: int) -> None:
        """Add the root of a complete subtree; the size must be a multiple of its width."""
        if self.size % (1 << height):
            raise OutOfRange(message="子树没有对齐，不能加入默克尔树。", data={"size": self.size, "height": height})
        rest = self.size >> height
        while rest & 1:
            node = node_hash(self.edge.pop(), node)
            rest >>= 1
        self.edge.append(node)
        self.size += 1 << height

    def root(self) -> bytes:
        if not self.edge:
            return EMPTY_ROOT
        root = self.edge[-1]
        for node in reversed(self.edge[:-1]):
            root = node_hash(node, root)
        return root


class MemoryTree:
    """Whole tree in memory, level by level: for tests, measurements and small logs."""

    def __init__(self, leaves: Iterable[bytes]) -> None:
        self.levels = [list(leaves)]
        while len(self.levels[-1]) > 1:
            self.levels.append(parents(self.levels[-1]))

    def node(self, height: int, index: int) -> bytes:
        return self.levels[height][index]


def range_root(nodes: Nodes, start: int, end: int) -> bytes:
    """MTH(D[start:end]) where `start` is a multiple of the largest power of two not above end - start."""
    parts: list[bytes] = []
    while start < end:
        height = (end - start).bit_length() - 1
        parts.append(nodes.node(height, start >> height))
        start += 1 << height
    root = parts.pop()
    while parts:
        root = node_hash(parts.pop(), root)
    return root


def root_at(nodes: Nodes, size: int) -> bytes:
    """Root of the tree of the first `size` leaves."""
    return range_root(nodes, 0, size) if size else EMPTY_ROOT


def inclusion_proof(nodes: Nodes, index: int, size: int) -> list[bytes]:
    """PATH(index, D[0:size]) — 2.1.3.1. Raises OutOfRange."""
    if not 0 <= index < size:
        raise OutOfRange(message="叶的序号不在该检查点的范围内。", data={"index": index, "size": size})
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + (1 << (end - start - 1).bit_length() - 1)
        if index < middle:
            path.append(range_root(nodes, middle, end))
            end = middle
        else:
            path.append(range_root(nodes, start, middle))
            start = middle
    return path[::-1]


def consistency_proof(nodes: Nodes, old: int, new: int) -> list[bytes]:
    """PROOF(old, D[0:new]) — 2.1.4.1. Empty where old equals new. Raises OutOfRange."""
    if not 0 < old <= new:
        raise OutOfRange(message="一致性证明的两个大小不合要求。", data={"old": old, "new": new})
    path: list[bytes] = []
    start, end, whole = 0, new, True
    while old != end:
        middle = start + (1 << (end - start - 1).bit_length() - 1)
        if old <= middle:
            path.append(range_root(nodes, middle, end))
            end = middle
        else:
            path.append(range_root(nodes, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(range_root(nodes, start, end))
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """RFC 9162, 2.1.3.2, step by step. Raises OutOfRange, WrongProofLength, RootMismatch."""
    if not 0 <= index < size:  # 1
        raise OutOfRange(message="叶的序号不在树的范围内。", data={"index": index, "size": size})
    _require_hashes([leaf, *proof, root])
    fn, sn, r = index, size - 1, leaf  # 2, 3
    for p in proof:  # 4
        if sn == 0:
            raise WrongProofLength(message="包含证明的哈希过多。")
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            if not fn & 1:
                while fn and not fn & 1:
                    fn >>= 1
                    sn >>= 1
        else:
            r = node_hash(r, p)
        fn >>= 1
        sn >>= 1
    if sn != 0:  # 5
        raise WrongProofLength(message="包含证明的哈希不足。")
    if r != root:
        raise RootMismatch(
            message="包含证明算出的根与检查点的根不一致。", data={"computed": r.hex(), "signed": root.hex()}
        )


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """RFC 9162, 2.1.4.2, step by step; equal sizes need equal roots and an empty proof.

    Size zero is refused unless both are zero: an empty tree is consistent with anything, which proves nothing.
    """
    if old < 0 or new < old or (old == 0 and new > 0):
        raise OutOfRange(message="一致性证明的两个大小不合要求。", data={"old": old, "new": new})
    _require_hashes(proof)
    if old == new:
        if proof:
            raise WrongProofLength(message="大小相同的两棵树不需要一致性证明。")
        if old_root != new_root or (old == 0 and old_root != EMPTY_ROOT):
            raise RootMismatch(
                message="大小相同的两棵树，根却不同。", data={"old": old_root.hex(), "new": new_root.hex()}
            )
        return
    if not proof:  # 1
        raise WrongProofLength(message="缺少一致性证明。")
    path = list(proof)
    if old & (old - 1) == 0:  # 2
        path.insert(0, old_root)
    fn, sn = old - 1, new - 1  # 3
    while fn & 1:  # 4
        fn >>= 1
        sn >>= 1
    fr = sr = path[0]  # 5
    for c in path[1:]:  # 6
        if sn == 0:
            raise WrongProofLength(message="一致性证明的哈希过多。")
        if fn & 1 or fn == sn:
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            while fn and not fn & 1:
                fn >>= 1
                sn >>= 1
        else:
            sr = node_hash(sr, c)
        fn >>= 1
        sn >>= 1
    if sn != 0:  # 7
        raise WrongProofLength(message="一致性证明的哈希不足。")
    if fr != old_root:
        raise RootMismatch(
            message="一致性证明与旧检查点的根不符。", data={"computed": fr.hex(), "signed": old_root.hex()}
        )
    if sr != new_root:
        raise RootMismatch(
            message="一致性证明与新检查点的根不符。", data={"computed": sr.hex(), "signed": new_root.hex()}
        )


def _require_hashes(hashes: Iterable[bytes]) -> None:
    if any(len(item) != HASH_SIZE for item in hashes):
        raise WrongProofLength(message="证明中有长度不是32字节的哈希。")
