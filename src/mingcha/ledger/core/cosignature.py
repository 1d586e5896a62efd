"""Cosignatures (共签) by C2SP tlog-cosignature, Ed25519: a witness says when it saw the log continue consistently."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from mingcha.ledger.core import note
from mingcha.ledger.core.errors import BadSignature, MalformedKey

COSIGNATURE = 0x04
_LATEST = (1 << 63) - 1


@dataclass(frozen=True)
class WitnessKey:
    """Public key of a witness (见证公钥) with the name under which it cosigns."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        return note.key_id(self.name, COSIGNATURE, self.public)

    def __str__(self) -> str:
        return note.verifier_text(self.name, COSIGNATURE, self.public)

    @classmethod
    def parse(cls, text: str) -> WitnessKey:
        """A key in note form with the algorithm byte 0x04. Raises MalformedKey."""
        name, algorithm, public = note.parse_key(text)
        if algorithm != COSIGNATURE:
            raise MalformedKey(message=f"“{name}”不是见证公钥：见证公钥的算法字节应为 04（cosignature/v1）。")
        return cls(name, public)


@dataclass(frozen=True)
class Cosigner:
    """Private key of a witness with its name."""

    name: str
    private: Ed25519PrivateKey

    @property
    def verifier(self) -> WitnessKey:
        return WitnessKey(self.name, self.private.public_key().public_bytes_raw())

    def cosign(self, text: str, at: int) -> str:
        """The signature line over a checkpoint's text at POSIX second `at`, newline included."""
        stamp = at.to_bytes(8, "big")
        data = self.verifier.key_id + stamp + self.private.sign(message(text, at))
        return f"{note.DASH} {self.name} {base64.b64encode(data).decode()}\n"


def message(text: str, at: int) -> bytes:
    """What a cosignature signs."""
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def times(parsed: note.Note, keys: Iterable[WitnessKey]) -> dict[str, int]:
    """Name → POSIX second of each trusted witness that has cosigned; signatures of others are ignored.

    Raises BadSignature where a trusted witness is named but its cosignature does not fit.
    """
    known = {(key.name, key.key_id): key for key in keys}
    found: dict[str, int] = {}
    for signature in parsed.signatures:
        key = known.get((signature.name, signature.key_id))
        if key is None:
            continue
        at = int.from_bytes(signature.signature[:8], "big")
        try:
            if len(signature.signature) != 72 or at > _LATEST:
                raise ValueError
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature.signature[8:], message(parsed.text, at))
        except (InvalidSignature, ValueError):
            raise BadSignature(message=f"见证“{key.name}”的共签与检查点不符。", data={"name": key.name}) from None
        found[key.name] = max(at, found.get(key.name, 0))
    return found


def lines_of(text: str) -> list[str]:
    """The signature lines in a witness's answer. Raises MalformedNote through the note that they are appended to."""
    return [f"{line}\n" for line in text.split("\n") if line.startswith(note.DASH)]
