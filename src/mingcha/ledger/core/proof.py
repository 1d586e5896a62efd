"""Proofs in text form (证明), as they travel in bundles and over the API: lists of lower-case hex."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mingcha.ledger.core.errors import WrongProofLength

_HEX = re.compile(r"[0-9a-f]{64}\Z")
MOST_HASHES = 63


def to_hex(proof: Sequence[bytes]) -> list[str]:
    return [item.hex() for item in proof]


def from_hex(items: Sequence[str]) -> list[bytes]:
    """Hashes from hex. Raises WrongProofLength for more than 63 or for anything but 64 lower-case digits."""
    if len(items) > MOST_HASHES or not all(isinstance(item, str) and _HEX.match(item) for item in items):
        raise WrongProofLength(message="证明不是由64位十六进制哈希组成的列表。")
    return [bytes.fromhex(item) for item in items]
