"""Signed notes (签名文本) by C2SP signed-note, with Ed25519."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from mingcha.ledger.core.errors import BadSignature, MalformedKey, MalformedNote, UnknownSigner

ED25519 = 0x01
_MOST_BYTES = 1 << 20
_MOST_SIGNATURES = 64
_NAME = re.compile(r"[^\s+]+\Z")
DASH = "\u2014"


def key_id(name: str, algorithm: int, public: bytes) -> bytes:
    """First four bytes of the digest over name, algorithm byte and key."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([algorithm]) + public).digest()[:4]


def verifier_text(name: str, algorithm: int, public: bytes) -> str:
    """A public key in note form `name+id+base64`."""
    data = base64.b64encode(bytes([algorithm]) + public).decode()
    return f"{name}+{key_id(name, algorithm, public).hex()}+{data}"


def parse_key(text: str) -> tuple[str, int, bytes]:
    """Name, algorithm byte and 32 bytes of a public key in note form. Raises MalformedKey."""
    parts = text.strip().split("+", 2)
    try:
        name, identifier, data = parts[0], bytes.fromhex(parts[1]), _base64(parts[2])
    except (IndexError, ValueError):
        raise MalformedKey(message="公钥不是“名称+编号+Base64”的形式。") from None
    if not _NAME.match(name) or len(data) != 33:
        raise MalformedKey(message="公钥的名称或长度不对。")
    if key_id(name, data[0], data[1:]) != identifier:
        raise MalformedKey(message="公钥的编号与内容不符，文件可能有误。")
    return name, data[0], data[1:]


def _base64(text: str) -> bytes:
    data = base64.b64decode(text, validate=True)
    # Python also takes unused trailing bits; one value must have one spelling.
    if base64.b64encode(data).decode() != text:
        raise binascii.Error("not canonical")
    return data


@dataclass(frozen=True)
class VerifierKey:
    """Public key of a log (验证公钥), the name under which it signs, and the sizes for which it may sign."""

    name: str
    public: bytes
    first: int = field(default=0, compare=False)
    last: int | None = field(default=None, compare=False)

    def in_force(self, size: int) -> bool:
        """Whether a checkpoint of that size falls into the time of this key."""
        return self.first <= size and (self.last is None or size <= self.last)

    @property
    def key_id(self) -> bytes:
        return key_id(self.name, ED25519, self.public)

    def __str__(self) -> str:
        return verifier_text(self.name, ED25519, self.public)

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """A key in note form `name+id+base64`. Raises MalformedKey."""
        name, algorithm, public = parse_key(text)
        if algorithm != ED25519:
            raise MalformedKey(message="公钥的名称或算法不对，只支持 Ed25519。")
        return cls(name, public)


@dataclass(frozen=True)
class Signer:
    """Private key of a log with its name."""

    name: str
    private: Ed25519PrivateKey

    def __post_init__(self) -> None:
        if not _NAME.match(self.name):
            raise MalformedKey(message="密钥名称不能含有空格或加号。")

    @property
    def verifier(self) -> VerifierKey:
        return VerifierKey(self.name, self.private.public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """The note with one signature line. Raises MalformedNote for a text that no note can carry."""
        _require_text(text)
        signature = self.verifier.key_id + self.private.sign(text.encode())
        return f"{text}\n{DASH} {self.name} {base64.b64encode(signature).decode()}\n"


@dataclass(frozen=True)
class Signature:
    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True)
class Note:
    """A note taken apart; `text` must be ignored until `verify` has accepted it."""

    text: str
    signatures: tuple[Signature, ...]


def _require_text(text: str) -> None:
    if not text.endswith("\n") or re.search(r"[\x00-\x09\x0b-\x1f]", text):
        raise MalformedNote(message="签名文本必须以换行结束，且不能含有控制字符。")


def parse(note: str) -> Note:
    """Take a note apart. Raises MalformedNote."""
    if len(note) > _MOST_BYTES:
        raise MalformedNote(message="签名文本过长。")
    _require_text(note)
    text, blank, block = note.rpartition("\n\n")
    lines = block.split("\n")[:-1]
    if not blank or not lines or len(lines) > _MOST_SIGNATURES:
        raise MalformedNote(message="签名文本没有签名行，或者签名行过多。")
    signatures = []
    for line in lines:
        parts = line.split(" ")
        try:
            dash, name, data = parts[0], parts[1], _base64(parts[2])
        except (IndexError, ValueError):
            raise MalformedNote(message="签名行不合规范。") from None
        if len(parts) != 3 or dash != DASH or not _NAME.match(name) or len(data) < 5:
            raise MalformedNote(message="签名行不合规范。")
        signatures.append(Signature(name, data[:4], data[4:]))
    return Note(text + "\n", tuple(signatures))


def verify(note: Note, keys: Iterable[VerifierKey]) -> list[VerifierKey]:
    """The trusted keys that have signed. Raises UnknownSigner, BadSignature (also if only one of several fails)."""
    known = {(key.name, key.key_id): key for key in keys}
    signers: list[VerifierKey] = []
    for signature in note.signatures:
        key = known.get((signature.name, signature.key_id))
        if key is None:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature.signature, note.text.encode())
        except (InvalidSignature, ValueError):
            raise BadSignature(message=f"“{key.name}”的签名与内容不符。", data={"name": key.name}) from None
        if key not in signers:
            signers.append(key)
    if not signers:
        named = "、".join(dict.fromkeys(signature.name for signature in note.signatures))
        raise UnknownSigner(message=f"签名者（{named}）不在信任的公钥之中。", data={"signers": named})
    return signers
