"""A detached signature by SM2 with SM3 (国密签名) over a digest — GB/T 32918, GB/T 35276 identifier; an optional extra.

It stands beside the PDF, never inside: no conformity with GB/T 38540 is claimed.
"""

from __future__ import annotations

import importlib.util
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from mingcha.documents.signing.errors import SigningUnavailable

IDENTIFIER = b"1234567812345678"
ALGORITHM = "SM2 with SM3"


@dataclass(frozen=True)
class Detached:
    """Algorithm, signed digest, public key and signature, hex."""

    digest: str
    public_key: str
    signature: str
    algorithm: str = ALGORITHM

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


def available() -> bool:
    """Whether the extra `sm` is installed."""
    return importlib.util.find_spec("gmssl_pyx") is not None


def create(path: Path) -> None:
    """A key pair in a file of its own, readable for the owner only; an existing one stays. Raises SigningUnavailable."""
    _require()
    from gmssl_pyx import sm2_key_generate

    if path.exists():
        return
    public, private = sm2_key_generate()
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        json.dump({"public_key": public.hex(), "private_key": private.hex()}, out)
    temporary.replace(path)


def sign(path: Path, digest: str) -> Detached:
    """The signature over a digest given in hex, by the key in `path`. Raises SigningUnavailable."""
    _require()
    from gmssl_pyx import sm2_sign

    key = json.loads(path.read_text("utf-8"))
    public = bytes.fromhex(key["public_key"])
    made = sm2_sign(bytes.fromhex(key["private_key"]), public, bytes.fromhex(digest), signer_id=IDENTIFIER)
    return Detached(digest, key["public_key"], made.hex())


def holds(found: Detached, digest: str) -> bool:
    """Whether the signature is of this digest and of the key that it names. Raises SigningUnavailable."""
    _require()
    from gmssl_pyx import sm2_verify

    if found.algorithm != ALGORITHM or found.digest != digest:
        return False
    try:
        return bool(
            sm2_verify(
                bytes.fromhex(found.public_key),
                bytes.fromhex(digest),
                bytes.fromhex(found.signature),
                signer_id=IDENTIFIER,
            )
        )
    except Exception:
        # The library has no common base of its errors; a key or signature that it cannot read does not hold.
        return False


def _require() -> None:
    if not available():
        raise SigningUnavailable("没有安装国密算法库。请安装 mingcha[sm] 后再使用SM2签名。")
