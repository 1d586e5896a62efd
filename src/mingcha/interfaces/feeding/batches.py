"""Pure: a batch of the feed (推送批次) — numbered, chained to the one before, signed, compressed; one file each.

`{signature}\\n` and then the compressed lines: the first says which batch of which run this is, the others are changes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

FORMAT = "mingcha-feed/1"
MOST_BYTES = 64 << 20
NAME = re.compile(r"(\d{12})-(\d{12})\.batch")


class BatchRefused(Exception):
    """A file of the feed that is not what it must be; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Batch:
    """One batch: `epoch` is the run (a new one begins with everything), `seq` its number therein, `prev` the one before.

    `last`: with this one a run has told everything; what an earlier run left behind and this one did not name is gone.
    """

    epoch: int
    seq: int
    prev: str
    schema: str
    last: bool
    made: str
    changes: tuple[dict[str, Any], ...]

    @property
    def name(self) -> str:
        return f"{self.epoch:012d}-{self.seq:012d}.batch"


def pack(batch: Batch, key: Ed25519PrivateKey) -> tuple[bytes, str]:
    """The file of a batch and its digest, to which the next one is chained."""
    head = {
        "format": FORMAT, "epoch": batch.epoch, "seq": batch.seq, "prev": batch.prev, "schema": batch.schema,
        "last": batch.last, "made": batch.made, "changes": len(batch.changes),
    }  # fmt: skip
    lines = [json.dumps(line, ensure_ascii=False, separators=(",", ":")) for line in (head, *batch.changes)]
    body = zlib.compress("\n".join(lines).encode(), 6)
    signature = base64.b64encode(key.sign(_signed(body)))
    return signature + b"\n" + body, hashlib.sha256(body).hexdigest()


def unpack(data: bytes, name: str, key: Ed25519PublicKey) -> tuple[Batch, str]:
    """Batch and digest of a file of that name. Raises BatchRefused: nothing of it is looked at before the signature."""
    signature, _, body = data.partition(b"\n")
    try:
        key.verify(base64.b64decode(signature, validate=True), _signed(body))
    except (InvalidSignature, binascii.Error, ValueError):
        raise BatchRefused("feed-signature") from None
    try:
        lines = _lines(body)
        head, changes = lines[0], tuple(lines[1:])
        batch = Batch(
            int(head["epoch"]), int(head["seq"]), str(head["prev"]), str(head["schema"]), bool(head["last"]),
            str(head["made"]), changes,
        )  # fmt: skip
        sound = head["format"] == FORMAT and head["changes"] == len(changes) and batch.name == name
    except (zlib.error, ValueError, KeyError, TypeError, IndexError):
        raise BatchRefused("feed-malformed") from None
    if not sound:
        raise BatchRefused("feed-malformed")
    return batch, hashlib.sha256(body).hexdigest()


def ordered(names: Iterable[str]) -> list[tuple[int, int, str]]:
    """Run, number and name of the files that are batches, in their order."""
    found = [(int(match[1]), int(match[2]), name) for name in names if (match := NAME.fullmatch(name))]
    return sorted(found)


def _signed(body: bytes) -> bytes:
    return FORMAT.encode() + b"\n" + hashlib.sha256(body).digest()


def _lines(body: bytes) -> list[dict[str, Any]]:
    made = zlib.decompressobj()
    text = made.decompress(body, MOST_BYTES)
    if made.unconsumed_tail:
        raise ValueError("larger than a batch may be")
    return [json.loads(line) for line in text.decode().split("\n")]
