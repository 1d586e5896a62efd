"""Changes of a log's key (换钥核验): each was announced in the log before, and stands on the tree that it names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from mingcha.ledger import keys, kinds
from mingcha.ledger.core.keychain import changes
from mingcha.ledger.core.note import VerifierKey
from mingcha.ledger.models import Checkpoint, LedgerLeaf
from mingcha.ledger.soundness import Finding


def subject(key: VerifierKey) -> tuple[str, str]:
    """What the announcement of a new key is about."""
    return "log-key", hashlib.sha256(str(key).encode()).hexdigest()


def check(log: str, covered: int) -> Iterator[Finding]:
    """Findings of one log whose history has been read already."""
    for place, change in enumerate(changes(keys.history(log)), 1):
        where = {"log": log, "change": place, "size": change.head.size}
        kind, key = subject(change.new)
        announced = LedgerLeaf.objects.filter(
            log=log, index__lt=change.head.size, entry__kind=kinds.LOG_KEY_CHANGED, entry__subject_type=kind,
            entry__subject_id=key,
        )  # fmt: skip
        if not announced.exists():
            yield Finding("key-change-unannounced", f"账本 {log} 第{place}次换钥没有事先写入账本。", where)
        row = Checkpoint.objects.filter(log=log, size=change.head.size).first()
        if change.head.size > covered or row is None or row.root != change.head.root.hex():
            yield Finding("key-change-differs", f"账本 {log} 第{place}次换钥所依据的检查点与数据库不符。", where)
