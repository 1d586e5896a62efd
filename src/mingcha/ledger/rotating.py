"""Change of a log's signing key (换钥): announced in the log, signed over by the old key, published as a history."""

from __future__ import annotations

from django.db import transaction

from mingcha.common import clock
from mingcha.ledger import checks_keys, keys, kinds, place, sequencer
from mingcha.ledger.actions import append
from mingcha.ledger.actors import system
from mingcha.ledger.core.checkpoint import open_signed
from mingcha.ledger.core.entry import instant_text
from mingcha.ledger.core.note import VerifierKey
from mingcha.ledger.errors import KeyProblem, LogDiverged
from mingcha.ledger.names import origin


def rotate(log: str, reason: str) -> VerifierKey:
    """Put a new key in force; the last checkpoint of the old one covers the announcement.

    Raises KeyProblem for a log not begun or a key from the environment, LogDiverged; then nothing has changed.
    """
    if place.read_checkpoint(log) is None:
        raise KeyProblem(message=f"账本 {log} 还没有检查点，没有可以更换的密钥。")
    sequencer.sequence(log)
    new = keys.prepare(log)
    with transaction.atomic():
        append(
            kinds.LOG_KEY_CHANGED,
            log=log,
            subject=checks_keys.subject(new),
            actor=system("账本换钥"),
            payload={"old": str(keys.verifier(log)), "new": str(new), "reason": reason},
        )
    sequencer.sequence(log)
    with place.lock(log):
        text = place.read_checkpoint(log)
        if text is None:
            raise LogDiverged(message=f"账本 {log} 的检查点文件不见了，没有换钥。", data={"log": log})
        head = open_signed(text, keys.verifiers(log), origin=origin(log))
        return keys.change(log, head, instant_text(clock.now()))
