"""Keys of a log that follow one another (换钥): each change is a note that the old and the new key have both signed.

A key is in force for the sizes of the log that it may sign, so a key that is stolen after its time signs nothing more.
Whoever trusts one key of the chain can follow it to the others.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mingcha.ledger.core import note
from mingcha.ledger.core.checkpoint import TreeHead, parse_text
from mingcha.ledger.core.errors import KeyChainBroken, ProofError
from mingcha.ledger.core.note import Signer, VerifierKey

FORMAT = "mingcha.key-history/1"
_TITLE = "mingcha.key-change/1"
_MOST = 1000


@dataclass(frozen=True)
class Change:
    """The old key signs up to the tree `head`, the new one whatever grows from it; `at` is an instant in UTC."""

    head: TreeHead
    old: VerifierKey
    new: VerifierKey
    at: str

    @property
    def text(self) -> str:
        return f"{_TITLE}\n{self.head.text}{self.old}\n{self.new}\n{self.at}\n"

    def sign(self, old: Signer, new: Signer) -> str:
        """The note with both signatures: the old key hands over, the new one shows that somebody holds it."""
        return old.sign(self.text) + new.sign(self.text).rpartition("\n\n")[2]


@dataclass(frozen=True)
class History:
    """The first key of a log and the notes of all changes since, as published."""

    first: VerifierKey
    notes: tuple[str, ...] = ()

    def as_text(self) -> str:
        value = {"format": FORMAT, "first": str(self.first), "changes": list(self.notes)}
        return json.dumps(value, ensure_ascii=False, indent=1) + "\n"

    def followed_by(self, text: str) -> History:
        return replace(self, notes=(*self.notes, text))


def read(text: str) -> History:
    """A published history; says nothing yet of its signatures. Raises KeyChainBroken."""
    try:
        value = json.loads(text)
        notes = value["changes"]
        if set(value) != {"format", "first", "changes"} or value["format"] != FORMAT or len(notes) > _MOST:
            raise ValueError
        if not all(isinstance(item, str) for item in notes):
            raise ValueError
        return History(VerifierKey.parse(value["first"]), tuple(notes))
    except (ValueError, KeyError, TypeError, AttributeError, ProofError):
        raise KeyChainBroken(message="换钥记录不是认识的格式，文件可能损坏。") from None


def changes(history: History) -> list[Change]:
    """Every change, each checked against the key before it. Raises KeyChainBroken at the first that does not hold."""
    found: list[Change] = []
    key, size = history.first, 0
    for place, text in enumerate(history.notes, 1):
        change = _open(text, place)
        if change.old != key or change.head.origin != key.name or change.head.size < size or change.new == key:
            raise KeyChainBroken(
                message=f"第{place}次换钥没有接在前一把密钥之后，记录被改动过。", data={"change": place}
            )
        found.append(change)
        key, size = change.new, change.head.size
    return found


def chain(history: History) -> list[VerifierKey]:
    """All keys, oldest first, each with the sizes for which it is in force. Raises KeyChainBroken."""
    keys = [history.first]
    for change in changes(history):
        keys[-1] = replace(keys[-1], last=change.head.size)
        keys.append(replace(change.new, first=change.head.size + 1))
    return keys


def follow(history: History, trusted: Sequence[VerifierKey]) -> list[VerifierKey]:
    """The chain, if a key that the reader trusts stands in it. Raises KeyChainBroken."""
    keys = chain(history)
    if not set(keys) & set(trusted):
        raise KeyChainBroken(message="换钥记录与您信任的公钥没有联系：其中没有这把公钥。")
    return keys


def _open(text: str, place: int) -> Change:
    where = {"change": place}
    try:
        parsed = note.parse(text)
        lines = parsed.text.split("\n")
        if len(lines) != 8 or lines[0] != _TITLE or lines[7]:
            raise KeyChainBroken(message=f"第{place}次换钥的记录不是认识的格式。", data=where)
        head = parse_text("\n".join(lines[1:4]) + "\n")
        change = Change(head, VerifierKey.parse(lines[4]), VerifierKey.parse(lines[5]), lines[6])
        if change.old.name != change.new.name:
            raise KeyChainBroken(message=f"第{place}次换钥换成了另一个账本的密钥。", data=where)
        signers = note.verify(parsed, [change.old, change.new])
    except KeyChainBroken:
        raise
    except ProofError as error:
        raise KeyChainBroken(message=f"第{place}次换钥：{error.message}", data=where) from error
    if len(signers) != 2:
        raise KeyChainBroken(message=f"第{place}次换钥没有新旧两把密钥的签名。", data=where)
    return change
