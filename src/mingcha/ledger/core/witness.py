"""What a witness decides (见证规则) by C2SP tlog-witness: the request, and the checks before a cosignature."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mingcha.ledger.core import checkpoint, note
from mingcha.ledger.core.checkpoint import TreeHead
from mingcha.ledger.core.errors import (
    BadSignature,
    Inconsistent,
    KeyOutOfForce,
    MalformedRequest,
    ProofError,
    SizeConflict,
    SplitView,
    UnknownLog,
    UnknownSigner,
    UntrustedCheckpoint,
)
from mingcha.ledger.core.merkle import EMPTY_ROOT, verify_consistency
from mingcha.ledger.core.note import VerifierKey

MOST_HASHES = 63
MOST_BYTES = 1 << 17
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})\Z", re.ASCII)


@dataclass(frozen=True)
class Request:
    """Body of add-checkpoint: size cosigned before, consistency proof, checkpoint."""

    old: int
    proof: Sequence[bytes]
    note: str

    def as_bytes(self) -> bytes:
        lines = [f"old {self.old}", *(base64.b64encode(item).decode() for item in self.proof)]
        return ("\n".join(lines) + "\n\n" + self.note).encode()


def parse(body: bytes) -> Request:
    """Take a request apart. Raises MalformedRequest."""
    try:
        head, blank, text = body.decode().partition("\n\n")
    except UnicodeDecodeError:
        raise MalformedRequest(message="请求不是 UTF-8 文本。") from None
    first, *rest = head.split("\n")
    match = _OLD.match(first)
    if not blank or not match or len(rest) > MOST_HASHES:
        raise MalformedRequest(message="请求应为 old 行、至多63行证明、空行和检查点。")
    try:
        proof = [base64.b64decode(line, validate=True) for line in rest]
    except ValueError:
        raise MalformedRequest(message="一致性证明的行不是 Base64。") from None
    if any(len(item) != 32 for item in proof):
        raise MalformedRequest(message="一致性证明的哈希不是32字节。")
    return Request(int(match[1]), proof, text)


def examine(
    request: Request, logs: Mapping[str, Sequence[VerifierKey]], cosigned: Mapping[str, TreeHead]
) -> tuple[TreeHead, str]:
    """The tree head that may be cosigned and the text to cosign. Raises WitnessRefusal.

    `logs` are the trusted keys by origin, `cosigned` the newest heads cosigned before.
    """
    try:
        parsed = note.parse(request.note)
        head = checkpoint.parse_text(parsed.text)
    except ProofError as error:
        raise MalformedRequest(message=error.message) from error
    if head.origin not in logs:
        raise UnknownLog(message=f"本见证没有登记账本“{head.origin[:200]}”。")
    try:
        checkpoint.open_signed(request.note, logs[head.origin])
    except (UnknownSigner, BadSignature, KeyOutOfForce) as error:
        raise UntrustedCheckpoint(message=error.message) from error
    if request.old > head.size:
        raise MalformedRequest(message="原大小超过检查点的大小。")
    known = cosigned.get(head.origin, TreeHead(head.origin, 0, EMPTY_ROOT))
    if request.old != known.size:
        raise SizeConflict(message=f"上次共签的大小为{known.size}。", data={"size": known.size})
    if known.size == head.size and known.root != head.root:
        raise SplitView(message=f"大小同为{head.size}，根却与上次共签的不同：账本有两份历史。")
    if known.size in (0, head.size):
        if request.proof:
            raise Inconsistent(message="这里的一致性证明应当为空。")
        return head, parsed.text
    try:
        verify_consistency(known.size, head.size, request.proof, known.root, head.root)
    except ProofError as error:
        raise Inconsistent(message=f"检查点没有接在上次共签的大小{known.size}之后：{error.message}") from error
    return head, parsed.text
