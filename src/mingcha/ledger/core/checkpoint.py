"""Checkpoints (检查点) by C2SP tlog-checkpoint: origin, size and root of the log, signed."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass

from mingcha.ledger.core import note
from mingcha.ledger.core.errors import KeyOutOfForce, MalformedCheckpoint, UnknownSigner
from mingcha.ledger.core.merkle import EMPTY_ROOT, HASH_SIZE

_SIZE = re.compile(r"(0|[1-9][0-9]{0,18})\Z", re.ASCII)


@dataclass(frozen=True)
class TreeHead:
    """What a checkpoint says: the log `origin` had `size` leaves with this root."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    def sign(self, signer: note.Signer) -> str:
        return signer.sign(self.text)


def parse_text(text: str) -> TreeHead:
    """The tree head in a note's text; extension lines are allowed and ignored. Raises MalformedCheckpoint."""
    lines = text.split("\n")[:-1]
    if len(lines) < 3 or not all(lines):
        raise MalformedCheckpoint(message="检查点应有来源、大小和根三行，且没有空行。")
    origin, size, root_text = lines[:3]
    if not _SIZE.match(size):
        raise MalformedCheckpoint(message="检查点的大小不是规范的十进制数。")
    try:
        root = base64.b64decode(root_text, validate=True)
    except ValueError:
        raise MalformedCheckpoint(message="检查点的根不是 Base64。") from None
    if len(root) != HASH_SIZE or base64.b64encode(root).decode() != root_text:
        raise MalformedCheckpoint(message="检查点的根不是32字节的规范 Base64。")
    if size == "0" and root != EMPTY_ROOT:
        raise MalformedCheckpoint(message="空账本的根不对。")
    return TreeHead(origin, int(size), root)


def open_signed(text: str, keys: Iterable[note.VerifierKey], *, origin: str | None = None) -> TreeHead:
    """The tree head of a checkpoint signed by a trusted key whose name is the origin.

    A key speaks only for its own log: a checkpoint of another origin is refused even if the key has signed it.
    """
    parsed = note.parse(text)
    signers = note.verify(parsed, keys)
    head = parse_text(parsed.text)
    own = [key for key in signers if key.name == head.origin]
    if not own:
        raise UnknownSigner(
            message=f"检查点属于“{head.origin}”，签名的公钥却属于另一个账本。", data={"origin": head.origin}
        )
    if not any(key.in_force(head.size) for key in own):
        raise KeyOutOfForce(
            message=f"签名的密钥对大小为{head.size}的检查点无效：账本已经换钥，或者那时还没有启用它。",
            data={"size": head.size},
        )
    if origin is not None and head.origin != origin:
        raise MalformedCheckpoint(
            message=f"检查点属于“{head.origin}”，应当属于“{origin}”。", data={"origin": head.origin}
        )
    return head
