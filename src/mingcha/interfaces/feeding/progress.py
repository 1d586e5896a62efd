"""Progress of one's own case in the portal's zone (进度查询): sealed with the party's code, so that the zone cannot read it.

Place and key are derived from number and code by scrypt: whoever takes the whole database learns neither that a case
exists nor what it says, and has to try the codes of each number at the price of one derivation each.
"""

from __future__ import annotations

import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_BRACKETS = str.maketrans(dict.fromkeys("[［（(【﹝", "〔") | dict.fromkeys("]］）)】﹞", "〕"))
_NONCE = 12


def _derived(number: str, code: str) -> bytes:
    plain = "".join(number.split()).translate(_BRACKETS)
    given = "".join(code.split()).replace("-", "").upper()
    salt = hashlib.sha256(b"mingcha-own-case|" + plain.encode()).digest()
    return hashlib.scrypt(given.encode(), salt=salt, n=1 << 14, r=8, p=1, dklen=48)


def place(number: str, code: str) -> str:
    """Under which key the progress lies."""
    return _derived(number, code)[:16].hex()


def seal(number: str, code: str, body: str) -> tuple[str, str]:
    """Place and sealed text."""
    made = _derived(number, code)
    nonce = os.urandom(_NONCE)
    return made[:16].hex(), (nonce + AESGCM(made[16:]).encrypt(nonce, body.encode(), made[:16])).hex()


def opened(number: str, code: str, found: str) -> str:
    """The text. Raises ValueError where it was sealed with another code."""
    made, data = _derived(number, code), bytes.fromhex(found)
    try:
        return AESGCM(made[16:]).decrypt(data[:_NONCE], data[_NONCE:], made[:16]).decode()
    except InvalidTag:
        raise ValueError("sealed with another code") from None
