"""Check-in codes in the portal's zone (入企检查码): sealed with the code itself, of which the zone holds only a digest.

The code has 98 bits, so no slow derivation is needed; the same text is sealed alike, so that it is told once.
"""

from __future__ import annotations

import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


def _made(code: str, what: str) -> bytes:
    plain = "".join(code.split()).replace("-", "").upper()
    return hashlib.sha256(f"mingcha-visit-zone|{what}|{plain}".encode()).digest()


def place(code: str) -> str:
    """Under which key the answer lies."""
    return _made(code, "place").hex()


def seal(code: str, body: str) -> str:
    """The sealed text; its nonce is derived from the text, so that no two texts share one."""
    key = _made(code, "key")
    nonce = hmac.digest(key, body.encode(), "sha256")[:_NONCE]
    return (nonce + AESGCM(key).encrypt(nonce, body.encode(), None)).hex()


def opened(code: str, found: str) -> str:
    """The text. Raises ValueError where it was sealed with another code."""
    data = bytes.fromhex(found)
    try:
        return AESGCM(_made(code, "key")).decrypt(data[:_NONCE], data[_NONCE:], None).decode()
    except InvalidTag:
        raise ValueError("sealed with another code") from None
